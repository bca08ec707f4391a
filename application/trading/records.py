"""What the decision core leaves behind: every decision with its reason, every refusal, every trade."""

from array import array
from decimal import Decimal
from enum import Enum

from attrs import define, field, frozen

from application.venue_messages import FundingPaid, PositionLiquidated
from domain.order import ClientOrderId, Fill, OrderTerms
from domain.regime import MarketRegime, VolatilityState
from domain.risk.drawdown_ladder import LevelChange
from domain.risk.loss_limits import LossBreach
from domain.risk.trading_state import Clearance, StrategyRelease, TradingState
from domain.risk.verdict import RefusalReason
from domain.signal import Signal


class ExitReason(Enum):
    """Why a trade ended. Values are stored.

    CROSSED took another strategy's way out, which lay beyond the net position and could not be ordered. HEDGE had no
    longer the other leg that it was held against. FAILURE was left because its strategy failed.
    """

    SIGNAL = "signal"
    STOP = "stop"
    TARGET = "target"
    LIQUIDATION = "liquidation"
    SUSPENSION = "suspension"
    RISK = "risk"
    UNPROTECTED = "unprotected"
    TRAILING_STOP = "trailing_stop"
    BREAKEVEN = "breakeven"
    TAKE_PROFIT = "take_profit"
    TIME_STOP = "time_stop"
    CROSSED = "crossed"
    HEDGE = "hedge"
    FAILURE = "failure"


class FailureKind(Enum):
    """How a strategy failed. Values are stored."""

    RAISED = "raised"
    INVALID = "invalid"
    BLOCKED = "blocked"


@frozen
class Decision:
    """One signal and what came of it, made on what was known at a bar's close.

    Attributes:
        at_ns: Close of the bar.
        strategy: Name of the strategy.
        symbol: Instrument.
        signal: What the strategy said.
        target_quantity: What its share of the position should become, base units, signed.
        size_reason: Which rule or limit bound it, with the numbers; ``exit`` for an exit.
        candidates: Code and quantity of every rule and limit, infinite where it does not bind; none for an exit.
    """

    at_ns: int
    strategy: str
    symbol: str
    signal: Signal
    target_quantity: Decimal
    size_reason: str
    candidates: tuple[tuple[str, float], ...] = ()

    @property
    def bound_by(self) -> str:
        """Code of the rule or limit that bound the size."""
        return self.size_reason.partition(":")[0]


@frozen
class UnheardSignal:
    """A signal on which nothing was decided, and why not.

    One that only repeats what its strategy wants already is not recorded anywhere: nothing could come of it.

    Attributes:
        at_ns: Close of the bar.
        strategy: Name of the strategy.
        symbol: Instrument.
        signal: What the strategy said.
        why: Stable code: of the refusal that says it in words, or ``time_stop`` where what was held too long has to
            be out before it can be in again.
    """

    at_ns: int
    strategy: str
    symbol: str
    signal: Signal
    why: str


@frozen(kw_only=True)
class RegimeChange:
    """Another kind of market than at the bar before.

    Attributes:
        at_ns: Close of the bar.
        symbol: Instrument.
        regime: The direction it is taken to have from then on.
        volatility_state: How much it is taken to move.
        confidence: How sure its direction is, 0 to 1; 0 where nothing is known of it.
        volatility: Standard deviation expected of the next bar's log return; None without a model.
        reason: Why nothing is known of its direction; empty where something is.
    """

    at_ns: int
    symbol: str
    regime: MarketRegime
    volatility_state: VolatilityState
    confidence: float
    volatility: float | None
    reason: str = ""


@frozen(kw_only=True)
class WeightChange:
    """The account is shared otherwise among the strategies of an instrument than was noted before.

    Noted when its scenario changes and when something is to be opened; in between, confidence may move it.

    Attributes:
        at_ns: When.
        symbol: Instrument.
        weights: Part of the account that each strategy may use from then on, 0 to 1, by name.
    """

    at_ns: int
    symbol: str
    weights: tuple[tuple[str, float], ...]


@frozen(kw_only=True)
class UnhedgedSpell:
    """A stretch in which the legs of a pair were unequal, as decisions found them.

    Attributes:
        strategy: Name of the strategy.
        symbol: The contract of the pair.
        began_at_ns: The first decision that found it.
        ended_at_ns: The first decision that found it over; None where none did.
        bars: How many decisions found it.
        quantity: The most of it: coins beyond the contracts sold, base units; negative where these were beyond the
            coins.
        value: Of that at the contract's mark then, quote currency, never negative.
    """

    strategy: str
    symbol: str
    began_at_ns: int
    ended_at_ns: int | None
    bars: int
    quantity: Decimal
    value: Decimal


@frozen(kw_only=True)
class StrategyFailure:
    """A strategy failed in one instrument, or in one pair of them: it was asked no more, and its share was closed.

    Attributes:
        at_ns: Close of the bar that it was asked about.
        strategy: Name of the strategy.
        symbol: Instrument; of a pair the contract.
        kind: Whether it raised an error, answered what is no valid signal, or did not answer in time.
        error: Class of the error.
        message: What the error says, in one line.
        where: Innermost line of the strategy's own file, as ``file:line``; None where none is known.
        n_left: Strategies, each counted once per instrument or pair, that had not failed by then.
    """

    at_ns: int
    strategy: str
    symbol: str
    kind: FailureKind
    error: str
    message: str
    where: str | None
    n_left: int

    @property
    def cause(self) -> str:
        """What went wrong, in one line: the error, what it says, and where."""
        said = f"{self.error}: {self.message}" if self.message else self.error
        return said if self.where is None else f"{said} ({self.where})"


@frozen
class Refusal:
    """An order that was not sent, or that the venue did not take.

    Attributes:
        at_ns: When.
        symbol: Instrument.
        source: ``gate`` (our limits), ``size`` (too small to send), ``venue``, ``exits`` (the strategy's exit plan), or
            ``netting`` (what a strategy gave up because the net order of its instrument was refused or ran out of
            volume).
        reasons: Stable codes.
        detail: In words, with the numbers.
    """

    at_ns: int
    symbol: str
    source: str
    reasons: tuple[str, ...]
    detail: str


@frozen
class SentOrder:
    """An order as it went to the venue, and what for.

    Attributes:
        at_ns: When it was sent.
        client_order_id: Our name of it.
        purpose: ``open``, ``close``, ``stop`` or ``target``.
        terms: What was asked for.
        strategy: Whose share it protects; None for the net orders of an instrument.
    """

    at_ns: int
    client_order_id: ClientOrderId
    purpose: str
    terms: OrderTerms
    strategy: str | None = None


@frozen(kw_only=True)
class RoundTrip:
    """One strategy's trade in one instrument, from flat to flat; open if it has no exit.

    Attributes:
        strategy: Name of the strategy.
        symbol: Instrument.
        direction: +1 long, -1 short.
        quantity: Largest quantity held, base units.
        entered_at_ns: First fill.
        entry_price: Average price of the opening fills.
        exited_at_ns: Last fill, None while open.
        exit_price: Average price of the closing fills, None before the first.
        gross_pnl: Realized on price, quote currency.
        fees: Paid, quote currency.
        funding: Received minus paid, quote currency.
        slippage: Cost against the reference prices, contained in gross_pnl.
        exit_reason: Why it ended, None while open.
        initial_risk: Largest quantity × distance from the entry to the stop that it began with, quote currency: what
            that stop would have lost on price; None without one.
        rungs_taken: How many rungs of its take-profit ladder were reached.
    """

    strategy: str
    symbol: str
    direction: int
    quantity: Decimal
    entered_at_ns: int
    entry_price: Decimal
    exited_at_ns: int | None
    exit_price: Decimal | None
    gross_pnl: Decimal
    fees: Decimal
    funding: Decimal
    slippage: Decimal
    exit_reason: ExitReason | None
    initial_risk: Decimal | None = None
    rungs_taken: int = 0

    @property
    def net_pnl(self) -> Decimal:
        """Gross PnL minus fees plus funding."""
        return self.gross_pnl - self.fees + self.funding

    @property
    def r_multiple(self) -> float | None:
        """Net PnL over the initial risk: 2 is twice what the stop would have lost; None while open and without one."""
        if self.initial_risk is None or self.exited_at_ns is None:
            return None
        return float(self.net_pnl / self.initial_risk)


@frozen(kw_only=True)
class VarForecast:
    """One day's forecast for what was held at its start, and what holding it through the day came to.

    Attributes:
        at_ns: Start of the day.
        value_at_risk: Loss that should rarely be passed, quote currency, positive.
        expected_shortfall: Mean loss on the days on which it is, quote currency.
        outcome: PnL of exactly those positions over the day, quote currency; costs and later trades apart.
    """

    at_ns: int
    value_at_risk: float
    expected_shortfall: float
    outcome: float


@frozen(kw_only=True)
class StateRecord:
    """What trading may do has changed.

    Attributes:
        at_ns: When.
        before: What it was: ``active``, ``reducing`` or ``halted``.
        after: What it is from now on.
        causes: Codes of all that holds trading back now; none when nothing does.
        reasons: The same in words, with the numbers, in the same order.
    """

    at_ns: int
    before: TradingState
    after: TradingState
    causes: tuple[str, ...]
    reasons: tuple[str, ...]


@frozen(kw_only=True)
class ClearanceRecord:
    """A person let trading go on.

    Attributes:
        at_ns: When.
        ended: Code of what held it back: of a cause, or ``strategy_stopped``.
        strategy: Which strategy had to wait; None for the whole account.
        held_since_ns: When that had begun; None where nobody noted it.
        held_for: What it was for, in words and figures.
        person: Who decided it.
        reason: Why, in their words.
    """

    at_ns: int
    ended: str
    strategy: str | None
    held_since_ns: int | None
    held_for: str
    person: str
    reason: str


def of_hold(clearance: Clearance) -> ClearanceRecord:
    """Return the record of a hold that a person ended."""
    return ClearanceRecord(
        at_ns=clearance.cleared_at_ns,
        ended=clearance.hold.cause.value,
        strategy=None,
        held_since_ns=clearance.hold.since_ns,
        held_for=clearance.hold.reason,
        person=clearance.person,
        reason=clearance.reason,
    )


def of_strategy(release: StrategyRelease) -> ClearanceRecord:
    """Return the record of a strategy that a person let go on."""
    return ClearanceRecord(
        at_ns=release.released_at_ns,
        ended=RefusalReason.STRATEGY_STOPPED.value,
        strategy=release.strategy,
        held_since_ns=None,
        held_for="opened too often within an hour",
        person=release.person,
        reason=release.reason,
    )


@define(eq=False)
class RunLog:
    """Everything one run left behind, in the order in which it happened.

    Attributes:
        decisions: Signals and the targets they led to.
        unheard: Signals on which nothing was decided.
        orders: What was sent.
        refusals: What was not.
        fills: Executions of our orders, liquidations apart.
        liquidations: Positions that the venue closed.
        funding: Payments.
        trades: Closed round trips.
        regime_changes: Of what market each instrument is taken to be in.
        weight_changes: Of how the account is shared among the strategies of each instrument.
        failures: Strategies that failed.
        unhedged: Stretches in which legs of a pair were unequal; the last one of a pair may go on.
        level_changes: Of the drawdown ladder.
        state_changes: Of what trading may do.
        clearances: What people ended of what held trading back.
        loss_breaches: Loss limits that were broken.
        var_forecasts: What was forecast of each day, and what came.
        equity_at_ns: Instants of the equity curve, one per decision instant.
        equity: Equity at those instants, quote currency.
        exposure: Gross notional over equity at those instants.
    """

    decisions: list[Decision] = field(factory=list)
    unheard: list[UnheardSignal] = field(factory=list)
    orders: list[SentOrder] = field(factory=list)
    refusals: list[Refusal] = field(factory=list)
    fills: list[Fill] = field(factory=list)
    liquidations: list[PositionLiquidated] = field(factory=list)
    funding: list[FundingPaid] = field(factory=list)
    trades: list[RoundTrip] = field(factory=list)
    regime_changes: list[RegimeChange] = field(factory=list)
    weight_changes: list[WeightChange] = field(factory=list)
    failures: list[StrategyFailure] = field(factory=list)
    unhedged: list[UnhedgedSpell] = field(factory=list)
    level_changes: list[LevelChange] = field(factory=list)
    state_changes: list[StateRecord] = field(factory=list)
    clearances: list[ClearanceRecord] = field(factory=list)
    loss_breaches: list[LossBreach] = field(factory=list)
    var_forecasts: list[VarForecast] = field(factory=list)
    equity_at_ns: "array[int]" = field(factory=lambda: array("q"))
    equity: "array[float]" = field(factory=lambda: array("d"))
    exposure: "array[float]" = field(factory=lambda: array("d"))
