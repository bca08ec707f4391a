"""The result document of a run, as programs read it. Field order here is key order in the file.

Decimals are text, because a JSON number passes through a binary float in most readers and money must not.
Descriptions that a reader of the schema needs stand at the fields; docstrings describe the objects.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from adapters.run_documents.field_types import Count, Figure, Hash, Instant, Money, Price, Quantity, Rate
from adapters.run_documents.judgement_part import GroupPart, RegimesPart, WeightChangePart
from adapters.run_documents.risk_part import RiskPart


class PeriodPart(Struct, frozen=True, forbid_unknown_fields=True):
    """The stretch of history that the run covers."""

    start: Instant
    end: Instant
    bars: Annotated[Count, Meta(description="Bars decided upon, over all instruments.")]


class IdentityPart(Struct, frozen=True, forbid_unknown_fields=True):
    """The books: end equity - start equity = trading PnL - fees + funding + transfers + liquidation + difference."""

    start_equity: Money
    end_equity: Money
    trading_pnl: Annotated[Money, Meta(description="From prices alone, what is still held at its last mark.")]
    fees: Annotated[Money, Meta(description="Trading fees paid; rebates make it smaller.")]
    funding: Annotated[Money, Meta(description="Received minus paid.")]
    transfers: Annotated[Money, Meta(description="Deposits minus withdrawals during the run.")]
    liquidation: Annotated[Money, Meta(description="Taken over by the insurance fund minus liquidation fees.")]
    difference: Annotated[
        Money, Meta(description="What the parts do not explain: 0, or the run is not to be believed.")
    ]


class CertificatePart(Struct, frozen=True, forbid_unknown_fields=True):
    """The look-ahead check: decisions made again on history cut at the decision."""

    sampled: Annotated[Count, Meta(description="Moments checked.")]
    matched: Annotated[Count, Meta(description="Moments that came out exactly the same.")]
    decisions_replayed: Annotated[Count, Meta(description="Decisions made again on the way.")]
    first_difference: Annotated[str | None, Meta(description="When and how it differed first; null if it did not.")]


class PerformancePart(Struct, frozen=True, forbid_unknown_fields=True):
    """Return and risk of the equity curve, from daily returns; a year has 365 days."""

    total_return: Figure
    annual_return: Figure
    annual_volatility: Figure
    sharpe_ratio: Figure
    sortino_ratio: Figure
    calmar_ratio: Figure


class DrawdownPart(Struct, frozen=True, forbid_unknown_fields=True):
    """The deepest fall of the equity from a high."""

    depth: Annotated[Figure, Meta(description="Fraction of the high.")]
    peak_at: Instant
    trough_at: Instant
    recovered_at: Annotated[Instant | None, Meta(description="When the high was reached again; null if it was not.")]
    longest_days: Annotated[float, Meta(ge=0, description="Longest time below a former high, over the whole run.")]


class TradeFiguresPart(Struct, frozen=True, forbid_unknown_fields=True):
    """Figures over the closed round trips; slippage and turnover over all executions."""

    closed: Count
    open: Count
    win_rate: Annotated[Figure, Meta(description="Share with a positive net PnL.")]
    profit_factor: Annotated[Figure, Meta(description="Sum of wins over sum of losses, net.")]
    average_pnl: Annotated[Money | None, Meta(description="Mean net PnL, rounded to 1e-8.")]
    best_pnl: Money | None
    worst_pnl: Money | None
    slippage: Annotated[Money, Meta(description="Cost against the reference prices; contained in the trading PnL.")]
    turnover: Annotated[Money, Meta(description="Sum of all executed notionals.")]


class ExposurePart(Struct, frozen=True, forbid_unknown_fields=True):
    """How much was at work, over the moments of decision."""

    time_in_market: Annotated[Figure, Meta(description="Share of moments with a position.")]
    average: Annotated[Figure, Meta(description="Mean gross notional over equity.")]
    largest: Annotated[Figure, Meta(description="Largest gross notional over equity.")]


class MetricsPart(Struct, frozen=True, forbid_unknown_fields=True):
    """The figures of the run."""

    performance: PerformancePart
    drawdown: DrawdownPart
    trades: TradeFiguresPart
    exposure: ExposurePart


class AssumptionPart(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that the run took for granted."""

    name: str
    value: str
    meaning: str


class TradePart(Struct, frozen=True, forbid_unknown_fields=True):
    """One strategy's trade in one instrument, from flat to flat; still open where `exited_at` is null."""

    strategy: str
    symbol: str
    side: Literal["long", "short"]
    quantity: Annotated[Quantity, Meta(description="Largest quantity held, base units.")]
    entered_at: Instant
    entry_price: Annotated[Price, Meta(description="Average of the opening fills.")]
    exited_at: Instant | None
    exit_price: Annotated[
        Price | None, Meta(description="Average of the closing fills, of an open trade so far; null before the first.")
    ]
    gross_pnl: Annotated[Money, Meta(description="Realized on price.")]
    fees: Money
    funding: Annotated[Money, Meta(description="Received minus paid.")]
    slippage: Annotated[Money, Meta(description="Contained in gross_pnl; positive is a cost.")]
    net_pnl: Annotated[Money, Meta(description="gross_pnl - fees + funding.")]
    exit_reason: Annotated[str | None, Meta(description="Stable code; null while open.")]
    initial_risk: Annotated[
        Money | None,
        Meta(description="Largest quantity × distance to the stop that it began with; null without one."),
    ]
    r_multiple: Annotated[Figure, Meta(description="net_pnl / initial_risk; null while open or without a stop.")]
    rungs_taken: Annotated[Count, Meta(description="Rungs of its take-profit ladder that were reached.")]


class RefusalPart(Struct, frozen=True, forbid_unknown_fields=True):
    """An order that was not sent, or that the venue did not take."""

    at: Instant
    symbol: str
    source: Annotated[
        str, Meta(description="gate (our limits), size (too small to send), exits (an exit plan), netting or venue.")
    ]
    reasons: Annotated[tuple[str, ...], Meta(description="Stable codes.")]
    detail: str


class FailurePart(Struct, frozen=True, forbid_unknown_fields=True):
    """A strategy that failed in one instrument, or one pair: it was asked no more, and its share was closed."""

    at: Instant
    strategy: str
    symbol: Annotated[str, Meta(description="Instrument; of a pair the contract.")]
    kind: Annotated[
        str, Meta(description="raised (an error), invalid (no valid signal) or blocked (not answered in time).")
    ]
    error: Annotated[str, Meta(description="Class of the error.")]
    message: str
    where: Annotated[str | None, Meta(description="file:line in the strategy's own file; null where none is known.")]
    left: Annotated[Count, Meta(description="Strategies, one per instrument or pair, that had not failed by then.")]


class LiquidationPart(Struct, frozen=True, forbid_unknown_fields=True):
    """A position, or a part of one, that the venue closed because margin ran out."""

    at: Instant
    symbol: str
    side: Annotated[Literal["buy", "sell"], Meta(description="Of the closing execution.")]
    quantity: Quantity
    price: Price
    mark_price: Annotated[Price, Meta(description="The mark that triggered it.")]
    fee: Annotated[Money, Meta(description="Taker fee of the closing execution.")]
    liquidation_fee: Money
    insurance: Annotated[Money, Meta(description="Loss beyond bankruptcy that the insurance fund took over.")]


class FundingPart(Struct, frozen=True, forbid_unknown_fields=True):
    """What one instrument received and paid as funding."""

    symbol: str
    payments: Count
    received: Money
    paid: Annotated[Money, Meta(description="Not negative.")]
    net: Annotated[Money, Meta(description="Received minus paid.")]
    assumed_payments: Annotated[Count, Meta(description="How many rest on an assumed rate.")]
    assumed_net: Annotated[Money, Meta(description="What they come to.")]


class AssumedFundingPart(Struct, frozen=True, forbid_unknown_fields=True):
    """One funding payment at a rate that was assumed, because none was published."""

    at: Instant
    symbol: str
    quantity: Annotated[Quantity, Meta(description="Held at that instant, negative for a short.")]
    mark_price: Price
    rate: Rate
    payment: Annotated[Money, Meta(description="Received, negative where paid.")]


class EquityPoint(Struct, frozen=True, forbid_unknown_fields=True):
    """The equity at the last moment of decision of one UTC day; midnight ends the day before."""

    at: Instant
    equity: Annotated[Money, Meta(description="Rounded to 1e-8.")]


class BreakdownPart(Struct, frozen=True, forbid_unknown_fields=True):
    """Sums over round trips, open ones included as far as realized."""

    trades: Count
    gross: Money
    fees: Money
    funding: Money
    slippage: Annotated[Money, Meta(description="Contained in gross.")]
    net: Annotated[Money, Meta(description="gross - fees + funding.")]


class HashesPart(Struct, frozen=True, forbid_unknown_fields=True):
    """What went in and what came out."""

    data: Hash
    code: Hash
    config: Hash
    result: Annotated[Hash, Meta(description="Everything that came out; the same in every process.")]


class RunDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything worth knowing about one run."""

    schema_version: Literal[3]
    run_id: Annotated[str, Meta(min_length=1, description="The same inputs give the same name.")]
    name: str
    synthetic: Annotated[bool, Meta(description="Whether the market was generated.")]
    period: PeriodPart
    symbols: tuple[str, ...]
    identity: IdentityPart
    certificate: CertificatePart
    metrics: MetricsPart
    assumptions: tuple[AssumptionPart, ...]
    trades: Annotated[
        tuple[TradePart, ...], Meta(description="Closed ones in the order of their exits, then open ones.")
    ]
    refusals: tuple[RefusalPart, ...]
    failures: Annotated[tuple[FailurePart, ...], Meta(description="Strategies that failed.")]
    risk: RiskPart
    liquidations: tuple[LiquidationPart, ...]
    funding: tuple[FundingPart, ...]
    assumed_funding: tuple[AssumedFundingPart, ...]
    equity_curve: tuple[EquityPoint, ...]
    by_symbol: dict[str, BreakdownPart]
    by_strategy: dict[str, BreakdownPart]
    strategies: Annotated[dict[str, GroupPart], Meta(description="What each strategy's trades made.")]
    no_trade: Annotated[
        Money,
        Meta(description="Net result beyond all trades: unrealized, liquidation, and what belongs to no trade."),
    ]
    signals: Annotated[dict[str, dict[str, Count]], Meta(description="How many signals of each strategy came to what.")]
    allocation: Annotated[
        tuple[WeightChangePart, ...], Meta(description="How the account was shared; empty where each could use all.")
    ]
    regimes: Annotated[RegimesPart | None, Meta(description="Null where no market was judged.")]
    hashes: HashesPart
