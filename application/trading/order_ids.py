"""Client order ids: a function of the intent, the attempt and the instance, at most 32 characters."""

from typing import Final

from domain.order import ClientOrderId

# Leaves 18 digits for the intent and the attempt within the 32 characters of an id.
_INSTANCE_LENGTH_MAX: Final = 12


class CountingOrderIds:
    """Numbers the intents of one instance, so that the same run gives the same ids.

    Args:
        instance: Name of the running instance, short, of the characters a venue allows.
    """

    def __init__(self, instance: str) -> None:
        if not 1 <= len(instance) <= _INSTANCE_LENGTH_MAX:
            raise ValueError(f"instance name must have 1 to {_INSTANCE_LENGTH_MAX} characters, got {instance!r}")
        self._prefix = instance
        self._n_intents = 0

    def __call__(self) -> ClientOrderId:
        """Return the id of the first attempt at the next intent."""
        self._n_intents += 1
        return ClientOrderId(f"{self._prefix}-{self._n_intents:x}-1")
