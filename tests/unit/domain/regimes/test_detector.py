from itertools import pairwise
from math import log
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from domain.market import Bar
from domain.regime import MarketRegime
from domain.regimes.detector import DetectorSettings, RegimeDetector
from domain.regimes.regime_model import NeutralReason, RegimeEstimate, RegimeModel
from domain.regimes.switching import SwitchSettings
from domain.regimes.volatility_state import VolatilitySettings
from tests.regimes import make_market, make_regime_model

MARKET = make_market(drifts=(0.006, -0.006, 0.0), deviations=(0.01, 0.01, 0.01), duration_bars=40, n_bars=240, seed=3)
BARS = list(MARKET.bars.bars())
SETTINGS = DetectorSettings(
    observations_min=10,
    refilter_bars=60,
    volatility=VolatilitySettings(history_bars=60, observations_min=20),
    missing_bars_max=2,
)
MODEL_AT = 40
MODEL = make_regime_model(returns=(0.6, -0.6, 0.0), fitted_until_ns=BARS[MODEL_AT - 1].closed_at_ns)


def run(
    bars: list[Bar], model: RegimeModel | None = MODEL, settings: DetectorSettings = SETTINGS
) -> list[RegimeEstimate]:
    detector, estimates = RegimeDetector(settings), []
    for bar in bars:
        estimates.append(detector.on_bar(bar))
        if model is not None and bar.closed_at_ns == model.fitted_until_ns:
            detector.use(model)
    return estimates


WHOLE = run(BARS)


@given(cut=st.integers(0, 240))
def test_what_comes_later_changes_no_estimate(cut: int) -> None:
    assert run(BARS[:cut]) == WHOLE[:cut]


@given(cut=st.integers(0, 239), factor=st.sampled_from([0.5, 2.0]))
def test_other_prices_later_change_no_estimate_before(cut: int, factor: float) -> None:
    moved = [
        bar._replace(open=factor * bar.open, high=factor * bar.high, low=factor * bar.low, close=factor * bar.close)
        for bar in BARS[cut:]
    ]

    assert run([*BARS[:cut], *moved])[:cut] == WHOLE[:cut]


@given(asked=st.integers(2, 5))
def test_asking_again_for_the_same_bar_changes_nothing(asked: int) -> None:
    detector = RegimeDetector(SETTINGS)
    for bar, expected in zip(BARS, WHOLE, strict=True):
        assert all(detector.on_bar(bar) == expected for _ in range(asked))
        if bar.closed_at_ns == MODEL.fitted_until_ns:
            detector.use(MODEL)


@given(st.permutations(range(3)))
def test_the_order_of_states_in_the_model_means_nothing(order: list[int]) -> None:
    other = evolve(MODEL, hmm=MODEL.hmm.reordered(order), labels=tuple(MODEL.labels[place] for place in order))

    found = run(BARS, other)

    assert [one.regime for one in found] == [one.regime for one in WHOLE]


def test_it_switches_between_all_directions_and_is_mostly_right() -> None:
    names = (MarketRegime.BULL, MarketRegime.BEAR, MarketRegime.SIDEWAYS)
    hits = [one.regime is names[state] for one, state in zip(WHOLE, MARKET.states, strict=True)][MODEL_AT:]

    assert {one.regime for one in WHOLE[MODEL_AT:]} >= set(names)
    assert sum(hits) / len(hits) > 0.6


def test_confidence_is_the_probability_of_what_is_said() -> None:
    for one in WHOLE:
        if one.regime is MarketRegime.NEUTRAL:
            assert one.confidence is None
            assert one.reason is not None
        else:
            assert one.probabilities is not None
            assert one.confidence == one.probabilities.of(one.regime)
            assert one.reason is None


def test_before_any_model_it_is_neutral_and_says_so() -> None:
    first = WHOLE[0]

    assert (first.regime, first.reason, first.detail) == (MarketRegime.NEUTRAL, NeutralReason.NO_MODEL, "no model yet")
    assert (first.volatility, first.volatility_state, first.model_age_bars) == (None, None, None)


def test_a_failed_fit_is_the_reason_while_there_is_no_model() -> None:
    detector = RegimeDetector(SETTINGS)
    detector.fit_failed("log_return does not vary")

    assert detector.on_bar(BARS[0]).detail == "no model: log_return does not vary"


def test_a_new_model_begins_with_the_bars_that_are_kept() -> None:
    # Bar 40 is the first after the model; 60 bars are kept, so that the filter has seen all that had an observation.
    assert WHOLE[MODEL_AT].probabilities is not None
    late = run(BARS[:MODEL_AT], None)
    assert late[-1].probabilities is None


def test_a_refit_with_the_same_model_changes_nothing_but_its_age() -> None:
    again = evolve(MODEL, fitted_until_ns=BARS[99].closed_at_ns)
    # All bars are kept and the filter begins at the same one, so that nothing is forgotten.
    settings = evolve(SETTINGS, refilter_bars=500, volatility=VolatilitySettings(history_bars=500, observations_min=20))
    detector, estimates = RegimeDetector(settings), []
    for bar in BARS:
        estimates.append(detector.on_bar(bar))
        for model in (MODEL, again):
            if bar.closed_at_ns == model.fitted_until_ns:
                detector.use(model)

    expected = run(BARS, settings=settings)
    assert [(one.regime, one.probabilities) for one in estimates] == [
        (one.regime, one.probabilities) for one in expected
    ]
    assert (estimates[99].model_age_bars, estimates[100].model_age_bars) == (60, 1)


def test_the_volatility_forecast_moves_with_every_bar() -> None:
    forecasts = [one.volatility for one in WHOLE[MODEL_AT:]]

    assert len(set(forecasts)) == len(forecasts)


def test_a_new_model_holds_volatility_against_what_it_would_have_forecast_before() -> None:
    # Twenty forecasts are needed: forty bars that were seen before the model make up for those that it never made.
    assert WHOLE[MODEL_AT - 1].volatility_state is None
    assert WHOLE[MODEL_AT].volatility_state is not None


def test_volatility_by_hand() -> None:
    # 0.00001 + 0.05 r² + 0.85 v, of the bar at 40 and of the one after it.
    before, after = WHOLE[MODEL_AT], WHOLE[MODEL_AT + 1]
    log_return = log(BARS[MODEL_AT + 1].close / BARS[MODEL_AT].close)

    assert before.volatility is not None
    assert after.volatility == pytest.approx((1e-5 + 0.05 * log_return**2 + 0.85 * before.volatility**2) ** 0.5)


def test_a_market_that_stands_still_becomes_neutral_and_comes_back() -> None:
    still = [bar._replace(open=7.0, high=7.0, low=7.0, close=7.0) for bar in BARS[60:70]]

    found = run([*BARS[:60], *still, *BARS[70:]])

    # Two bars may lack an observation; the third in a row says that nothing is observed.
    assert [one.reason for one in found[60:63]] == [None, None, NeutralReason.NOTHING_OBSERVED]
    assert found[69].detail == "10 bars in a row: the price stands still"
    assert found[69].regime is MarketRegime.NEUTRAL
    assert {one.reason for one in found[72:]} == {None, NeutralReason.UNCERTAIN}


def test_a_volume_that_is_none_is_named() -> None:
    bad = [bar._replace(volume=float("nan")) for bar in BARS[60:64]]

    found = run([*BARS[:60], *bad, *BARS[64:]])

    assert found[63].detail == "4 bars in a row: the volume is not a number that a volume can be"
    assert found[66].reason is None


def test_a_gap_is_time_in_which_nothing_was_observed() -> None:
    found = run([*BARS[:60], *BARS[80:]])

    # Twenty missing bars and the first after them, which has no return of its own.
    assert found[60].detail == "21 bars in a row: the bar before is missing"
    assert found[61].reason is not NeutralReason.NOTHING_OBSERVED


def test_too_little_history_is_named() -> None:
    early = make_regime_model(fitted_until_ns=BARS[21].closed_at_ns)

    found = run(BARS[:40], early)

    # Bar 19 is the first with an observation; bar 22 is the fourth.
    assert found[22].detail == "4 of 10 bars observed"
    assert found[28].reason is not NeutralReason.TOO_LITTLE_HISTORY


def test_who_cannot_tell_is_uncertain() -> None:
    flat = make_regime_model(fitted_until_ns=MODEL.fitted_until_ns, returns=(0.0, 0.0, 0.0))

    last = run(BARS, flat)[-1]

    assert (last.regime, last.reason) == (MarketRegime.NEUTRAL, NeutralReason.UNCERTAIN)
    assert last.probabilities is not None


def test_a_model_that_knows_later_bars_is_refused() -> None:
    detector = RegimeDetector(SETTINGS)
    with pytest.raises(ValueError, match="after the last one seen"):
        detector.use(MODEL)
    detector.on_bar(BARS[0])

    with pytest.raises(ValueError, match="after the last one seen"):
        detector.use(MODEL)


def test_bars_do_not_go_back() -> None:
    detector = RegimeDetector(SETTINGS)
    detector.on_bar(BARS[1])

    with pytest.raises(ValueError, match="TESTUSDT: a bar that closes at"):
        detector.on_bar(BARS[0])


def test_every_wait_is_counted_in_bars() -> None:
    slow = evolve(SETTINGS, switch=SwitchSettings(min_bars=30))

    found = run(BARS, settings=slow)
    ended = [before for before, after in pairwise(found) if after.bars_in_regime == 1]

    assert any(one.regime is not MarketRegime.NEUTRAL for one in ended)
    assert all(one.bars_in_regime >= 30 for one in ended if one.regime is not MarketRegime.NEUTRAL)


@pytest.mark.parametrize("changes", [{"refilter_bars": 5}, {"observations_min": 0}, {"missing_bars_max": -1}])
def test_settings_that_cannot_be_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"refilter_bars|observations_min|missing_bars_max"):
        evolve(SETTINGS, **changes)
