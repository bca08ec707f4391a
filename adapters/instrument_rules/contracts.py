"""Filters and liquidation fees as the venue published them, one line per contract: figures only.

Origin: the venue's public ``GET /fapi/v1/exchangeInfo``; in brackets the filter or field of each figure.

* 2021-07-22: ``fapi.binance.com``, fetched 2021-07-22T22:25:40Z (server time 2021-07-21T09:04:03Z).
* 2026-03-31: server time 2026-03-31T08:43:49Z. Of this answer it is not sure that it is the live market's: its
  delivery date of BTCUSDT, 2100-12-25T08:00:02Z, and its limits of open orders are those of the test network. Its
  figures hold from its date on, and no earlier, until a refresh says otherwise.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from attrs import frozen

JULY_2021: Final = date(2021, 7, 22)
MARCH_2026: Final = date(2026, 3, 31)


@frozen(kw_only=True)
class ContractRules:
    """The rules of one contract, as published.

    Attributes:
        tick_size: Price step, quote per base (PRICE_FILTER tickSize).
        lot_size: Quantity step, base units (LOT_SIZE stepSize; MARKET_LOT_SIZE has the same).
        quantity_min: Smallest order, base units (LOT_SIZE minQty; MARKET_LOT_SIZE has the same).
        quantity_max: Largest limit order, base units (LOT_SIZE maxQty).
        market_quantity_max: Largest market order, base units (MARKET_LOT_SIZE maxQty).
        notional_min: Smallest order value, quote currency (MIN_NOTIONAL notional).
        price_band: Distance of limit prices from the mark, as a fraction (PERCENT_PRICE, 1 ± the fraction).
        liquidation_rate: Fee for being liquidated, as a fraction of notional (liquidationFee).
    """

    tick_size: str
    lot_size: str
    quantity_min: str
    quantity_max: str
    market_quantity_max: str
    notional_min: str
    price_band: str
    liquidation_rate: str


_OF_JULY_2021: Final[Mapping[str, ContractRules]] = {
    "BTCUSDT": ContractRules(
        tick_size="0.01",
        lot_size="0.001",
        quantity_min="0.001",
        quantity_max="1000",
        market_quantity_max="1000",
        notional_min="5",
        price_band="0.15",
        liquidation_rate="0.012",
    ),
    "ETHUSDT": ContractRules(
        tick_size="0.01",
        lot_size="0.001",
        quantity_min="0.001",
        quantity_max="10000",
        market_quantity_max="10000",
        notional_min="5",
        price_band="0.15",
        liquidation_rate="0.005",
    ),
    "XRPUSDT": ContractRules(
        tick_size="0.0001",
        lot_size="0.1",
        quantity_min="0.1",
        quantity_max="1000000",
        market_quantity_max="1000000",
        notional_min="5",
        price_band="0.15",
        liquidation_rate="0.005",
    ),
    "SOLUSDT": ContractRules(
        tick_size="0.001",
        lot_size="1",
        quantity_min="1",
        quantity_max="10000000",
        market_quantity_max="20000",
        notional_min="5",
        price_band="0.15",
        liquidation_rate="0.0075",
    ),
    "BNBUSDT": ContractRules(
        tick_size="0.01",
        lot_size="0.01",
        quantity_min="0.01",
        quantity_max="100000",
        market_quantity_max="20000",
        notional_min="5",
        price_band="0.15",
        liquidation_rate="0.005",
    ),
    "DOGEUSDT": ContractRules(
        tick_size="0.00001",
        lot_size="1",
        quantity_min="1",
        quantity_max="10000000",
        market_quantity_max="5000000",
        notional_min="5",
        price_band="0.15",
        liquidation_rate="0.0075",
    ),
    "ADAUSDT": ContractRules(
        tick_size="0.0001",
        lot_size="1",
        quantity_min="1",
        quantity_max="10000000",
        market_quantity_max="3000000",
        notional_min="5",
        price_band="0.15",
        liquidation_rate="0.005",
    ),
    "LTCUSDT": ContractRules(
        tick_size="0.01",
        lot_size="0.001",
        quantity_min="0.001",
        quantity_max="10000",
        market_quantity_max="10000",
        notional_min="5",
        price_band="0.15",
        liquidation_rate="0.005",
    ),
    "LINKUSDT": ContractRules(
        tick_size="0.001",
        lot_size="0.01",
        quantity_min="0.01",
        quantity_max="100000",
        market_quantity_max="100000",
        notional_min="5",
        price_band="0.15",
        liquidation_rate="0.005",
    ),
    "AVAXUSDT": ContractRules(
        tick_size="0.001",
        lot_size="1",
        quantity_min="1",
        quantity_max="10000000",
        market_quantity_max="25000",
        notional_min="5",
        price_band="0.15",
        liquidation_rate="0.0075",
    ),
}

_OF_MARCH_2026: Final[Mapping[str, ContractRules]] = {
    "BTCUSDT": ContractRules(
        tick_size="0.1",
        lot_size="0.0001",
        quantity_min="0.0001",
        quantity_max="1000",
        market_quantity_max="120",
        notional_min="100",
        price_band="0.05",
        liquidation_rate="0.02",
    ),
    "ETHUSDT": ContractRules(
        tick_size="0.01",
        lot_size="0.001",
        quantity_min="0.001",
        quantity_max="10000",
        market_quantity_max="10000",
        notional_min="20",
        price_band="0.05",
        liquidation_rate="0.02",
    ),
    "XRPUSDT": ContractRules(
        tick_size="0.0001",
        lot_size="0.1",
        quantity_min="0.1",
        quantity_max="1000000",
        market_quantity_max="1000000",
        notional_min="5",
        price_band="0.05",
        liquidation_rate="0.02",
    ),
    "SOLUSDT": ContractRules(
        tick_size="0.01",
        lot_size="0.01",
        quantity_min="0.01",
        quantity_max="1000000",
        market_quantity_max="6000",
        notional_min="5",
        price_band="0.05",
        liquidation_rate="0.02",
    ),
    "BNBUSDT": ContractRules(
        tick_size="0.01",
        lot_size="0.01",
        quantity_min="0.01",
        quantity_max="10000",
        market_quantity_max="100000",
        notional_min="5",
        price_band="0.05",
        liquidation_rate="0.02",
    ),
    "DOGEUSDT": ContractRules(
        tick_size="0.00001",
        lot_size="1",
        quantity_min="1",
        quantity_max="10000000",
        market_quantity_max="10000000",
        notional_min="5",
        price_band="0.05",
        liquidation_rate="0.02",
    ),
    "ADAUSDT": ContractRules(
        tick_size="0.0001",
        lot_size="1",
        quantity_min="1",
        quantity_max="10000000",
        market_quantity_max="10000000",
        notional_min="5",
        price_band="0.05",
        liquidation_rate="0.02",
    ),
    "LTCUSDT": ContractRules(
        tick_size="0.01",
        lot_size="0.001",
        quantity_min="0.001",
        quantity_max="10000",
        market_quantity_max="10000",
        notional_min="5",
        price_band="0.05",
        liquidation_rate="0.015",
    ),
    "LINKUSDT": ContractRules(
        tick_size="0.001",
        lot_size="0.01",
        quantity_min="0.01",
        quantity_max="100000",
        market_quantity_max="100000",
        notional_min="5",
        price_band="0.05",
        liquidation_rate="0.02",
    ),
    "AVAXUSDT": ContractRules(
        tick_size="0.001",
        lot_size="1",
        quantity_min="1",
        quantity_max="10000000",
        market_quantity_max="10000000",
        notional_min="5",
        price_band="0.05",
        liquidation_rate="0.02",
    ),
}

CONTRACTS: Final[Mapping[date, Mapping[str, ContractRules]]] = {JULY_2021: _OF_JULY_2021, MARCH_2026: _OF_MARCH_2026}

ORIGINS: Final[Mapping[date, str]] = {
    JULY_2021: "exchangeInfo of fapi.binance.com, fetched 2021-07-22",
    MARCH_2026: "exchangeInfo of 2026-03-31, perhaps of the test network",
}
