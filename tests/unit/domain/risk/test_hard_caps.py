"""Hard caps: no setting may be looser than its cap, whichever way that is."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

import pytest
from attrs import evolve

from domain.risk.drawdown_levels import LadderPolicy, LevelAction
from domain.risk.hard_caps import TIGHTER, BeyondCap, Tighter, beyond_caps, limit_keys, values_of
from domain.risk.loss_limits import OnLoss
from tests.risk import only_limits
from tests.unit.domain.risk.limit_edges import EDGES

UNLIMITED: Final = values_of(only_limits(None, None))
"""Everything that can be switched off is."""

CAPS: Final[dict[str, Any]] = {
    **{edge.key: edge.limit for edge in EDGES},
    "position.correlation_threshold": 0.7,
    "losses.daily_fraction": Decimal("0.05"),
    "losses.daily_amount": Decimal(500),
    "losses.weekly_fraction": Decimal("0.1"),
    "losses.weekly_amount": Decimal(1_000),
    "losses.losing_days_max": 7,
    "losses.losing_trades_max": 5,
    "losses.on_loss": OnLoss.HALTED,
    **{
        key: value
        for key, value in UNLIMITED.items()
        if key.startswith(("drawdown.", "estimates.", "stress.", "kelly."))
    },
    **{f"drawdown.{level}.action.halts": True for level in ("mild", "moderate", "severe", "limit")},
    **{f"drawdown.{level}.action.size_factor": Decimal("0.5") for level in ("mild", "moderate", "severe", "limit")},
    "drawdown.hysteresis": Decimal("0.01"),
}
"""A cap for every setting, with room above and below it."""


LOOSER: Final[Mapping[Tighter, Callable[[Any], object]]] = {
    Tighter.FALSE: lambda _: True,
    Tighter.TRUE: lambda _: False,
    Tighter.HALTING: lambda _: OnLoss.REDUCING,
    Tighter.FEWER: lambda cap: cap | {"OTHERUSDT"},
    Tighter.LOWER_BY_INSTRUMENT: lambda cap: {symbol: value + 1 for symbol, value in cap.items()},
    Tighter.LOWER: lambda cap: type(cap)(cap * 2) if cap < 1 else cap + 1,
    Tighter.HIGHER: lambda cap: cap - 1 if isinstance(cap, int) else cap / 2,
}
"""A looser value for each direction."""

CAPPED: Final = [key for key, tighter in TIGHTER.items() if tighter is not Tighter.NEITHER]


def test_of_every_setting_it_is_said_which_way_it_gets_tighter() -> None:
    assert set(TIGHTER) == set(UNLIMITED) == set(CAPS)
    assert set(limit_keys()) < set(TIGHTER)


@pytest.mark.parametrize("key", CAPPED)
def test_a_setting_at_its_cap_is_allowed_and_a_looser_one_is_not(key: str) -> None:
    cap, beyond = {key: CAPS[key]}, {key: LOOSER[TIGHTER[key]](CAPS[key])}

    assert beyond_caps(CAPS, cap) == ()
    assert [each.key.startswith(key) for each in beyond_caps({**CAPS, **beyond}, cap)] == [True]
    # The other way round it is tighter.
    assert beyond_caps(CAPS, beyond) == ()


@pytest.mark.parametrize("key", [key for key, value in UNLIMITED.items() if value is None or value == {}])
def test_unlimited_is_beyond_any_cap(key: str) -> None:
    assert [each.value for each in beyond_caps(UNLIMITED, {key: CAPS[key]})] == [None]


def test_no_cap_caps_nothing() -> None:
    nothing = {key: value for key, value in UNLIMITED.items() if value is None}

    assert beyond_caps(CAPS, {}) == beyond_caps(CAPS, nothing) == ()


def test_an_instrument_that_is_not_listed_is_unlimited() -> None:
    caps = {"order.quantity_max": {"BTCUSDT": Decimal(5), "ETHUSDT": Decimal(50)}}
    values = {"order.quantity_max": {"BTCUSDT": Decimal(6), "SOLUSDT": Decimal(10**6)}}

    assert beyond_caps(values, caps) == (
        BeyondCap("order.quantity_max.BTCUSDT", Decimal(6), Decimal(5)),
        BeyondCap("order.quantity_max.ETHUSDT", None, Decimal(50)),
    )


@pytest.mark.parametrize(
    ("key", "value", "cap", "text"),
    [
        ("account.leverage_max", Decimal(10), Decimal(3), "10 is beyond the hard cap 3"),
        ("market.symbols", None, frozenset({"BTC", "ETH"}), "unlimited is beyond the hard cap BTC, ETH"),
        ("drawdown.limit.action.halts", False, True, "false is beyond the hard cap true"),
        ("losses.on_loss", OnLoss.REDUCING, OnLoss.HALTED, "reducing is beyond the hard cap halted"),
        ("stress.move", 0.1, 0.2, "0.1 is beyond the hard cap 0.2"),
    ],
)
def test_each_line_names_the_key_the_value_and_the_cap(key: str, value: object, cap: object, text: str) -> None:
    assert [each.text for each in beyond_caps({key: value}, {key: cap})] == [f"{key}: {text}"]


def test_a_cap_of_which_nothing_is_said_is_not_passed_over() -> None:
    with pytest.raises(KeyError, match="moon_phase"):
        beyond_caps({"account.moon_phase": 1}, {"account.moon_phase": 1})


def test_a_ladder_that_begins_later_or_keeps_more_is_beyond_its_caps() -> None:
    settings = only_limits(None, None)
    caps = values_of(evolve(settings, drawdown=LadderPolicy()))
    ladder = LadderPolicy()
    later = evolve(ladder, limit=evolve(ladder.limit, threshold=Decimal("0.15")))
    keeping = evolve(ladder, severe=evolve(ladder.severe, action=LevelAction(size_factor=Decimal(0))))

    def beyond(policy: LadderPolicy) -> list[str]:
        return [each.text for each in beyond_caps(values_of(evolve(settings, drawdown=policy)), caps)]

    assert beyond(ladder) == []
    assert beyond(later) == ["drawdown.limit.threshold: 0.15 is beyond the hard cap 0.12"]
    # By default half of every position is kept at the severe level.
    assert beyond(keeping) == ["drawdown.severe.action.reduce_to: 1 is beyond the hard cap 0.5"]
