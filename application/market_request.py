"""Which market data a run asks for: files or series by instrument, the period, and what may be assumed."""

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import TypeAlias

from attrs import Factory, frozen

from application.market_series import SeriesKey
from domain.funding_schedule import FundingCalendar, FundingHolePolicy, RefuseHoles

MarketSource: TypeAlias = Path | SeriesKey
"""Where a series comes from: a file, or the catalogue."""


class PeriodMode(Enum):
    """Which stretch to trade where the instruments' histories differ. The values are stored in configurations."""

    COMMON = "common"
    """The stretch that all of them cover."""

    UNION = "union"
    """From the first bar of any to the last bar of any; each is traded while it has bars."""


@frozen(kw_only=True)
class SymbolFiles:
    """Where the data of one instrument are: files, of whose names nothing is concluded, or series of the catalogue.

    Attributes:
        bars: Traded bars at the interval of decisions.
        funding: Funding rates.
        mark: Bars of the mark price, at the same interval as `bars`.
        detail: Finer traded bars on which orders are matched.
        detail_interval_ns: Length of the detail bars; divides the interval of decisions.
    """

    bars: MarketSource | None
    funding: MarketSource | None = None
    mark: MarketSource | None = None
    detail: MarketSource | None = None
    detail_interval_ns: int | None = None


@frozen(kw_only=True)
class HistoryRequest:
    """Everything that decides which history a run sees.

    Attributes:
        files: Files by instrument.
        interval_ns: Length of the bars that strategies decide on.
        start_ns: Trade from here on; None for as early as the data allow.
        end_ns: Trade until here: bars close at or before it, and its own funding is still paid. None for as late as
            the data allow.
        period_mode: Which stretch to trade where histories differ.
        funding_holes: What to do where funding rates are missing within a history.
        funding_calendars: How often instruments settle funding; every 8 hours where nothing is said.
        allow_no_funding: Whether an instrument may come without funding rates altogether; none are paid then.
        quality_min: Lowest score that a series of bars may have, 0 to 1; 0 refuses none.
        notes: What was assumed while the request was put together, one sentence each.
    """

    files: Mapping[str, SymbolFiles]
    interval_ns: int
    start_ns: int | None = None
    end_ns: int | None = None
    period_mode: PeriodMode = PeriodMode.COMMON
    funding_holes: FundingHolePolicy = Factory(RefuseHoles)
    funding_calendars: Mapping[str, FundingCalendar] = Factory(dict)
    allow_no_funding: bool = False
    quality_min: float = 0.0
    notes: tuple[str, ...] = ()
