"""Every parameter of risk matters: changing that one alone changes what one and the same market is traded with.

Two instruments of 2 % a day that move alike fall from the fifth day on. One strategy enters the second of them by its
record; another one the first, again and again, with three times its equity. In these ten days there are too few days
for a tail: what `estimates.tail_days` and Cornish-Fisher change is shown in test_market_risk and test_day_history.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final

import numpy as np
import pytest
from attrs import evolve

from domain.risk.drawdown_levels import LadderPolicy, LevelAction, Rung
from domain.risk.estimates import EstimateSettings
from domain.risk.kelly import KellyPolicy
from domain.risk.limits import AccountLimits, ActivityLimits, OrderLimits, PositionLimits
from domain.risk.loss_limits import LossLimits, OnLoss
from domain.risk.settings import RiskSettings
from domain.risk.value_at_risk import VarMethod
from domain.signal import Signal
from domain.sizing import EquityFraction, KellyAndRisk
from tests.unit.application.trading.stage import (
    COIN,
    OTHER,
    OUT,
    Played,
    Prices,
    Script,
    long,
    play,
    short,
)

N_BARS: Final = 240
RISING: Final = 100
WIDE: Final = RiskSettings(
    order=OrderLimits(notional_max=None, price_collar=None),
    position=PositionLimits(concentration_max=Decimal(8), correlated_max=Decimal(8)),
    account=AccountLimits(
        leverage_max=Decimal(8),
        var_daily_max=0.5,
        cvar_daily_max=0.5,
        liquidation_probability_max=0.5,
        capital_at_risk_max=None,
    ),
    activity=ActivityLimits(entries_per_hour_max=None),
    losses=LossLimits(daily_fraction=None, weekly_fraction=None, losing_days_max=None),
    drawdown=LadderPolicy(),
    estimates=EstimateSettings(window_samples=120, samples_min=30),
    kelly=KellyPolicy(),
)
"""Everything is limited, so far off that only the ladder is ever reached."""


def _rows(seed: int, common: "np.ndarray[Any, np.dtype[np.float64]]") -> list[Prices]:
    own = np.random.default_rng(seed).normal(0.0, 0.001, N_BARS)
    drift = np.where(np.arange(N_BARS) < RISING, 0.001, -0.002)
    closes = np.round(100.0 * np.exp(np.cumsum(common + own + drift)), 2)
    # Enough is traded in every bar for whatever is ordered.
    return [(close, close, close, close, 1e6) for close in closes.tolist()]


@cache
def _market() -> dict[str, list[Prices]]:
    common = np.random.default_rng(11).normal(0.0, 0.004, N_BARS)
    return {COIN: _rows(1, common), OTHER: _rows(2, common)}


def _in_and_out(*entries: Signal, first: int = 60, step: int = 12) -> Script:
    """Return a script that enters, leaves half a step later, and enters again."""
    script: dict[int, Signal] = {}
    for number, place in enumerate(range(first, N_BARS - step, step)):
        script[place] = entries[number % len(entries)]
        script[place + step // 2] = OUT
    return script


_PROTECTED: Final = long(stop=8.0)
# Followed from the first bar on, so that there is a record when it first trades.
_FOLLOWED: Final[Script] = {0: _PROTECTED, 45: OUT, 48: _PROTECTED, 130: OUT, 150: _PROTECTED}
_BY_RECORD: Final[Mapping[str, Script]] = {COIN: {}, OTHER: _FOLLOWED}
# Both instruments in one bar, and then the first one alone.
_PAIR: Final[Script] = {46: long(), 47: OUT}
_BY_EQUITY: Final[Mapping[str, Script]] = {COIN: {**_PAIR, **_in_and_out(long(), long(), short())}, OTHER: _PAIR}
HELD_BACK: Final = {"drawdown", "drawdown_limit"}


def run(settings: RiskSettings = WIDE, equity: str = "100000") -> Played:
    return play(
        _market(),
        _BY_RECORD,
        _BY_EQUITY,
        sizings=[KellyAndRisk(risk_per_trade=Decimal("0.02")), EquityFraction(Decimal(3))],
        policy=settings,
        equity=equity,
        taker_rate="0.0004",
    )


def differ(one: Played, other: Played) -> bool:
    """Whether anything was decided, ordered or refused otherwise."""
    return any(
        getattr(one.engine.log, name) != getattr(other.engine.log, name) for name in ("decisions", "orders", "refusals")
    )


@cache
def by_default() -> Played:
    return run()


def changed(key: str, value: object) -> RiskSettings:
    group, name = key.split(".")
    return evolve(WIDE, **{group: evolve(getattr(WIDE, group), **{name: value})})


def _rung(threshold: str, size_factor: str = "0", reduce_to: str = "1") -> Rung:
    action = LevelAction(size_factor=Decimal(size_factor), reduce_to=Decimal(reduce_to))
    return Rung(threshold=Decimal(threshold), action=action)


BINDS: Final[Mapping[str, tuple[object, str]]] = {
    "order.notional_max": (Decimal(20_000), "order_notional"),
    "order.quantity_max": ({COIN: Decimal(100)}, "order_quantity"),
    "position.notional_max": ({COIN: Decimal(20_000)}, "position_notional"),
    "position.concentration_max": (Decimal("0.2"), "concentration"),
    "position.correlated_max": (Decimal("0.5"), "correlated"),
    "position.strategy_leverage_max": (Decimal("0.5"), "strategy_leverage"),
    "position.allow_short": (False, "short_not_allowed"),
    "account.leverage_max": (Decimal("0.5"), "leverage"),
    "account.net_leverage_max": (Decimal("0.5"), "net_leverage"),
    "account.margin_ratio_max": (Decimal("0.001"), "margin_ratio"),
    "account.liquidation_distance_min": (Decimal(1), "liquidation_safety"),
    "account.liquidation_probability_max": (1e-6, "liquidation_safety"),
    "account.var_daily_max": (0.01, "var_budget"),
    "account.cvar_daily_max": (0.01, "cvar_budget"),
    "account.capital_at_risk_max": (0.05, "capital_at_risk"),
}
"""A value of each limit at which it is the one that binds a size, and the code of it."""

REFUSES: Final[Mapping[str, tuple[object, str]]] = {
    "losses.daily_fraction": (Decimal("0.01"), "daily_loss"),
    "losses.daily_amount": (Decimal(1_000), "daily_loss"),
    "losses.weekly_fraction": (Decimal("0.02"), "weekly_loss"),
    "losses.weekly_amount": (Decimal(2_000), "weekly_loss"),
    "losses.losing_days_max": (1, "losing_days"),
    "losses.losing_trades_max": (1, "losing_trades"),
    "drawdown.moderate": (_rung("0.05"), "drawdown"),
}
"""A value of each limit at which entries are refused for it."""


def test_by_default_nothing_but_the_rules_themselves_binds() -> None:
    log = by_default().engine.log

    bound = {decision.bound_by for decision in log.decisions if decision.size_reason != "exit"}
    assert bound <= {"rule", "kelly", "risk_per_trade", "blocked"}
    assert {"rule", "kelly"} <= bound
    assert {reason for refusal in log.refusals for reason in refusal.reasons} <= {"kelly", *HELD_BACK}


@pytest.mark.parametrize("key", BINDS)
def test_each_limit_binds_sizes_and_says_so(key: str) -> None:
    value, code = BINDS[key]
    played = run(changed(key, value))

    log = played.engine.log
    said = {decision.bound_by for decision in log.decisions}
    assert code in said
    assert differ(played, by_default())
    # What was sized within the limits is never refused for one of them by the gate.
    assert {reason for each in log.refusals if each.source == "gate" for reason in each.reasons} <= HELD_BACK


@pytest.mark.parametrize("key", REFUSES)
def test_each_limit_on_losses_refuses_entries_and_says_so(key: str) -> None:
    value, code = REFUSES[key]
    played = run(changed(key, value))

    assert any(code in refusal.reasons for refusal in played.refusals)
    assert differ(played, by_default())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("position.correlation_threshold", 1.0),
        ("activity.entries_per_hour_max", 1),
        ("kelly.multiple", 0.0001),
        ("kelly.half_life_observations", 10.0),
        ("kelly.observations_min", 10_000),
        ("estimates.confidence", 0.99),
        ("estimates.method", VarMethod.NORMAL),
        ("estimates.method", VarMethod.HISTORICAL),
        ("estimates.half_life_samples", 5.0),
        ("estimates.window_samples", 60),
        ("estimates.samples_min", 100),
        ("estimates.interval_s", 7_200),
        ("losses.on_loss", OnLoss.HALTED),
        ("stress.move", 0.5),
        ("stress.stop_gap", 0.5),
        ("drawdown.mild", _rung("0.01", "0.5")),
        ("drawdown.moderate", _rung("0.03", "0.1")),
        ("drawdown.severe", _rung("0.06", "0", "0")),
        (
            "drawdown.limit",
            Rung(
                threshold=Decimal("0.101"), action=LevelAction(size_factor=Decimal(0), reduce_to=Decimal(0), halts=True)
            ),
        ),
        ("drawdown.hysteresis", Decimal("0.0099")),
    ],
)
def test_each_other_parameter_changes_what_is_traded(key: str, value: object) -> None:
    group, name = key.split(".")
    start = BESIDE.get(key, WIDE)
    other = evolve(start, **{group: evolve(getattr(start, group), **{name: value})})

    assert differ(run(other), run(start))


_TIGHT_VAR: Final = changed("account.var_daily_max", 0.01)
BESIDE: Final[Mapping[str, RiskSettings]] = {
    "position.correlation_threshold": changed("position.correlated_max", Decimal("0.5")),
    "estimates.confidence": _TIGHT_VAR,
    "estimates.method": _TIGHT_VAR,
    "estimates.half_life_samples": _TIGHT_VAR,
    "estimates.window_samples": _TIGHT_VAR,
    "estimates.samples_min": _TIGHT_VAR,
    "estimates.interval_s": _TIGHT_VAR,
    "losses.on_loss": changed("losses.daily_fraction", Decimal("0.01")),
    "stress.move": changed("account.capital_at_risk_max", 0.05),
    "stress.stop_gap": changed("account.capital_at_risk_max", 0.05),
}
"""Parameters that decide how others are worked out, beside which these others have to bind."""


def test_initial_capital_changes_every_size() -> None:
    richer = run(equity="200000")

    assert differ(richer, by_default())
    assert max(fill.quantity for fill in richer.fills) > max(fill.quantity for fill in by_default().fills)
