"""Funding rates from the premium of the mark over the index, as the venue sets them."""

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from math import fsum
from typing import Final

import numpy as np
from attrs import field, frozen, validators

from adapters.synthetic.ranges import decimal_within
from domain.funding import funding_rate
from domain.market import BarSeries, Float64Array, FundingEvent
from domain.time_units import NS_PER_HOUR

_RATE_STEP: Final = Decimal("0.00000001")
_FORMULA_HOURS: Final = 8


@frozen(kw_only=True)
class FundingTerms:
    """When funding is settled and how far it may go.

    Attributes:
        interval_h: Hours between settlements, on the UTC grid: 1, 2, 4, 8, 12 or 24. Majors settle every 8 h.
        rate_cap: Largest rate either way per settlement, as a fraction, 0.0001 to 0.1; 0.02 is the widest of alts.
    """

    interval_h: int = field(default=8, validator=validators.in_((1, 2, 4, 8, 12, 24)))
    rate_cap: Decimal = field(default=Decimal("0.02"), validator=decimal_within("0.0001", "0.1"))

    @property
    def interval_ns(self) -> int:
        """Time between settlements."""
        return self.interval_h * NS_PER_HOUR

    def rate(self, premium: Decimal) -> Decimal:
        """Return the rate of one settlement for the mean premium since the last one, to 8 decimals."""
        rate = funding_rate(premium) * self.interval_h / _FORMULA_HOURS
        capped = max(-self.rate_cap, min(self.rate_cap, rate))
        return capped.quantize(_RATE_STEP, rounding=ROUND_HALF_EVEN)

    def events(self, marks: BarSeries, index: Float64Array) -> Iterator[FundingEvent]:
        """Yield the settlements after the first open and up to the last close, that one included.

        The premium is the mean over all closes since the settlement before, the settlement's own instant included.

        Args:
            marks: Bars of the mark price, none missing.
            index: Index price at each close, shape (n_bars,).
        """
        premiums = (marks.close - index) / index
        closes = marks.closed_at_ns
        start_ns, end_ns = int(marks.opened_at_ns[0]), int(closes[-1])
        first_ns = (start_ns // self.interval_ns + 1) * self.interval_ns
        for at_ns in range(first_ns, end_ns + 1, self.interval_ns):
            begin, end = np.searchsorted(closes, (at_ns - self.interval_ns, at_ns), side="right").tolist()
            # A correctly rounded sum: the rate must not depend on how a library orders additions.
            premium = fsum(premiums[begin:end].tolist()) / (end - begin)
            yield FundingEvent(marks.symbol, at_ns, self.rate(Decimal(f"{premium:.8f}")))
