"""What the same strategies did differently in two runs, counted by kind."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from attrs import frozen

from application.results.run_record import RunRecord
from application.trading.records import RoundTrip

_Entry: TypeAlias = tuple[str, int, int, int]


@frozen(kw_only=True)
class TradeDifferences:
    """Trades of one strategy in two runs.

    Those that entered the same instrument in the same direction and the same bar are one pair: what differs by
    milliseconds of latency is the same decision.

    Attributes:
        strategy: Its name in both runs.
        alike: Pairs that are the same in every field.
        other_exit: Pairs that ended in another bar or for another reason.
        other_size: Pairs of another quantity that ended alike.
        other_money: Pairs that differ in moments within the bar, prices or costs alone.
        only_first: Trades that only the first run has.
        only_second: Trades that only the second run has.
    """

    strategy: str
    alike: int
    other_exit: int
    other_size: int
    other_money: int
    only_first: int
    only_second: int

    @property
    def counts(self) -> tuple[int, ...]:
        """How many of each kind, in the sequence in which the kinds are told."""
        return (
            self.alike,
            self.other_exit,
            self.other_size,
            self.other_money,
            self.only_first,
            self.only_second,
        )


def differing_trades(first: RunRecord, second: RunRecord) -> tuple[TradeDifferences, ...]:
    """Return how the trades of each strategy that both runs have differ, in alphabetical order."""
    intervals = {symbol: series.interval_ns for symbol, series in (*first.prices.items(), *second.prices.items())}
    one, other = _by_strategy(first), _by_strategy(second)
    return tuple(_differences(name, one[name], other[name], intervals) for name in sorted(one.keys() & other.keys()))


def _by_strategy(record: RunRecord) -> Mapping[str, list[RoundTrip]]:
    found = defaultdict(list)
    for trade in (*record.result.log.trades, *record.result.open_trades):
        found[trade.strategy].append(trade)
    return found


def _differences(
    strategy: str, first: Iterable[RoundTrip], second: Iterable[RoundTrip], intervals: Mapping[str, int]
) -> TradeDifferences:
    one, other = _by_entry(first, intervals), _by_entry(second, intervals)
    pairs = [(one[entry], other[entry]) for entry in one.keys() & other.keys()]
    kinds = Counter(_kind(before, after, intervals) for before, after in pairs)
    return TradeDifferences(
        strategy=strategy,
        alike=kinds["alike"],
        other_exit=kinds["exit"],
        other_size=kinds["size"],
        other_money=kinds["money"],
        only_first=len(one) - len(pairs),
        only_second=len(other) - len(pairs),
    )


def _by_entry(trades: Iterable[RoundTrip], intervals: Mapping[str, int]) -> dict[_Entry, RoundTrip]:
    """Return trades by instrument, direction, bar of entry, and which of that bar they are."""
    found: dict[_Entry, RoundTrip] = {}
    counts: Counter[tuple[str, int, int]] = Counter()
    for trade in trades:
        entry = trade.symbol, trade.direction, _bar(trade.symbol, trade.entered_at_ns, intervals)
        found[*entry, counts[entry]] = trade
        counts[entry] += 1
    return found


def _bar(symbol: str, at_ns: int, intervals: Mapping[str, int]) -> int:
    """Return the number of the bar in which an instant lies; without prices each instant is one."""
    return at_ns // intervals.get(symbol, 1)


def _kind(one: RoundTrip, other: RoundTrip, intervals: Mapping[str, int]) -> str:
    if one == other:
        return "alike"
    if _exit(one, intervals) != _exit(other, intervals):
        return "exit"
    return "size" if one.quantity != other.quantity else "money"


def _exit(trade: RoundTrip, intervals: Mapping[str, int]) -> tuple[int | None, object]:
    # A stop is reported at the close of its bar, which is the first instant of the next one.
    bar = None if trade.exited_at_ns is None else _bar(trade.symbol, trade.exited_at_ns - 1, intervals)
    return bar, trade.exit_reason
