"""Errors of the entry points, told apart by what the caller should do."""


class ConfigurationError(Exception):
    """The set-up is wrong: the command line, the configuration, or an environment variable.

    The message is one line naming source, key and value. Print it and stop before anything is done.
    """


class BeyondCapsError(Exception):
    """A limit is looser than its hard cap allows, whoever wrote it: nothing is started.

    The message is one line naming source, key, value and cap.
    """


class UnsafeGateError(Exception):
    """The gate lets a bad order pass that it has to refuse: nothing is started.

    The message is one line naming what was wrong with the order.
    """


class UntrustworthyResultError(Exception):
    """A run came to its end, but its own checks say that it must not be acted upon."""
