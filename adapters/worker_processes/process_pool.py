"""Work in fresh processes, at most so many at once."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from attrs import define, field, frozen, validators
from typing_extensions import override

from adapters.worker_processes.process_life import (
    end_soon,
    end_with_parent,
    ignore_interruptions,
    uninterrupted_start,
)
from adapters.worker_processes.single_thread import one_thread_each
from application.ports.parallel_work import Item, ParallelWork, Result, WorkerLostError

if TYPE_CHECKING:
    # Names for annotations alone: both modules take their time, and start-up does without them.
    from concurrent.futures import Future
    from multiprocessing.sharedctypes import Synchronized

_TELLING_S: Final = 0.2


@frozen
class ProcessPool(ParallelWork):
    """Starts processes for one piece of work and ends them with it.

    They are started anew instead of being copied from this one, whose locks and threads a copy would be stuck with.
    Each computes with one thread: processes that all use every core for small matrices take several times as long.

    Attributes:
        n_workers: How many at once; as many items wait beside those that are worked on, and no more are handed out.
        told: Is told every now and then how many steps the work has noted so far, over all items; None for nobody.
    """

    n_workers: int = field(validator=validators.ge(1))
    told: Callable[[int], None] | None = None

    @override
    def run(self, work: Callable[[Item], Result], items: Sequence[Item], /) -> Iterator[Result]:
        from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415  # not on the path of start-up
        from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415
        from multiprocessing import active_children, get_context  # noqa: PLC0415

        if not items:
            return
        n_processes = max(1, min(self.n_workers, len(items)))
        handed_out: deque[Future[Result]] = deque()
        context = get_context("spawn")
        others = set(active_children())
        steps, is_unwanted = context.Value("q", 0), context.Value("b", 0)
        with ProcessPoolExecutor(
            n_processes, mp_context=context, initializer=_begin_work, initargs=(steps, is_unwanted)
        ) as executor:
            try:
                for item in items:
                    with one_thread_each(), uninterrupted_start():
                        handed_out.append(executor.submit(work, item))
                    if len(handed_out) > 2 * n_processes:
                        yield self._awaited(handed_out.popleft(), steps)
                while handed_out:
                    yield self._awaited(handed_out.popleft(), steps)
            except BrokenProcessPool as error:
                raise WorkerLostError("a worker process ended before its work did") from error
            except BaseException:
                # Somebody interrupts, or has had enough: what is being worked on ends with its next step, or is ended.
                is_unwanted.value = 1
                executor.shutdown(wait=False, cancel_futures=True)
                end_soon(set(active_children()) - others)
                raise
            finally:
                # Also where the caller has had enough, or one item failed: what nobody will look at is not begun.
                executor.shutdown(wait=True, cancel_futures=True)

    def _awaited(self, work: "Future[Result]", steps: "Synchronized[int]") -> Result:
        """Wait for one piece of work, and tell meanwhile how far all of them are."""
        while self.told is not None:
            try:
                result = work.result(timeout=_TELLING_S)
            except TimeoutError:
                if work.done():
                    break  # It is the work itself that ran out of time somewhere.
                self.told(steps.value)
            else:
                self.told(steps.value)
                return result
        return work.result()


@define
class _Counting:
    """Where this process counts its steps, and whether anybody wants more; nowhere unless it was started by a pool."""

    steps: "Synchronized[int] | None" = None
    is_unwanted: "Synchronized[int] | None" = None


_COUNTING: Final = _Counting()


class UnwantedWorkError(Exception):
    """Nobody waits for this work any more."""


def _begin_work(steps: "Synchronized[int]", is_unwanted: "Synchronized[int]") -> None:
    # Whoever started the pool hears of an interruption, and says so to what is being worked on.
    ignore_interruptions()
    end_with_parent()
    _COUNTING.steps, _COUNTING.is_unwanted = steps, is_unwanted


def note_step() -> None:
    """Count one step of the work that this process does for a pool; elsewhere nothing happens.

    Raises:
        UnwantedWorkError: Nobody waits for it any more.
    """
    if _COUNTING.is_unwanted is not None and _COUNTING.is_unwanted.value:
        raise UnwantedWorkError
    if _COUNTING.steps is not None:
        with _COUNTING.steps.get_lock():
            _COUNTING.steps.value += 1
