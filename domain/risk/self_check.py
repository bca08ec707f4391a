"""Whether a gate refuses what it has to, tried with bad orders before trading is enabled.

Each order is bad in one way only and as bad as can be, so that any sensible limit refuses it, and at least one is bad
for each clause: a clause that was lost is noticed. A limit that is left out on purpose is not asked for, but for those
without which nothing is traded outside research.
"""

from typing import Final

from domain.risk.canned_orders import CannedOrder, canned_orders
from domain.risk.gate import RiskGate
from domain.risk.snapshot import Environment
from domain.risk.verdict import Refused

NEEDED_OUTSIDE_RESEARCH: Final = frozenset(
    {
        "order.notional_max",
        "order.price_collar",
        "order.price_age_max_s",
        "order.intent_age_max_s",
        "order.duplicate_window_s",
        "account.leverage_max",
        "market.account_age_max_s",
        "market.clock_offset_max_s",
    }
)
"""Limits that only a backtest may do without: on errors, on what is old, and on everything together."""


def unrefused_orders(gate: RiskGate) -> tuple[CannedOrder, ...]:
    """Return the canned orders that a gate does not refuse for the reason they are bad for."""
    return tuple(order for order in canned_orders(gate.limits) if not _is_refused(gate, order))


def unexcused_orders(gate: RiskGate, environment: Environment) -> tuple[CannedOrder, ...]:
    """Return the bad orders for which trading must not start; start only if there are none.

    Args:
        gate: The very gate that orders will pass.
        environment: Where is to be traded: what no limit says anything of may pass, in a backtest whatever limit that
            is, anywhere else unless it is one of those that are needed there.
    """
    return tuple(order for order in unrefused_orders(gate) if not is_excused(order, gate, environment))


def is_excused(order: CannedOrder, gate: RiskGate, environment: Environment) -> bool:
    """Whether an order may pass a gate, because the limit that it breaks is switched off and may be."""
    if order.is_limited_by(gate.limits):
        return False
    return environment is Environment.BACKTEST or NEEDED_OUTSIDE_RESEARCH.isdisjoint(order.needs)


def _is_refused(gate: RiskGate, order: CannedOrder) -> bool:
    verdict = gate.assess(order.intent, order.snapshot)
    return isinstance(verdict, Refused) and order.reason in verdict.reasons
