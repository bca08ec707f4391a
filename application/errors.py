"""Errors of the use cases, told apart by what the caller should do."""


class ApplicationError(Exception):
    """Base of the errors below; never raised itself."""


class DataError(ApplicationError):
    """Input data is missing, malformed or contradicts itself.

    The message is one line naming file, row, column and value. Print it and stop: nothing was written.
    """


class ReplayError(ApplicationError):
    """A run contradicts itself: the books do not balance, or a replay differs. Its result must not be used."""
