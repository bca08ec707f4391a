"""What the same strategies did differently in two runs, counted by kind."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from attrs import frozen

from application.results.result import RunResult
from application.trading.records import RoundTrip

_Entry: TypeAlias = tuple[str, int, int]


@frozen(kw_only=True)
class TradeDifferences:
    """Trades of one strategy in two runs. Trades with the same instrument, direction and entry are one pair.

    Attributes:
        strategy: Its name in both runs.
        alike: Pairs that are the same in every field.
        other_exit: Pairs that ended at another time or for another reason.
        other_size: Pairs of another quantity that ended alike.
        other_money: Pairs that differ in prices or costs alone.
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


def differing_trades(first: RunResult, second: RunResult) -> tuple[TradeDifferences, ...]:
    """Return how the trades of each strategy that both runs have differ, in alphabetical order."""
    one, other = _by_strategy(first), _by_strategy(second)
    return tuple(_differences(name, one[name], other[name]) for name in sorted(one.keys() & other.keys()))


def _by_strategy(result: RunResult) -> Mapping[str, list[RoundTrip]]:
    found = defaultdict(list)
    for trade in (*result.log.trades, *result.open_trades):
        found[trade.strategy].append(trade)
    return found


def _differences(strategy: str, first: Iterable[RoundTrip], second: Iterable[RoundTrip]) -> TradeDifferences:
    one, other = _by_entry(first), _by_entry(second)
    pairs = [(one[entry], other[entry]) for entry in one.keys() & other.keys()]
    kinds = [_kind(before, after) for before, after in pairs]
    return TradeDifferences(
        strategy=strategy,
        alike=kinds.count("alike"),
        other_exit=kinds.count("exit"),
        other_size=kinds.count("size"),
        other_money=kinds.count("money"),
        only_first=len(one) - len(pairs),
        only_second=len(other) - len(pairs),
    )


def _by_entry(trades: Iterable[RoundTrip]) -> dict[_Entry, RoundTrip]:
    """Return trades by instrument, direction and first fill: a strategy is in one trade at most at a time."""
    return {(trade.symbol, trade.direction, trade.entered_at_ns): trade for trade in trades}


def _kind(one: RoundTrip, other: RoundTrip) -> str:
    if one == other:
        return "alike"
    if (one.exited_at_ns, one.exit_reason) != (other.exited_at_ns, other.exit_reason):
        return "exit"
    return "size" if one.quantity != other.quantity else "money"
