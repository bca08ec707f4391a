"""What market an instrument was taken to be in: without gaps, and as strategies were told it."""

from array import array
from typing import Final

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from application.results.result import RunResult
from application.results.scenario_history import regime_summaries, scenario_histories, weights_by_symbol
from application.trading.records import RegimeChange, RunLog
from domain.allocation.scenario import NOTHING_KNOWN, Scenario
from domain.regime import MarketRegime, VolatilityState
from domain.time_units import NS_PER_HOUR
from tests.support import START_NS, SYMBOL
from tests.unit.adapters.run_documents.results import SYMBOLS, make_result
from tests.unit.application.results.run_logs import make_regime_change, make_weight_change

BULL, BEAR, SIDEWAYS, NEUTRAL = MarketRegime.BULL, MarketRegime.BEAR, MarketRegime.SIDEWAYS, MarketRegime.NEUTRAL
LOW, HIGH = VolatilityState.LOW, VolatilityState.HIGH
N_BARS: Final = 100

changes: Final = st.builds(
    lambda regime, volatility, bar, symbol: make_regime_change(
        regime, volatility, at_ns=START_NS + bar * NS_PER_HOUR, symbol=symbol
    ),
    st.sampled_from(MarketRegime),
    st.sampled_from(VolatilityState),
    st.integers(1, N_BARS),
    st.sampled_from(SYMBOLS),
)


def result_of(*found: RegimeChange) -> RunResult:
    """A run of a hundred hourly bars."""
    log = RunLog(regime_changes=list(found))
    log.equity_at_ns = array("q", [START_NS + bar * NS_PER_HOUR for bar in range(1, N_BARS + 1)])
    return evolve(make_result(log), start_ns=START_NS, end_ns=START_NS + N_BARS * NS_PER_HOUR)


@given(found=st.lists(changes, min_size=1, max_size=12))
def test_stretches_cover_the_run_without_a_gap_and_say_what_was_told(found: list[RegimeChange]) -> None:
    result = result_of(*found)

    for history in scenario_histories(result).values():
        stretches = history.stretches(result.start_ns, result.end_ns)
        edges = [edge for each in stretches for edge in (each.start_ns, each.end_ns)]
        assert (edges[0], edges[-1]) == (result.start_ns, result.end_ns)
        assert edges[1:-1:2] == edges[2::2]
        assert all(history.at(each.start_ns) == each.scenario == history.at(each.end_ns - 1) for each in stretches)


@given(found=st.lists(changes, min_size=1, max_size=12))
def test_shares_of_time_make_up_the_whole(found: list[RegimeChange]) -> None:
    for summary in regime_summaries(result_of(*found)):
        assert sum(summary.shares.values()) == pytest.approx(1.0)
        assert 0.0 <= summary.volatile_share <= 1.0
        assert summary.n_changes <= len(found)


def test_a_change_holds_from_its_own_bar_on() -> None:
    at_ns = START_NS + 10 * NS_PER_HOUR
    history = scenario_histories(result_of(make_regime_change(BULL, HIGH, at_ns=at_ns)))[SYMBOL]

    assert history.at(at_ns - 1) == NOTHING_KNOWN
    assert history.at(at_ns) == Scenario(BULL, HIGH)


def test_a_run_that_judged_no_market_has_no_history() -> None:
    assert scenario_histories(result_of()) == {}
    assert regime_summaries(result_of()) == ()


def test_an_instrument_of_which_nothing_was_ever_known_is_neutral_throughout() -> None:
    result = result_of(make_regime_change(symbol="ETHUSDT", at_ns=START_NS + NS_PER_HOUR))
    unknown, _ = sorted(regime_summaries(result), key=lambda each: each.symbol)

    assert (unknown.symbol, unknown.shares[NEUTRAL], unknown.n_changes, unknown.median_bars) == ("BTCUSDT", 1, 0, None)


def test_durations_are_counted_in_bars_over_regimes_that_ended() -> None:
    # Neutral to bar 10; bull 10 to 40, whose volatility changes at 20; bear 40 to 50; sideways until the end at 100.
    rows = ((10, BULL, LOW), (20, BULL, HIGH), (40, BEAR, HIGH), (50, SIDEWAYS, LOW))
    found = [make_regime_change(what, moves, at_ns=START_NS + bar * NS_PER_HOUR) for bar, what, moves in rows]
    summary = next(each for each in regime_summaries(result_of(*found)) if each.symbol == SYMBOL)

    assert summary.n_changes == 3
    # Of 30 and 10; the first and the last have no length of their own.
    assert summary.median_bars == 20
    assert summary.shares == {BULL: 0.3, BEAR: 0.1, SIDEWAYS: 0.5, NEUTRAL: 0.1}
    # From 20 to 50.
    assert summary.volatile_share == pytest.approx(0.3)


def test_weights_are_found_by_instrument_in_order_of_time() -> None:
    log = RunLog(weight_changes=[make_weight_change(at_ns=START_NS + at, a=at / 4) for at in (2, 1)])

    assert weights_by_symbol(make_result(log)) == {SYMBOL: [(START_NS + 1, {"a": 0.25}), (START_NS + 2, {"a": 0.5})]}
