"""Results of runs, by hand and by Hypothesis. The books of the drawn ones balance, as those of every run do."""

from array import array
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import inf, nan
from typing import Final

from hypothesis import strategies as st

from application.replay.certificate import Certificate
from application.results.accounting import AccountingIdentity
from application.results.result import Assumption, ExposureFigures, Hashes, RunResult, measure_exposure, measure_trades
from application.trading.records import (
    ClearanceRecord,
    ExitReason,
    FailureKind,
    RegimeChange,
    RoundTrip,
    RunLog,
    UnhedgedSpell,
)
from application.venue_messages import FundingPaid, PositionLiquidated
from domain.order import Side
from domain.performance import Drawdown, Performance
from domain.regime import MarketRegime, VolatilityState
from domain.risk.drawdown_levels import DrawdownLevel
from domain.risk.loss_limits import LossRule
from domain.risk.trading_state import TradingState
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_US
from tests.risk_records import make_breach, make_forecast, make_level_change, make_state_record
from tests.support import START_NS
from tests.unit.application.results.run_logs import (
    EXIT_NS,
    make_failure,
    make_identity,
    make_liquidation,
    make_payment,
    make_refusal,
    make_trade,
)

SYMBOLS: Final = ("BTCUSDT", "ETHUSDT")
HASH: Final = "0123456789abcdef" * 4
PERFORMANCE: Final = Performance(
    total_return=0.25,
    annual_return=0.5,
    annual_volatility=0.2,
    sharpe_ratio=2.5,
    sortino_ratio=nan,
    calmar_ratio=inf,
    max_drawdown=Drawdown(0.125, START_NS, EXIT_NS, None, 36 * NS_PER_HOUR),
)


def make_result(
    log: RunLog | None = None,
    *,
    identity: AccountingIdentity | None = None,
    open_trades: Sequence[RoundTrip] = (),
    performance: Performance = PERFORMANCE,
    exposure: ExposureFigures | None = None,
    assumptions: Sequence[Assumption] = (),
    is_synthetic: bool = False,
    name: str = "test",
    first_difference: str | None = None,
) -> RunResult:
    left_behind = RunLog() if log is None else log
    return RunResult(
        run_id="bt-0123456789ab",
        name=name,
        is_synthetic=is_synthetic,
        start_ns=START_NS,
        end_ns=START_NS + 30 * NS_PER_DAY,
        n_bars=720,
        symbols=SYMBOLS,
        identity=make_identity() if identity is None else identity,
        certificate=Certificate(20, 20 if first_difference is None else 7, 41, first_difference),
        performance=performance,
        trade_figures=measure_trades(left_behind, open_trades),
        exposure=measure_exposure(left_behind) if exposure is None else exposure,
        assumptions=tuple(assumptions),
        open_trades=tuple(open_trades),
        log=left_behind,
        hashes=Hashes(data=HASH, code="", config=HASH, result=HASH),
    )


amounts: Final = st.decimals("-1e9", "1e9", places=8)
"""Money in whole cash steps, as the books have it; Decimal writes the small ones with an exponent."""
_shared_amounts: Final = st.builds(lambda amount, parts: amount / parts, amounts, st.integers(1, 7))
"""A part of a fee shared among strategies: 28 digits."""
_quantities: Final = st.decimals("0.0001", "1e6", places=4)
_prices: Final = st.decimals("0.00001", "1e6", places=5)
_averages: Final = st.builds(lambda price, parts: price / parts, _prices, st.integers(1, 7))
_instants: Final = st.integers(START_NS // NS_PER_US, START_NS // NS_PER_US + 10**12).map(lambda us: us * NS_PER_US)
_figures: Final = st.floats()
_symbols: Final = st.sampled_from(SYMBOLS)
_texts: Final = st.text(max_size=20)


@st.composite
def _trades(draw: st.DrawFn, *, is_open: bool) -> RoundTrip:
    return make_trade(
        str(draw(_shared_amounts)),
        fees=str(draw(_shared_amounts)),
        funding=str(draw(_shared_amounts)),
        slippage=str(draw(amounts)),
        strategy=draw(st.sampled_from(["trend", "carry", "β"])),
        symbol=draw(_symbols),
        direction=draw(st.sampled_from([1, -1])),
        quantity=str(draw(_quantities)),
        entry_price=str(draw(_averages)),
        exit_price=None if is_open else str(draw(_averages)),
        entered_at_ns=draw(_instants),
        exited_at_ns=None if is_open else draw(_instants),
        exit_reason=draw(st.sampled_from(ExitReason)),
    )


@st.composite
def _payments(draw: st.DrawFn) -> FundingPaid:
    return make_payment(
        str(draw(amounts)),
        symbol=draw(_symbols),
        at_ns=draw(_instants),
        quantity=str(draw(amounts)),
        mark_price=str(draw(_prices)),
        rate=str(draw(st.decimals("-0.03", "0.03", places=10))),
        is_assumed=draw(st.booleans()),
    )


@st.composite
def _liquidations(draw: st.DrawFn) -> PositionLiquidated:
    return make_liquidation(
        str(draw(_quantities)),
        side=draw(st.sampled_from(Side)),
        price=str(draw(_prices)),
        fee=str(draw(amounts)),
        liquidation_fee=str(draw(amounts)),
        insurance=str(draw(amounts)),
        mark_price=str(draw(_prices)),
        symbol=draw(_symbols),
    )


_regimes: Final = st.builds(
    RegimeChange,
    at_ns=_instants,
    symbol=_texts,
    regime=st.sampled_from(MarketRegime),
    volatility_state=st.sampled_from(VolatilityState),
    confidence=st.floats(0.0, 1.0),
    volatility=st.none() | st.floats(0.0, 10.0),
    reason=_texts,
)
_spells: Final = st.builds(
    UnhedgedSpell,
    strategy=_texts,
    symbol=_symbols,
    began_at_ns=_instants,
    ended_at_ns=st.none() | _instants,
    bars=st.integers(1, 1000),
    quantity=_quantities,
    value=amounts,
)
_changes: Final = st.builds(
    lambda level, at_ns, drawdown: make_level_change(level, at_ns=at_ns, drawdown=str(drawdown)),
    st.sampled_from(DrawdownLevel),
    _instants,
    st.decimals(0, 1, places=28),
)
_states: Final = st.builds(
    lambda state, at_ns, cause: make_state_record(state, at_ns=at_ns, causes=(cause,), reasons=(cause,)),
    st.sampled_from(TradingState),
    _instants,
    _texts,
)
_clearances: Final = st.builds(
    ClearanceRecord,
    at_ns=_instants,
    ended=_texts,
    strategy=st.none() | _texts,
    held_since_ns=st.none() | _instants,
    held_for=_texts,
    person=_texts,
    reason=_texts,
)
_breaches: Final = st.builds(lambda rule, at_ns: make_breach(rule, at_ns=at_ns), st.sampled_from(LossRule), _instants)
_forecasts: Final = st.builds(
    lambda outcome, value, at_ns: make_forecast(outcome, value_at_risk=value, at_ns=at_ns),
    _figures,
    st.floats(0.0, 1e9),
    _instants,
)


@st.composite
def _logs(draw: st.DrawFn) -> RunLog:
    at_ns = sorted(draw(st.sets(_instants, max_size=8)))
    curve = draw(st.lists(st.floats(-1e9, 1e12), min_size=len(at_ns), max_size=len(at_ns)))
    return RunLog(
        refusals=draw(st.lists(st.builds(make_refusal, _texts, reasons=st.tuples(_texts)), max_size=3)),
        liquidations=draw(st.lists(_liquidations(), max_size=2)),
        funding=draw(st.lists(_payments(), max_size=4)),
        trades=draw(st.lists(_trades(is_open=False), max_size=4)),
        regime_changes=draw(st.lists(_regimes, max_size=3)),
        failures=draw(st.lists(st.builds(make_failure, st.sampled_from(FailureKind), message=_texts), max_size=2)),
        unhedged=draw(st.lists(_spells, max_size=2)),
        level_changes=draw(st.lists(_changes, max_size=3)),
        state_changes=draw(st.lists(_states, max_size=3)),
        clearances=draw(st.lists(_clearances, max_size=2)),
        loss_breaches=draw(st.lists(_breaches, max_size=2)),
        var_forecasts=draw(st.lists(_forecasts, max_size=4)),
        equity_at_ns=array("q", at_ns),
        equity=array("d", curve),
        exposure=array("d", [0.5] * len(at_ns)),
    )


@st.composite
def _identities(draw: st.DrawFn) -> AccountingIdentity:
    start, trading, fees, funding, transfers, liquidation = (draw(amounts) for _ in range(6))
    return AccountingIdentity(
        start_equity=start,
        end_equity=start + trading - fees + funding + transfers + liquidation,
        trading_pnl=trading,
        fees=fees,
        funding=funding,
        transfers=transfers,
        liquidation=liquidation,
    )


@st.composite
def _performances(draw: st.DrawFn) -> Performance:
    drawdown = Drawdown(
        depth=draw(_figures),
        peak_at_ns=draw(_instants),
        trough_at_ns=draw(_instants),
        recovered_at_ns=draw(st.none() | _instants),
        longest_ns=draw(st.integers(0, 10**18)),
    )
    return Performance(
        total_return=draw(_figures),
        annual_return=draw(_figures),
        annual_volatility=draw(_figures),
        sharpe_ratio=draw(_figures),
        sortino_ratio=draw(_figures),
        calmar_ratio=draw(_figures),
        max_drawdown=drawdown,
    )


@st.composite
def results(draw: st.DrawFn) -> RunResult:
    return make_result(
        draw(_logs()),
        identity=draw(_identities()),
        open_trades=draw(st.lists(_trades(is_open=True), max_size=2)),
        performance=draw(_performances()),
        exposure=ExposureFigures(time_in_market=draw(_figures), average=draw(_figures), largest=draw(_figures)),
        assumptions=draw(st.lists(st.builds(Assumption, _texts, _texts, _texts), max_size=3)),
        is_synthetic=draw(st.booleans()),
        name=draw(_texts),
        first_difference=draw(st.none() | _texts),
    )


def total(texts: Iterable[str]) -> Fraction:
    """Add up decimals as a reader of the document would who never rounds."""
    return sum((Fraction(text) for text in texts), Fraction(0))
