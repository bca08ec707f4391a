"""Work that is done beside each other, where the caller does not care by whom."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from application.errors import ApplicationError

Item = TypeVar("Item")
Result = TypeVar("Result")


class WorkerLostError(ApplicationError):
    """Somebody who worked ended before the work did: killed, or out of memory. What was done is not known."""


class ParallelWork(Protocol):
    """Does the same with several things, some of them at once."""

    def run(self, work: Callable[[Item], Result], items: Sequence[Item], /) -> Iterator[Result]:
        """Yield the result for each item, in the order of the items, whoever was done first.

        Args:
            work: A function of a module, of nothing but its argument.
            items: Made of plain values and arrays.

        Raises:
            WorkerLostError: A worker ended before its work.
            Exception: What the work itself raises.
        """
        ...
