"""The reference path: a moving-average crossing over minutes with everything on, and the bare loop beside it."""

from adapters.simulated.rules import VenueRules
from application.backtest import run_backtest
from application.market_history import MarketHistory
from application.results.result import RunResult
from domain.strategies.trend_following import TrendFollowingParameters
from tests.benchmarks.reference_market import SYMBOL
from tests.plans import trend_plan


def backtest(
    history: MarketHistory, *, fast_bars: int = 10, slow_bars: int = 50, allow_short: bool = False
) -> RunResult:
    """Run with costs, latency, impact, brackets, funding, marks and a certificate of 20 moments.

    Raises:
        RuntimeError: The run cannot be believed, so neither can its speed.
    """
    parameters = TrendFollowingParameters(
        fast_bars=fast_bars,
        slow_bars=slow_bars,
        strength_min=0.0,
        stop_atr=None,
        target_atr=None,
        allow_short=allow_short,
    )
    result = run_backtest(trend_plan(history, parameters=parameters, rules=VenueRules(), n_samples=20))
    if result.identity.difference != 0 or not result.certificate.is_clean:
        raise RuntimeError(f"{result.identity} {result.certificate}")
    return result


def bare_loop(history: MarketHistory, *, fast_bars: int = 10, slow_bars: int = 50) -> int:
    """Run the same crossing over plain lists, without orders, costs or books; return the number of trades."""
    closes = history.bars[SYMBOL].close.tolist()
    opens = history.bars[SYMBOL].open.tolist()
    sum_fast = sum_slow = cash = equity = 0.0
    held = wanted = trades = 0
    for row, close in enumerate(closes):
        if wanted != held:
            cash -= (wanted - held) * opens[row]
            held = wanted
            trades += 1
        sum_fast += close
        sum_slow += close
        if row >= fast_bars:
            sum_fast -= closes[row - fast_bars]
        if row >= slow_bars:
            sum_slow -= closes[row - slow_bars]
            wanted = 1 if sum_fast * slow_bars > sum_slow * fast_bars else 0
        equity = cash + held * close
    return trades if equity == equity else -1  # noqa: PLR0124  # the equity is used, so that it is worked out
