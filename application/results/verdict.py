"""What happened in a run, in plain language: money and percent, and whether holding or cash would have done better."""

from enum import Enum
from math import isfinite

import numpy as np
from attrs import frozen

from application.results.failure_wording import all_failed
from application.results.holding import hold_equally
from application.results.result import RunResult
from application.results.run_record import RunRecord
from application.results.wording import counted, in_money, in_percent, in_time, quote_currency


class Outcome(Enum):
    """How a run is to be read at first sight."""

    UNTRUSTED = "untrusted"
    IDLE = "idle"
    GAINED = "gained"
    LOST = "lost"
    EVEN = "even"


@frozen(kw_only=True)
class Verdict:
    """A run in a few sentences.

    Attributes:
        outcome: How it is to be read.
        headline: One sentence.
        sentences: What it is based on.
        holding_return: What holding all instruments equally returned; NaN where there is nothing to hold.
    """

    outcome: Outcome
    headline: str
    sentences: tuple[str, ...]
    holding_return: float


def verdict_on(record: RunRecord) -> Verdict:
    """Return the verdict on a run."""
    result = record.result
    holding = _holding_return(record)
    outcome = _outcome(result)
    return Verdict(
        outcome=outcome,
        headline=_headline(outcome, result.performance.total_return, holding),
        sentences=(_money(result), *_beside_holding(result, holding), *_worst_fall(result)),
        holding_return=holding,
    )


def is_trustworthy(result: RunResult) -> bool:
    """Whether the books of a run balance, its decisions did not depend on later data, and a strategy was left."""
    return result.identity.difference == 0 and result.certificate.is_clean and not all_failed(result.log.failures)


def _holding_return(record: RunRecord) -> float:
    growth = hold_equally(record.prices, np.asarray([record.result.end_ns], dtype=np.int64))
    return float(growth[0]) - 1.0


def _outcome(result: RunResult) -> Outcome:
    if not is_trustworthy(result):
        return Outcome.UNTRUSTED
    if not result.log.fills and not result.log.liquidations:
        return Outcome.IDLE
    change = result.identity.net_result
    if change == 0:
        return Outcome.EVEN
    return Outcome.GAINED if change > 0 else Outcome.LOST


def _headline(outcome: Outcome, own: float, holding: float) -> str:
    match outcome:
        case Outcome.UNTRUSTED:
            return "Do not rely on this run."
        case Outcome.IDLE:
            return "Nothing was traded."
        case Outcome.EVEN:
            return "Came out even."
        case Outcome.GAINED:
            return f"Made money{_gain_beside(own, holding)}."
        case Outcome.LOST:
            return f"Lost money{_loss_beside(own, holding)}."


def _gain_beside(own: float, holding: float) -> str:
    if not isfinite(holding):
        return ""
    return ", and more than holding would have" if own > holding else ", but less than holding would have"


def _loss_beside(own: float, holding: float) -> str:
    if not isfinite(holding):
        return ""
    if holding >= 0:
        return ", while holding would have gained"
    return ", though less than holding would have" if own > holding else ", and more than holding would have"


def _money(result: RunResult) -> str:
    books = result.identity
    change = books.net_result
    quote = quote_currency(result.symbols)
    spent = in_time(result.end_ns - result.start_ns)
    if change == 0:
        return f"Neither gained nor lost anything on {in_money(books.start_equity, quote)} in {spent}."
    verb = "Gained" if change > 0 else "Lost"
    annual = result.performance.annual_return
    per_year = f", {_signed_percent(annual)} a year compounded" if isfinite(annual) else ""
    return (
        f"{verb} {in_money(change, quote)} on {in_money(books.start_equity, quote)} in {spent}: "
        f"{_signed_percent(result.performance.total_return)}{per_year}."
    )


def _signed_percent(fraction: float) -> str:
    sign = "−" if fraction < 0 else "+"
    return f"{sign}{in_percent(fraction)}"


def _beside_holding(result: RunResult, holding: float) -> tuple[str, ...]:
    if not isfinite(holding):
        return ()
    what = result.symbols[0] if len(result.symbols) == 1 else f"the {len(result.symbols)} instruments in equal parts"
    better = "better" if result.performance.total_return > 0 else "worse"
    than_cash = "no different from" if result.performance.total_return == 0 else f"{better} than"
    held = f"Holding {what} unleveraged would have returned {_signed_percent(holding)}"
    return (f"{held}; this was {than_cash} cash without interest.",)


def _worst_fall(result: RunResult) -> tuple[str, ...]:
    fall = result.performance.max_drawdown
    if not fall.depth > 0:
        return ()
    end = "and was made up again" if fall.recovered_at_ns is not None else "and was not made up by the end"
    closed = counted(result.trade_figures.n_trades, "closed trade")
    return (f"Its deepest fall from a high was {in_percent(fall.depth)} {end}; it rests on {closed}.",)
