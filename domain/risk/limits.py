"""What may be risked: every limit of an account, grouped by what it protects.

A limit of None is not applied. Fractions are fractions (0.02 is two percent), money is quote currency, times
are seconds. Where a limit compares with what the books know exactly it is a `Decimal`; where it compares with
an estimate it is a `float`.

The defaults are those of a careful account. They hold for research and paper trading; trading with real money
states every limit.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import Attribute, Factory, field, frozen, validators

from domain.numbers import ZERO


def _number(_: object, attribute: "Attribute[Any]", value: object) -> None:
    """Refuse what is no finite number before it is compared: unlimited is None, and not-a-number passes every limit."""
    is_number = isinstance(value, Decimal | int | float) and not isinstance(value, bool)
    if not is_number or not Decimal(str(value)).is_finite():
        raise ValueError(f"'{attribute.name}' must be a finite number: {value}")


def _whole_number(_: object, attribute: "Attribute[Any]", value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"'{attribute.name}' must be a whole number: {value}")  # noqa: TRY004  # as for all that is no limit


_positive: Final = validators.and_(_number, validators.gt(ZERO))
_amount: Final[Any] = validators.optional(_positive)
_fraction: Final[Any] = validators.optional(validators.and_(_positive, validators.le(Decimal(1))))
_share: Final[Any] = validators.and_(_number, validators.gt(0.0), validators.le(1.0))
_estimate: Final[Any] = validators.optional(_share)
# Below one in a billion a tail is a guess, and the distance that it asks for leaves the range of numbers.
_chance: Final[Any] = validators.optional(validators.and_(_number, validators.ge(1e-9), validators.le(1.0)))
_whole: Final[Any] = validators.and_(_whole_number, validators.ge(1))
_count: Final[Any] = validators.optional(_whole)
_seconds: Final[Any] = validators.optional(validators.and_(_number, validators.gt(0.0)))
_ratio: Final[Any] = validators.optional(validators.and_(_number, validators.ge(1.0)))
_below_one: Final[Any] = validators.and_(_number, validators.ge(0.0), validators.lt(1.0))
_by_instrument: Final[Any] = validators.deep_mapping(
    key_validator=validators.instance_of(str), value_validator=_positive
)


@frozen(kw_only=True)
class OrderLimits:
    """What one order that can open may be.

    Attributes:
        notional_max: Largest value, at the worst price that it can have.
        quantity_max: Largest quantity by instrument, base units.
        price_collar: How far its prices may lie from the mark and from the last price, fraction of these.
        price_age_max_s: How old mark and last price may be.
        intent_age_max_s: How old the decision behind it may be.
        duplicate_window_s: How long the same order of the same strategy counts as sent twice.
    """

    notional_max: Decimal | None = field(validator=_amount)
    quantity_max: Mapping[str, Decimal] = field(factory=dict, validator=_by_instrument)
    price_collar: Decimal | None = field(default=Decimal("0.1"), validator=_fraction)
    price_age_max_s: float | None = field(default=None, validator=_seconds)
    intent_age_max_s: float | None = field(default=300.0, validator=_seconds)
    duplicate_window_s: float | None = field(default=1.0, validator=_seconds)


@frozen(kw_only=True)
class PositionLimits:
    """What may be held in one instrument, at the worst case of what is working.

    Attributes:
        notional_max: Largest value by instrument.
        concentration_max: Largest value of one instrument over equity.
        correlated_max: Largest value of an instrument and those that move alike, over equity; hedges do not count.
        correlation_threshold: From this correlation on two instruments move alike, and from its negative on opposite.
        strategy_leverage_max: Largest gross value of one strategy over equity.
        allow_short: Whether less than nothing may be held.
    """

    notional_max: Mapping[str, Decimal] = field(factory=dict, validator=_by_instrument)
    concentration_max: Decimal | None = field(default=Decimal("0.2"), validator=_amount)
    correlated_max: Decimal | None = field(default=Decimal(1), validator=_amount)
    correlation_threshold: float = field(default=0.7, validator=_share)
    strategy_leverage_max: Decimal | None = field(default=None, validator=_amount)
    allow_short: bool = True


@frozen(kw_only=True)
class AccountLimits:
    """What the account as a whole may carry, at the worst case of what is working.

    Attributes:
        leverage_max: Largest gross value over equity; 3 means three times.
        net_leverage_max: Largest value of longs minus shorts, or the other way round, over equity.
        margin_ratio_max: Largest maintenance margin over equity; the venue liquidates at 1.
        liquidation_distance_min: Smallest move of the mark, fraction of it, that may liquidate.
        liquidation_probability_max: Largest probability of liquidation within 24 hours, from 1e-9.
        var_daily_max: Largest value at risk over a day, over equity.
        cvar_daily_max: Largest expected shortfall over a day, over equity.
        capital_at_risk_max: Largest loss if every stop is jumped over in one move, over equity.
        open_orders_max: Most orders that may be open.
        unknown_orders_max: Most orders of which it is unknown whether the venue has them. Without effect in a
            backtest, in which none ever is.
    """

    leverage_max: Decimal | None = field(validator=_amount)
    net_leverage_max: Decimal | None = field(default=None, validator=_amount)
    margin_ratio_max: Decimal | None = field(default=Decimal("0.5"), validator=_fraction)
    liquidation_distance_min: Decimal | None = field(default=Decimal("0.05"), validator=_fraction)
    liquidation_probability_max: float | None = field(default=0.005, validator=_chance)
    var_daily_max: float | None = field(default=0.02, validator=_estimate)
    cvar_daily_max: float | None = field(default=0.03, validator=_estimate)
    capital_at_risk_max: float | None = field(default=0.25, validator=_estimate)
    open_orders_max: int | None = field(default=200, validator=_count)
    unknown_orders_max: int | None = field(default=3, validator=_count)

    @property
    def needs_estimates(self) -> bool:
        """Whether a limit compares with an estimate of the account with an order filled."""
        estimates = (
            self.liquidation_probability_max,
            self.var_daily_max,
            self.cvar_daily_max,
            self.capital_at_risk_max,
        )
        return any(limit is not None for limit in estimates)


@frozen(kw_only=True)
class ActivityLimits:
    """How much may be sent. What only reduces, and cancels, always go out; the limits lie below the venue's own.

    Attributes:
        messages_per_second_max: Most orders and cancels within one second.
        messages_per_10_seconds_max: Most within ten seconds.
        messages_per_minute_max: Most within a minute.
        reserved_fraction: Share of each that openings may not use, so that closing never waits.
        orders_per_fill_max: Most orders for each fill, within a day.
        orders_per_fill_from: So many orders of a day are free of that limit.
        entries_per_hour_max: Most openings of one strategy within an hour; beyond it the strategy stops for a human.
    """

    messages_per_second_max: int | None = field(default=50, validator=_count)
    messages_per_10_seconds_max: int | None = field(default=240, validator=_count)
    messages_per_minute_max: int | None = field(default=960, validator=_count)
    reserved_fraction: float = field(default=0.2, validator=_below_one)
    orders_per_fill_max: float | None = field(default=50.0, validator=_ratio)
    orders_per_fill_from: int = field(default=200, validator=_whole)
    entries_per_hour_max: int | None = field(default=30, validator=_count)

    @property
    def limits_anything(self) -> bool:
        """Whether any of them is set, so that what is sent has to be counted."""
        rates = (self.messages_per_second_max, self.messages_per_10_seconds_max, self.messages_per_minute_max)
        return any(limit is not None for limit in (*rates, self.orders_per_fill_max, self.entries_per_hour_max))


@frozen(kw_only=True)
class MarketLimits:
    """What may be traded where, and how fresh what is known has to be.

    Attributes:
        symbols: Instruments that may be opened; None for all that are traded.
        account_age_max_s: How old the last news of the account may be when something is opened. Without effect in a
            backtest, in which the account is always known.
        clock_offset_max_s: How far our clock may be from the venue's. Without effect in a backtest, which has but one
            clock.
    """

    symbols: frozenset[str] | None = None
    account_age_max_s: float | None = field(default=None, validator=_seconds)
    clock_offset_max_s: float | None = field(default=1.0, validator=_seconds)


@frozen(kw_only=True)
class RiskLimits:
    """All limits of an account that are judged order by order.

    Attributes:
        order: On one order.
        position: On one instrument.
        account: On all together.
        activity: On how much is sent.
        market: On what is traded.
    """

    order: OrderLimits
    position: PositionLimits = Factory(PositionLimits)
    account: AccountLimits
    activity: ActivityLimits = Factory(ActivityLimits)
    market: MarketLimits = Factory(MarketLimits)
