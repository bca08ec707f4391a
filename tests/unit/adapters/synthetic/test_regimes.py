"""Which regime holds when."""

import numpy as np
import pytest

from adapters.synthetic.regimes import DEFAULT_REGIMES, Regime, long_run_shares, regime_path, volatility_multiples
from domain.time_units import NS_PER_DAY, NS_PER_HOUR


def make_regime(name: str, *, duration_days: float, volatility_multiple: float = 1.0) -> Regime:
    return Regime(name=name, drift_multiple=0.0, volatility_multiple=volatility_multiple, duration_days=duration_days)


def test_time_is_shared_in_proportion_to_the_mean_durations() -> None:
    regimes = (make_regime("a", duration_days=1.0), make_regime("b", duration_days=3.0))

    path = regime_path(regimes, n_bars=24 * 4_000, interval_ns=NS_PER_HOUR, seed=5)

    # 1 / (1 + 3) of the time. About 1,000 visits to each: the share has a standard error near 0.01.
    assert long_run_shares(regimes).tolist() == [0.25, 0.75]
    assert np.mean(path == 0) == pytest.approx(0.25, abs=0.03)


def test_a_visit_lasts_as_long_as_its_regime_says_on_average() -> None:
    regimes = (make_regime("a", duration_days=2.0), make_regime("b", duration_days=2.0))

    path = regime_path(regimes, n_bars=24 * 4_000, interval_ns=NS_PER_HOUR, seed=6)

    visits = 1 + np.count_nonzero(np.diff(path))
    assert 4_000 / visits == pytest.approx(2.0, rel=0.15)


def test_volatility_multiples_have_a_mean_square_of_one_over_time() -> None:
    # Shares 1/4 and 3/4, multiples 2 and 1: mean square 0.25 * 4 + 0.75 * 1 = 1.75.
    regimes = (
        make_regime("wild", duration_days=1.0, volatility_multiple=2.0),
        make_regime("calm", duration_days=3.0, volatility_multiple=1.0),
    )

    assert volatility_multiples(regimes) == pytest.approx([2.0 / 1.75**0.5, 1.0 / 1.75**0.5])


def test_regimes_change_at_the_same_time_whatever_the_interval() -> None:
    hourly = regime_path(DEFAULT_REGIMES, n_bars=24 * 365, interval_ns=NS_PER_HOUR, seed=7)
    daily = regime_path(DEFAULT_REGIMES, n_bars=365, interval_ns=NS_PER_DAY, seed=7)

    assert hourly[::24].tolist() == daily.tolist()
    assert len(set(daily.tolist())) > 1


def test_a_regime_without_others_holds_for_ever() -> None:
    path = regime_path((make_regime("only", duration_days=0.05),), n_bars=1_000, interval_ns=NS_PER_HOUR, seed=1)

    assert not path.any()


def test_the_chain_begins_in_any_regime() -> None:
    first = {int(regime_path(DEFAULT_REGIMES, n_bars=1, interval_ns=NS_PER_HOUR, seed=seed)[0]) for seed in range(40)}

    assert first == {0, 1, 2}


def test_the_default_regimes_have_the_long_run_drift_and_premium_they_claim() -> None:
    shares = long_run_shares(DEFAULT_REGIMES)
    drift = shares @ [regime.drift_multiple for regime in DEFAULT_REGIMES]
    premium = shares @ [regime.premium_bps for regime in DEFAULT_REGIMES]

    # Drift (30 * 2.5 + 0 - 20 * 2) / 75 = 35 / 75; premium (30 * 6 + 25 * 2 - 20 * 2) / 75 = 190 / 75.
    assert drift == pytest.approx(35 / 75)
    assert premium == pytest.approx(190 / 75)


@pytest.mark.parametrize("duration", [0.0, float("nan"), float("inf"), -1.0])
def test_an_impossible_duration_is_refused_by_name_and_value(duration: float) -> None:
    with pytest.raises(ValueError, match=f"duration_days: {duration!r} is not a number from 0.05 to 3650.0"):
        make_regime("a", duration_days=duration)
