"""Absolute caps on the risk settings themselves: no change, however it is made, may loosen one beyond its cap.

Settings are compared one by one under their keys, such as ``account.leverage_max`` or ``drawdown.limit.threshold``. A
drawdown ladder of which every threshold and every action keeps its cap is nowhere laxer than the capped one.
"""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from enum import Enum
from typing import Final, TypeAlias

from attrs import AttrsInstance, fields, frozen, has

from domain.regime import MarketRegime
from domain.risk.drawdown_levels import DrawdownLevel
from domain.risk.limits import RiskLimits
from domain.risk.loss_limits import OnLoss

Values: TypeAlias = Mapping[str, object]
"""Settings by their dotted keys; limits by instrument are one mapping under one key."""


class Tighter(Enum):
    """What makes a setting tighter. An absent limit (None, or an instrument not listed) is the loosest of all."""

    LOWER = "lower"
    HIGHER = "higher"
    FALSE = "false"
    TRUE = "true"
    FEWER = "fewer"
    HALTING = "halting"
    LOWER_BY_INSTRUMENT = "lower by instrument"
    NEITHER = "neither way in every case, so that it cannot be capped"


_OF_LIMITS: Final[Mapping[str, Tighter]] = {
    "order.notional_max": Tighter.LOWER,
    "order.quantity_max": Tighter.LOWER_BY_INSTRUMENT,
    "order.price_collar": Tighter.LOWER,
    "order.price_age_max_s": Tighter.LOWER,
    "order.intent_age_max_s": Tighter.LOWER,
    "order.duplicate_window_s": Tighter.HIGHER,
    "position.notional_max": Tighter.LOWER_BY_INSTRUMENT,
    "position.concentration_max": Tighter.LOWER,
    "position.correlated_max": Tighter.LOWER,
    "position.correlation_threshold": Tighter.LOWER,  # more instruments count as moving alike
    "position.strategy_leverage_max": Tighter.LOWER,
    "position.allow_short": Tighter.FALSE,
    "account.leverage_max": Tighter.LOWER,
    "account.net_leverage_max": Tighter.LOWER,
    "account.margin_ratio_max": Tighter.LOWER,
    "account.liquidation_distance_min": Tighter.HIGHER,
    "account.liquidation_probability_max": Tighter.LOWER,
    "account.var_daily_max": Tighter.LOWER,
    "account.cvar_daily_max": Tighter.LOWER,
    "account.capital_at_risk_max": Tighter.LOWER,
    "account.open_orders_max": Tighter.LOWER,
    "account.unknown_orders_max": Tighter.LOWER,
    "activity.messages_per_second_max": Tighter.LOWER,
    "activity.messages_per_10_seconds_max": Tighter.LOWER,
    "activity.messages_per_minute_max": Tighter.LOWER,
    "activity.reserved_fraction": Tighter.HIGHER,
    "activity.orders_per_fill_max": Tighter.LOWER,
    "activity.orders_per_fill_from": Tighter.LOWER,
    "activity.entries_per_hour_max": Tighter.LOWER,
    "market.symbols": Tighter.FEWER,
    "market.account_age_max_s": Tighter.LOWER,
    "market.clock_offset_max_s": Tighter.LOWER,
}
_OF_LOSSES: Final[Mapping[str, Tighter]] = {
    "losses.daily_fraction": Tighter.LOWER,
    "losses.daily_amount": Tighter.LOWER,
    "losses.weekly_fraction": Tighter.LOWER,
    "losses.weekly_amount": Tighter.LOWER,
    "losses.losing_days_max": Tighter.LOWER,
    "losses.losing_trades_max": Tighter.LOWER,
    "losses.on_loss": Tighter.HALTING,
}
_OF_A_RUNG: Final[Mapping[str, Tighter]] = {
    "threshold": Tighter.LOWER,
    "action.size_factor": Tighter.LOWER,
    "action.reduce_to": Tighter.LOWER,
    "action.halts": Tighter.TRUE,
}
_OF_THE_LADDER: Final[Mapping[str, Tighter]] = {
    f"drawdown.{level.value}.{name}": tighter
    for level in DrawdownLevel
    if level is not DrawdownLevel.NONE
    for name, tighter in _OF_A_RUNG.items()
} | {"drawdown.hysteresis": Tighter.HIGHER}
_OF_ESTIMATES: Final[Mapping[str, Tighter]] = {
    "estimates.interval_s": Tighter.NEITHER,
    "estimates.window_samples": Tighter.NEITHER,
    "estimates.samples_min": Tighter.NEITHER,
    "estimates.half_life_samples": Tighter.NEITHER,
    "estimates.confidence": Tighter.HIGHER,
    "estimates.method": Tighter.NEITHER,
    "estimates.tail_days": Tighter.NEITHER,
    "stress.move": Tighter.HIGHER,
    "stress.stop_gap": Tighter.HIGHER,
    "stress.settlements": Tighter.HIGHER,
    "stress.funding_rate": Tighter.HIGHER,
    "stress.exit_cost": Tighter.HIGHER,
}
_OF_KELLY: Final[Mapping[str, Tighter]] = {
    "kelly.half_life_observations": Tighter.NEITHER,
    "kelly.observations_min": Tighter.HIGHER,
    "kelly.multiple": Tighter.LOWER,
    "kelly.variance_min": Tighter.HIGHER,
} | {f"kelly.caps.{regime.value}.{side}": Tighter.LOWER for regime in MarketRegime for side in ("long", "short")}

TIGHTER: Final[Mapping[str, Tighter]] = {
    **_OF_LIMITS,
    **_OF_LOSSES,
    **_OF_THE_LADDER,
    **_OF_ESTIMATES,
    **_OF_KELLY,
}
"""Which way each setting gets tighter, by its key."""


@frozen
class BeyondCap:
    """A setting that is looser than its cap.

    Attributes:
        key: Which one, such as ``account.leverage_max`` or ``order.quantity_max.BTCUSDT``.
        value: The setting; None is unlimited.
        cap: The loosest that is allowed.
    """

    key: str
    value: object
    cap: object

    @property
    def text(self) -> str:
        """One line for people."""
        return f"{self.key}: {setting_text(self.value)} is beyond the hard cap {setting_text(self.cap)}"


def limit_keys() -> tuple[str, ...]:
    """Return the key of every limit of the gate, such as ``order.notional_max``, as they are defined."""
    groups = [(group.name, group.type) for group in fields(RiskLimits)]
    return tuple(f"{name}.{limit.name}" for name, group in groups if group is not None for limit in fields(group))


def limit_at(limits: RiskLimits, key: str) -> object:
    """Return the limit of a key."""
    group, name = key.split(".")
    limit: object = getattr(getattr(limits, group), name)
    return limit


def values_of(settings: AttrsInstance) -> dict[str, object]:
    """Return every single setting of `RiskSettings`, or of a part of them, by its key."""
    return dict(_values("", settings))


def _values(key: str, value: object) -> Iterator[tuple[str, object]]:
    cls = type(value)
    if isinstance(value, Mapping) and value and all(isinstance(name, Enum) for name in value):
        parts = [(str(name.value), each) for name, each in value.items()]
    elif has(cls):
        parts = [(part.name, getattr(value, part.name)) for part in fields(cls)]
    else:
        yield key, value
        return
    for name, each in parts:
        yield from _values(f"{key}.{name}" if key else name, each)


def on_traded(caps: Values, traded: Collection[str]) -> dict[str, object]:
    """Return caps without those of instruments that are not traded, which have nothing to cap."""
    return {
        key: {symbol: each for symbol, each in cap.items() if symbol in traded} if isinstance(cap, Mapping) else cap
        for key, cap in caps.items()
    }


def beyond_caps(values: Values, caps: Values) -> tuple[BeyondCap, ...]:
    """Return every setting that is looser than its cap.

    Args:
        values: Every setting, as by `values_of`.
        caps: The loosest that are allowed, by their keys. What is missing, or None, caps nothing.

    Raises:
        KeyError: A cap is of no setting, or of one of which it is not said which way it gets tighter.
    """
    return tuple(found for key, cap in caps.items() for found in _beyond(key, values[key], cap, TIGHTER[key]))


def _beyond(key: str, value: object, cap: object, tighter: Tighter) -> Iterator[BeyondCap]:
    if isinstance(cap, Mapping):
        values = value if isinstance(value, Mapping) else {}
        for symbol, each in cap.items():
            yield from _beyond(f"{key}.{symbol}", values.get(symbol), each, Tighter.LOWER)
    elif tighter is not Tighter.NEITHER and cap is not None and (value is None or _is_looser(value, cap, tighter)):
        yield BeyondCap(key, value, cap)


def _is_looser(value: object, cap: object, tighter: Tighter) -> bool:
    if isinstance(value, frozenset) and isinstance(cap, frozenset):
        return not value <= cap
    if isinstance(value, bool) and isinstance(cap, bool):
        return value is not cap and value is (tighter is Tighter.FALSE)
    if isinstance(value, OnLoss) and isinstance(cap, OnLoss):
        return value.is_milder_than(cap)
    if not isinstance(value, Decimal | int | float) or not isinstance(cap, Decimal | int | float):
        raise TypeError(f"{value!r} cannot be compared with {cap!r}")
    return value < cap if tighter is Tighter.HIGHER else value > cap


def setting_text(value: object) -> str:
    """Return a setting as a configuration writes it; in a word where it limits nothing."""
    if value is None:
        return "unlimited"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    return ", ".join(sorted(map(str, value))) if isinstance(value, frozenset) else str(value)
