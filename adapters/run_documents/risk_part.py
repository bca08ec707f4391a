"""What the result document says of risk control. Field order here is key order in the file."""

from typing import Annotated

from msgspec import Meta, Struct

from adapters.run_documents.field_types import Count, Figure, Instant, Money, Rate
from domain.risk.drawdown_levels import DrawdownLevel
from domain.risk.loss_limits import LossRule
from domain.risk.trading_state import HoldCause, TradingState


class RefusalGroupPart(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that was refused for one reason; an order refused for two counts in both."""

    source: str
    reason: Annotated[str, Meta(description="Stable code.")]
    count: Count
    first_at: Instant
    last_at: Instant
    example: Annotated[str, Meta(description="The first one, in words.")]


class BindingPart(Struct, frozen=True, forbid_unknown_fields=True):
    """A rule or limit that bound the size of entries."""

    constraint: Annotated[str, Meta(description="Stable code.")]
    count: Annotated[Count, Meta(description="Entries that it bound.")]
    nothing: Annotated[Count, Meta(description="Of them, those that it left nothing.")]


class LevelChangePart(Struct, frozen=True, forbid_unknown_fields=True):
    """The account came to another level of the drawdown ladder."""

    at: Instant
    before: DrawdownLevel
    after: DrawdownLevel
    drawdown: Annotated[Rate, Meta(description="Fraction of the high.")]
    equity: Money
    size_factor: Annotated[Rate, Meta(description="What new sizes are multiplied by from then on.")]
    reduce_to: Annotated[
        Rate, Meta(description="Part of every position that is kept at the level; reduced on entering it from above.")
    ]
    halts: bool


class StateChangePart(Struct, frozen=True, forbid_unknown_fields=True):
    """Trading may do more or less than before."""

    at: Instant
    before: TradingState
    after: TradingState
    causes: Annotated[tuple[str, ...], Meta(description="Stable codes of all that holds trading back.")]
    reasons: Annotated[tuple[str, ...], Meta(description="The same in words, in the same order.")]


class LossBreachPart(Struct, frozen=True, forbid_unknown_fields=True):
    """A loss limit was broken."""

    at: Instant
    rule: LossRule
    lost: Annotated[Money, Meta(description="In the day or week, or by the last day or trade of the row; positive.")]
    lost_fraction: Annotated[Rate | None, Meta(description="Of equity at the start of the day or week.")]
    streak: Annotated[Count, Meta(description="Days or trades in a row; 0 for a day or week.")]


class ClearancePart(Struct, frozen=True, forbid_unknown_fields=True):
    """A person ended what held trading back."""

    at: Instant
    ended: Annotated[str, Meta(description="Code of the cause, or strategy_stopped.")]
    strategy: Annotated[str | None, Meta(description="Null for the whole account.")]
    held_since: Instant | None
    held_for: str
    person: str
    reason: str


class LikelihoodPart(Struct, frozen=True, forbid_unknown_fields=True):
    """A likelihood-ratio test."""

    statistic: Figure
    p_value: Annotated[Figure, Meta(description="Small where the forecasts are wrong.")]


class ForecastsPart(Struct, frozen=True, forbid_unknown_fields=True):
    """Value at risk of one day against what came, over the days on which something was held and enough was known."""

    days: Count
    exceedances: Annotated[Count, Meta(description="Days whose loss went beyond the forecast.")]
    confidence: Figure
    expected: Annotated[Figure, Meta(description="How many there should have been.")]
    kupiec: Annotated[LikelihoodPart | None, Meta(description="Is their number the right one?")]
    christoffersen: Annotated[LikelihoodPart | None, Meta(description="Do they come without clusters?")]


class InstrumentUsePart(Struct, frozen=True, forbid_unknown_fields=True):
    """One instrument at the end, at the worst case of what was working."""

    symbol: str
    held: Annotated[Money, Meta(description="Value; negative for a short.")]
    worst: Annotated[Money, Meta(description="Value once everything that works has filled; not negative.")]
    alike: Annotated[Money, Meta(description="The same with instruments that move alike.")]
    liquidation_distance: Annotated[
        Figure, Meta(description="Move of the mark, fraction; null if none does, or nothing is held.")
    ]
    var_alone: Annotated[Figure, Meta(description="Value at risk of a day of it by itself, over equity.")]
    var_part: Annotated[
        Figure, Meta(description="Its part of that of everything together: they sum to it; negative for a hedge.")
    ]


class HoldPart(Struct, frozen=True, forbid_unknown_fields=True):
    """What held trading back at the end."""

    cause: HoldCause
    state: TradingState
    reason: str
    since: Instant
    needs_person: Annotated[bool, Meta(description="Whether only a person can end it.")]


class RecoveryPart(Struct, frozen=True, forbid_unknown_fields=True):
    """A drawdown that was made good."""

    start: Instant
    end: Instant
    days: float
    depth: Annotated[Rate, Meta(description="The deepest seen, fraction of the high.")]


class RecoveriesPart(Struct, frozen=True, forbid_unknown_fields=True):
    """Drawdowns from the mild level on that were made good, and the present one."""

    count: Count
    mean_days: Figure
    min_days: Figure
    max_days: Figure
    latest: Annotated[tuple[RecoveryPart, ...], Meta(description="The last hundred at most, in order of time.")]
    falling_since: Annotated[Instant | None, Meta(description="When equity left the high; null at the high.")]


class RiskUsePart(Struct, frozen=True, forbid_unknown_fields=True):
    """What was in use at the end of the run; fractions are of equity where nothing else is said."""

    at: Instant
    equity: Money
    gross_leverage: Figure
    net_leverage: Figure
    margin_ratio: Figure
    var_daily: Figure
    cvar_daily: Figure
    liquidation_probability: Annotated[Figure, Meta(description="Within 24 hours.")]
    capital_at_risk: Annotated[Figure, Meta(description="Loss if every stop is jumped over in one move.")]
    open_orders: Count
    day_pnl: Money
    week_pnl: Money
    losing_days: Count
    losing_trades: Count
    drawdown: Annotated[Figure, Meta(description="Fraction of the high.")]
    holds: tuple[HoldPart, ...]
    instruments: tuple[InstrumentUsePart, ...]
    daily_volatilities: Annotated[
        dict[str, float],
        Meta(description="By instrument, of its daily return; those of which too little is known are left out."),
    ]
    recoveries: Annotated[RecoveriesPart | None, Meta(description="Null where they were not kept.")]


class RiskPart(Struct, frozen=True, forbid_unknown_fields=True):
    """What risk control did, and what was in use at the end."""

    refused: Annotated[Count, Meta(description="Orders, each once.")]
    refusals_by_reason: tuple[RefusalGroupPart, ...]
    bindings: tuple[BindingPart, ...]
    bindings_by_month: Annotated[
        dict[str, dict[str, Count]], Meta(description="By UTC month, entries bound by each constraint.")
    ]
    deepest_level: DrawdownLevel
    last_level: DrawdownLevel
    last_state: TradingState
    held_back_days: Annotated[float, Meta(ge=0, description="How long nothing could be opened.")]
    level_changes: tuple[LevelChangePart, ...]
    state_changes: tuple[StateChangePart, ...]
    clearances: Annotated[tuple[ClearancePart, ...], Meta(description="What people ended.")]
    loss_breaches: tuple[LossBreachPart, ...]
    forecasts: ForecastsPart
    use: Annotated[RiskUsePart | None, Meta(description="Null where it was not measured.")]
