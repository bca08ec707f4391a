import os
import signal
import time
from pathlib import Path

import pytest

from adapters.worker_processes.process_pool import ProcessPool, note_step
from application.ports.parallel_work import WorkerLostError


def squared_after(item: tuple[int, float]) -> tuple[int, int]:
    number, seconds = item
    time.sleep(seconds)  # noqa: TID251  # somebody has to be slow
    return number * number, os.getpid()


def killed(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refusing(number: int) -> int:
    if number == 1:
        raise ValueError("not this one")
    return number


def environment_of(names: tuple[str, ...]) -> list[str | None]:
    return [os.environ.get(name) for name in names]


def marked(path: str) -> None:
    Path(path).touch()


def test_results_come_in_the_order_of_the_items_from_other_processes() -> None:
    found = list(ProcessPool(2).run(squared_after, [(3, 0.3), (2, 0.0), (1, 0.0)]))

    assert [square for square, _ in found] == [9, 4, 1]
    assert os.getpid() not in {process for _, process in found}


def test_a_worker_that_is_killed_is_noticed() -> None:
    with pytest.raises(WorkerLostError, match="ended before its work"):
        list(ProcessPool(1).run(killed, [1]))


def test_what_the_work_raises_is_raised() -> None:
    with pytest.raises(ValueError, match="not this one"):
        list(ProcessPool(1).run(refusing, [0, 1, 2]))


def touching(path: str) -> None:
    for _ in range(3_000):
        Path(path).touch()
        time.sleep(0.01)  # noqa: TID251  # somebody has to be slow
        note_step()


def test_what_nobody_waits_for_any_more_ends_with_its_next_step(tmp_path: Path) -> None:
    started_s = time.monotonic()

    def interrupted(n_steps: int) -> None:
        if n_steps:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(ProcessPool(1, interrupted).run(touching, [str(tmp_path / "work")]))

    # The work takes 30 seconds.
    assert time.monotonic() - started_s < 15.0


def test_whoever_has_had_enough_begins_nothing_more(tmp_path: Path) -> None:
    items = [str(tmp_path / str(number)) for number in range(20)]
    results = ProcessPool(1).run(marked, items)
    next(results)
    results.close()  # type: ignore[attr-defined]  # it is a generator

    # One result, and at most what was handed out beside it.
    assert len(list(tmp_path.iterdir())) <= 4


def test_each_process_computes_with_one_thread_and_ours_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    before = environment_of(names)

    found = list(ProcessPool(1).run(environment_of, [names]))

    assert found == [["1", "1", "1"]]
    assert environment_of(names) == before


def stepping(n_steps: int) -> int:
    for _ in range(n_steps):
        note_step()
    return n_steps


def test_steps_of_all_processes_are_told_and_all_of_them_at_the_end() -> None:
    told: list[int] = []

    assert list(ProcessPool(2, told.append).run(stepping, [3, 0, 4])) == [3, 0, 4]
    assert told == sorted(told)
    assert told[-1] == 7


def timed_out(_: int) -> None:
    raise TimeoutError("of the work itself")


def test_work_that_times_out_by_itself_is_not_waited_for() -> None:
    with pytest.raises(TimeoutError, match="of the work itself"):
        list(ProcessPool(1, lambda _: None).run(timed_out, [1]))


def test_a_step_outside_of_a_pool_is_counted_nowhere() -> None:
    note_step()


def test_nothing_to_do_is_done() -> None:
    assert list(ProcessPool(4).run(refusing, [])) == []


def test_somebody_has_to_work() -> None:
    with pytest.raises(ValueError, match="n_workers"):
        ProcessPool(0)
