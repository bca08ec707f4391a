"""Errors of the entry points, told apart by what the caller should do."""


class ConfigurationError(Exception):
    """The set-up is wrong: the command line, the configuration, or an environment variable.

    The message is one line naming source, key and value. Print it and stop before anything is done.
    """


class UntrustworthyResultError(Exception):
    """A run came to its end, but its own checks say that it must not be acted upon."""


class UnsafeGateError(Exception):
    """The gate as configured lets bad orders pass: nothing may be traded with it."""
