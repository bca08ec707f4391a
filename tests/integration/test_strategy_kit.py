"""Each check of the kit finds the strategy that was planted for it, no other check does, and honest twins pass."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from application.market_history import MarketHistory
from application.ports.strategy import Strategy
from application.strategy_kit.kit import CHECKS, check_strategy
from application.strategy_kit.outcome import KitReport, Verdict
from application.strategy_kit.subject import NotElsewhereError, Spoken, spoken
from entrypoints.configuration.strategy_kinds import StrategyKind
from entrypoints.strategy_kit.checking import bench_with, check_subject
from entrypoints.strategy_kit.subjects import make_subject
from tests import kit_strategies as kit
from tests.kit_strategies import maker

Make = Callable[[MarketHistory], Strategy]


def nowhere_else() -> Spoken:
    raise NotElsewhereError("not asked for")


def report_on(make: Make, elsewhere: Callable[[], Spoken] = nowhere_else, walk_s: float = 20.0) -> KitReport:
    return check_strategy(make, bench_with(elsewhere, walk_s))


PLANTED: Final[tuple[tuple[str, Make, str, str], ...]] = (
    ("signals", maker(kit.ReturnsText), "returns str ('buy')", "trends, bar closed at 2024-01-30T14:00:00Z"),
    (
        "signals",
        maker(kit.Raises),
        "raises KeyError: 'weights' (kit_strategies.py:71)",
        "trends, bar closed at 2024-01-30T14:00:00Z",
    ),
    (
        "signals",
        maker(kit.WritesToItsView),
        "writes to held_quantity of the view",
        "bar closed at 2024-01-30T14:00:00Z",
    ),
    ("signals", maker(kit.SetsThePrecision), "sets prec of the decimal context", "bar closed at 2024-01-30T14:00:00Z"),
    ("signals", maker(kit.ReplacesTheDecimalContext), "replaces the decimal", "bar closed at 2024-01-30T14:00:00Z"),
    ("signals", maker(kit.SaysNothing), "says nothing", "2,160 bars"),
    ("flat market", maker(kit.DividesByVolume), "raises ZeroDivisionError", "flat, bar closed at 2024-01-01T01:00:00Z"),
    ("flat market", maker(kit.EntersWhereNothingMoves), "enters 229 times", "flat, bar closed at 2024-01-01T15:00:00Z"),
    ("flat market", maker(kit.FeelsNothingWhereNothingMoves), "feature width nan", "flat, bar closed at"),
    ("gaps", maker(kit.TrustsThatPricesAreSmooth), "raises ValueError: a wrong price", "jumps, bar closed at"),
    ("missing bars", maker(kit.TrustsThatBarsFollow), "raises ValueError: a bar is missing", "bars left out, bar"),
    (
        "refused orders",
        maker(kit.TrustsItsOrder),
        "nothing is held (kit_strategies.py:140), when every order is refused",
        "trends and swings",
    ),
    ("refused orders", maker(kit.WaitsForItsOrder), "never again once its first order", "trends and swings"),
    ("determinism", maker(kit.DrawsAtRandom), "says something else again", "then "),
    ("determinism", maker(kit.LooksAtTheClock), "says something else again", "feature now"),
    ("determinism", maker(kit.SharesState), "beside another instance", "then "),
    ("look-ahead", kit.next_move, "bars after it have a part in it", "history changed after bar"),
    ("look-ahead", kit.over_the_mean_of_all, "bars after it have a part in it", "history changed after bar"),
    ("look-ahead", maker(kit.TrustsWhatItHolds), "raises RuntimeError: half a unit (kit_strategies.py:", "bar closed"),
    ("warm-up", maker(kit.Remembers), "12 bars (lookback_bars) after a later start it differs", "feature mean"),
    ("warm-up", maker(kit.ForgetsSlowly), "12 bars (lookback_bars) after a later start it differs", "feature mean"),
    ("warm-up", maker(kit.EntersOnHalf), "of the 12 bars that it looks back", "nothing with a longer past"),
    ("restart", maker(kit.ForgetsHalf), "goes on otherwise, restored from its saved state", "feature mean"),
    ("restart", maker(kit.GivesWhatIsNoJson), "saved_state gives what JSON cannot hold", "bar closed at"),
    ("restart", maker(kit.RefusesItsOwnState), "restore raises KeyError: 'mean' (kit_strategies.py:", "bar closed at"),
)


@pytest.mark.parametrize(("check", "make", "line", "evidence"), PLANTED)
def test_a_planted_flaw_is_found_by_its_check_and_no_other(check: str, make: Make, line: str, evidence: str) -> None:
    report = report_on(make)

    (failure,) = report.failures
    assert failure.check == check
    assert line in failure.line
    assert evidence in failure.evidence
    assert [outcome.check for outcome in report.outcomes] == list(CHECKS)


def test_what_does_not_come_back_is_said_to_block() -> None:
    report = report_on(maker(kit.Blocks), walk_s=2.0)

    (failure,) = report.failures
    assert (failure.check, failure.line) == ("time", "blocks: does not come back from a bar")
    assert failure.evidence == "flat, bar closed at 2024-01-01T01:00:00Z"
    tried = {outcome.check: outcome.verdict for outcome in report.outcomes}
    assert list(tried) == list(CHECKS)
    assert {tried[name] for name in CHECKS if name != "time"} == {Verdict.NOT_APPLICABLE}


def test_nobody_waits_twice_for_what_does_not_come_back() -> None:
    kit.BlocksAtOnce.made.clear()
    report = report_on(maker(kit.BlocksAtOnce), walk_s=0.5)

    assert report.failures[0].evidence == "trends, bar closed at 2024-01-01T01:00:00Z"
    # Once to ask how far it looks back, once for the walk.
    assert len(kit.BlocksAtOnce.made) == 2


def test_a_constructor_that_does_not_come_back_blocks() -> None:
    report = report_on(maker(kit.IsNeverMade), walk_s=0.5)

    assert report.in_words == "time: blocks: its constructor does not come back (before the first bar)"
    assert [outcome.check for outcome in report.outcomes] == list(CHECKS)


@pytest.mark.parametrize(
    "make",
    [
        maker(kit.Honest),
        maker(kit.KeepsItsOwnState),
        maker(kit.RemembersAndSaysSo),
        maker(kit.ForgetsSlowlyAndSaysSo),
        kit.last_move,
    ],
    ids=["no state", "own state", "saved state", "warm-up", "column of the past"],
)
def test_an_honest_twin_passes(make: Make) -> None:
    report = report_on(make)

    assert report.is_passed, report.in_words


def test_what_another_process_says_is_compared_bar_by_bar() -> None:
    make = maker(kit.Honest)
    heard = {market: list(texts) for market, texts in spoken(make, bench_with(nowhere_else).in_time).items()}
    assert report_on(make, lambda: heard).is_passed
    place = next(row for row, text in enumerate(heard["swings"]) if text != "None")
    heard["swings"][place] = "None"

    (failure,) = report_on(make, lambda: heard).failures

    assert failure.check == "determinism"
    assert "in another process" in failure.line
    assert failure.evidence.startswith("swings, bar closed at ")
    assert failure.evidence.endswith("there None")


def test_another_process_that_says_less_is_not_taken_for_the_same() -> None:
    make = maker(kit.Honest)
    heard = {market: list(texts) for market, texts in spoken(make, bench_with(nowhere_else).in_time).items()}
    del heard["swings"][100:]

    (failure,) = report_on(make, lambda: heard).failures

    assert failure.line == "stops after 100 of 720 bars in another process"


def test_one_that_cannot_be_made_is_tried_no_further() -> None:
    def make(_: MarketHistory) -> Strategy:
        raise ValueError("no model file")

    report = report_on(make)

    assert report.in_words == "signals: cannot be made: raises ValueError: no model file (before the first bar)"
    assert [outcome.check for outcome in report.outcomes if outcome.verdict is Verdict.NOT_APPLICABLE] == [
        name for name in CHECKS if name != "signals"
    ]


@pytest.mark.parametrize("kind", StrategyKind, ids=lambda kind: kind.value)
def test_every_strategy_of_the_product_passes(kind: StrategyKind) -> None:
    """In another process as well: the slowest part."""
    report = check_subject(make_subject(kind.value, {}, Path()))

    assert report.is_passed, report.in_words
    restart = next(outcome for outcome in report.outcomes if outcome.check == "restart")
    is_saved = kind is StrategyKind.FUNDING_ARBITRAGE
    assert ("restored from its saved state" in restart.line) is is_saved
    assert any("here and in another process" in outcome.line for outcome in report.outcomes)
