"""The command as a user runs it, from its arguments to its output and exit code."""
