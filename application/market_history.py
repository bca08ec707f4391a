"""All market data of one run, checked to fit together."""

from collections.abc import Mapping
from hashlib import sha256

from attrs import Factory, field, frozen

from application.errors import DataError
from domain.instrument import is_spot
from domain.market import BarSeries, FundingEvent
from domain.rule_book import InstrumentChanged


@frozen
class Suspension:
    """A stretch in which one instrument must not be held, because its data has a hole there.

    Attributes:
        symbol: Instrument.
        start_ns: From the decision at this instant on what is held is closed and nothing is opened.
        end_ns: First instant at which it may be traded again.
        reason: Why, in words for the report.
    """

    symbol: str
    start_ns: int
    end_ns: int
    reason: str


@frozen(kw_only=True)
class SourceQuality:
    """How far one series of a run can be believed.

    Attributes:
        symbol: Instrument.
        kind: What the series is: ``bars``, ``mark`` or ``detail``.
        score: 0 to 1; see `domain.data_quality.series_quality.Score`.
        verdict: In one word.
        worst: The gravest finding in plain language; empty where nothing counts against the series.
    """

    symbol: str
    kind: str
    score: float
    verdict: str
    worst: str


@frozen(kw_only=True)
class MarketHistory:
    """Everything the market showed in one period, by instrument.

    Attributes:
        bars: The bars that strategies decide on; one interval per instrument.
        funding: Settlements in time order; assumed ones are marked so. None of a spot pair.
        marks: Bars of the mark price. An instrument without them is marked at its last price, as spot always is.
        detail: Finer bars on which orders are matched; the bar itself decides where they are missing.
        suspensions: Stretches that must not be traded.
        rule_changes: Changes of the trading rules after the start, by time and then by symbol.
        is_synthetic: Whether any of it was generated rather than observed.
        notes: What was assumed while loading, one sentence each.
        qualities: How far each series read can be believed; empty for a generated market.

    Raises:
        DataError: A spot pair has funding or mark prices.
    """

    bars: Mapping[str, BarSeries]
    funding: Mapping[str, tuple[FundingEvent, ...]] = Factory(dict)
    marks: Mapping[str, BarSeries] = Factory(dict)
    detail: Mapping[str, BarSeries] = Factory(dict)
    suspensions: tuple[Suspension, ...] = ()
    rule_changes: tuple[InstrumentChanged, ...] = ()
    is_synthetic: bool = field(default=False)
    notes: tuple[str, ...] = ()
    qualities: tuple[SourceQuality, ...] = ()

    def __attrs_post_init__(self) -> None:
        for symbol in filter(is_spot, self.bars):
            if len(self.funding.get(symbol, ())) or len(self.marks.get(symbol, ())):
                raise DataError(f"{symbol}: a spot pair has neither funding nor mark prices")

    @property
    def symbols(self) -> tuple[str, ...]:
        """Instruments in alphabetical order."""
        return tuple(sorted(self.bars))

    @property
    def start_ns(self) -> int:
        """Open of the earliest bar."""
        return min(int(series.opened_at_ns[0]) for series in self.bars.values())

    @property
    def end_ns(self) -> int:
        """Close of the latest bar."""
        return max(int(series.opened_at_ns[-1]) + series.interval_ns for series in self.bars.values())

    def known_by(self, at_ns: int) -> "MarketHistory":
        """Return what was known at this instant: closed bars, settled funding, rules in force. Shares no arrays."""
        return MarketHistory(
            bars={symbol: series.known_by(at_ns) for symbol, series in self.bars.items()},
            funding={
                symbol: tuple(event for event in events if event.settled_at_ns <= at_ns)
                for symbol, events in self.funding.items()
            },
            marks={symbol: series.known_by(at_ns) for symbol, series in self.marks.items()},
            detail={symbol: series.known_by(at_ns) for symbol, series in self.detail.items()},
            suspensions=self.suspensions,
            rule_changes=tuple(change for change in self.rule_changes if change.at_ns <= at_ns),
            is_synthetic=self.is_synthetic,
            notes=self.notes,
            qualities=self.qualities,
        )

    def content_hash(self) -> str:
        """Return the SHA-256 over all series, events and changes of rules, as hexadecimal text."""
        digest = sha256(f"synthetic={self.is_synthetic}".encode())
        for kind, table in (("bars", self.bars), ("marks", self.marks), ("detail", self.detail)):
            for symbol in sorted(table):
                digest.update(f"{kind}|{symbol}|{table[symbol].content_hash()}".encode())
        for symbol in sorted(self.funding):
            for event in self.funding[symbol]:
                digest.update(f"{symbol}|{event.settled_at_ns}|{event.rate}|{event.is_assumed}".encode())
        for gap in self.suspensions:
            digest.update(f"{gap.symbol}|{gap.start_ns}|{gap.end_ns}".encode())
        for change in self.rule_changes:
            digest.update(f"rules|{change.symbol}|{change.at_ns}|{change.instrument.content_hash()}".encode())
        return digest.hexdigest()
