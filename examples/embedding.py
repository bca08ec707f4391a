from domain.signal import Signal, SignalAction
from entrypoints.embedding import backtest


class Momentum:
    lookback_bars = 49

    def on_bar(self, view):
        bars = view.bars(49)
        move = bars[-1].close / bars[0].close - 1.0
        if abs(move) > 0.03 and move * float(view.held_quantity) <= 0.0:
            action = SignalAction.ENTER_LONG if move > 0.0 else SignalAction.ENTER_SHORT
            return Signal(action=action, reason=f"{move:.1%} in two days", stop_distance=0.05 * bars[-1].close)


if __name__ == "__main__":
    result = backtest(Momentum, synthetic={"seed": 7, "bars": 1000, "symbols": ["BTCUSDT"]}, regimes={"workers": 1})
    print(f"{len(result.log.trades)} trades, {len(result.log.regime_changes)} changes of regime")
    print(f"return {result.performance.total_return:.1%}, Sharpe ratio {result.performance.sharpe_ratio:.2f}")
