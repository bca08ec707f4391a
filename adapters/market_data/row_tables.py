"""Rows as the tables of the domain that nobody has checked yet."""

import numpy as np

from adapters.market_data.row_forms import Rows
from application.market_series import SeriesKey
from domain.bar_table import BarTable
from domain.funding_table import FundingTable


def bar_table(key: SeriesKey, rows: Rows) -> BarTable:
    """Return bars as a table; bars that nothing trades at have zero volume."""
    return BarTable(
        key.symbol,
        key.bar_interval_ns,
        rows.integers("opened_at_ns"),
        open=rows.floats("open"),
        high=rows.floats("high"),
        low=rows.floats("low"),
        close=rows.floats("close"),
        volume=rows.floats("volume") if "volume" in rows.columns else np.zeros(len(rows)),
    )


def funding_table(key: SeriesKey, rows: Rows) -> FundingTable:
    """Return stored settlements as a table."""
    return FundingTable(key.symbol, rows.integers("settled_at_ns"), rows.floats("rate"))
