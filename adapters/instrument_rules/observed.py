"""Rules that the venue's own records show where no published list says them: steps, and terms of funding.

Steps, origin: hourly bars of the venue's public archive up to 2024-06-30. From the instant on, prices (volumes) of
the bars are multiples of the step and of no coarser one. After a step has become coarser single prices still lie on
the finer grid: orders that had rested since before. So a coarser step is dated by the close of the last hour in which
finer prices are the rule, a finer one by the open of the first hour that shows it.

Funding, origin: settlements of the same archive. An interval holds from the settlement after which the next one
came that much later. A cap is dated by the first settlement at exactly that rate: at an extreme of the market, and
repeated, at either sign, or three quarters of the lowest maintenance rate then.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from attrs import frozen

STEPS_ORIGIN: Final = "seen in hourly bars of the public archive"
FUNDING_ORIGIN: Final = "seen in settlements of the public archive"


@frozen(kw_only=True)
class StepsSeen:
    """Steps that the bars show from an instant on; None where they are as before.

    Attributes:
        since: First instant.
        tick_size: Price step, quote per base.
        lot_size: Quantity step, base units.
    """

    since: datetime
    tick_size: str | None = None
    lot_size: str | None = None


@frozen(kw_only=True)
class FundingSeen:
    """Funding terms that settlements show from an instant on; None where they are as before.

    Attributes:
        since: First instant, a settlement.
        interval_h: Hours to the next settlement.
        cap: Largest rate of either sign, fraction of notional.
    """

    since: datetime
    interval_h: int | None = None
    cap: str | None = None


def _at(year: int, month: int, day: int, hour: int) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


# On this morning the venue made the price steps of several contracts ten times coarser.
_MAY_2021: Final = _at(2021, 5, 11, 4)

STEPS_SEEN: Final[Mapping[str, tuple[StepsSeen, ...]]] = {
    "BTCUSDT": (
        StepsSeen(since=_at(2019, 9, 8, 17), tick_size="0.01", lot_size="0.001"),
        StepsSeen(since=_at(2022, 2, 15, 4), tick_size="0.1"),
    ),
    "ETHUSDT": (StepsSeen(since=_at(2019, 11, 27, 7), tick_size="0.01", lot_size="0.001"),),
    "XRPUSDT": (StepsSeen(since=_at(2020, 1, 6, 8), tick_size="0.0001", lot_size="0.1"),),
    "SOLUSDT": (
        StepsSeen(since=_at(2020, 9, 14, 7), tick_size="0.0001", lot_size="1"),
        StepsSeen(since=_MAY_2021, tick_size="0.001"),
        StepsSeen(since=_at(2021, 12, 13, 4), tick_size="0.01"),
        StepsSeen(since=_at(2022, 11, 9, 12), tick_size="0.001"),
    ),
    "BNBUSDT": (
        StepsSeen(since=_at(2020, 2, 10, 8), tick_size="0.001", lot_size="0.01"),
        StepsSeen(since=_MAY_2021, tick_size="0.01"),
    ),
    "DOGEUSDT": (
        StepsSeen(since=_at(2020, 7, 10, 9), tick_size="0.000001", lot_size="1"),
        StepsSeen(since=_MAY_2021, tick_size="0.00001"),
    ),
    "ADAUSDT": (
        StepsSeen(since=_at(2020, 1, 31, 8), tick_size="0.00001", lot_size="1"),
        StepsSeen(since=_MAY_2021, tick_size="0.0001"),
    ),
    "LTCUSDT": (StepsSeen(since=_at(2020, 1, 9, 8), tick_size="0.01", lot_size="0.001"),),
    "LINKUSDT": (StepsSeen(since=_at(2020, 1, 17, 8), tick_size="0.001", lot_size="0.01"),),
    "AVAXUSDT": (
        StepsSeen(since=_at(2020, 9, 23, 7), tick_size="0.0001", lot_size="1"),
        StepsSeen(since=_MAY_2021, tick_size="0.001"),
        StepsSeen(since=_at(2022, 1, 25, 4), tick_size="0.01"),
        StepsSeen(since=_at(2022, 10, 25, 3), tick_size="0.001"),
    ),
}

FUNDING_SEEN: Final[Mapping[str, tuple[FundingSeen, ...]]] = {
    "BTCUSDT": (
        FundingSeen(since=_at(2019, 9, 10, 8), interval_h=8),
        FundingSeen(since=_at(2020, 2, 12, 0), cap="0.003"),
    ),
    "ETHUSDT": (
        FundingSeen(since=_at(2019, 11, 27, 8), interval_h=8),
        FundingSeen(since=_at(2021, 1, 4, 8), cap="0.00375"),
    ),
    "XRPUSDT": (
        FundingSeen(since=_at(2020, 1, 6, 8), interval_h=8),
        FundingSeen(since=_at(2020, 12, 11, 16), cap="0.005025"),
    ),
    "SOLUSDT": (
        FundingSeen(since=_at(2022, 10, 1, 0), interval_h=8),
        FundingSeen(since=_at(2022, 11, 9, 0), cap="0.0075"),
        FundingSeen(since=_at(2022, 11, 9, 16), interval_h=4, cap="0.015"),
        FundingSeen(since=_at(2022, 11, 9, 20), cap="0.02"),
        FundingSeen(since=_at(2022, 11, 10, 4), interval_h=2),
        FundingSeen(since=_at(2022, 11, 18, 8), interval_h=8),
    ),
    "BNBUSDT": (FundingSeen(since=_at(2022, 10, 1, 0), interval_h=8),),
    "DOGEUSDT": (FundingSeen(since=_at(2022, 10, 1, 0), interval_h=8),),
    "ADAUSDT": (
        FundingSeen(since=_at(2020, 1, 19, 16), interval_h=8),
        FundingSeen(since=_at(2021, 5, 19, 16), cap="0.004875"),
    ),
    "LTCUSDT": (
        FundingSeen(since=_at(2020, 1, 9, 8), interval_h=8),
        FundingSeen(since=_at(2021, 5, 19, 16), cap="0.004875"),
    ),
    "LINKUSDT": (FundingSeen(since=_at(2022, 10, 1, 0), interval_h=8),),
}
