"""Parameters that make no market are refused, each with its name and value."""

from decimal import Decimal
from typing import Any

import pytest

from adapters.synthetic.funding import FundingTerms
from adapters.synthetic.instruments import BTCUSDT, SyntheticInstrument
from adapters.synthetic.market import SyntheticMarket, generate
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE


def make_instrument(**changes: Any) -> SyntheticInstrument:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "symbol": "SOLUSDT",
        "start_price": 100.0,
        "tick_size": Decimal("0.01"),
        "lot_size": Decimal(1),
    }
    return SyntheticInstrument(**(fields | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"volatility_annual": float("nan")}, "volatility_annual: nan is not a number from 0.01 to 5.0"),
        ({"volatility_annual": "0.5"}, "volatility_annual: '0.5' is not a number"),
        ({"market_loading": 1.0}, "market_loading: 1.0 is not a number from -0.99 to 0.99"),
        ({"tick_size": 0.01}, "tick_size: 0.01 is not a decimal"),
        ({"tick_size": Decimal("NaN")}, r"tick_size: Decimal\('NaN'\) is not a decimal"),
        ({"lot_size": Decimal(0)}, r"lot_size: Decimal\('0'\) is not a decimal"),
        ({"start_price": 0.05}, "SOLUSDT: start_price 0.05 is less than 10 ticks of 0.01"),
        ({"symbol": "sol/usdt"}, "symbol"),
        ({"symbol": "SOLUSDT\n"}, "symbol"),
    ],
)
def test_an_instrument_outside_its_ranges_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_instrument(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"instruments": ()}, "instruments"),
        ({"instruments": (BTCUSDT, BTCUSDT)}, "instruments: BTCUSDT appears 2 times"),
        ({"n_bars": 0}, "n_bars: 0 is not a whole number from 1"),
        ({"n_bars": 10.0}, "n_bars: 10.0 is not a whole number"),
        ({"starts_at_ns": NS_PER_MINUTE}, "1970-01-01T00:01:00Z is not on the grid of 1h"),
        ({"interval_ns": 7 * NS_PER_HOUR, "starts_at_ns": 0}, "funding every 8h needs bars that divide it, got 7h"),
        ({"interval_ns": NS_PER_DAY}, "funding every 8h needs bars that divide it, got 1d"),
        ({"regimes": ()}, "regimes"),
    ],
)
def test_a_market_that_does_not_fit_together_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SyntheticMarket(**changes)


def test_daily_bars_go_with_daily_funding() -> None:
    market = SyntheticMarket(interval_ns=NS_PER_DAY, funding=FundingTerms(interval_h=24), n_bars=10)

    assert len(generate(market, seed=1).funding["BTCUSDT"]) == 10


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="seed: -1 is negative"):
        generate(SyntheticMarket(n_bars=1), seed=-1)
