"""What is asked of a resampling, and what came of it."""

from enum import Enum

from attrs import frozen

from application.market_series import SeriesInfo


class MissingParts(Enum):
    """What is done with bars of which some parts are missing."""

    DROP = "drop"
    """They are left out: a high or a volume of a part of the time is no high or volume of the whole."""

    KEEP = "keep"
    """They are made of what is there."""


@frozen(kw_only=True)
class Resampling:
    """What came of a resampling.

    Attributes:
        info: The series that was made, as it is now.
        n_bars: Bars that were made.
        n_partial: Bars of which parts are missing, dropped or kept as was asked.
        n_unfinished: 1 if the source ends within a bar, which was left out; else 0.
        was_known: The same had been made from the same rows before, so nothing was done.
    """

    info: SeriesInfo
    n_bars: int
    n_partial: int
    n_unfinished: int
    was_known: bool = False
