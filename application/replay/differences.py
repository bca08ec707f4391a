"""How what was decided differs from what is decided again, in words that name the first thing."""

from collections.abc import Iterator
from operator import attrgetter

from attrs import fields

from application.trading.records import Decision, Refusal, RegimeChange, SentOrder, StrategyFailure
from domain.signal import Signal

_LATER, _WITHOUT = "with later data", "without"


def said_of(record: object) -> str:
    """Return a record of a run's log in a few words: what was said, by whom and about what."""
    match record:
        case Decision():
            return f"{record.symbol}: {record.strategy} decided {record.signal.action.value}"
        case StrategyFailure():
            return f"{record.symbol}: {record.strategy} failed with {record.cause}"
        case RegimeChange():
            return f"{record.symbol}: regime became {record.regime.value} {record.volatility_state.value}"
        case SentOrder():
            return f"{record.terms.symbol}: sent {record.purpose} {record.client_order_id}"
        case Refusal():
            return f"{record.symbol}: {record.source} refused {', '.join(record.reasons)}"
        case _:
            return repr(record)


def difference_between(made: object, again: object) -> str:
    """Return the first thing in which two records differ, of what was decided on to what came of it.

    Features come first, then the rest of the signal, then the size: what comes later follows from what comes before.

    Args:
        made: With later data.
        again: Without.
    """
    first = next(_differing(made, again), None)
    if first is None:
        return f"{said_of(made)} {_LATER}, {said_of(again)} {_WITHOUT}"
    what, before, after = first
    return f"{_owner(made)}: {what} {before!r} {_LATER}, {after!r} {_WITHOUT}"


def _owner(record: object) -> str:
    if isinstance(record, Decision | StrategyFailure):
        return f"{record.symbol}: {record.strategy}"
    return said_of(record).partition(":")[0]


def _differing(made: object, again: object) -> Iterator[tuple[str, object, object]]:
    """Yield what differs between records of the same kind about the same thing; nothing where they are not."""
    match made, again:
        case Decision(), Decision() if (made.strategy, made.symbol) == (again.strategy, again.symbol):
            yield from _of_signals(made.signal, again.signal)
            yield from _of_fields("size: ", made, again, ("size_reason", "candidates", "target_quantity"))
            yield from _of_fields("", made, again)
        case StrategyFailure(), StrategyFailure() if (made.strategy, made.symbol) == (again.strategy, again.symbol):
            yield from _of_fields("failure: ", made, again)
        case RegimeChange(), RegimeChange() if made.symbol == again.symbol:
            yield from _of_fields("regime: ", made, again)
        case SentOrder(), SentOrder() if made.terms.symbol == again.terms.symbol:
            yield from _of_fields("order: ", made, again)
        case Refusal(), Refusal() if made.symbol == again.symbol:
            yield from _of_fields("refusal: ", made, again)
        case _:
            return


def _of_signals(made: Signal, again: Signal) -> Iterator[tuple[str, object, object]]:
    after = dict(again.features)
    for name, value in made.features:
        if name in after and repr(value) != repr(after[name]):
            yield f"feature {name}", value, after[name]
    yield from _of_fields("signal: ", made, again)


def _of_fields(
    kind: str, made: object, again: object, names: tuple[str, ...] | None = None
) -> Iterator[tuple[str, object, object]]:
    for name in names or tuple(field.name for field in fields(type(made))):  # type: ignore[arg-type]  # records only
        before, after = attrgetter(name)(made), attrgetter(name)(again)
        if repr(before) != repr(after):
            yield f"{kind}{name}", before, after
