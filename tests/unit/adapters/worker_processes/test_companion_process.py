import os
import signal
import time
from contextlib import suppress
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from adapters.worker_processes.companion_process import CompanionProcess, companion_process
from application.ports.parallel_work import WorkerLostError


@define
class Summing:
    """Adds up what it is given, beginning with what it was made with."""

    total: int
    threads: str | None = field(factory=lambda: os.environ.get("OMP_NUM_THREADS"))

    def take(self, piece: int, /) -> None:
        if piece < 0:
            raise ValueError(f"{piece} is below 0")
        self.total += piece

    def result(self) -> tuple[int, int, str | None]:
        return self.total, os.getpid(), self.threads


@define
class Counting:
    """Says how long its pieces were, and takes its time for each."""

    seconds: float
    lengths: list[int] = field(factory=list)

    def take(self, piece: bytes, /) -> None:
        time.sleep(self.seconds)  # noqa: TID251  # somebody has to be slow
        self.lengths.append(len(piece))

    def result(self) -> list[int]:
        return self.lengths


@define
class Listing:
    """Says how long its pieces were."""

    lengths: list[int] = field(factory=list)

    def take(self, piece: list[str], /) -> None:
        self.lengths.append(len(piece))

    def result(self) -> list[int]:
        return self.lengths


@define
class Dying:
    """Is killed by its first piece."""

    def take(self, _: int, /) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def result(self) -> None:
        return None


@define
class Marking:
    """Leaves a file behind for every piece, slowly."""

    folder: Path

    def take(self, piece: int, /) -> None:
        (self.folder / str(piece)).touch()
        time.sleep(30.0)  # noqa: TID251  # as above

    def result(self) -> None:
        return None


def listing(_: int) -> Listing:
    return Listing()


def refused(_: int) -> Summing:
    raise LookupError("nothing to begin with")


def dying(_: int) -> Dying:
    return Dying()


def test_pieces_are_worked_on_elsewhere_in_their_order_with_one_thread() -> None:
    with companion_process(Summing, 100) as companion:
        for piece in (1, 20, 300):
            companion.take(piece)
        total, process, threads = companion.result()

    assert (total, threads) == (421, "1")
    assert process != os.getpid()


def test_whoever_gives_does_not_wait_however_much_it_is() -> None:
    with companion_process(Counting, 0.2) as companion:
        for _ in range(5):
            companion.take(bytes(1_000_000))  # Many times what a pipe holds.
        given_s = time.monotonic()
        lengths = companion.result()
        done_s = time.monotonic()

    assert lengths == [1_000_000] * 5
    # Nearly all of the second that they take comes after they were given.
    assert done_s - given_s > 0.5


def test_what_changes_after_it_was_given_changes_nothing() -> None:
    piece = ["kept", "as it was"]
    with companion_process(listing, 0) as companion:
        companion.take(piece)
        piece.clear()
        assert companion.result() == [2]


def test_a_process_that_is_killed_is_noticed() -> None:
    with companion_process(dying, 0) as companion:
        companion.take(1)
        with pytest.raises(WorkerLostError, match="ended before its work, killed or out of memory"):
            companion.result()


def test_a_process_that_is_killed_keeps_nobody_who_still_gives() -> None:
    with companion_process(dying, 0) as companion:
        for _ in range(100):
            companion.take(1)
        with pytest.raises(WorkerLostError):
            companion.result()


def test_what_fails_there_is_said_here() -> None:
    with companion_process(Summing, 0) as companion:
        companion.take(-3)
        with pytest.raises(WorkerLostError, match="failed: ValueError: -3 is below 0"):
            companion.result()
    lookup = pytest.raises(WorkerLostError, match="failed: LookupError: nothing to begin with")
    with companion_process(refused, 0) as companion, lookup:
        companion.result()


def test_a_task_that_cannot_be_sent_leaves_no_process_waiting_for_it() -> None:
    unwritable: Any = lambda: None  # noqa: E731  # functions within functions cannot be written down
    with pytest.raises(AttributeError, match="local"), companion_process(refused, unwritable):
        pass

    assert active_children() == []


def test_nothing_more_is_given_to_a_process_that_is_gone() -> None:
    def give_much(companion: CompanionProcess[int, None]) -> None:
        for _ in range(1_000):
            companion.take(1)
            time.sleep(0.01)  # noqa: TID251  # until it is noticed

    with companion_process(dying, 0) as companion, pytest.raises(WorkerLostError, match="killed or out of memory"):
        give_much(companion)


def test_whoever_leaves_early_leaves_nobody_working(tmp_path: Path) -> None:
    started_s = time.monotonic()
    with suppress(KeyboardInterrupt), companion_process(Marking, tmp_path) as companion:
        for piece in range(3):
            companion.take(piece)
        while not list(tmp_path.iterdir()):
            time.sleep(0.01)  # noqa: TID251  # until it is at work
        raise KeyboardInterrupt

    # One piece takes 30 seconds.
    assert time.monotonic() - started_s < 15.0
    assert [each.name for each in tmp_path.iterdir()] == ["0"]
