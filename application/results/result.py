"""The result of one run, in domain terms; files and terminals have their own forms of it."""

from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Final

import numpy as np
from attrs import frozen

from application.replay.certificate import Certificate
from application.results.accounting import AccountingIdentity
from application.results.excursions import Excursion
from application.trading.records import RoundTrip, RunLog
from application.trading.risk_use import RiskUse
from domain.numbers import ZERO
from domain.performance import Performance

_RUN_ID_DIGITS: Final = 12


@frozen
class Assumption:
    """One thing that the run took for granted.

    Attributes:
        name: Stable key, for example ``half_spread_bps``.
        value: As text.
        meaning: One sentence for the reader.
    """

    name: str
    value: str
    meaning: str


@frozen(kw_only=True)
class TradeFigures:
    """Figures over the closed round trips, quote currency.

    Attributes:
        n_trades: Closed round trips.
        n_open: Still open at the end.
        win_rate: Share of closed trades with a positive net PnL; None without trades.
        profit_factor: Sum of wins over sum of losses, net; None without losses.
        average_pnl: Mean net PnL; None without trades.
        best_pnl: Largest net PnL; None without trades.
        worst_pnl: Smallest net PnL; None without trades.
        slippage: Cost of all executions against their reference prices; contained in trading PnL.
        turnover: Sum of all executed notionals.
    """

    n_trades: int
    n_open: int
    win_rate: float | None
    profit_factor: float | None
    average_pnl: Decimal | None
    best_pnl: Decimal | None
    worst_pnl: Decimal | None
    slippage: Decimal
    turnover: Decimal


@frozen(kw_only=True)
class ExposureFigures:
    """How much was at work, over the moments of decision.

    Attributes:
        time_in_market: Share of moments with a position.
        average: Mean gross notional over equity.
        largest: Largest gross notional over equity.
    """

    time_in_market: float
    average: float
    largest: float


@frozen(kw_only=True)
class Hashes:
    """SHA-256 of what went in and what came out, hexadecimal.

    Attributes:
        data: Every series used, and the trading rules that held.
        code: Source of the product.
        config: The configuration as it was understood.
        result: Everything that came out; the same in every process.
    """

    data: str
    code: str
    config: str
    result: str

    @property
    def run_id(self) -> str:
        """Name of the run: of all four, because runs in which nothing happens come out the same on other data."""
        together = f"{self.data}|{self.code}|{self.config}|{self.result}"
        return f"bt-{sha256(together.encode()).hexdigest()[:_RUN_ID_DIGITS]}"


@frozen(kw_only=True)
class RunResult:
    """Everything worth knowing about one run.

    Attributes:
        run_id: Name of the run: the same data, code and configuration give the same name.
        name: As configured.
        is_synthetic: Whether the market was generated.
        start_ns: First instant of the period.
        end_ns: Last instant of the period.
        n_bars: Bars decided upon, over all instruments.
        symbols: Instruments in alphabetical order.
        identity: The books.
        certificate: The look-ahead check.
        performance: Return and risk.
        trade_figures: Over closed trades.
        exposure: How much was at work.
        assumptions: What was taken for granted.
        open_trades: Round trips without an exit.
        log: What the run left behind.
        hashes: Of inputs and output.
        excursions: Of each round trip, closed ones in the order of `log.trades`, then open ones; empty where
            they were not measured.
        risk_use: How much of what may be risked was in use at the end; None where it was not measured.
    """

    run_id: str
    name: str
    is_synthetic: bool
    start_ns: int
    end_ns: int
    n_bars: int
    symbols: tuple[str, ...]
    identity: AccountingIdentity
    certificate: Certificate
    performance: Performance
    trade_figures: TradeFigures
    exposure: ExposureFigures
    assumptions: tuple[Assumption, ...]
    open_trades: tuple[RoundTrip, ...]
    log: RunLog
    hashes: Hashes
    excursions: tuple[Excursion, ...] = ()
    risk_use: RiskUse | None = None

    @property
    def trades(self) -> tuple[RoundTrip, ...]:
        """Closed round trips in the order of their exits, then open ones."""
        return (*self.log.trades, *self.open_trades)


def measure_trades(log: RunLog, open_trades: Sequence[RoundTrip]) -> TradeFigures:
    """Work out the figures over closed trades and all executions."""
    nets = [trade.net_pnl for trade in log.trades]
    wins = sum((net for net in nets if net > 0), ZERO)
    losses = -sum((net for net in nets if net < 0), ZERO)
    executions = [*log.fills, *(report.fill for report in log.liquidations)]
    return TradeFigures(
        n_trades=len(nets),
        n_open=len(open_trades),
        win_rate=sum(1 for net in nets if net > 0) / len(nets) if nets else None,
        profit_factor=float(wins / losses) if losses > 0 else None,
        average_pnl=sum(nets, ZERO) / len(nets) if nets else None,
        best_pnl=max(nets, default=None),
        worst_pnl=min(nets, default=None),
        slippage=sum((fill.slippage for fill in executions), ZERO),
        turnover=sum((fill.notional for fill in executions), ZERO),
    )


def measure_exposure(log: RunLog) -> ExposureFigures:
    """Work out how much was at work."""
    exposure = np.asarray(log.exposure, dtype=np.float64)
    if exposure.size == 0:
        return ExposureFigures(time_in_market=0.0, average=0.0, largest=0.0)
    return ExposureFigures(
        time_in_market=float(np.mean(exposure > 0.0)),
        average=float(exposure.mean()),
        largest=float(exposure.max()),
    )
