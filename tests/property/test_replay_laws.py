"""Laws of the whole run: it repeats itself, it does not know the future, and units and directions are only names."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.simulated.rules import VenueRules
from adapters.simulated.venue import SimulatedVenue
from adapters.synthetic.instruments import BTCUSDT, ETHUSDT
from adapters.synthetic.market import SyntheticMarket, generate
from application.backtest import BacktestPlan, StrategyPlan, build_engine, run_backtest
from application.market_history import MarketHistory
from application.replay.driver import ReplayDriver
from application.results.result import RunResult
from application.trading.records import RoundTrip, RunLog
from domain.instrument import Instrument, MarginSchedule
from domain.market import BarSeries, Float64Array
from domain.numbers import exact
from domain.rule_book import InstrumentChanged
from domain.sizing import EquityFraction
from domain.strategies.trend_following import TrendFollowing, TrendFollowingParameters
from tests.plans import FRICTIONLESS, plain_instrument, trend_plan
from tests.property.test_engine_laws import World, worlds
from tests.risk import only_limits

ROOT: Final = Path(__file__).resolve().parents[2]
N_BARS: Final = 240
COSTLY: Final = VenueRules()
QUICK: Final = TrendFollowingParameters(fast_bars=3, slow_bars=9, atr_bars=5, strength_min=0.0)
SLOWER: Final = TrendFollowingParameters(fast_bars=5, slow_bars=20, atr_bars=8, strength_min=0.1, target_atr=3.0)
seeds: Final = st.integers(0, 10_000)


def market(seed: int) -> MarketHistory:
    """Make ten days of two instruments with marks and funding."""
    return generate(SyntheticMarket(n_bars=N_BARS, instruments=(BTCUSDT, ETHUSDT)), seed=seed)


def two_strategies(history: MarketHistory, rules: VenueRules = COSTLY) -> BacktestPlan:
    """Plan two trend followers on both instruments, with every cost, sized by equity."""
    plan = trend_plan(history, parameters=QUICK, sizing=EquityFraction(Decimal("0.4")), rules=rules)
    slower = StrategyPlan(
        name="slower",
        symbols=history.symbols,
        make=lambda _: TrendFollowing(SLOWER),
        sizing=EquityFraction(Decimal("0.7")),
    )
    return evolve(plan, strategies=(*plan.strategies, slower))


def assert_same_log(one: RunLog, other: RunLog) -> None:
    assert one.decisions == other.decisions
    assert one.orders == other.orders
    assert one.fills == other.fills
    assert one.refusals == other.refusals
    assert one.funding == other.funding
    assert one.liquidations == other.liquidations
    assert one.trades == other.trades
    assert one.equity_at_ns == other.equity_at_ns
    assert one.equity == other.equity
    assert one.exposure == other.exposure


# Replay equality


@settings(max_examples=15)
@given(seed=seeds)
def test_the_same_plan_twice_leaves_the_same_log_and_hash(seed: int) -> None:
    plan = two_strategies(market(seed))

    one, other = run_backtest(plan), run_backtest(plan)

    assert_same_log(one.log, other.log)
    assert one.identity == other.identity
    assert one.open_trades == other.open_trades
    assert one.certificate == other.certificate
    assert (one.run_id, one.hashes) == (other.run_id, other.hashes)


def the_run() -> RunResult:
    """Make the run that is compared between processes."""
    return run_backtest(two_strategies(market(11)))


def test_another_process_with_another_hash_seed_gives_the_same_hash() -> None:
    program = "from tests.property.test_replay_laws import the_run; print(the_run().hashes.result)"
    found = {the_run().hashes.result}

    for hash_seed in ("1", "4242"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(done.stdout.strip())

    assert len(found) == 1


@given(world=worlds())
def test_the_same_inputs_make_a_fresh_decision_core_do_the_same(world: World) -> None:
    played = world.perform()
    fresh = build_engine(played.plan, played.plan.history)

    sent = [command for event in played.engine.inputs for command in fresh.handle(event)]

    assert sent == played.engine.sent
    assert_same_log(fresh.log, played.engine.log)
    assert fresh.equity == played.engine.equity
    assert fresh.ledger.wallet_balance == played.engine.ledger.wallet_balance
    assert fresh.open_trades() == played.engine.open_trades()
    for symbol, book in fresh.books.items():
        assert set(book.working) == set(played.engine.books[symbol].working)


# Passing quiet stretches at once


def driven(plan: BacktestPlan, *, row_by_row: bool) -> ReplayDriver:
    engine, venue = build_engine(plan, plan.history), plan.make_venue()
    venue.deposit(plan.start_equity)
    if row_by_row:
        for question in ("quiet_bars", "quiet_marks"):
            setattr(venue, question, lambda *_: 0)
    driver = ReplayDriver(plan.history, engine, venue)
    driver.run()
    return driver


@given(world=worlds())
def test_passing_quiet_stretches_at_once_is_the_same_as_row_by_row(world: World) -> None:
    plan = world.perform().plan

    at_once, slowly = driven(plan, row_by_row=False), driven(plan, row_by_row=True)

    assert_same_log(at_once.engine.log, slowly.engine.log)
    assert at_once.told == slowly.told
    assert at_once.venue.equity == slowly.venue.equity


@settings(max_examples=10)
@given(seed=seeds)
def test_a_synthetic_market_with_funding_and_marks_is_passed_the_same_way(seed: int) -> None:
    plan = two_strategies(market(seed))

    at_once, slowly = driven(plan, row_by_row=False), driven(plan, row_by_row=True)

    assert_same_log(at_once.engine.log, slowly.engine.log)
    assert at_once.told == slowly.told


# Dated rules


def other_rules(symbol: str) -> Instrument:
    """Return rules under which about everything comes out differently."""
    return evolve(plain_instrument(symbol, taker_rate="0.001", tick_size="5"), lot_size=Decimal("0.05"))


@settings(max_examples=10)
@given(seed=seeds, row=st.integers(1, N_BARS - 1))
def test_a_change_to_the_same_rules_changes_nothing(seed: int, row: int) -> None:
    plan = two_strategies(market(seed))
    at_ns = int(plan.history.bars["BTCUSDT"].closed_at_ns[row])
    same = tuple(InstrumentChanged(at_ns, plan.instruments[symbol]) for symbol in plan.history.symbols)

    one, other = run_backtest(plan), run_backtest(evolve(plan, history=evolve(plan.history, rule_changes=same)))

    assert one.hashes.result == other.hashes.result
    assert one.certificate.is_clean
    assert other.certificate.is_clean


@settings(max_examples=10)
@given(seed=seeds)
def test_rules_that_change_before_anything_is_decided_are_as_if_they_had_held_all_along(seed: int) -> None:
    plan = two_strategies(market(seed))
    others = {symbol: other_rules(symbol) for symbol in plan.history.symbols}
    at_ns = int(plan.history.bars["BTCUSDT"].closed_at_ns[0])
    changes = tuple(InstrumentChanged(at_ns, others[symbol]) for symbol in plan.history.symbols)

    static = run_backtest(evolve(plan, instruments=others, make_venue=lambda: SimulatedVenue(others.values(), COSTLY)))
    dated = run_backtest(evolve(plan, history=evolve(plan.history, rule_changes=changes)))

    assert dated.hashes.result == static.hashes.result
    assert dated.hashes.data != static.hashes.data
    assert dated.hashes.result != run_backtest(plan).hashes.result


@settings(max_examples=15)
@given(seed=seeds, row=st.integers(1, N_BARS - 2))
def test_nothing_before_a_change_of_rules_knows_of_it(seed: int, row: int) -> None:
    plan = two_strategies(market(seed))
    changed_at_ns = int(plan.history.bars["BTCUSDT"].closed_at_ns[row])
    changes = tuple(InstrumentChanged(changed_at_ns, other_rules(symbol)) for symbol in plan.history.symbols)

    without = run_backtest(plan).log
    across = run_backtest(evolve(plan, history=evolve(plan.history, rule_changes=changes)))

    assert across.certificate.is_clean
    for one, other in ((without.orders, across.log.orders), (without.decisions, across.log.decisions)):
        assert [each for each in one if each.at_ns < changed_at_ns] == [
            each for each in other if each.at_ns < changed_at_ns
        ]


@settings(max_examples=10)
@given(seed=seeds, rows=st.lists(st.integers(2, 2 * N_BARS), min_size=1, max_size=4, unique=True))
def test_a_market_with_changes_of_rules_is_passed_the_same_way_at_once_and_row_by_row(
    seed: int, rows: list[int]
) -> None:
    plan = two_strategies(market(seed))
    series = plan.history.bars["BTCUSDT"]
    changes = tuple(
        # Also in the middle of bars, and there and back again.
        InstrumentChanged(
            int(series.opened_at_ns[0]) + row * series.interval_ns // 2,
            other_rules("BTCUSDT") if place % 2 == 0 else plan.instruments["BTCUSDT"],
        )
        for place, row in enumerate(sorted(rows))
    )
    across = evolve(plan, history=evolve(plan.history, rule_changes=changes))

    at_once, slowly = driven(across, row_by_row=False), driven(across, row_by_row=True)

    assert_same_log(at_once.engine.log, slowly.engine.log)
    assert at_once.told == slowly.told
    assert at_once.venue.equity == slowly.venue.equity


# Strategies on one account


@settings(max_examples=15)
@given(seed=seeds)
def test_what_the_strategies_paid_sums_to_the_books_exactly(seed: int) -> None:
    run = run_backtest(two_strategies(market(seed)))
    trades = (*run.log.trades, *run.open_trades)

    assert sum(Fraction(trade.fees) for trade in trades) == Fraction(run.identity.fees)
    assert sum(Fraction(trade.funding) for trade in trades) == Fraction(run.identity.funding)


# Finer bars


def quarters(series: BarSeries) -> BarSeries:
    """Return bars of a quarter of the interval that together show what each bar shows."""
    step_ns = series.interval_ns // 4
    opened = series.opened_at_ns[:, None] + np.arange(4) * step_ns
    # From the open to the low, to the high, to the close, and there until the end.
    points = (series.open, series.low, series.high, series.close, series.close)
    opens, closes = np.column_stack(points[:4]).ravel(), np.column_stack(points[1:]).ravel()
    return BarSeries(
        series.symbol,
        step_ns,
        opened.ravel(),
        opens,
        np.maximum(opens, closes),
        np.minimum(opens, closes),
        closes,
        np.repeat(series.volume / 4, 4),
    )


@settings(max_examples=10)
@given(seed=seeds, symbol=st.sampled_from(["BTCUSDT", "ETHUSDT"]))
def test_finer_bars_of_one_instrument_do_not_pass_for_a_look_ahead(seed: int, symbol: str) -> None:
    history = market(seed)
    finer = evolve(history, detail={symbol: quarters(history.bars[symbol])})

    assert run_backtest(two_strategies(finer)).certificate.is_clean


# Truncation invariance


def assert_begins_with(full: RunLog, cut: RunLog, cut_ns: int) -> None:
    """Whatever was decided by the cut, sent before it or filled before it is the same, and nothing else was."""
    assert [each for each in full.decisions if each.at_ns <= cut_ns] == cut.decisions
    assert full.orders[: len(cut.orders)] == cut.orders
    assert all(order.at_ns >= cut_ns for order in full.orders[len(cut.orders) :])
    assert full.fills[: len(cut.fills)] == cut.fills
    assert all(fill.executed_at_ns >= cut_ns for fill in full.fills[len(cut.fills) :])
    assert full.trades[: len(cut.trades)] == cut.trades
    assert full.refusals[: len(cut.refusals)] == cut.refusals
    assert full.equity[: len(cut.equity)] == cut.equity


@settings(max_examples=25)
@given(seed=seeds, row=st.integers(1, N_BARS - 1))
def test_cutting_the_history_changes_nothing_before_the_cut(seed: int, row: int) -> None:
    plan = two_strategies(market(seed))
    cut_ns = int(plan.history.bars["BTCUSDT"].closed_at_ns[row])

    full = run_backtest(plan).log
    cut = run_backtest(evolve(plan, history=plan.history.known_by(cut_ns), n_samples=1)).log

    assert_begins_with(full, cut, cut_ns)


@given(world=worlds(), row=st.integers(1, 28))
def test_cutting_the_history_of_any_strategies_changes_nothing_before_the_cut(world: World, row: int) -> None:
    cut_ns = int(world.history.bars["COINUSDT"].closed_at_ns[row])

    full = world.perform().engine.log
    cut = evolve(world, history=world.history.known_by(cut_ns)).perform().engine.log

    assert_begins_with(full, cut, cut_ns)


# Price-unit invariance


def changed(series: BarSeries, change: Callable[[Float64Array], Float64Array], *, swap: bool = False) -> BarSeries:
    """Return the bars at other prices; `swap` where what was high becomes low."""
    first, second = ("low", "high") if swap else ("high", "low")
    return BarSeries(
        series.symbol,
        series.interval_ns,
        series.opened_at_ns,
        change(series.open),
        change(getattr(series, first)),
        change(getattr(series, second)),
        change(series.close),
        series.volume,
    )


def bars_only(seed: int) -> MarketHistory:
    """Leave out marks and funding: payments are rounded to the venue's cash step, whatever the unit."""
    return MarketHistory(bars=market(seed).bars)


def in_unit(history: MarketHistory, power: int) -> MarketHistory:
    def scaled(prices: Float64Array) -> Float64Array:
        return np.array([float(exact(price).scaleb(power)) for price in prices.tolist()])

    return MarketHistory(bars={symbol: changed(series, scaled) for symbol, series in history.bars.items()})


def instrument_in_unit(symbol: str, power: int) -> Instrument:
    plain = plain_instrument(symbol, taker_rate="0")
    rows = [
        (each.notional_floor.scaleb(power), each.notional_cap.scaleb(power), each.maintenance_rate, each.leverage_max)
        for each in plain.margins[0].brackets
    ]
    return evolve(
        plain,
        tick_size=plain.tick_size.scaleb(power),
        notional_min=plain.notional_min.scaleb(power),
        margins=(MarginSchedule.from_rows(rows),),
    )


def plan_in_unit(seed: int, power: int) -> BacktestPlan:
    history = in_unit(bars_only(seed), power)
    return trend_plan(
        history,
        parameters=QUICK,
        rules=FRICTIONLESS,
        risk=only_limits(Decimal(10**12).scaleb(power), Decimal(1000)),
        instruments={symbol: instrument_in_unit(symbol, power) for symbol in history.symbols},
        start_equity=Decimal(1_000_000).scaleb(power),
        n_samples=2,
    )


def essence(trade: RoundTrip, power: int = 0) -> tuple[object, ...]:
    """Return what a trade is, with its money and prices brought back to the original unit."""
    exit_price = None if trade.exit_price is None else trade.exit_price.scaleb(-power)
    return (
        trade.symbol,
        trade.direction,
        trade.quantity,
        trade.entered_at_ns,
        trade.entry_price.scaleb(-power),
        trade.exited_at_ns,
        exit_price,
        trade.gross_pnl.scaleb(-power),
        trade.exit_reason,
    )


@settings(max_examples=15)
@given(seed=seeds, power=st.sampled_from([-2, -1, 1, 2]))
def test_in_another_price_unit_everything_happens_alike_and_money_is_scaled_exactly(seed: int, power: int) -> None:
    one, other = run_backtest(plan_in_unit(seed, 0)), run_backtest(plan_in_unit(seed, power))

    assert [(each.at_ns, each.symbol, each.signal.action, each.target_quantity) for each in one.log.decisions] == [
        (each.at_ns, each.symbol, each.signal.action, each.target_quantity) for each in other.log.decisions
    ]
    assert len(one.log.decisions) > 10
    assert [(each.at_ns, each.purpose, each.terms.side, each.terms.quantity) for each in one.log.orders] == [
        (each.at_ns, each.purpose, each.terms.side, each.terms.quantity) for each in other.log.orders
    ]
    assert [(fill.quantity, fill.price) for fill in one.log.fills] == [
        (fill.quantity, fill.price.scaleb(-power)) for fill in other.log.fills
    ]
    assert [essence(trade) for trade in one.log.trades] == [essence(trade, power) for trade in other.log.trades]
    assert one.identity.end_equity == other.identity.end_equity.scaleb(-power)


# Long/short mirror


def mirrored(history: MarketHistory) -> MarketHistory:
    """Reflect each instrument's prices in the middle between its extremes: exactly, in hundredths."""

    def reflection(series: BarSeries) -> Callable[[Float64Array], Float64Array]:
        extremes = exact(float(series.low.min())) + exact(float(series.high.max()))
        return lambda prices: np.array([float(extremes - exact(price)) for price in prices.tolist()])

    return MarketHistory(
        bars={symbol: changed(series, reflection(series), swap=True) for symbol, series in history.bars.items()}
    )


@settings(max_examples=15)
@given(seed=seeds)
def test_in_a_mirrored_market_the_trades_are_mirrored_and_earn_the_same(seed: int) -> None:
    history = bars_only(seed)
    without_stops = evolve(QUICK, stop_atr=None, target_atr=None)
    instruments: Mapping[str, Instrument] = {
        symbol: plain_instrument(symbol, taker_rate="0") for symbol in history.symbols
    }

    there, back = (
        run_backtest(trend_plan(each, parameters=without_stops, instruments=instruments, n_samples=2))
        for each in (history, mirrored(history))
    )

    assert len(there.log.trades) > 10
    assert [
        (trade.symbol, trade.direction, trade.entered_at_ns, trade.exited_at_ns, trade.gross_pnl)
        for trade in there.log.trades
    ] == [
        (trade.symbol, -trade.direction, trade.entered_at_ns, trade.exited_at_ns, trade.gross_pnl)
        for trade in back.log.trades
    ]
    assert there.identity.end_equity == back.identity.end_equity


@settings(max_examples=15)
@given(seed=seeds)
def test_a_stop_in_a_mirrored_market_is_hit_in_the_same_bar_at_the_mirrored_price(seed: int) -> None:
    history = bars_only(seed)
    with_stops = evolve(QUICK, stop_atr=0.5, target_atr=1.0)
    there, back = (
        run_backtest(trend_plan(each, parameters=with_stops, n_samples=2)) for each in (history, mirrored(history))
    )

    # Triggers are rounded to the tick towards the entry or away from it, which mirrors as well.
    assert len(there.log.fills) > 20
    assert [(fill.executed_at_ns, fill.side) for fill in there.log.fills] == [
        (fill.executed_at_ns, fill.side.opposite) for fill in back.log.fills
    ]


def test_venues_made_by_a_plan_are_independent_of_each_other() -> None:
    plan = two_strategies(market(1))

    one, other = plan.make_venue(), plan.make_venue()
    one.deposit(Decimal(5))

    assert isinstance(other, SimulatedVenue)
    assert other.wallet_balance == 0
