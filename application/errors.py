"""Errors of the use cases, told apart by what the caller should do."""


class ApplicationError(Exception):
    """Base of the errors below; never raised itself."""


class DataError(ApplicationError):
    """Input data is missing, malformed or contradicts itself.

    The message is one line naming file, row, column and value. Print it and stop: nothing was written.
    """


class RunReferenceError(ApplicationError):
    """What somebody calls a saved run means none of them, or several.

    The message is one line naming what was said and what is near it. Ask for another one: nothing was done.
    """


class ReplayError(ApplicationError):
    """A run contradicts itself: the books do not balance, or a replay differs. Its result must not be used."""


class StorageError(ApplicationError):
    """What has to outlive this process could not be written; what was there before still is.

    The message is one line naming the file. Do not go on as if it were kept.
    """


class NetworkError(ApplicationError):
    """Somebody else's server cannot be reached or does not answer as agreed. Try again later, or another address.

    The message is one line naming the address and what came back.
    """
