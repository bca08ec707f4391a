"""What a backtest takes for granted, put into words: one line per rule, cost and source."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Final

from adapters.market_data.mark_bars import STAND_INS
from adapters.market_data.quality_gate import shown_score
from application.market_history import MarketHistory
from application.results.result import Assumption
from domain.funding_schedule import AssumeRate, FundingHolePolicy, RefuseHoles
from domain.instrument import is_spot
from domain.rule_book import RuleBook
from domain.strategies.funding_arbitrage import FundingArbitrageParameters
from domain.time_units import format_interval
from entrypoints.configuration.risk_checks import risk_warnings
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.configuration.structuring import plain_decimal
from entrypoints.own_code.own_strategy import OwnStrategy
from entrypoints.rule_assumptions import rule_assumptions

_RULES_OF_BARS: Final = (
    Assumption(
        "market_orders", "next open", "An order decided at a bar's close fills at the next bar's open or later."
    ),
    Assumption("stop_gaps", "open beyond the stop", "A stop that price jumps over fills at the open behind it."),
    Assumption("funding", "mark price", "Paid on what is held at each settlement, at the last known mark."),
    Assumption("liquidation", "mark price", "Judged over the whole range of each mark bar, by brackets."),
    Assumption("rounding", "against the account", "Prices go to the worse tick, quantities down to the lot."),
    Assumption("costs", "modeled", "Spread and impact are estimates; no order book was observed."),
)

_SPOT: Final = "Paid in full, never short, valued at its last price; without funding, margin and liquidation."

_HEDGED: Final = ("hedged", "Coins are held against the contract; cash moves between the two wallets at once.")
_DIRECTIONAL: Final = ("directional", "Nothing is held against the contract: it carries the whole risk of the price.")


def assumptions_of(
    configuration: RunConfiguration, books: Mapping[str, RuleBook], history: MarketHistory
) -> tuple[Assumption, ...]:
    """Return everything that a run takes for granted, beyond what the history notes itself."""
    return (
        *_venue_costs(configuration),
        *_RULES_OF_BARS,
        _within_a_bar(history),
        *_moving_stops(configuration),
        *_account(configuration),
        *carry_assumptions(configuration),
        *_own_code(configuration),
        *_risk_warnings(configuration),
        *chain.from_iterable(
            (
                *rule_assumptions(books[symbol], history.start_ns, history.end_ns),
                *_sources(configuration, symbol, history),
            )
            for symbol in history.symbols
        ),
        *_funding_holes(configuration),
        *_quality_limit(configuration),
    )


def _venue_costs(configuration: RunConfiguration) -> Iterator[Assumption]:
    venue = configuration.venue
    spread, impact = plain_decimal(venue.half_spread_bps), plain_decimal(venue.impact_coefficient)
    share, fills = plain_decimal(venue.volume_share_max), "touches" if venue.touch_fill else "trades through"
    yield Assumption("latency_ms", str(venue.latency_ms), "From sending an order to its arrival.")
    yield Assumption("half_spread_bps", spread, "Paid by every taker.")
    yield Assumption("impact_coefficient", impact, "Times volatility × √(quantity / mean volume), of every taker.")
    window = str(venue.volatility_window_bars)
    yield Assumption("volatility_window_bars", window, "Closed bars behind volatility and mean volume.")
    yield Assumption("limit_fills", fills, "A resting limit fills when price does this.")
    yield Assumption("volume_share_max", share, "Largest part of a bar's volume for our resting orders.")
    taken = plain_decimal(venue.taker_volume_share_max)
    yield Assumption("taker_volume_share_max", taken, "Largest part of a bar's volume for our market orders.")


def _account(configuration: RunConfiguration) -> Iterator[Assumption]:
    account = configuration.account
    yield Assumption("margin_mode", account.margin_mode.value, "Of every position.")
    yield Assumption("leverage", str(account.leverage), "The venue's leverage setting of every instrument.")


def carry_assumptions(configuration: RunConfiguration) -> Iterator[Assumption]:
    """Yield of each strategy on funding whether anything offsets the risk of the price."""
    for section in configuration.strategies:
        if not isinstance(section.parameters, FundingArbitrageParameters):
            continue
        is_hedged = section.parameters.hedge is not None
        yield Assumption(f"{section.name}.carry", *(_HEDGED if is_hedged else _DIRECTIONAL))


def _own_code(configuration: RunConfiguration) -> Iterator[Assumption]:
    for section in configuration.strategies:
        if isinstance(section.kind, OwnStrategy):
            meaning = f"Own code, {section.kind.path.name}: SHA-256 {section.kind.sha256}. It is trusted, not confined."
            yield Assumption(f"{section.name}.code", "own", meaning)


def _risk_warnings(configuration: RunConfiguration) -> Iterator[Assumption]:
    messages: dict[str, list[str]] = {}
    for each in risk_warnings(configuration):
        messages.setdefault(each.key, []).append(each.message)
    for key, said in messages.items():
        yield Assumption(key, "warning", f"{'; '.join(said)}.")


def _sources(configuration: RunConfiguration, symbol: str, history: MarketHistory) -> Iterator[Assumption]:
    detail = history.detail.get(symbol)
    matched = "bars" if detail is None else f"{format_interval(detail.interval_ns)} bars"
    funding = _funding_source(configuration, symbol, history)
    if is_spot(symbol):
        yield Assumption(f"{symbol}.kind", "spot", _SPOT)
    else:
        yield Assumption(f"{symbol}.mark", _mark_source(symbol, history), "Values positions and triggers liquidation.")
    yield Assumption(f"{symbol}.matching", matched, "What orders are matched on.")
    if not is_spot(symbol):
        yield Assumption(f"{symbol}.funding", funding, "Settlements in the period.")
    yield from _qualities(symbol, history)


def _qualities(symbol: str, history: MarketHistory) -> Iterator[Assumption]:
    for each in history.qualities:
        if each.symbol == symbol:
            meaning = f"Worst found: {each.worst}" if each.worst else "Nothing counts against the series."
            yield Assumption(f"{symbol}.{each.kind}.quality", f"{shown_score(each.score)} {each.verdict}", meaning)


def _within_a_bar(history: MarketHistory) -> Assumption:
    meaning = "Where a bar reaches stop and target, the stop is filled."
    if history.detail:
        meaning += " Where finer bars are given, the finer bars decide."
    return Assumption("within_a_bar", "stop before target", meaning)


def _moving_stops(configuration: RunConfiguration) -> Iterator[Assumption]:
    names = [each.name for each in configuration.strategies if each.exits.moves_stops]
    if names:
        meaning = f"Of {', '.join(names)}: by the best price of each closed bar; one that its close has passed is left."
        yield Assumption("moving_stops", "at the close of a bar", meaning)


def _mark_source(symbol: str, history: MarketHistory) -> str:
    if symbol not in history.marks:
        return "last price"
    source = "generated mark bars" if history.is_synthetic else "mark bars"
    # A completed series does not show which of its bars are stand-ins; the note made while loading does.
    begin = f"{symbol}: "
    notes = (note.removeprefix(begin) for note in history.notes if note.startswith(begin))
    return "; ".join((source, *(note.rstrip(".") for note in notes if note.endswith(STAND_INS))))


def _funding_source(configuration: RunConfiguration, symbol: str, history: MarketHistory) -> str:
    events = history.funding.get(symbol)
    if events is None:
        return "none: nothing is paid"
    assumed = sum(1 for event in events if event.is_assumed)
    source = "generated" if configuration.synthetic is not None else "published"
    return f"{len(events) - assumed:,} {source}, {assumed:,} assumed"


def _funding_holes(configuration: RunConfiguration) -> Iterable[Assumption]:
    if configuration.data is None:
        return ()
    name, meaning = "missing_funding", "What is done where funding rates are missing."
    if isinstance(configuration.data.missing_funding, AssumeRate):
        meaning += " An assumed rate above 0 is paid by longs and received by shorts, so it can be in our favor."
    return (Assumption(name, _policy_in_words(configuration.data.missing_funding), meaning),)


def _quality_limit(configuration: RunConfiguration) -> Iterator[Assumption]:
    if configuration.data is not None:
        limit = f"{configuration.data.quality_min:g}"
        yield Assumption("quality_min", limit, "Series that score lower are refused; 0 refuses none.")


def _policy_in_words(policy: FundingHolePolicy) -> str:
    if isinstance(policy, AssumeRate):
        return f"assume {plain_decimal(policy.rate)}"
    return "refuse" if isinstance(policy, RefuseHoles) else "skip"
