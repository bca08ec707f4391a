"""What the result document says of strategies and of the markets they were told. Field order here is key order."""

from typing import Annotated

from msgspec import Meta, Struct

from adapters.run_documents.field_types import Count, Figure, Instant, Money
from domain.regime import MarketRegime, VolatilityState


class GroupPart(Struct, frozen=True, forbid_unknown_fields=True):
    """What a group of round trips made, open ones included as far as realized."""

    trades: Annotated[Count, Meta(description="Closed and open.")]
    closed: Count
    gross: Money
    fees: Money
    funding: Money
    net: Annotated[Money, Meta(description="gross - fees + funding.")]
    win_rate: Annotated[Figure, Meta(description="Share of closed ones with a positive net.")]
    profit_factor: Annotated[Figure, Meta(description="Sum of wins over sum of losses, closed ones, net.")]
    mean_holding_hours: Annotated[Figure, Meta(description="Of closed ones.")]
    mean_r: Annotated[Figure, Meta(description="Mean net over initial risk, of closed ones that began with a stop.")]
    with_risk: Annotated[Count, Meta(description="How many these are.")]
    time_in_market: Annotated[Figure, Meta(description="Share of the run in which at least one of them was open.")]


class MadePart(Struct, frozen=True, forbid_unknown_fields=True):
    """What was made while instruments were in one scenario: what was held is valued at the closes around it."""

    gross: Annotated[Money, Meta(description="On prices, unrealized included.")]
    fees: Money
    funding: Annotated[Money, Meta(description="Received minus paid.")]
    liquidation: Annotated[Money, Meta(description="Taken over by the insurance fund minus liquidation fees.")]
    net: Annotated[Money, Meta(description="gross - fees + funding + liquidation.")]
    days: Annotated[float, Meta(ge=0, description="How long, summed over instruments.")]
    time_in_market: Annotated[Figure, Meta(description="Share of it in which something was held.")]


class RegimeSummaryPart(Struct, frozen=True, forbid_unknown_fields=True):
    """How one instrument spent the run."""

    symbol: str
    shares: Annotated[dict[str, float], Meta(description="Share of the run's time by regime.")]
    volatile_share: Annotated[float, Meta(ge=0, le=1, description="Share of the run's time at high volatility.")]
    changes: Annotated[Count, Meta(description="Of the regime; changes of volatility alone do not count.")]
    median_bars: Annotated[Figure, Meta(description="Median length of regimes that ended, in moments of decision.")]


class RegimeChangePart(Struct, frozen=True, forbid_unknown_fields=True):
    """Another kind of market from this close on; before the first one nothing is known, which is neutral and low."""

    at: Instant
    symbol: str
    regime: MarketRegime
    volatility_state: VolatilityState
    confidence: Annotated[float, Meta(description="How sure its direction is, 0 to 1.")]
    volatility: Annotated[Figure, Meta(description="Standard deviation expected of the next bar's log return.")]
    reason: Annotated[str, Meta(description="Why nothing is known of its direction; empty where something is.")]


class WeightChangePart(Struct, frozen=True, forbid_unknown_fields=True):
    """The account is shared otherwise among the strategies of an instrument than was noted before."""

    at: Instant
    symbol: str
    weights: Annotated[dict[str, float], Meta(description="Part of the account by strategy.")]


class RegimesPart(Struct, frozen=True, forbid_unknown_fields=True):
    """What markets were taken to be, and what was made of it. Scenarios are named such as bull_low."""

    summaries: tuple[RegimeSummaryPart, ...]
    changes: tuple[RegimeChangePart, ...]
    opened_in: Annotated[
        dict[str, GroupPart], Meta(description="Round trips by the scenario in which they were decided upon.")
    ]
    made_in: Annotated[
        dict[str, MadePart] | None,
        Meta(description="What was made in each scenario; null where prices are missing."),
    ]
    made_elsewhere: Annotated[
        Money | None,
        Meta(description="Net result beyond all of made_in: held positions were valued by marks beside last closes."),
    ]
