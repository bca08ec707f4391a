"""Whole runs of a strategy on a market of the kit, through the decision core and a venue."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from application.backtest import BacktestPlan, MakeStrategy, StrategyPlan
from application.ports.backtest_venue import BacktestVenue
from application.results.result import RunResult
from application.strategy_kit.markets import SYMBOL, KitMarket
from application.strategy_kit.noise import Noise
from application.trading.records import FailureKind, StrategyFailure
from domain.instrument import Instrument
from domain.risk.limits import AccountLimits, OrderLimits
from domain.risk.settings import RiskSettings
from domain.sizing import EquityFraction

_EQUITY: Final = Decimal(1_000_000)
_SHARE: Final = Decimal("0.1")


def kit_run(
    make: MakeStrategy,
    market: KitMarket,
    instrument: Instrument,
    make_venue: Callable[[], BacktestVenue],
    *,
    n_samples: int = 0,
) -> BacktestPlan:
    """Return the plan of a run of one strategy, a tenth of the account per entry, under the usual limits.

    Args:
        make: Builds the strategy.
        market: Of the kit.
        instrument: Its trading rules.
        make_venue: Builds the venue, empty.
        n_samples: Moments that the certificate checks; none by default.
    """
    return BacktestPlan(
        name="strategy kit",
        history=market.history,
        start_equity=_EQUITY,
        instruments={SYMBOL: instrument},
        strategies=(StrategyPlan(name="strategy", symbols=(SYMBOL,), make=make, sizing=EquityFraction(_SHARE)),),
        risk=RiskSettings(order=OrderLimits(notional_max=_EQUITY), account=AccountLimits(leverage_max=Decimal(3))),
        make_venue=make_venue,
        sample=Noise(n_samples).sample,
        n_samples=n_samples,
    )


def first_failure(result: RunResult) -> StrategyFailure | None:
    """Return how the strategy of a run failed; None if it did not."""
    return next(iter(result.log.failures), None)


def in_words(failure: StrategyFailure) -> str:
    """Return what a strategy did, in words that follow its name."""
    if failure.kind is FailureKind.INVALID:
        return failure.message
    where = "" if failure.where is None else f" ({failure.where})"
    return f"raises {failure.error}: {failure.message}{where}"
