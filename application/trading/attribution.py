"""Who among the strategies of an instrument gets how much of a fill."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from attrs import frozen

from application.trading.share import Share
from domain.numbers import ZERO, round_cash


@frozen
class Part:
    """One strategy's part of a fill.

    Attributes:
        share: Who gets it.
        signed_quantity: Base units.
        fee: Its part of the fee, quote currency; the parts sum to the fee.
        is_internal: Traded against another strategy, not at the venue.
    """

    share: Share
    signed_quantity: Decimal
    fee: Decimal
    is_internal: bool = False


def attribute_net_fill(shares: Sequence[Share], signed_quantity: Decimal, fee: Decimal) -> list[Part]:
    """Divide a fill of the instrument's net order among the strategies that wanted it.

    Strategies that wanted the other way are served first, against those that wanted this way, at the
    price of the fill and without a fee: that is what netting saves. The rest goes to those that wanted
    this way, in their order. A fill beyond what anybody wants goes to the first, who then holds too
    much and trades it back.

    Args:
        shares: The strategies of the instrument.
        signed_quantity: Of the fill, base units.
        fee: Of the fill, quote currency.
    """
    if len(shares) == 1:
        return [Part(shares[0], signed_quantity, fee)]
    sign = 1 if signed_quantity > 0 else -1
    crossed = [Part(share, share.missing, ZERO, is_internal=True) for share in shares if share.missing * sign < 0]
    pool = signed_quantity - sum((part.signed_quantity for part in crossed), ZERO)
    takers = list(_takers(shares, pool, sign))
    return crossed + _with_fees(takers, fee)


def attribute_reduction(shares: Sequence[Share], signed_quantity: Decimal, fee: Decimal) -> list[Part]:
    """Divide a liquidation among the strategies that hold what was closed, in their order."""
    sign = 1 if signed_quantity > 0 else -1
    left, parts = abs(signed_quantity), []
    for share in shares:
        take = min(left, max(-share.held * sign, ZERO))
        if take > 0:
            parts.append((share, take * sign))
            left -= take
    if left > 0:
        parts.append((shares[0], left * sign))
    return _with_fees(parts, fee)


def _takers(shares: Sequence[Share], pool: Decimal, sign: int) -> Iterator[tuple[Share, Decimal]]:
    left = abs(pool)
    wanting = [(share, abs(share.missing)) for share in shares if share.missing * sign > 0]
    excess = left - sum((wanted for _, wanted in wanting), ZERO)
    if excess > 0:
        wanting = [(wanting[0][0], wanting[0][1] + excess), *wanting[1:]] if wanting else [(shares[0], excess)]
    for share, wanted in wanting:
        take = min(left, wanted)
        if take > 0:
            yield share, take * sign
            left -= take


def _with_fees(parts: Sequence[tuple[Share, Decimal]], fee: Decimal) -> list[Part]:
    total = sum((abs(quantity) for _, quantity in parts), ZERO)
    out, left = [], fee
    for share, quantity in parts[:-1]:
        portion = round_cash(fee * abs(quantity) / total)
        left -= portion
        out.append(Part(share, quantity, portion))
    share, quantity = parts[-1]
    return [*out, Part(share, quantity, left)]
