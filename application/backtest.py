"""The backtest: one history, one decision core, one venue, one result that balances."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from functools import partial
from hashlib import sha256
from typing import Any, Final

import numpy as np
from attrs import Factory, evolve, field, frozen, validators

from application.errors import ReplayError
from application.held_decimals import DecimalContextError, held_decimals, look_after_each
from application.market_history import MarketHistory
from application.ports.backtest_venue import BacktestVenue
from application.ports.decision_watch import DecisionWatch, OpenQuestion
from application.ports.strategy import PairedStrategy, Strategy
from application.regimes.regime_plan import RegimePlan
from application.replay.certificate import Certificate, Certification, Certifier, LaterCertification
from application.replay.checked_fits import CheckedFits
from application.replay.driver import Progress, ReplayDriver, ignore_progress
from application.replay.evidence import EvidenceCollector, Sample
from application.results.accounting import AccountingIdentity, account_for
from application.results.excursions import measure_excursions
from application.results.fingerprint import fingerprint
from application.results.result import Assumption, Hashes, RunResult, measure_exposure, measure_trades
from application.trading.account_view import AccountTerms
from application.trading.allocation import Allocator
from application.trading.book import InstrumentBook
from application.trading.engine import TradingEngine
from application.trading.hedged_pair import HedgedPair, Leg, PairLeg
from application.trading.order_ids import CountingOrderIds
from application.trading.records import RunLog
from application.trading.risk_measurement import measure_use
from application.trading.shadow_record import ShadowRecord
from application.trading.share import Share
from application.trading.share_exits import ShareExits
from domain.allocation.allocation_settings import AllocationSettings
from domain.as_of import AsOfView
from domain.exits import PLAIN, ExitPlan
from domain.instrument import Instrument
from domain.numbers import ZERO, exact
from domain.order import TriggerPrice
from domain.pairs import HedgeRules, pairs_among
from domain.performance import Performance, measure_performance
from domain.position import Position
from domain.risk.gate import RiskGate
from domain.risk.settings import RiskSettings
from domain.sizing import KellyAndRisk, Sizing
from domain.time_units import NS_PER_SECOND

# What the replay takes of the time where the certificate is made afterwards; the rest is the certificate's.
_REPLAY_SHARE: Final = 0.7

MakeStrategy = Callable[[MarketHistory], Strategy]
"""Builds a strategy for one instrument. It may look at the history it is given, and at nothing else."""


MakeRegimes = Callable[[MarketHistory], RegimePlan]
"""Says how markets are judged. It may look at the history it is given, and at nothing else."""

MakePaired = Callable[[MarketHistory], PairedStrategy]
"""Builds a strategy for a contract and its coins, as `MakeStrategy` does for one instrument."""


@frozen(kw_only=True)
class PairPlan:
    """A strategy that holds contracts and their coins as one.

    Attributes:
        make: Builds an instance; each contract whose coins are among the strategy's symbols gets its own.
        rules: How long and how much of one leg may stand alone.
    """

    make: MakePaired
    rules: HedgeRules = Factory(HedgeRules)


@frozen(kw_only=True)
class StrategyPlan:
    """One strategy on one or more instruments; each instrument, or pair of them, gets an instance of its own.

    Attributes:
        name: Unique within the run.
        symbols: Instruments it trades.
        make: Builds an instance, or says how contracts and their coins are held as one.
        sizing: How its entries are sized.
        exits: How it leaves positions beside its own signals.
        kind: By which the account is shared; empty where it is not.
    """

    name: str
    symbols: tuple[str, ...]
    make: MakeStrategy | PairPlan
    sizing: Sizing
    exits: ExitPlan = PLAIN
    kind: str = ""


@frozen(kw_only=True)
class BacktestPlan:
    """Everything that a backtest needs; the container makes it from the configuration.

    Attributes:
        name: As configured.
        history: The market.
        start_equity: Deposited before the first event, quote currency, positive.
        instruments: Trading rules by symbol.
        strategies: What trades.
        risk: How the account is protected.
        gate: Judges every order, by the limits of `risk`, and was checked; None for one that nobody has checked.
        make_venue: Builds the venue, empty.
        trigger_by: Which price triggers protective orders.
        terms: What the account is.
        sample: Source of randomness of the certificate.
        n_samples: Moments that the certificate checks.
        allocation: By what the account is shared among strategies; None lets each use all of it.
        regimes: Says how the market of each instrument is judged; None judges none.
        half_spread: What a taker pays beside the fee, fraction of the price; signals that are followed pay it too.
        assumptions: What is taken for granted, beyond what the history notes.
        code_hash: Of the product's source.
        config_hash: Of the configuration.
        watch: Interrupts strategies that take too long; None for nobody.
        beside: Makes decisions again while the run goes on, as `certification` of the same plan would; None where that
            is done afterwards, in the same process.
    """

    name: str
    history: MarketHistory
    start_equity: Decimal = field(validator=validators.gt(ZERO))
    instruments: Mapping[str, Instrument]
    strategies: tuple[StrategyPlan, ...]
    risk: RiskSettings
    make_venue: Callable[[], BacktestVenue]
    sample: Sample
    n_samples: int = 20
    allocation: AllocationSettings | None = None
    regimes: MakeRegimes | None = None
    half_spread: Decimal = ZERO
    trigger_by: TriggerPrice = TriggerPrice.LAST
    terms: AccountTerms = Factory(AccountTerms)
    assumptions: tuple[Assumption, ...] = ()
    code_hash: str = ""
    config_hash: str = ""
    gate: RiskGate | None = None
    watch: DecisionWatch | None = None
    beside: Callable[[], AbstractContextManager[Certifier]] | None = None


def run_backtest(plan: BacktestPlan, progress: Progress = ignore_progress) -> RunResult:
    """Run the history through the decision core and the venue, and account for every unit.

    Raises:
        ReplayError: The books do not balance, or engine and venue disagree about them.
        DomainError: Venue and engine contradict each other on the way.
        DecimalContextError: Something replaces the decimal context, and no strategy that is asked does.
    """
    try:
        return _run_held(plan, build_engine, progress)
    except DecimalContextError:
        # Somebody replaced it, nobody knows who and when: all again, slower, so that it is that strategy that fails.
        return _run_held(evolve(plan, beside=None), _build_looked_after, progress)


def _run_held(plan: BacktestPlan, build: Callable[..., TradingEngine], progress: Progress) -> RunResult:
    question = OpenQuestion()
    build = partial(build, question=question)
    with held_decimals(), nullcontext() if plan.watch is None else plan.watch.watching(question):
        if plan.beside is not None:
            with plan.beside() as certifier:
                return _run_watched(plan, build, certifier, progress)
        later = LaterCertification(
            _certification(plan, build), lambda done: progress(_REPLAY_SHARE + done * (1.0 - _REPLAY_SHARE))
        )
        return _run_watched(plan, build, later, lambda done: progress(done * _REPLAY_SHARE))


def _run_watched(
    plan: BacktestPlan, build: Callable[..., TradingEngine], certifier: Certifier, progress: Progress
) -> RunResult:
    engine, venue = build(plan, plan.history), plan.make_venue()
    venue.deposit(plan.start_equity)
    driver = ReplayDriver(plan.history, engine, venue, progress)
    driver.passed = EvidenceCollector(engine.log, driver.told, plan.sample, plan.n_samples, certifier.take).passed
    driver.run()
    identity = _balanced_books(plan, engine, venue)
    return _result(plan, engine, identity, certifier.result())


def certification(plan: BacktestPlan, question: OpenQuestion) -> Certification:
    """Return what makes decisions of a run of this plan again.

    Args:
        plan: Of the run.
        question: Where it is said what is being asked.
    """
    return _certification(plan, partial(build_engine, question=question))


def _certification(plan: BacktestPlan, build: Callable[..., TradingEngine]) -> Certification:
    again = _with_checked_fits(plan)
    return Certification(plan.history, lambda known: build(again, known, keeps_curve=False))


def _with_checked_fits(plan: BacktestPlan) -> BacktestPlan:
    """Return the plan with models of regimes that are held against the bars they are said to be learned from."""
    make = plan.regimes
    if make is None:
        return plan

    def checked(known: MarketHistory) -> RegimePlan:
        regimes = make(known).without_judgements()
        return evolve(regimes, fitting=CheckedFits(regimes.fitting))

    return evolve(plan, regimes=checked)


def build_engine(
    plan: BacktestPlan, history: MarketHistory, *, keeps_curve: bool = True, question: OpenQuestion | None = None
) -> TradingEngine:
    """Build a fresh decision core whose strategies may look at this history at most.

    Args:
        plan: What trades, and how.
        history: What strategies may look at.
        keeps_curve: Whether every moment of decision adds a point to the equity curve.
        question: Where it is said what is being asked; None where nobody watches.
    """
    books = {symbol: _build_book(plan, symbol, history) for symbol in plan.history.symbols}
    gate = RiskGate(plan.risk.limits) if plan.gate is None else plan.gate
    engine = TradingEngine(
        books,
        plan.risk,
        CountingOrderIds("bt"),
        plan.trigger_by,
        keeps_curve,
        plan.terms,
        gate,
        _build_allocator(plan),
        _build_regimes(plan, history),
        _build_pairs(plan.strategies, books),
        OpenQuestion() if question is None else question,
    )
    engine.deposit(plan.start_equity)
    return engine


def _build_regimes(plan: BacktestPlan, history: MarketHistory) -> RegimePlan | None:
    if plan.regimes is None:
        return None
    regimes = plan.regimes(history)
    # Whoever has judged nothing beforehand does not look at the history either.
    return regimes.judging(history.bars) if regimes.judged else regimes


def _build_looked_after(plan: BacktestPlan, history: MarketHistory, **others: Any) -> TradingEngine:  # noqa: ANN401  # as above
    engine = build_engine(plan, history, **others)
    look_after_each(share for book in engine.books.values() for share in book.shares)
    return engine


def _build_allocator(plan: BacktestPlan) -> Allocator | None:
    if plan.allocation is None:
        return None
    return Allocator(plan.allocation, {strategy.name: strategy.kind for strategy in plan.strategies})


def _build_book(plan: BacktestPlan, symbol: str, history: MarketHistory) -> InstrumentBook:
    shares = [
        _build_share(strategy, symbol, history, plan) for strategy in plan.strategies if symbol in strategy.symbols
    ]
    suspensions = [gap for gap in plan.history.suspensions if gap.symbol == symbol]
    return InstrumentBook(plan.instruments[symbol], shares, suspensions)


def _build_pairs(plans: Iterable[StrategyPlan], books: Mapping[str, InstrumentBook]) -> tuple[HedgedPair, ...]:
    return tuple(
        _build_pair(plan.make.rules, *(_leg(books[symbol], plan.name) for symbol in symbols))
        for plan in plans
        if isinstance(plan.make, PairPlan)
        for symbols in pairs_among(plan.symbols)
    )


def _build_pair(rules: HedgeRules, contract: Leg, coins: Leg) -> HedgedPair:
    told = contract.share.strategy
    if not isinstance(told, PairLeg):
        raise TypeError(f"{contract.share.name}: no leg of a pair in {contract.book.instrument.symbol}")
    return HedgedPair(told.decides, contract, coins, rules)


def _leg(book: InstrumentBook, name: str) -> Leg:
    return Leg(book, next(share for share in book.shares if share.name == name))


def _build_share(plan: StrategyPlan, symbol: str, history: MarketHistory, run: BacktestPlan) -> Share:
    strategy = PairLeg(plan.make.make(history)) if isinstance(plan.make, PairPlan) else plan.make(history)
    exits = None if plan.exits.is_plain else ShareExits(plan.exits)
    lookback_bars, shadow = strategy.lookback_bars, None
    if isinstance(plan.sizing, KellyAndRisk):
        lookback_bars = max(lookback_bars, plan.sizing.atr_bars + 1)
    if isinstance(plan.sizing, KellyAndRisk) or (run.allocation is not None and run.allocation.needs_evidence):
        shadow = _build_shadow(plan, run, run.instruments[symbol].fees.taker_rate)
    view = AsOfView(symbol, lookback_bars)
    position = Position(symbol)
    return Share(
        plan.name,
        strategy,
        plan.sizing,
        view,
        position,
        exits=exits,
        shadow=shadow,
        is_leg=isinstance(strategy, PairLeg),
    )


def _build_shadow(plan: StrategyPlan, run: BacktestPlan, taker_rate: Decimal) -> ShadowRecord:
    estimates = run.risk.estimates
    return ShadowRecord(
        estimates.window_samples,
        cost=float(taker_rate + run.half_spread),
        interval_ns=estimates.interval_s * NS_PER_SECOND,
        plan=plan.exits,
        taker_rate=taker_rate,
    )


def _balanced_books(plan: BacktestPlan, engine: TradingEngine, venue: BacktestVenue) -> AccountingIdentity:
    """Account for the run and compare three sets of books: the executions', the engine's and the venue's."""
    engine.ledger.check()
    if engine.ledger.wallet_balance != venue.wallet_balance or engine.equity != venue.equity:
        raise ReplayError(
            f"the books disagree: wallet {engine.ledger.wallet_balance} and equity {engine.equity} by the reports, "
            f"{venue.wallet_balance} and {venue.equity} at the venue"
        )
    marks = {symbol: exact(book.mark) for symbol, book in engine.books.items() if book.mark > 0}
    identity = account_for(engine.log, marks, start_equity=plan.start_equity, end_equity=venue.equity)
    if identity.difference != 0:
        raise ReplayError(f"the accounting identity fails by {identity.difference}: {identity}")
    return identity


def _result(
    plan: BacktestPlan, engine: TradingEngine, identity: AccountingIdentity, certificate: Certificate
) -> RunResult:
    log, history = engine.log, plan.history
    open_trades = tuple(engine.open_trades())
    hashes = Hashes(
        data=_data_hash(plan),
        code=plan.code_hash,
        config=plan.config_hash,
        result=fingerprint(log, identity, open_trades),
    )
    notes = tuple(Assumption("data", note, "Found while loading.") for note in history.notes)
    return RunResult(
        run_id=hashes.run_id,
        name=plan.name,
        is_synthetic=history.is_synthetic,
        start_ns=history.start_ns,
        end_ns=history.end_ns,
        n_bars=sum(len(series) for series in history.bars.values()),
        symbols=history.symbols,
        identity=identity,
        certificate=certificate,
        performance=_performance(log, plan),
        trade_figures=measure_trades(log, open_trades),
        exposure=measure_exposure(log),
        assumptions=plan.assumptions + notes,
        open_trades=open_trades,
        log=log,
        hashes=hashes,
        excursions=measure_excursions((*log.trades, *open_trades), history),
        risk_use=measure_use(engine),
    )


def _data_hash(plan: BacktestPlan) -> str:
    """Return the SHA-256 over the market and the trading rules that held in it, as hexadecimal text."""
    digest = sha256(plan.history.content_hash().encode())
    for symbol in plan.history.symbols:
        digest.update(f"{symbol}|{plan.instruments[symbol].content_hash()}".encode())
    return digest.hexdigest()


def _performance(log: RunLog, plan: BacktestPlan) -> Performance:
    return measure_performance(
        np.asarray(log.equity_at_ns, dtype=np.int64),
        np.asarray(log.equity, dtype=np.float64),
        start_equity=float(plan.start_equity),
        started_at_ns=plan.history.start_ns,
    )
