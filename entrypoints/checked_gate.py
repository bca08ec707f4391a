"""The gate of a run, handed out only once it has refused every bad order that it has to refuse."""

from collections.abc import Mapping

from domain.risk.canned_orders import CannedOrder
from domain.risk.gate import RiskGate
from domain.risk.hard_caps import limit_at, setting_text
from domain.risk.self_check import unexcused_orders
from domain.risk.settings import RiskSettings
from domain.risk.snapshot import Environment
from entrypoints.errors import UnsafeGateError


def checked_gate(settings: RiskSettings, name: str, environment: Environment = Environment.BACKTEST) -> RiskGate:
    """Return the gate that orders are to pass, tried with bad orders.

    Args:
        settings: Whose limits it judges by.
        name: Of the configuration, for messages.
        environment: Where is to be traded; a backtest may do without any limit.

    Raises:
        UnsafeGateError: It has let a bad order pass; the line says which, and how many more.
    """
    gate = RiskGate(settings.limits)
    passed = unexcused_orders(gate, environment)
    if passed:
        first = passed[0]
        others = {order.reason for order in passed} - {first.reason}
        more = f", and {len(others)} more" if others else ""
        place = _place(first, settings)
        raise UnsafeGateError(f"{name}: {place}: the gate would let this pass: an order {first.name}{more}")
    return gate


def _place(passed: CannedOrder, settings: RiskSettings) -> str:
    """Return the key and value of the limit that should have refused an order; the section where there is none."""
    if not passed.needs:
        return "risk"
    limits = {key: limit_at(settings.limits, key) for key in passed.needs}
    key = next((key for key, limit in limits.items() if limit is not None), passed.needs[0])
    limit, symbol = limits[key], passed.intent.terms.symbol
    if isinstance(limit, Mapping):
        return f"risk.{key}.{symbol}: {setting_text(limit.get(symbol))}"
    return f"risk.{key}: {setting_text(limit)}"
