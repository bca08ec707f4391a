"""Limits that are no limits refuse to be made, naming the key."""

from decimal import Decimal
from typing import Any

import pytest

from domain.risk.hard_caps import limit_at, limit_keys
from tests.risk_cases import UNLIMITED, with_limits
from tests.unit.domain.risk.limit_edges import EDGES

LIMITS: dict[str, Any] = {edge.key: edge.limit for edge in EDGES} | {"position.correlation_threshold": 0.7}
NUMBERS = [key for key, limit in LIMITS.items() if not isinstance(limit, bool | frozenset | dict)]
SHARES = [
    "order.price_collar",
    "account.margin_ratio_max",
    "account.liquidation_distance_min",
    "account.liquidation_probability_max",
    "account.var_daily_max",
    "account.cvar_daily_max",
    "account.capital_at_risk_max",
    "position.correlation_threshold",
]


def make(key: str, value: object) -> None:
    with_limits(UNLIMITED, **{key.replace(".", "__"): value})


def like(key: str, text: str) -> object:
    if isinstance(LIMITS[key], int) and text == "-1":
        return -1
    return Decimal(text) if isinstance(LIMITS[key], Decimal) else float(text)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "-1"])
@pytest.mark.parametrize("key", NUMBERS)
def test_what_is_no_limit_is_refused_by_its_name(key: str, text: str) -> None:
    with pytest.raises(ValueError, match=key.split(".")[1]):
        make(key, like(key, text))


@pytest.mark.parametrize("key", [key for key in NUMBERS if key != "activity.reserved_fraction"])
def test_zero_is_no_limit(key: str) -> None:
    with pytest.raises(ValueError, match=key.split(".")[1]):
        make(key, type(LIMITS[key])(0))


@pytest.mark.parametrize("key", SHARES)
def test_a_share_is_not_more_than_all(key: str) -> None:
    with pytest.raises(ValueError, match=key.split(".")[1]):
        make(key, like(key, "1.0001"))


@pytest.mark.parametrize("key", ["order.quantity_max", "position.notional_max"])
@pytest.mark.parametrize("text", ["0", "-1", "NaN", "Infinity"])
def test_each_instrument_has_a_limit_or_is_not_listed(key: str, text: str) -> None:
    with pytest.raises(ValueError, match=key.split(".")[1]):
        make(key, {"BTCUSDT": Decimal(text)})


def test_counts_are_whole() -> None:
    with pytest.raises(ValueError, match="open_orders_max"):
        make("account.open_orders_max", 2.5)
    with pytest.raises(ValueError, match="open_orders_max"):
        make("account.open_orders_max", value=True)


def test_every_limit_can_be_looked_up_by_its_key() -> None:
    assert set(LIMITS) == set(limit_keys())
    assert limit_at(UNLIMITED, "position.allow_short") is True
