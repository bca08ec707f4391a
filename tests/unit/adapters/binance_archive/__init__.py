"""Downloads from the public archive."""
