"""The gate of a run, handed out only once it has refused every bad order that it has to refuse."""

from domain.risk.gate import RiskGate
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
        more = f", and {len(passed) - 1} more" if len(passed) > 1 else ""
        raise UnsafeGateError(f"{name}: risk: the gate would let this pass: {passed[0].name}{more}")
    return gate
