"""The shipped trading rules."""
