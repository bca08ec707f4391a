"""Whether the risk settings of a configuration make sense together, and stay below the hard caps."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from attrs import evolve, fields

from domain.regime import MarketRegime
from domain.risk.consistency import Inconsistency, OtherRules, Severity, TradeRisk, inconsistencies
from domain.risk.kelly import DEFAULT_CAPS
from domain.risk.limits import AccountLimits, MarketLimits
from domain.sizing import KellyAndRisk, RiskFraction
from entrypoints.configuration.keys import KeyProblem, joined
from entrypoints.configuration.sections import RunConfiguration, StrategySection
from entrypoints.errors import ConfigurationError

# Where the rules that are no limits of the gate stand in a configuration.
_PLACES: Final = {
    "drawdown_max": "risk.drawdown.limit.threshold",
    "daily_loss_max": "risk.losses.daily_fraction",
    "weekly_loss_max": "risk.losses.weekly_fraction",
    "kelly_fraction": "risk.kelly.multiple",
    "leverage_setting": "account.leverage",
}
_STRATEGIES: Final = "strategies"
_MARKET: Final = MarketLimits()
_UNKNOWN_ORDERS_MAX: Final[int | None] = fields(AccountLimits).unknown_orders_max.default


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


def check_brackets(configuration: RunConfiguration, name: str, leverage_allowed: Mapping[str, int]) -> None:
    """Refuse settings that the venue's brackets rule out.

    Args:
        configuration: The run.
        name: Of the configuration, for messages.
        leverage_allowed: Most that the venue allows in the period, by instrument.

    Raises:
        ConfigurationError: The line names the key, its value and the instrument.
    """
    for problem in risk_inconsistencies(configuration, leverage_allowed):
        if problem.severity is Severity.ERROR:
            raise ConfigurationError(f"{name}: {problem.text}")


def risk_warnings(configuration: RunConfiguration) -> tuple[Inconsistency, ...]:
    """Return what does not fit together but may be meant: a run starts all the same, and says so."""
    return tuple(each for each in risk_inconsistencies(configuration) if each.severity is Severity.WARNING)


def risk_inconsistencies(
    configuration: RunConfiguration, leverage_allowed: Mapping[str, int] | None = None
) -> tuple[Inconsistency, ...]:
    """Return everything about the risk settings that does not fit together, by the full paths of the keys.

    Args:
        configuration: The run.
        leverage_allowed: Most that the venue allows in the period, by instrument, where it is known.
    """
    risk = configuration.risk
    others = OtherRules(
        drawdown_max=risk.drawdown.limit.threshold,
        daily_loss_max=risk.losses.daily_fraction,
        weekly_loss_max=risk.losses.weekly_fraction,
        kelly_fraction=risk.kelly.multiple,
        leverage_setting=configuration.account.leverage,
        leverage_allowed=leverage_allowed or {},
        trade_risks=tuple(_trade_risks(configuration.strategies)),
    )
    return (*_placed(inconsistencies(risk.limits, others)), *_without_effect(configuration))


def _without_effect(configuration: RunConfiguration) -> Iterator[Inconsistency]:
    """Yield warnings of what was set and changes nothing: silence would let it be believed in."""
    risk = configuration.risk
    for regime, cap in risk.kelly.caps.items():
        if configuration.regimes is None and regime is not MarketRegime.NEUTRAL and cap != DEFAULT_CAPS[regime]:
            key, said = f"risk.kelly.caps.{regime.value}", "has no effect: without regimes neutral counts"
            yield Inconsistency(key, Severity.WARNING, said)
    if risk.market.account_age_max_s is not None:
        said = "has no effect in a backtest, in which the account is always known"
        yield Inconsistency("risk.market.account_age_max_s", Severity.WARNING, said)
    for key, value, default in (
        ("risk.market.clock_offset_max_s", risk.market.clock_offset_max_s, _MARKET.clock_offset_max_s),
        ("risk.account.unknown_orders_max", risk.account.unknown_orders_max, _UNKNOWN_ORDERS_MAX),
    ):
        if value not in (None, default):
            why = "which has one clock" if "clock" in key else "in which the venue always tells"
            yield Inconsistency(key, Severity.WARNING, f"has no effect in a backtest, {why}")


def _trade_risks(strategies: Sequence[StrategySection]) -> Iterator[TradeRisk]:
    """Yield what each strategy loses at the stop of a trade, as far as its settings tell without a market."""
    for place, strategy in enumerate(strategies):
        match strategy.sizing:
            case RiskFraction(fraction, _):
                key = "risk_fraction.fraction"
            case KellyAndRisk():
                key, fraction = "kelly_and_risk.risk_per_trade", strategy.sizing.risk_per_trade
            case _:
                continue
        path = joined(_STRATEGIES, joined(place, f"sizing.{key}"))
        yield TradeRisk(key=path, fraction=fraction, n_trades=len(strategy.symbols))


def _placed(found: Sequence[Inconsistency]) -> Iterator[Inconsistency]:
    for each in found:
        message = each.message
        for name, place in _PLACES.items():
            message = message.replace(name, place)
        yield evolve(each, key=_place(each.key), message=message)


def _place(key: str) -> str:
    return key if key.startswith(_STRATEGIES) else _PLACES.get(key, f"risk.{key}")
