"""What was forecast of each day, and what came: kept so that the forecasts can be judged."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import define, field, frozen

from application.trading.book import InstrumentBook
from application.trading.market_risk import MarketRisk
from application.trading.records import VarForecast
from domain.numbers import ZERO, exact


@frozen
class _Pending:
    at_ns: int
    value_at_risk: float
    expected_shortfall: float
    held: Mapping[str, tuple[Decimal, float]]


@define(eq=False)
class VarForecasts:
    """Forecasts at the turn of each day and closes the forecast of the day before.

    Attributes:
        books: What is traded, by symbol.
        market: Gives the tail of what is held.
        made: Closed forecasts, in order of time; days on which nothing was held, or too little was known of it, have
            none.
    """

    books: Mapping[str, InstrumentBook]
    market: MarketRisk
    made: list[VarForecast]
    _pending: _Pending | None = field(default=None, init=False)

    def turn_of_day(self, at_ns: int) -> None:
        """Close yesterday's forecast and make today's; `at_ns` is the first moment of the day."""
        pending, self._pending = self._pending, self._forecast(at_ns)
        if pending is None:
            return
        outcome = sum(
            (
                quantity * (exact(self.books[symbol].mark) - exact(mark))
                for symbol, (quantity, mark) in pending.held.items()
            ),
            ZERO,
        )
        self.made.append(
            VarForecast(
                at_ns=pending.at_ns,
                value_at_risk=pending.value_at_risk,
                expected_shortfall=pending.expected_shortfall,
                outcome=float(outcome),
            )
        )

    def _forecast(self, at_ns: int) -> _Pending | None:
        held = {
            symbol: (book.position.signed_quantity, book.mark)
            for symbol, book in self.books.items()
            if not book.position.is_flat and book.mark > 0.0
        }
        if not held:
            return None
        tail = self.market.tail({symbol: float(quantity) * mark for symbol, (quantity, mark) in held.items()})
        return None if tail is None else _Pending(at_ns, tail.var, tail.expected_shortfall, held)
