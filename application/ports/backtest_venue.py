"""A stepped venue with an account that a backtest can fund."""

from decimal import Decimal
from typing import Protocol

from application.ports.stepped_venue import SteppedVenue


class BacktestVenue(SteppedVenue, Protocol):
    """A stepped venue that takes deposits."""

    def deposit(self, amount: Decimal, /) -> None:
        """Add cash to the account, quote currency."""
        ...
