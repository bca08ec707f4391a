"""What coins cost in cash: spot is paid in full, with the fee, by money that backs nothing else."""

from decimal import Decimal
from typing import Final

from domain.instrument import Instrument
from domain.numbers import ONE

MARKET_RESERVE: Final = Decimal("0.005")
"""How much more than the mark a market order is reckoned to pay, fraction: spread, impact and what moves meanwhile."""


def cash_per_coin(price: Decimal, rules: Instrument, *, is_limited: bool) -> Decimal:
    """Return the cash that one base unit takes, fee included, quote currency.

    Args:
        price: The limit of the order, or the mark, quote per base.
        rules: Of the spot pair.
        is_limited: Whether the price is a limit, beyond which nothing is paid.
    """
    worst = price if is_limited else price * (ONE + MARKET_RESERVE)
    return worst * (ONE + rules.fees.taker_rate)
