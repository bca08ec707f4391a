"""Answers as the venue gives them, built from the figures that a test is about."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

SERVED_AT_MS = 1_700_000_000_000
"""2023-11-14T22:13:20Z."""


def make_contract(symbol: str = "BTCUSDT", changes: Mapping[str, object] = MappingProxyType({})) -> dict[str, Any]:
    """Return one contract of an exchangeInfo; a change names a field, a filter's field or a whole filter (None)."""
    filters: dict[str, dict[str, object]] = {
        "PRICE_FILTER": {"tickSize": "0.10", "minPrice": "1", "maxPrice": "100000"},
        "LOT_SIZE": {"stepSize": "0.001", "minQty": "0.001", "maxQty": "1000"},
        "MARKET_LOT_SIZE": {"stepSize": "0.001", "minQty": "0.001", "maxQty": "120"},
        "MAX_NUM_ORDERS": {"limit": 200},
        "MIN_NOTIONAL": {"notional": "100"},
        "PERCENT_PRICE": {"multiplierUp": "1.0500", "multiplierDown": "0.9500", "multiplierDecimal": "4"},
    }
    contract: dict[str, Any] = {
        "symbol": symbol,
        "contractType": "PERPETUAL",
        "status": "TRADING",
        "liquidationFee": "0.012500",
    }
    for name, value in changes.items():
        kind, _, key = name.partition("__")
        if kind not in filters:
            contract[name] = value
        elif key:
            filters[kind][key] = value
        else:
            del filters[kind]
    contract["filters"] = [{"filterType": kind, **fields} for kind, fields in filters.items()]
    return contract


def make_exchange_info(contracts: Sequence[object] | None = None, **changes: object) -> bytes:
    """Return the body of an exchangeInfo."""
    listed = [make_contract()] if contracts is None else contracts
    return json.dumps({"timezone": "UTC", "serverTime": SERVED_AT_MS, "symbols": listed} | changes).encode()


def make_brackets(symbol: str = "BTCUSDT", *, cum: object = 300, **changes: object) -> dict[str, Any]:
    """Return the brackets of one contract: 0 to 300,000 at 0.004, then to 800,000 at 0.005.

    The second deduction is 300,000 × (0.005 − 0.004) = 300.
    """
    first = {"bracket": 1, "initialLeverage": 125, "notionalFloor": 0, "notionalCap": 300000, "cum": 0.0}
    second = {"bracket": 2, "initialLeverage": 100, "notionalFloor": 300000, "notionalCap": 800000, "cum": cum}
    brackets = [first | {"maintMarginRatio": 0.004}, second | {"maintMarginRatio": 0.005}]
    return {"symbol": symbol, "brackets": brackets} | changes
