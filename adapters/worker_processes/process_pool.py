"""Work in fresh processes, at most so many at once."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence

from attrs import field, frozen, validators
from typing_extensions import override

from application.ports.parallel_work import Item, ParallelWork, Result, WorkerLostError


@frozen
class ProcessPool(ParallelWork):
    """Starts processes for one piece of work and ends them with it.

    They are started anew instead of being copied from this one, whose locks and threads a copy would be stuck with.

    Attributes:
        n_workers: How many at once; as many items wait beside those that are worked on, and no more are handed out.
    """

    n_workers: int = field(validator=validators.ge(1))

    @override
    def run(self, work: Callable[[Item], Result], items: Sequence[Item], /) -> Iterator[Result]:
        from concurrent.futures import Future, ProcessPoolExecutor  # noqa: PLC0415  # not on the path of start-up
        from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415
        from multiprocessing import get_context  # noqa: PLC0415

        n_processes = max(1, min(self.n_workers, len(items)))
        handed_out: deque[Future[Result]] = deque()
        with ProcessPoolExecutor(n_processes, mp_context=get_context("spawn")) as executor:
            try:
                for item in items:
                    handed_out.append(executor.submit(work, item))
                    if len(handed_out) > 2 * n_processes:
                        yield handed_out.popleft().result()
                while handed_out:
                    yield handed_out.popleft().result()
            except BrokenProcessPool as error:
                raise WorkerLostError("a worker process ended before its work did") from error
            finally:
                # Also where the caller has had enough, or one item failed: what nobody will look at is not begun.
                executor.shutdown(wait=True, cancel_futures=True)
