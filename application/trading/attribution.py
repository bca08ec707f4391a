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

    Strategies that wanted the other way are served against those that wanted this way and did not
    find it in the fill, at its price and without a fee: that is what netting saves. The fill goes to
    those that wanted this way, in their order. A fill beyond what anybody wants is first taken from
    what others hold the other way, and what is still left goes to the first, who trades it back: the
    legs of pairs come last, then those that did not want this way.

    Args:
        shares: The strategies of the instrument.
        signed_quantity: Of the fill, base units.
        fee: Of the fill, quote currency.
    """
    if len(shares) == 1:
        return [Part(shares[0], signed_quantity, fee)]
    sign = 1 if signed_quantity > 0 else -1
    quantity = abs(signed_quantity)
    wishes = [share.missing * sign for share in shares]
    wanted = sum((wish for wish in wishes if wish > 0), ZERO)
    against = _served(max(wanted - quantity, ZERO), [max(-wish, ZERO) for wish in wishes])
    crossed = [
        Part(share, take * -sign, ZERO, is_internal=True)
        for share, take in zip(shares, against, strict=True)
        if take > 0
    ]
    takes = _taken(shares, wishes, quantity + sum(against, ZERO), sign)
    return crossed + _with_fees([(share, take * sign) for share, take in takes if take > 0], fee)


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


def _served(quantity: Decimal, wishes: Sequence[Decimal]) -> list[Decimal]:
    """Divide a quantity among wishes of zero or more, one after the other, each by no more than it is."""
    served = []
    for wish in wishes:
        served.append(min(quantity, wish))
        quantity -= served[-1]
    return served


def _taken(
    shares: Sequence[Share], wishes: Sequence[Decimal], quantity: Decimal, sign: int
) -> Iterator[tuple[Share, Decimal]]:
    takes = _served(quantity, [max(wish, ZERO) for wish in wishes])
    excess = quantity - sum(takes, ZERO)
    if excess > 0:
        others = [max(-share.held * sign - take, ZERO) for share, take in zip(shares, takes, strict=True)]
        takes = [take + more for take, more in zip(takes, _served(excess, others), strict=True)]
        first = min(range(len(shares)), key=lambda place: (shares[place].is_leg, wishes[place] <= 0, place))
        takes[first] += quantity - sum(takes, ZERO)
    return zip(shares, takes, strict=True)


def _with_fees(parts: Sequence[tuple[Share, Decimal]], fee: Decimal) -> list[Part]:
    total = sum((abs(quantity) for _, quantity in parts), ZERO)
    out, left = [], fee
    for share, quantity in parts[:-1]:
        portion = round_cash(fee * abs(quantity) / total)
        left -= portion
        out.append(Part(share, quantity, portion))
    share, quantity = parts[-1]
    return [*out, Part(share, quantity, left)]
