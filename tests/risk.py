"""Risk settings for tests: two limits and nothing else, so that a test meets only what it is about."""

from decimal import Decimal
from typing import Final

from attrs import evolve

from domain.numbers import ZERO
from domain.risk.drawdown_levels import LadderPolicy, LevelAction, Rung
from domain.risk.limits import AccountLimits, ActivityLimits, MarketLimits, OrderLimits, PositionLimits
from domain.risk.loss_limits import LossLimits
from domain.risk.settings import RiskSettings

NO_LOSS_LIMITS: Final = LossLimits(
    daily_fraction=None,
    daily_amount=None,
    weekly_fraction=None,
    weekly_amount=None,
    losing_days_max=None,
    losing_trades_max=None,
)
"""Anything may be lost."""

NO_LADDER: Final = LadderPolicy(
    mild=Rung(threshold=Decimal("0.96"), action=LevelAction()),
    moderate=Rung(threshold=Decimal("0.97"), action=LevelAction()),
    severe=Rung(threshold=Decimal("0.98"), action=LevelAction()),
    limit=Rung(threshold=Decimal("0.99"), action=LevelAction()),
    hysteresis=Decimal(0),
)
"""Levels at which nothing is done."""

NO_POSITION_LIMITS: Final = PositionLimits(concentration_max=None, correlated_max=None)
NO_ACTIVITY_LIMITS: Final = ActivityLimits(
    messages_per_second_max=None,
    messages_per_10_seconds_max=None,
    messages_per_minute_max=None,
    orders_per_fill_max=None,
    entries_per_hour_max=None,
)


def no_order_limits(notional_max: Decimal | None = None) -> OrderLimits:
    """Return limits on one order that leave all but its value open."""
    return OrderLimits(notional_max=notional_max, price_collar=None, intent_age_max_s=None, duplicate_window_s=None)


def no_account_limits(leverage_max: Decimal | None = None) -> AccountLimits:
    """Return limits on the account that leave all but its leverage open."""
    return AccountLimits(
        leverage_max=leverage_max,
        margin_ratio_max=None,
        liquidation_distance_min=None,
        liquidation_probability_max=None,
        var_daily_max=None,
        cvar_daily_max=None,
        capital_at_risk_max=None,
        open_orders_max=None,
        unknown_orders_max=None,
    )


def only_symbols(*symbols: str) -> RiskSettings:
    """Return settings under which nothing may be opened but these instruments: what the gate alone refuses."""
    wide = only_limits(10**12, 1000)
    return evolve(wide, market=evolve(wide.market, symbols=frozenset(symbols)))


def only_limits(notional_max: Decimal | str | int | None, leverage_max: Decimal | str | int | None) -> RiskSettings:
    """Return settings with a limit on the value of one order and one on leverage, and nothing else."""
    return RiskSettings(
        order=no_order_limits(None if notional_max is None else Decimal(notional_max)),
        position=NO_POSITION_LIMITS,
        account=no_account_limits(None if leverage_max is None else Decimal(leverage_max)),
        activity=NO_ACTIVITY_LIMITS,
        market=MarketLimits(clock_offset_max_s=None),
        losses=NO_LOSS_LIMITS,
        drawdown=NO_LADDER,
    )


def worst_case_quantity(held: Decimal, buys: Decimal, sells: Decimal) -> Decimal:
    """Return the largest absolute position that can come about, base units, never negative.

    The yardstick for everything that works it out in another way. Orders may fill in any sequence and reduce-only
    ones may close what is held first, so what is
    held counts fully towards its own side and not at all against the other.
    """
    return max(max(held, ZERO) + buys, max(-held, ZERO) + sells)
