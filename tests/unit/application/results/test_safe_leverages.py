"""How much leverage each instrument bore: never more than the cap, less where it swings or is near to its end."""

from decimal import Decimal
from math import exp

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from application.results.safe_leverages import SafeLeverage, safe_leverages
from application.trading.risk_use import RiskUse
from tests.risk_records import make_instrument_use, make_risk_use

volatilities = st.none() | st.floats(0.001, 1.0)


def use_of(volatility: float | None, *, held: str = "0", distance: Decimal | None = None) -> RiskUse:
    instruments = () if held == "0" else (evolve(make_instrument_use(held), liquidation_distance=distance),)
    known = {} if volatility is None else {"BTCUSDT": volatility}
    return evolve(make_risk_use(instruments=instruments), daily_volatilities=known)


def leverage_of(use: RiskUse, cap: float = 10.0) -> SafeLeverage:
    (found,) = safe_leverages(use, cap)
    return found


@given(
    volatility=volatilities,
    percent=st.none() | st.integers(0, 99),
    held=st.sampled_from(["500", "-500"]),
    cap=st.floats(0.1, 125.0),
)
def test_no_leverage_is_above_the_cap_or_without_a_size(
    volatility: float | None, percent: int | None, held: str, cap: float
) -> None:
    distance = None if percent is None else Decimal(percent) / 100
    found = leverage_of(use_of(volatility, held=held, distance=distance), cap)

    assert 0.0 < found.by_distance <= cap
    assert 0.0 < found.by_volatility <= cap
    assert found.smaller == min(found.by_distance, found.by_volatility)


@given(one=st.floats(0.001, 1.0), other=st.floats(0.001, 1.0), percent=st.integers(1, 99))
def test_more_volatility_never_bears_more(one: float, other: float, percent: int) -> None:
    calm, wild = (
        leverage_of(use_of(volatility, held="500", distance=Decimal(percent) / 100))
        for volatility in sorted((one, other))
    )

    assert wild.by_volatility <= calm.by_volatility
    assert wild.by_distance <= calm.by_distance


def test_by_hand() -> None:
    # Down by 1 - exp(-0.06), a log distance of 0.06: of the 3 × 0.04 that are asked for it is half.
    move = Decimal(repr(1 - exp(-0.06)))
    found = leverage_of(use_of(0.04, held="500", distance=move))
    assert found.by_distance == pytest.approx(5.0)
    # 0.04 over the usual 0.05 is 0.8: 1 + 0.2 × 0.2 = 1.04 times the cap, which is the cap.
    assert found.by_volatility == 10.0

    # 0.10 over 0.05 is 2: 1 / (1 + 0.5 × 1) = 2/3 of the cap.
    assert leverage_of(use_of(0.10)).by_volatility == pytest.approx(10.0 / 1.5)


def test_a_short_is_measured_upwards() -> None:
    # Up by exp(0.06) - 1 is the same way in logarithms.
    move = Decimal(repr(exp(0.06) - 1))

    assert leverage_of(use_of(0.04, held="-500", distance=move)).by_distance == pytest.approx(5.0)


def test_what_is_not_held_or_cannot_be_liquidated_leaves_the_cap() -> None:
    assert leverage_of(use_of(0.04)).by_distance == 10.0
    assert leverage_of(use_of(0.04, held="500")).by_distance == 10.0
    assert leverage_of(use_of(0.04, held="500", distance=Decimal(1))).by_distance == 10.0


def test_an_unknown_volatility_bears_the_least_there_is() -> None:
    found = leverage_of(use_of(None, held="500", distance=Decimal("0.5")))

    assert (found.daily_volatility, found.by_distance, found.by_volatility) == (None, 1.0, 0.1)


def test_every_instrument_that_is_held_or_known_is_listed_once() -> None:
    instruments = tuple(make_instrument_use("500", symbol=symbol) for symbol in ("XRPUSDT", "BTCUSDT"))
    use = evolve(make_risk_use(instruments=instruments), daily_volatilities={"BTCUSDT": 0.03, "ETHUSDT": 0.04})

    assert [each.symbol for each in safe_leverages(use, 3.0)] == ["BTCUSDT", "ETHUSDT", "XRPUSDT"]
    assert safe_leverages(make_risk_use(), 3.0) == ()


def test_a_spot_pair_bears_none_because_nothing_is_borrowed_for_it() -> None:
    use = evolve(make_risk_use(), daily_volatilities={"BTCUSDT": 0.04, "BTCUSDT-SPOT": 0.04})

    assert [each.symbol for each in safe_leverages(use, 10.0)] == ["BTCUSDT"]
