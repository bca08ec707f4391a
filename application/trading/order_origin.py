"""Whose decision an order is: who opens something with it, who only gets out, and how old the decision is."""

from collections.abc import Sequence

from attrs import frozen

from application.trading.netting import opening_wish
from application.trading.share import Share
from domain.order import Side


@frozen(kw_only=True)
class OrderOrigin:
    """Where an order comes from.

    Attributes:
        strategies: For whom it is.
        openers: Those of them that open something with it; who only wants out, or is protected by it, opens nothing,
            even where others hold the opposite and the order opens the net position.
        decided_at_ns: When the oldest decision was made that opens something with it; the present where there is none,
            because a way out never gets too old.
    """

    strategies: tuple[str, ...]
    openers: tuple[str, ...]
    decided_at_ns: int


def origin_of_net_order(shares: Sequence[Share], side: Side, now_ns: int) -> OrderOrigin:
    """Return where an order of the instrument as a whole comes from.

    Args:
        shares: The strategies of the instrument.
        side: Of the order.
        now_ns: The instant that was told last.
    """
    openers = [share for share in shares if opening_wish(share, side) > 0]
    strategies = shares if len(shares) == 1 else [share for share in shares if share.missing * side.sign > 0]
    return OrderOrigin(
        strategies=tuple(share.name for share in strategies),
        openers=tuple(share.name for share in openers),
        decided_at_ns=min((share.decided_at_ns for share in openers), default=now_ns),
    )


def origin_of_protection(share: Share, now_ns: int) -> OrderOrigin:
    """Return where the stop or target of a share comes from."""
    return OrderOrigin(strategies=(share.name,), openers=(), decided_at_ns=now_ns)
