"""What is still at risk when a run ends: positions, and the bad days that it has seen. Facts, no estimates."""

from collections.abc import Mapping
from decimal import Decimal, localcontext

import numpy as np
from attrs import frozen

from application.results.result import RunResult
from application.trading.records import RunLog
from domain.market import BarSeries
from domain.numbers import EXACT_SUMS, exact
from domain.order import Fill, PositionSide
from domain.performance import daily_returns
from domain.position import Position
from domain.time_units import NS_PER_DAY


@frozen(kw_only=True)
class OpenPosition:
    """One net position at the end of a run.

    Attributes:
        symbol: Instrument.
        position_side: Which position of it.
        signed_quantity: Base units; positive long, negative short.
        entry_price: Average, quote per base, for display.
        last_price: Close of the last bar, quote per base; None without bars.
        unrealized_pnl: At the last price, before fees, quote currency; None without bars.
    """

    symbol: str
    position_side: PositionSide
    signed_quantity: Decimal
    entry_price: Decimal
    last_price: Decimal | None
    unrealized_pnl: Decimal | None

    @property
    def notional(self) -> Decimal | None:
        """Quantity × last price, never negative, quote currency; None without bars."""
        return None if self.last_price is None else abs(self.signed_quantity) * self.last_price


@frozen
class DailyLoss:
    """The worst UTC day of a run.

    Attributes:
        day_ns: Its first instant.
        fraction: Return of the day.
    """

    day_ns: int
    fraction: float


def open_positions(log: RunLog, prices: Mapping[str, BarSeries]) -> tuple[OpenPosition, ...]:
    """Work out from the executions what is still held, in alphabetical order of the instruments."""
    held: dict[tuple[str, PositionSide], Position] = {}
    with localcontext(EXACT_SUMS):
        for fill in _executions(log):
            key = fill.symbol, fill.position_side
            held.setdefault(key, Position(fill.symbol)).fill(fill.signed_quantity, fill.price)
        return tuple(
            _open_position(position, side, prices.get(symbol))
            for (symbol, side), position in sorted(held.items(), key=lambda item: (item[0][0], item[0][1].value))
            if not position.is_flat
        )


def _executions(log: RunLog) -> list[Fill]:
    executions = [*log.fills, *(report.fill for report in log.liquidations)]
    return sorted(executions, key=lambda fill: fill.executed_at_ns)


def _open_position(position: Position, side: PositionSide, series: BarSeries | None) -> OpenPosition:
    last_price = exact(float(series.close[-1])) if series is not None and len(series) else None
    return OpenPosition(
        symbol=position.symbol,
        position_side=side,
        signed_quantity=position.signed_quantity,
        entry_price=position.cost / position.signed_quantity,
        last_price=last_price,
        unrealized_pnl=None if last_price is None else position.unrealized_pnl(last_price),
    )


def worst_day(result: RunResult) -> DailyLoss | None:
    """Return the UTC day with the lowest return; None where no day lost anything."""
    log = result.log
    if not log.equity:
        return None
    at_ns = np.asarray(log.equity_at_ns, dtype=np.int64)
    returns = daily_returns(
        at_ns, np.asarray(log.equity, dtype=np.float64), start_equity=float(result.identity.start_equity)
    )
    row = int(np.argmin(returns))
    if not returns[row] < 0:
        return None
    first_day = (int(at_ns[0]) - 1) // NS_PER_DAY
    return DailyLoss((first_day + row) * NS_PER_DAY, float(returns[row]))
