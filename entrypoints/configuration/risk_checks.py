"""Whether the risk settings of a configuration make sense together, and stay below the hard caps."""

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import evolve

from domain.instrument import Instrument
from domain.risk.consistency import Inconsistency, OtherRules, Severity, inconsistencies
from entrypoints.configuration.keys import KeyProblem
from entrypoints.configuration.sections import RunConfiguration

# Where the rules that are no limits of the gate stand in a configuration.
_PLACES: Final = {
    "drawdown_max": "risk.drawdown.limit.threshold",
    "daily_loss_max": "risk.losses.daily_fraction",
    "weekly_loss_max": "risk.losses.weekly_fraction",
    "kelly_fraction": "risk.kelly.multiple",
    "leverage_setting": "account.leverage",
}


def check_risk(configuration: RunConfiguration) -> None:
    """Refuse settings that contradict each other.

    Raises:
        KeyProblem: They do; the path names the key to look at first.
    """
    for problem in risk_inconsistencies(configuration):
        if problem.severity is Severity.ERROR:
            raise KeyProblem(problem.message, problem.key)
    for symbol in (*configuration.risk.order.quantity_max, *configuration.risk.position.notional_max):
        if symbol not in configuration.symbols:
            group = "order.quantity_max" if symbol in configuration.risk.order.quantity_max else "position.notional_max"
            raise KeyProblem(f"the run does not trade {symbol}", f"risk.{group}.{symbol}")


def risk_warnings(configuration: RunConfiguration) -> tuple[Inconsistency, ...]:
    """Return what does not fit together but may be meant: a run starts all the same, and says so."""
    return tuple(each for each in risk_inconsistencies(configuration) if each.severity is Severity.WARNING)


def risk_inconsistencies(
    configuration: RunConfiguration, instruments: Sequence[Instrument] = (), at_ns: int = 0
) -> tuple[Inconsistency, ...]:
    """Return everything about the risk settings that does not fit together, by the full paths of the keys.

    Args:
        configuration: The run.
        instruments: With their brackets, where they are known.
        at_ns: When, for the brackets.
    """
    risk = configuration.risk
    others = OtherRules(
        drawdown_max=risk.drawdown.limit.threshold,
        daily_loss_max=risk.losses.daily_fraction,
        weekly_loss_max=risk.losses.weekly_fraction,
        kelly_fraction=risk.kelly.multiple,
        leverage_setting=configuration.account.leverage,
        instruments=instruments,
        at_ns=at_ns,
    )
    return tuple(_placed(inconsistencies(risk.limits, others)))


def _placed(found: Sequence[Inconsistency]) -> Iterator[Inconsistency]:
    for each in found:
        message = each.message
        for name, place in _PLACES.items():
            message = message.replace(name, place)
        yield evolve(each, key=_PLACES.get(each.key, f"risk.{each.key}"), message=message)
