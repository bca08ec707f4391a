"""Exact figures over closed trades: a share of wins is kept as two counts, a factor as two sums."""

from collections.abc import Sequence
from decimal import Decimal, localcontext

from attrs import frozen

from application.results.contributions import net_of
from application.trading.records import RoundTrip
from domain.numbers import EXACT_SUMS, ZERO


@frozen(kw_only=True)
class TradeStatistics:
    """Sums over closed round trips, quote currency, without any rounding.

    Attributes:
        n_trades: Closed round trips.
        n_wins: Those with a positive net PnL.
        wins: Sum of positive net PnLs.
        losses: Sum of negative net PnLs, as a positive number.
        best: Largest net PnL; None without trades.
        worst: Smallest net PnL; None without trades.
    """

    n_trades: int
    n_wins: int
    wins: Decimal
    losses: Decimal
    best: Decimal | None
    worst: Decimal | None

    @property
    def net(self) -> Decimal:
        """Sum of all net PnLs."""
        with localcontext(EXACT_SUMS):
            return self.wins - self.losses

    @property
    def win_rate(self) -> Decimal | None:
        """Share of trades with a positive net PnL; None without trades."""
        return Decimal(self.n_wins) / self.n_trades if self.n_trades else None

    @property
    def profit_factor(self) -> Decimal | None:
        """Wins over losses; None without losses."""
        return self.wins / self.losses if self.losses > 0 else None

    @property
    def average(self) -> Decimal | None:
        """Mean net PnL; None without trades."""
        return self.net / self.n_trades if self.n_trades else None


def trade_statistics(closed: Sequence[RoundTrip]) -> TradeStatistics:
    """Work out the figures over closed round trips."""
    nets = [net_of(trade) for trade in closed]
    with localcontext(EXACT_SUMS):
        return TradeStatistics(
            n_trades=len(nets),
            n_wins=sum(1 for net in nets if net > 0),
            wins=sum((net for net in nets if net > 0), ZERO),
            losses=-sum((net for net in nets if net < 0), ZERO),
            best=max(nets, default=None),
            worst=min(nets, default=None),
        )
