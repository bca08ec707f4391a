"""A scenario that is looked up is the one that was told, and of no other bars."""

from array import array
from itertools import pairwise

import pytest
from attrs import evolve

from application.errors import ReplayError
from application.regimes.judged_bars import JudgedBars
from application.regimes.refit_schedule import RefitSchedule
from application.regimes.regime_plan import RegimePlan
from application.regimes.scenario_teller import LearningTeller, RecordedTeller, judge_bars
from domain.market import BarSeries
from tests.regime_study import FITTING, STEADY

PLAN = RegimePlan(fitting=FITTING, schedule=RefitSchedule(refit_bars=168, window_bars=400, bars_min=400))


@pytest.fixture(scope="module")
def bars() -> BarSeries:
    return STEADY.market(1, n_bars=900).bars


@pytest.fixture(scope="module")
def judged(bars: BarSeries) -> JudgedBars:
    return judge_bars(bars, PLAN)


def test_it_is_the_one_that_a_detector_tells_on_the_way(bars: BarSeries, judged: JudgedBars) -> None:
    live, recorded = LearningTeller(PLAN), RecordedTeller(judged)
    changes = []
    for bar in bars.bars():
        change = live.take(bar)
        assert recorded.take(bar) == change
        assert recorded.confidence == live.confidence
        changes.append(change)

    found = [change.scenario for change in changes if change is not None]
    assert len(found) >= 3
    assert all(one != other for one, other in pairwise(found))
    assert max(judged.confidence) > 0.5


def test_a_plan_that_knows_an_answer_asks_all_the_same(bars: BarSeries, judged: JudgedBars) -> None:
    wrong = evolve(judged, confidence=array("d", [0.0] * len(bars)), changes=())

    again = judge_bars(bars, evolve(PLAN, judged={bars.symbol: wrong}))

    assert (again.confidence, again.changes) == (judged.confidence, judged.changes)


def test_it_is_looked_up_for_the_very_bars_that_were_judged(bars: BarSeries, judged: JudgedBars) -> None:
    plan = evolve(PLAN, judged={bars.symbol: judged})

    assert plan.judging({bars.symbol: bars}).judged == {bars.symbol: judged}
    assert plan.judging({bars.symbol: bars.rows(0, len(bars))}).judged == {}
    assert plan.judging({}).judged == {}
    assert plan.without_judgements().judged == {}


def test_a_bar_that_is_not_the_next_one_is_refused(bars: BarSeries, judged: JudgedBars) -> None:
    first, second, *_ = bars.bars_between(0, 2)
    teller = RecordedTeller(judged)
    with pytest.raises(ReplayError, match="is not the next one that was judged"):
        teller.take(second)
    teller.take(first)
    with pytest.raises(ReplayError, match=f"TESTUSDT: the bar that closes at {first.closed_at_ns} is not the next"):
        teller.take(first)


def test_more_bars_than_were_judged_are_refused(bars: BarSeries, judged: JudgedBars) -> None:
    short = bars.rows(0, 1)
    teller = RecordedTeller(JudgedBars(short, judged.confidence[:1], ()))
    first, second, *_ = bars.bars_between(0, 2)
    teller.take(first)
    with pytest.raises(ReplayError):
        teller.take(second)


def test_as_many_words_as_bars(bars: BarSeries) -> None:
    with pytest.raises(ValueError, match="1 confidences for 900 bars"):
        JudgedBars(bars, array("d", [0.0]), ())
