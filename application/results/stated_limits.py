"""Every limit of an account with its present value, by group, and how its figures are written."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from typing import Final, TypeAlias

from attrs import asdict, frozen

from domain.risk.hard_caps import limit_at, limit_keys
from domain.risk.settings import RiskSettings

LimitValue: TypeAlias = Decimal | float | int | str | tuple[str, ...] | None
"""What a limit can be, a word where it is a choice; None does not limit anything."""

_LOSSES: Final = "losses"
_FRACTIONS: Final = (
    "_fraction",
    "_probability_max",
    "_ratio_max",
    "concentration_max",
    "correlated_max",
    "price_collar",
    "var_daily_max",
    "capital_at_risk_max",
    "distance_min",
    "threshold_next",
)


class Form(Enum):
    """How a figure is written."""

    FRACTION = "fraction"
    TIMES = "times"
    MONEY = "money"
    SECONDS = "seconds"
    PLAIN = "plain"


@frozen
class StatedLimit:
    """One limit.

    Attributes:
        group: ``order``, ``position``, ``account``, ``activity``, ``market`` or ``losses``.
        key: As in the section ``risk`` of a configuration: ``account.leverage_max``, ``order.quantity_max.BTCUSDT``.
        value: None where nothing is limited.
    """

    group: str
    key: str
    value: LimitValue

    @property
    def form(self) -> Form:
        """How the value is written."""
        return form_of(self.key)


def form_of(key: str) -> Form:
    """Return how the value of a limit is written."""
    name = key.split(".")[1]
    if name.endswith("_s"):
        return Form.SECONDS
    if "leverage" in name:
        return Form.TIMES
    if "notional" in name or "amount" in name:
        return Form.MONEY
    return Form.FRACTION if name.endswith(_FRACTIONS) and "correlation" not in name else Form.PLAIN


def stated_limits(settings: RiskSettings) -> tuple[StatedLimit, ...]:
    """Return every limit in the sequence of its definition; one by instrument is stated for each of them."""
    limits = settings.limits
    found = [each for key in limit_keys() for each in _stated(key, limit_at(limits, key))]
    losses = asdict(settings.losses)
    return (*found, *(each for name, value in losses.items() for each in _stated(f"{_LOSSES}.{name}", value)))


def _stated(key: str, value: object) -> Iterator[StatedLimit]:
    group = key.partition(".")[0]
    if not isinstance(value, Mapping):
        yield StatedLimit(group, key, _as_value(value))
    elif not value:
        yield StatedLimit(group, key, None)
    else:
        for symbol, each in sorted(value.items()):
            yield StatedLimit(group, f"{key}.{symbol}", _as_value(each))


def _as_value(value: object) -> LimitValue:
    if isinstance(value, frozenset | set | list | tuple):
        return tuple(map(str, value))
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, Decimal | float | int):
        return value
    raise TypeError(f"{value!r} is no limit that can be stated")
