"""What a run hands out for its certificate: all of it, in stretches, with moments of each to be cut."""

from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from application.replay.evidence import RECORD_KINDS, Evidence, EvidenceCollector
from application.trading.records import Decision, Refusal, RunLog
from domain.signal import Signal, SignalAction

SIGNAL = Signal(action=SignalAction.ENTER_LONG, reason="because")


def at(moment: int) -> int:
    return 1_000 + 10 * moment


def collected(n_moments: int, decided: list[int], n_samples: int, steps: list[int]) -> list[Evidence]:
    """Return what a run of so many moments hands out that looks after every step, and decides at some of them."""
    log, given_out = RunLog(), list[Evidence]()
    told: list[Any] = []
    random = Random(3)
    collector = EvidenceCollector(log, told, lambda n, k: random.sample(range(n), k), n_samples, given_out.append)
    wanted, moment = collector.passed(0, n_moments), 0
    for step in steps:
        for _ in range(min(step, n_moments - moment)):
            log.equity_at_ns.append(at(moment))
            log.refusals.append(Refusal(at(moment), "COINUSDT", "gate", ("code",), ""))
            told.append((moment, moment))  # Any report is as good as another.
            log.decisions.extend(
                Decision(at(moment), "A", "COINUSDT", SIGNAL, Decimal(1), "") for each in decided if each == moment
            )
            moment += 1
        if moment >= wanted:
            wanted = collector.passed(moment, n_moments)
    collector.passed(moment, n_moments)
    return given_out


@st.composite
def runs(draw: st.DrawFn) -> tuple[int, list[int], int, list[int]]:
    n_moments = draw(st.integers(1, 60))
    decided = sorted(draw(st.lists(st.integers(0, n_moments - 1), max_size=8)))
    steps = draw(st.lists(st.integers(1, 20), max_size=20))
    return n_moments, decided, draw(st.integers(0, 25)), [*steps, n_moments]


@given(runs())
def test_everything_is_handed_out_once_and_in_order(run: tuple[int, list[int], int, list[int]]) -> None:
    n_moments, decided, n_samples, steps = run

    given_out = collected(n_moments, decided, n_samples, steps)

    if n_samples == 0:
        assert given_out == []
        return
    assert [moment for each in given_out for moment, _ in each.told] == list(range(n_moments))
    kinds = [kind.list_of(RunLog()) for kind in RECORD_KINDS]
    assert len(kinds) == len(given_out[0].records)
    decisions = [decision.at_ns for each in given_out for decision in each.records[2]]
    assert decisions == [at(moment) for moment in decided]
    assert [refusal.at_ns for each in given_out for refusal in each.records[3]] == [at(row) for row in range(n_moments)]


@given(runs())
def test_cuts_are_moments_that_are_over_and_no_more_than_wanted(run: tuple[int, list[int], int, list[int]]) -> None:
    n_moments, decided, n_samples, steps = run

    given_out = collected(n_moments, decided, n_samples, steps)

    cuts = [cut for each in given_out for cut in each.cuts]
    assert cuts == sorted(cuts)
    assert len(cuts) <= n_samples
    assert len(cuts) >= min(n_samples, n_moments) // 2
    assert bool(cuts) is (n_samples > 0)
    n_known = 0
    for each in given_out:
        n_known += len(each.told)
        assert all(cut <= at(n_known - 1) for cut in each.cuts)
        assert set(each.cuts) <= {at(moment) for moment in range(n_moments)}
    assert not given_out or cuts[-1] == at(n_moments - 1)


def test_each_stretch_has_a_moment_that_decided_and_one_of_all() -> None:
    # 40 moments and 8 samples: four stretches of 10, and a decision in the first and in the last.
    given_out = collected(40, [4, 35], 8, [1] * 40)

    assert [len(each.told) for each in given_out] == [10, 10, 10, 10]
    assert at(4) in given_out[0].cuts
    assert at(35) in given_out[3].cuts
    assert [len(set(each.cuts)) for each in given_out][1:3] == [2, 2]


def test_of_an_odd_number_the_last_stretch_gets_one() -> None:
    # Three samples: stretches of 20, the second with one cut, of any moment.
    given_out = collected(40, [], 3, [1] * 40)

    assert [len(each.cuts) for each in given_out] == [2, 1]


def test_stretches_that_passed_at_once_are_handed_out_at_once() -> None:
    given_out = collected(40, [], 8, [25, 15])

    assert [len(each.told) for each in given_out] == [25, 15]
    # Of the last two one may be drawn that is cut at anyway.
    assert len(given_out[0].cuts) == 4
    assert len(given_out[1].cuts) in {3, 4}
