"""When models are fitted anew, on which bars, and from which bar on they are used."""

from collections.abc import Iterator

import numpy as np
from attrs import field, frozen, validators

from domain.market import Int64Array


@frozen
class Refit:
    """One fit of a schedule, in rows of the bars.

    Attributes:
        first_row: First bar that is fitted.
        last_row: Last bar that is fitted: the fit begins when it has closed.
        in_use_after_row: Bar after whose estimate the model is put in use; the next bar is the first that it judges.
    """

    first_row: int
    last_row: int
    in_use_after_row: int


@frozen(kw_only=True)
class RefitSchedule:
    """Refits at fixed instants, whatever the first bar is: a longer past moves none of them.

    Attributes:
        refit_bars: A refit follows the first bar of each stretch of so many since 1970: 168 hourly bars are a week.
        window_bars: How many of the latest bars are fitted; None for all there are.
        bars_min: How many there must be for the first fit; not above `window_bars`.
        fit_latency_bars: How many bars after the last one that is fitted the model judges its first one. 1 is the next
            bar, as if fitting took no time. A live run needs as many as a fit takes.
    """

    refit_bars: int = field(default=168, validator=validators.ge(1))
    window_bars: int | None = 2000
    bars_min: int = field(default=500, validator=validators.ge(1))
    fit_latency_bars: int = field(default=1, validator=validators.ge(1))

    @bars_min.validator
    def _fits_in_the_window(self, _: object, bars_min: int) -> None:
        # A window below one bar is below this too.
        if self.window_bars is not None and bars_min > self.window_bars:
            raise ValueError(f"bars_min {bars_min} is above window_bars {self.window_bars}")

    def refits(self, opened_at_ns: Int64Array, interval_ns: int) -> Iterator[Refit]:
        """Yield the refits of a series, in time order; those whose model would be used after its end are left out.

        Args:
            opened_at_ns: Open of each bar, shape (n_bars,), increasing.
            interval_ns: Length of a bar.
        """
        stretches = opened_at_ns // (interval_ns * self.refit_bars)
        for row in np.flatnonzero(np.diff(stretches, prepend=stretches[:1])).tolist():
            first = 0 if self.window_bars is None else max(0, row + 1 - self.window_bars)
            in_use_after = row + self.fit_latency_bars - 1
            if row + 1 - first >= self.bars_min and in_use_after < opened_at_ns.size:
                yield Refit(first, row, in_use_after)
