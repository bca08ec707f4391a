"""Errors that mean the world contradicts our model of it."""


class DomainError(Exception):
    """What happened cannot be, by our own rules: our bug or the venue's.

    The caller should not paper over it: halt opening, reconcile, and tell a person.
    """


class InvalidOrderTransitionError(DomainError):
    """An order was told something that cannot follow its present status."""


class OverfillError(DomainError):
    """The venue reports more filled than was ordered."""


class InvalidMarketDataError(DomainError):
    """Market data that cannot be true: NaN, a non-positive price, a high below a low, time going backwards."""
