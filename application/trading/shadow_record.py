"""How a strategy's signals would have done on their own, one unit each, whether they were traded or not.

Kelly needs a record before it allows a size. Returns of trades cannot be that record: without a size there are no
trades, and without trades there never is a record. Signals can be followed from the first one on.
"""

from collections import deque

import numpy as np
from attrs import define, field

from domain.market import Float64Array


@define(eq=False)
class ShadowRecord:
    """Returns of one strategy's signals in one instrument, from sample to sample, after costs.

    Attributes:
        length: How many returns are kept, at least 1.
        cost: Paid for each unit that changes hands, fraction of its value.
        direction: What the last signal wants: +1 long, -1 short, 0 flat.
    """

    length: int
    cost: float
    direction: int = 0
    _held: int = field(default=0, init=False)
    _price: float = field(default=0.0, init=False)
    _returns: "deque[float]" = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._returns = deque(maxlen=self.length)

    def sample(self, price: float) -> None:
        """Take the price of now; the return since the last sample counts where the strategy was in the market.

        What a signal has wanted since the last sample is held from this one on.
        """
        if self._held and self._price > 0.0:
            self._returns.append(self._held * (price / self._price - 1.0))
        if self.direction != self._held:
            traded = abs(self.direction - self._held)
            if self._returns:
                self._returns[-1] -= traded * self.cost
            self._held = self.direction
        self._price = price

    @property
    def returns(self) -> Float64Array:
        """Returns in the market, oldest first, shape (n_returns,)."""
        return np.array(self._returns, dtype=np.float64)
