"""Records of runs by Hypothesis, and what it means that two of them are the same in everything."""

from array import array
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import numpy as np
from attrs import evolve, fields, has
from hypothesis import strategies as st

from application.results.excursions import Excursion
from application.results.result import Hashes, RunResult
from application.results.run_record import Provenance, RunRecord, SourceSeries
from application.trading.records import (
    Decision,
    ExitReason,
    FailureKind,
    Refusal,
    RoundTrip,
    RunLog,
    SentOrder,
    StrategyFailure,
    UnheardSignal,
    WeightChange,
)
from application.trading.risk_use import InstrumentUse, LossUse, RiskUse
from application.venue_messages import FundingPaid, PositionLiquidated
from domain.market import BarSeries
from domain.order import ClientOrderId, Fill, OrderTerms, OrderType, PositionSide, Side, TimeInForce, TradeId
from domain.order import TriggerPrice as TriggeredBy
from domain.risk.drawdown_levels import DrawdownLevel
from domain.risk.recoveries import Fall, Recovery, RecoveryRecord
from domain.risk.trading_state import Hold, HoldCause, TradingState
from domain.signal import Signal, SignalAction
from domain.time_units import NS_PER_HOUR, NS_PER_MINUTE
from tests.support import START_NS, make_bars
from tests.unit.adapters.run_documents.results import make_result, results

PROVENANCE: Final = Provenance(
    created_at_ns=START_NS, product_version="0.1.0", python_version="3.11.9", configuration="name: test\n"
)

# With every exponent and number of trailing zeros that the books can produce, and more.
decimals: Final = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent), st.integers(-(10**28), 10**28), st.integers(-12, 6)
)
positive: Final = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent), st.integers(1, 10**9), st.integers(-12, 6)
)
instants: Final = st.integers(START_NS, START_NS + 10**17)
texts: Final = st.text(max_size=12)
floats: Final = st.floats()
fractions: Final = st.floats(0, 1)
distances: Final = st.none() | st.floats(min_value=0, exclude_min=True, allow_infinity=False)

signals: Final = st.builds(
    Signal,
    action=st.sampled_from(SignalAction),
    reason=texts,
    strength=fractions,
    confidence=fractions,
    stop_distance=distances,
    target_distance=distances,
    features=st.lists(st.tuples(texts, floats), max_size=3).map(tuple),
)
decisions: Final = st.builds(Decision, instants, texts, texts, signals, decimals, texts)
unheard: Final = st.builds(UnheardSignal, instants, texts, texts, signals, texts)
weight_changes: Final = st.builds(
    WeightChange,
    at_ns=instants,
    symbol=texts,
    weights=st.dictionaries(texts, fractions, max_size=3).map(lambda weights: tuple(weights.items())),
)
failures: Final = st.builds(
    StrategyFailure,
    at_ns=instants,
    strategy=texts,
    symbol=texts,
    kind=st.sampled_from(FailureKind),
    error=texts,
    message=texts,
    where=st.none() | texts,
    n_left=st.integers(0, 9),
)
fills: Final = st.builds(
    Fill,
    trade_id=texts.map(TradeId),
    client_order_id=texts.map(ClientOrderId),
    symbol=texts,
    side=st.sampled_from(Side),
    position_side=st.sampled_from(PositionSide),
    quantity=positive,
    price=positive,
    fee=decimals,
    is_maker=st.booleans(),
    executed_at_ns=instants,
    reference_price=positive,
)
refusals: Final = st.builds(Refusal, instants, texts, texts, st.lists(texts, max_size=3).map(tuple), texts)
liquidations: Final = st.builds(PositionLiquidated, fills, st.sampled_from(PositionSide), positive, decimals, decimals)
payments: Final = st.builds(
    FundingPaid,
    symbol=texts,
    position_side=st.sampled_from(PositionSide),
    at_ns=instants,
    signed_quantity=decimals,
    mark_price=positive,
    rate=decimals,
    payment=decimals,
    is_assumed=st.booleans(),
)
excursions: Final = st.builds(
    Excursion,
    adverse=floats,
    favorable=floats,
    adverse_fraction=floats,
    favorable_fraction=floats,
    stop_distance=st.none() | floats,
    r_multiple=st.none() | floats,
)


@st.composite
def terms(draw: st.DrawFn) -> OrderTerms:
    kind = draw(st.sampled_from(OrderType))
    is_stop = kind in (OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET)
    is_trailing, is_limit = kind is OrderType.TRAILING_STOP_MARKET, kind is OrderType.LIMIT
    closes = is_stop and draw(st.booleans())
    side = draw(st.sampled_from(PositionSide))
    time_in_force = draw(st.sampled_from(TimeInForce)) if is_limit else TimeInForce.GTC
    return OrderTerms(
        symbol=draw(texts),
        side=draw(st.sampled_from(Side)),
        type=kind,
        quantity=Decimal(0) if closes else draw(positive),
        price=draw(positive) if is_limit else None,
        trigger_price=draw(positive) if is_stop else None,
        callback_rate=draw(st.decimals("0.001", "0.999", places=3)) if is_trailing else None,
        activation_price=draw(st.none() | positive) if is_trailing else None,
        time_in_force=time_in_force,
        good_until_ns=draw(instants) if time_in_force is TimeInForce.GTD else None,
        reduce_only=not closes and side is PositionSide.BOTH and draw(st.booleans()),
        close_position=closes,
        position_side=side,
        trigger_by=draw(st.sampled_from(TriggeredBy)),
    )


orders: Final = st.builds(SentOrder, instants, texts.map(ClientOrderId), texts, terms(), st.none() | texts)


def trades(*, is_open: bool) -> st.SearchStrategy[RoundTrip]:
    return st.builds(
        RoundTrip,
        strategy=texts,
        symbol=texts,
        direction=st.sampled_from([1, -1]),
        quantity=positive,
        entered_at_ns=instants,
        entry_price=positive,
        exited_at_ns=st.none() if is_open else instants,
        exit_price=st.none() | positive,
        gross_pnl=decimals,
        fees=decimals,
        funding=decimals,
        slippage=decimals,
        exit_reason=st.none() if is_open else st.sampled_from(ExitReason),
        initial_risk=st.none() | positive,
        rungs_taken=st.integers(0, 5),
    )


def some(rows: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(rows, max_size=2)


@st.composite
def logs(draw: st.DrawFn) -> RunLog:
    at_ns = sorted(draw(st.sets(instants, max_size=4)))
    n_points = len(at_ns)
    finite = st.floats(-1e9, 1e12)
    return RunLog(
        decisions=draw(some(decisions)),
        unheard=draw(some(unheard)),
        weight_changes=draw(some(weight_changes)),
        failures=draw(some(failures)),
        orders=draw(some(orders)),
        refusals=draw(some(refusals)),
        fills=draw(some(fills)),
        liquidations=draw(some(liquidations)),
        funding=draw(some(payments)),
        trades=draw(some(trades(is_open=False))),
        equity_at_ns=array("q", at_ns),
        equity=array("d", draw(st.lists(finite, min_size=n_points, max_size=n_points))),
        exposure=array("d", draw(st.lists(floats, min_size=n_points, max_size=n_points))),
    )


hex_texts: Final = st.text("0123456789abcdef", min_size=64, max_size=64)
provenances: Final = st.builds(
    Provenance,
    created_at_ns=instants,
    product_version=texts,
    python_version=texts,
    # Paths may hold bytes that are no UTF-8; Python carries them as lone surrogates.
    configuration=texts,
    sources=st.lists(
        st.builds(
            SourceSeries,
            symbol=texts,
            kind=texts,
            origin=texts | st.just("/data/\udcff.csv"),
            n_rows=st.integers(0, 10**9),
            start_ns=instants,
            end_ns=instants,
            sha256=hex_texts,
        ),
        max_size=2,
    ).map(tuple),
)


holds = st.builds(
    Hold,
    cause=st.sampled_from(HoldCause),
    state=st.just(TradingState.HALTED),
    reason=texts,
    since_ns=instants,
)
instrument_uses = st.builds(
    InstrumentUse,
    symbol=texts,
    held_notional=decimals,
    worst_notional=decimals,
    alike_notional=decimals,
    liquidation_distance=st.none() | decimals,
    var_alone=st.none() | floats,
    var_part=st.none() | floats,
)
recoveries = st.builds(Recovery, started_at_ns=instants, ended_at_ns=instants, depth=decimals)
recovery_records = st.builds(
    RecoveryRecord,
    count=st.integers(0, 10**6),
    total_ns=instants,
    longest_ns=instants,
    shortest_ns=instants,
    latest=st.lists(recoveries, max_size=2).map(tuple),
)
falls = st.builds(Fall, started_at_ns=instants, depth=decimals, deepest_at_ns=instants)
loss_uses = st.builds(LossUse, pnl=decimals, loss_fraction=st.none() | decimals)
estimates = st.none() | floats
risk_uses = st.builds(
    RiskUse,
    at_ns=instants,
    equity=decimals,
    gross_notional=decimals,
    net_notional=decimals,
    margin_ratio=st.none() | decimals,
    var_daily=estimates,
    cvar_daily=estimates,
    var_confidence=st.floats(0.5, 0.99),
    liquidation_probability=estimates,
    capital_at_risk=estimates,
    open_orders=st.integers(0, 10**6),
    day=loss_uses,
    week=loss_uses,
    losing_days=st.integers(0, 10**6),
    losing_trades=st.integers(0, 10**6),
    high=decimals,
    drawdown=decimals,
    level=st.sampled_from(DrawdownLevel),
    state=st.sampled_from(TradingState),
    holds=st.lists(holds, max_size=2).map(tuple),
    instruments=st.lists(instrument_uses, max_size=2).map(tuple),
    strategies=st.dictionaries(texts, decimals, max_size=2),
    daily_volatilities=st.dictionaries(texts, floats, max_size=2),
    recoveries=st.none() | recovery_records,
    fall=st.none() | falls,
)


@st.composite
def run_results(draw: st.DrawFn) -> RunResult:
    log, open_trades = draw(logs()), tuple(draw(some(trades(is_open=True))))
    n_trades = draw(st.sampled_from([0, len(log.trades) + len(open_trades)]))
    return evolve(
        draw(results()),
        run_id=draw(st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)),
        start_ns=draw(instants),
        end_ns=draw(instants),
        n_bars=draw(st.integers(0, 10**12)),
        symbols=tuple(draw(st.lists(texts, max_size=3))),
        log=log,
        open_trades=open_trades,
        hashes=draw(st.builds(Hashes, data=hex_texts, code=hex_texts, config=hex_texts, result=hex_texts)),
        excursions=tuple(draw(st.lists(excursions, min_size=n_trades, max_size=n_trades))),
        risk_use=draw(st.none() | risk_uses),
    )


@st.composite
def price_maps(draw: st.DrawFn) -> Mapping[str, BarSeries]:
    symbols = draw(st.lists(texts, unique=True, max_size=3))
    return {symbol: draw(series_of(symbol)) for symbol in symbols}


@st.composite
def series_of(draw: st.DrawFn, symbol: str) -> BarSeries:
    closes = draw(st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=5))
    interval_ns = draw(st.sampled_from([NS_PER_MINUTE, NS_PER_HOUR]))
    series = make_bars(closes, symbol=symbol, interval_ns=interval_ns)
    return series.rows(0, 0) if draw(st.booleans()) else series


def records() -> st.SearchStrategy[RunRecord]:
    return st.builds(
        RunRecord,
        result=run_results(),
        prices=price_maps(),
        provenance=provenances,
        tags=st.lists(texts, unique=True, max_size=3).map(tuple),
    )


def make_record(
    result: RunResult | None = None,
    *,
    prices: Mapping[str, BarSeries] | None = None,
    created_at_ns: int = START_NS,
    tags: tuple[str, ...] = (),
) -> RunRecord:
    return RunRecord(
        result=make_result() if result is None else result,
        prices={} if prices is None else prices,
        provenance=evolve(PROVENANCE, created_at_ns=created_at_ns),
        tags=tags,
    )


def difference(one: Any, other: Any, path: str = "record") -> str | None:  # noqa: ANN401, PLR0911  # anything
    """Return the path of the first thing that is not exactly the same, None if there is none.

    Exactly: 1.0 and 1, 0.0 and -0.0, Decimal 1 and 1.0 are different, and NaN is the same as NaN.
    """
    if type(one) is not type(other):
        return f"{path}: {type(one)} and {type(other)}"
    if has(type(one)):
        names = [attribute.name for attribute in fields(type(one))]
        return _first(difference(getattr(one, name), getattr(other, name), f"{path}.{name}") for name in names)
    if isinstance(one, Mapping):
        if list(one) != list(other):
            return f"{path}: keys {list(one)} and {list(other)}"
        return _first(difference(one[key], other[key], f"{path}[{key!r}]") for key in one)
    if isinstance(one, np.ndarray):
        is_same = one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
        return None if is_same else f"{path}: {one} and {other}"
    if isinstance(one, (list, tuple, array)):
        if len(one) != len(other):
            return f"{path}: {len(one)} and {len(other)} entries"
        pairs = enumerate(zip(one, other, strict=True))
        return _first(difference(mine, yours, f"{path}[{place}]") for place, (mine, yours) in pairs)
    return None if repr(one) == repr(other) else f"{path}: {one!r} and {other!r}"


def _first(found: Any) -> str | None:  # noqa: ANN401  # an iterable of what `difference` returns
    return next((each for each in found if each is not None), None)
