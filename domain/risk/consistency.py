"""Whether limits make sense together: each pair that does not, by its key, as an error or a warning."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from itertools import pairwise
from typing import Final

from attrs import Factory, frozen

from domain.numbers import ONE, ZERO, exact
from domain.risk.clauses.activity import openings_max
from domain.risk.limits import AccountLimits, ActivityLimits, RiskLimits

# From the requirements on consistent risk settings (leverage in times of equity, the others fractions).
_LEVERAGE_HIGH: Final = Decimal(10)
_DRAWDOWN_LOW: Final = Decimal("0.05")
_KELLY_HIGH: Final = 0.5
_LEVERAGE_FOR_KELLY: Final = Decimal(5)
_VAR_LOW: Final = 0.005
_LEVERAGE_LOW: Final = Decimal(2)
_VAR_AGGRESSIVE: Final = 0.05
_LEVERAGE_AGGRESSIVE: Final = Decimal(20)
_ALL_TRADES_MAX: Final = Decimal("0.5")
"""Of equity, at the stops of everything that can be held at once."""


class Severity(Enum):
    """Whether trading may start all the same."""

    ERROR = "error"
    WARNING = "warning"


@frozen
class Inconsistency:
    """Limits that contradict each other, or cannot have been meant.

    Attributes:
        key: The limit to look at first, such as ``account.leverage_max``.
        severity: Whether trading may start all the same.
        message: What is wrong, with the numbers.
    """

    key: str
    severity: Severity
    message: str

    @property
    def text(self) -> str:
        """One line for people."""
        return f"{self.key}: {self.message}"


@frozen(kw_only=True)
class TradeRisk:
    """What one strategy puts at risk in a trade.

    Attributes:
        key: Where it is set.
        fraction: Equity that is lost at the stop, before costs; 0.01 means one percent.
        n_trades: How many such trades can be open at once: one for each instrument.
    """

    key: str
    fraction: Decimal
    n_trades: int


@frozen(kw_only=True)
class OtherRules:
    """What the account is held to besides the limits of the gate; None is not set.

    Attributes:
        drawdown_max: Fall from the highest equity at which everything stops, fraction.
        daily_loss_max: Loss within a day, fraction of the equity at its start.
        weekly_loss_max: The same for a week.
        kelly_fraction: Share of the full Kelly size that is taken.
        leverage_setting: Leverage set at the venue.
        leverage_allowed: Most that the venue's brackets allow, by instrument.
        trade_risks: Of each strategy whose risk per trade is known.
    """

    drawdown_max: Decimal | None = None
    daily_loss_max: Decimal | None = None
    weekly_loss_max: Decimal | None = None
    kelly_fraction: float | None = None
    leverage_setting: int | None = None
    leverage_allowed: Mapping[str, int] = Factory(dict)
    trade_risks: Sequence[TradeRisk] = ()


_NOTHING_ELSE: Final = OtherRules()


def inconsistencies(limits: RiskLimits, others: OtherRules = _NOTHING_ELSE) -> tuple[Inconsistency, ...]:
    """Return everything that does not fit together, errors first."""
    found = [
        *_position_above_account(limits),
        *_order_above_position(limits),
        *_trade_above_account(limits.account, others),
        *_trades_together(others.trade_risks),
        *_losses_out_of_order(others),
        *_leverage_against_losses(limits.account, others),
        *_leverage_above_brackets(limits.account, others),
        *_estimates_out_of_order(limits.account),
        *_temper(limits.account),
        *_messages_out_of_order(limits.activity),
    ]
    return tuple(sorted(found, key=lambda each: each.severity is Severity.WARNING))


def _error(key: str, message: str) -> Inconsistency:
    return Inconsistency(key, Severity.ERROR, message)


def _warning(key: str, message: str) -> Inconsistency:
    return Inconsistency(key, Severity.WARNING, message)


def _position_above_account(limits: RiskLimits) -> Iterator[Inconsistency]:
    position, leverage = limits.position, limits.account.leverage_max
    if leverage is None:
        return
    above = f"of equity is above account.leverage_max {leverage}"
    if position.concentration_max is not None and position.concentration_max > leverage:
        yield _error("position.concentration_max", f"{position.concentration_max} {above}")
    if position.strategy_leverage_max is not None and position.strategy_leverage_max > leverage:
        yield _error("position.strategy_leverage_max", f"{position.strategy_leverage_max} {above}")
    if position.correlated_max is not None and position.correlated_max > leverage:
        yield _warning("position.correlated_max", f"{position.correlated_max} {above}, so it never decides")
    net = limits.account.net_leverage_max
    if net is not None and net > leverage:
        yield _warning("account.net_leverage_max", f"{net} {above}, so it never decides")


def _order_above_position(limits: RiskLimits) -> Iterator[Inconsistency]:
    order_max = limits.order.notional_max
    for symbol, position_max in limits.position.notional_max.items():
        if order_max is not None and order_max > position_max:
            message = f"{order_max} is above position.notional_max.{symbol} {position_max}, which decides first"
            yield _warning("order.notional_max", message)


def _trade_above_account(account: AccountLimits, others: OtherRules) -> Iterator[Inconsistency]:
    """Compare what one trade may lose with what everything together may."""
    at_risk, var = account.capital_at_risk_max, account.var_daily_max
    whole = (
        ("daily_loss_max", others.daily_loss_max),
        ("weekly_loss_max", others.weekly_loss_max),
        ("drawdown_max", others.drawdown_max),
        ("account.capital_at_risk_max", None if at_risk is None else exact(at_risk)),
    )
    for trade in others.trade_risks:
        above = f"{trade.fraction} of equity lost at the stop of one trade is above"
        for key, limit in whole:
            if limit is not None and trade.fraction > limit:
                yield _error(trade.key, f"{above} {key} {limit}")
                break
        else:
            if var is not None and trade.fraction > exact(var):
                yield _warning(trade.key, f"{above} account.var_daily_max {var}, a bad day of everything together")


def _trades_together(trade_risks: Sequence[TradeRisk]) -> Iterator[Inconsistency]:
    total = sum((trade.fraction * trade.n_trades for trade in trade_risks), ZERO)
    if total > _ALL_TRADES_MAX:
        largest = max(trade_risks, key=lambda trade: trade.fraction * trade.n_trades)
        n_trades = sum(trade.n_trades for trade in trade_risks)
        message = f"the stops of {n_trades} trades at once lose {total} of equity together, above {_ALL_TRADES_MAX}"
        yield _error(largest.key, message)


def _losses_out_of_order(others: OtherRules) -> Iterator[Inconsistency]:
    drawdown, day, week = others.drawdown_max, others.daily_loss_max, others.weekly_loss_max
    for key, loss in (("drawdown_max", drawdown), ("daily_loss_max", day), ("weekly_loss_max", week)):
        if loss is not None and not 0 < loss <= ONE:
            yield _error(key, f"{loss} is not a fraction between 0 and 1")
    if day is not None and week is not None and day > week:
        yield _error("daily_loss_max", f"{day} is above weekly_loss_max {week}")
    if week is not None and drawdown is not None and week > drawdown:
        yield _warning("weekly_loss_max", f"{week} is above drawdown_max {drawdown}, which decides first")
    if day is not None and drawdown is not None and day > drawdown:
        yield _error("daily_loss_max", f"{day} is above drawdown_max {drawdown}")


def _leverage_against_losses(account: AccountLimits, others: OtherRules) -> Iterator[Inconsistency]:
    leverage, drawdown, kelly = account.leverage_max, others.drawdown_max, others.kelly_fraction
    if leverage is None:
        return
    if drawdown is not None and leverage > _LEVERAGE_HIGH and drawdown < _DRAWDOWN_LOW:
        message = f"{leverage} is above {_LEVERAGE_HIGH} while drawdown_max {drawdown} is below {_DRAWDOWN_LOW}"
        yield _error("account.leverage_max", message)
    if kelly is not None and kelly > _KELLY_HIGH and leverage > _LEVERAGE_FOR_KELLY:
        message = f"{kelly} is above {_KELLY_HIGH} while account.leverage_max {leverage} is above {_LEVERAGE_FOR_KELLY}"
        yield _error("kelly_fraction", message)
    distance = account.liquidation_distance_min
    if distance is not None and distance * leverage > ONE:
        message = f"{distance} is more than one position at account.leverage_max {leverage} leaves, which never decides"
        yield _warning("account.liquidation_distance_min", message)


def _leverage_above_brackets(account: AccountLimits, others: OtherRules) -> Iterator[Inconsistency]:
    for symbol, allowed in others.leverage_allowed.items():
        above = f"is above the {allowed} that the venue allows for {symbol}"
        if account.leverage_max is not None and account.leverage_max > allowed:
            yield _error("account.leverage_max", f"{account.leverage_max} {above}")
        if others.leverage_setting is not None and others.leverage_setting > allowed:
            yield _error("leverage_setting", f"{others.leverage_setting} {above}")


def _estimates_out_of_order(account: AccountLimits) -> Iterator[Inconsistency]:
    var, cvar, at_risk = account.var_daily_max, account.cvar_daily_max, account.capital_at_risk_max
    if var is not None and cvar is not None and cvar < var:
        yield _error("account.cvar_daily_max", f"{cvar} is below account.var_daily_max {var}, which it never is")
    if var is not None and at_risk is not None and at_risk < var:
        message = (
            f"{at_risk} is below account.var_daily_max {var}: a jump over all stops costs more than a usual bad day"
        )
        yield _warning("account.capital_at_risk_max", message)


def _temper(account: AccountLimits) -> Iterator[Inconsistency]:
    var, leverage = account.var_daily_max, account.leverage_max
    if var is not None and leverage is not None and var < _VAR_LOW and leverage < _LEVERAGE_LOW:
        message = f"{var} is below {_VAR_LOW} with account.leverage_max {leverage}: hardly anything will be opened"
        yield _warning("account.var_daily_max", message)
    if var is not None and var > _VAR_AGGRESSIVE:
        yield _warning("account.var_daily_max", f"{var} is aggressive: above {_VAR_AGGRESSIVE} of equity a day")
    if leverage is not None and leverage > _LEVERAGE_AGGRESSIVE:
        yield _warning("account.leverage_max", f"{leverage} is aggressive: above {_LEVERAGE_AGGRESSIVE} times equity")


def _messages_out_of_order(activity: ActivityLimits) -> Iterator[Inconsistency]:
    windows = (
        ("activity.messages_per_second_max", activity.messages_per_second_max),
        ("activity.messages_per_10_seconds_max", activity.messages_per_10_seconds_max),
        ("activity.messages_per_minute_max", activity.messages_per_minute_max),
    )
    set_ones = [(key, limit) for key, limit in windows if limit is not None]
    for key, limit in set_ones:
        if openings_max(limit, activity.reserved_fraction) == 0:
            message = (
                f"{limit} leaves nothing for openings with activity.reserved_fraction {activity.reserved_fraction}"
            )
            yield _error(key, message)
    for (key, limit), (longer_key, longer) in pairwise(set_ones):
        if limit > longer:
            yield _warning(key, f"{limit} is above {longer_key} {longer}, which decides first")
