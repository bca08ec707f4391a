"""Absolute caps on the limits themselves: no change, however it is made, may loosen a limit beyond its cap."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from typing import Final

from attrs import fields, frozen

from domain.risk.limits import RiskLimits


class Tighter(Enum):
    """What makes a limit tighter. An absent limit (None, or an instrument not listed) is the loosest of all."""

    LOWER = "lower"
    HIGHER = "higher"
    FALSE = "false"
    FEWER = "fewer"
    LOWER_BY_INSTRUMENT = "lower by instrument"


TIGHTER: Final[Mapping[str, Tighter]] = {
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
"""Which way each limit gets tighter, by its key."""


@frozen
class BeyondCap:
    """A limit that is looser than its cap.

    Attributes:
        key: Which one, such as ``account.leverage_max`` or ``order.quantity_max.BTCUSDT``.
        value: The limit; None is unlimited.
        cap: The loosest that is allowed.
    """

    key: str
    value: object
    cap: object

    @property
    def text(self) -> str:
        """One line for people."""
        value = "unlimited" if self.value is None else _shown(self.value)
        return f"{self.key}: {value} is beyond the hard cap {_shown(self.cap)}"


def limit_keys() -> tuple[str, ...]:
    """Return the key of every limit, such as ``order.notional_max``, in the sequence of their definition."""
    groups = [(group.name, group.type) for group in fields(RiskLimits)]
    return tuple(f"{name}.{limit.name}" for name, group in groups if group is not None for limit in fields(group))


def limit_at(limits: RiskLimits, key: str) -> object:
    """Return the limit of a key."""
    group, name = key.split(".")
    limit: object = getattr(getattr(limits, group), name)
    return limit


def beyond_caps(limits: RiskLimits, caps: RiskLimits) -> tuple[BeyondCap, ...]:
    """Return every limit that is looser than its cap; a cap of None caps nothing.

    Raises:
        KeyError: Of a limit it is not said which way it gets tighter.
    """
    return tuple(
        found
        for key in limit_keys()
        for found in _beyond(key, limit_at(limits, key), limit_at(caps, key), TIGHTER[key])
    )


def _beyond(key: str, value: object, cap: object, tighter: Tighter) -> Iterator[BeyondCap]:
    if isinstance(cap, Mapping):
        values = value if isinstance(value, Mapping) else {}
        for symbol, each in cap.items():
            yield from _beyond(f"{key}.{symbol}", values.get(symbol), each, Tighter.LOWER)
    elif cap is not None and (value is None or _is_looser(value, cap, tighter)):
        yield BeyondCap(key, value, cap)


def _is_looser(value: object, cap: object, tighter: Tighter) -> bool:
    if isinstance(value, frozenset) and isinstance(cap, frozenset):
        return not value <= cap
    if isinstance(value, bool) and isinstance(cap, bool):
        return value and not cap
    if not isinstance(value, Decimal | int | float) or not isinstance(cap, Decimal | int | float):
        raise TypeError(f"{value!r} cannot be compared with {cap!r}")
    return value < cap if tighter is Tighter.HIGHER else value > cap


def _shown(value: object) -> str:
    return ", ".join(sorted(map(str, value))) if isinstance(value, frozenset) else str(value)
