"""Guarding the capital, measured: a year of minutes looked at by its quiet range, beside a bare pass over them.

``python -m tests.benchmarks.capital_guard`` measures it alone.
"""

from collections.abc import Callable
from decimal import Decimal
from statistics import median
from time import perf_counter
from typing import Final

import numpy as np

from domain.market import Float64Array
from domain.regime import MarketRegime
from domain.risk.capital_guard import CapitalGuard, CapitalPolicy
from domain.risk.drawdown_levels import LadderPolicy
from domain.risk.kelly import KellyPolicy, kelly_fraction
from domain.risk.loss_limits import LossLimits
from domain.time_units import NS_PER_MINUTE

_REPEATS: Final = 5
_MINUTES: Final = 365 * 24 * 60
_START_NS: Final = 1_577_836_800_000_000_000  # 2020-01-01T00:00:00Z
_POLICY: Final = CapitalPolicy(
    ladder=LadderPolicy(),
    losses=LossLimits(
        daily_fraction=Decimal("0.05"),
        daily_amount=None,
        weekly_fraction=Decimal("0.08"),
        weekly_amount=None,
        losing_days_max=7,
        losing_trades_max=5,
    ),
)


def equity_path(n_minutes: int) -> list[float]:
    """Return equity that earns 20 percent a year at a volatility of 30, in cents."""
    steps = np.random.default_rng(7).normal(0.2 / n_minutes, 0.3 / n_minutes**0.5, n_minutes)
    path: list[float] = np.round(10_000.0 * np.exp(np.cumsum(steps)), 2).tolist()
    return path


def bare_pass(equities: list[float]) -> float:
    """Return the highest equity, by comparing each with two numbers."""
    low, high = equities[0], equities[0]
    for equity in equities:
        if not low <= equity <= high:
            low, high = min(low, equity), max(high, equity)
    return high - low


def guarded(equities: list[float]) -> tuple[CapitalGuard, int]:
    """Return the guard after all minutes, and how many of them it was asked about."""
    guard = CapitalGuard.start(Decimal(10_000), _START_NS)
    (low, high), n_observed = guard.quiet_range(_POLICY), 0
    midnight_ns, at_ns = guard.losses.day_ends_at_ns, _START_NS
    for equity in equities:
        at_ns += NS_PER_MINUTE
        if not low <= equity <= high or at_ns >= midnight_ns:
            n_observed += 1
            guard, _ = guard.observe(Decimal(repr(equity)), at_ns, policy=_POLICY)
            (low, high), midnight_ns = guard.quiet_range(_POLICY), guard.losses.day_ends_at_ns
    return guard, n_observed


def guarded_throughout(equities: list[float]) -> CapitalGuard:
    """Return the guard after all minutes, having asked it about each."""
    guard = CapitalGuard.start(Decimal(10_000), _START_NS)
    for minute, equity in enumerate(equities, start=1):
        guard, _ = guard.observe(Decimal(repr(equity)), _START_NS + minute * NS_PER_MINUTE, policy=_POLICY)
    return guard


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _measure(title: str, n_calls: int, work: Callable[[], object], yardstick: Callable[[], object]) -> None:
    runs, yardsticks = [], []
    for _ in range(_REPEATS):
        runs.append(_seconds(work))
        yardsticks.append(_seconds(yardstick))
    seconds, bare = median(runs), median(yardsticks)
    print(
        f"{title:<42} {n_calls:>8,} times {seconds / n_calls * 1e6:8.2f} us each  {seconds / bare:7.1f} x bare pass  "
        f"range {max(runs) / min(runs):.2f}",
        flush=True,
    )


def _many_fractions(returns: Float64Array, times: int) -> None:
    policy = KellyPolicy()
    for _ in range(times):
        kelly_fraction(returns, MarketRegime.BULL, policy)


def measure_guard() -> None:
    """Print what guarding a year of minutes costs, and what one look costs."""
    equities = equity_path(_MINUTES)
    some = equities[:20_000]
    _, n_observed = guarded(equities)
    print(f"{n_observed:,} of {_MINUTES:,} minutes are outside of the quiet range or end a day")
    _measure("a year, by its quiet range", _MINUTES, lambda: guarded(equities), lambda: bare_pass(equities))
    _measure("every minute observed", len(some), lambda: guarded_throughout(some), lambda: bare_pass(some))
    returns = np.random.default_rng(7).normal(0.001, 0.03, 365)
    _measure("Kelly of a year of days", 2_000, lambda: _many_fractions(returns, 2_000), lambda: bare_pass(some))


if __name__ == "__main__":
    measure_guard()
