"""What a reader must know before believing a run: one rule each, most serious first."""

from collections.abc import Callable, Iterator
from decimal import localcontext
from enum import Enum
from math import isfinite, sqrt
from typing import Final

from attrs import frozen

from application.results.failure_wording import all_failed, failure_text
from application.results.pair_legs import nets_of_pairs, nets_of_wholes
from application.results.result import RunResult
from application.results.standstill import standstill, standstill_text
from application.results.wording import counted, in_money, in_percent, in_time, quote_currency
from domain.numbers import EXACT_SUMS, ZERO
from domain.time_units import NS_PER_DAY, NS_PER_YEAR

N_TRADES_MIN: Final = 30
"""Below this many closed trades, averages over them say little."""
PERIOD_NS_MIN: Final = 365 * NS_PER_DAY
"""Below a year a run has not seen much weather."""
STANDARD_ERRORS_MIN: Final = 2.0
"""A mean daily return closer to zero than this many standard errors happens by chance often."""
_REFUSED_SHARE_MAX: Final = 0.1


class Severity(Enum):
    """How much a caution weighs."""

    DANGER = "danger"
    CAUTION = "caution"
    NOTE = "note"


@frozen
class Caution:
    """One thing to know before believing a run.

    Attributes:
        code: Stable name of the rule.
        severity: How much it weighs.
        text: One or two sentences; what is told of several things, in a line each.
    """

    code: str
    severity: Severity
    text: str


Rule = Callable[[RunResult], str | None]


def cautions_on(result: RunResult) -> tuple[Caution, ...]:
    """Return the cautions of all rules that apply, most serious first."""
    return tuple(_applying(result))


def _applying(result: RunResult) -> Iterator[Caution]:
    for code, severity, rule in RULES:
        text = rule(result)
        if text is not None:
            yield Caution(code, severity, text)


def _books(result: RunResult) -> str | None:
    if result.identity.difference == 0:
        return None
    return f"The books do not balance: {result.identity.difference} is unexplained. Nothing below can be believed."


def _certificate(result: RunResult) -> str | None:
    if result.certificate.is_clean:
        return None
    return f"Decisions depended on later data: {result.certificate.first_difference}."


def _failures(result: RunResult) -> str | None:
    failures = result.log.failures
    if not failures:
        return None
    texts = [failure_text(failure, result) for failure in failures]
    told = "\n".join(f"{text[0].upper()}{text[1:]}." for text in texts)
    if all_failed(failures):
        return f"{told}\nEvery strategy failed: the run proves nothing."
    if all(failure.at_ns >= result.end_ns for failure in failures):
        return told
    return f"{told}\nWhat came later is a run without {'it' if len(failures) == 1 else 'them'}."


def _liquidations(result: RunResult) -> str | None:
    if not result.log.liquidations:
        return None
    times = counted(len(result.log.liquidations), "time")
    return f"The venue liquidated {times}: margin ran out. Sizes or leverage were too large for this market."


def _stopped(result: RunResult) -> str | None:
    holds = standstill(result)
    if not holds:
        return None
    text = standstill_text(holds)
    return f"{text[0].upper()}{text[1:]}. What came later says nothing about the strategies."


def _synthetic(result: RunResult) -> str | None:
    return "The market was generated: no price below was ever traded." if result.is_synthetic else None


def _uncertified(result: RunResult) -> str | None:
    if result.certificate.sampled:
        return None
    return "Look-ahead was not checked: no moment was sampled."


def _few_trades(result: RunResult) -> str | None:
    n_trades = result.trade_figures.n_trades
    # That nothing was traded at all is the verdict itself.
    if n_trades >= N_TRADES_MIN or not (n_trades or result.open_trades):
        return None
    if not n_trades:
        return "No trade was closed: there is no win rate, and no average."
    closed = counted(n_trades, "closed trade")
    return f"Only {closed}; below {N_TRADES_MIN}, win rate and averages say little."


def _short_period(result: RunResult) -> str | None:
    covered = result.end_ns - result.start_ns
    if covered >= PERIOD_NS_MIN:
        return None
    return f"Covers {in_time(covered)}, less than a year: few kinds of market were met."


def _luck(result: RunResult) -> str | None:
    errors = result.performance.sharpe_ratio * sqrt(max(result.end_ns - result.start_ns, 0) / NS_PER_YEAR)
    if not isfinite(errors) or abs(errors) >= STANDARD_ERRORS_MIN:
        return None
    luck = "luck" if errors >= 0 else "bad luck"
    return (
        f"Could be {luck}: the mean daily return is {abs(errors):.1f} standard errors from zero, "
        f"and {STANDARD_ERRORS_MIN:.0f} are the least to ask for of a single try."
    )


def _one_trade(result: RunResult) -> str | None:
    nets = nets_of_wholes(result.log.trades)
    best = max(nets, default=ZERO)
    with localcontext(EXACT_SUMS):
        net = sum(nets, ZERO)
    if net <= 0 or net > best:
        return None
    amount = in_money(best, quote_currency(result.symbols))
    return f"Rests on one trade: without the best one ({amount}) the closed trades together gained nothing."


def _costs(result: RunResult) -> str | None:
    books, slippage = result.identity, result.trade_figures.slippage
    with localcontext(EXACT_SUMS):
        # Funding is what carry is after, and a cost to those who pay it.
        before, costs = books.trading_pnl + slippage + books.funding, books.fees + slippage
    if not before > 0 or costs < before:
        return None
    quote = quote_currency(result.symbols)
    return (
        f"Costs ate the edge: prices and funding gave {in_money(before, quote)}, "
        f"fees and slippage took {in_money(costs, quote)}."
    )


def _assumed_funding(result: RunResult) -> str | None:
    assumed = [each.payment for each in result.log.funding if each.is_assumed]
    if not assumed:
        return None
    total = sum(assumed, ZERO)
    direction = "in favor of" if total > 0 else "against"
    return (
        f"{counted(len(assumed), 'funding payment')} of {len(result.log.funding):,} rest on an assumed rate: "
        f"together {in_money(total, quote_currency(result.symbols))} {direction} the account."
    )


def _no_funding(result: RunResult) -> str | None:
    without = [each.name.partition(".")[0] for each in result.assumptions if _says(each.name, each.value, "funding")]
    return f"No funding was paid or received in {', '.join(without)}: there was no data." if without else None


def _no_marks(result: RunResult) -> str | None:
    without = [each.name.partition(".")[0] for each in result.assumptions if _says(each.name, each.value, "mark")]
    return f"{', '.join(without)} had no mark prices: liquidation was judged by the last price." if without else None


def _says(name: str, value: str, about: str) -> bool:
    missing = {"funding": "none", "mark": "last price"}[about]
    return name.endswith(f".{about}") and value.startswith(missing)


def _still_open(result: RunResult) -> str | None:
    if not result.open_trades:
        return None
    are = "is" if len(result.open_trades) == 1 else "are"
    return (
        f"{counted(len(result.open_trades), 'trade')} {are} still open: what is held counts at its last mark, "
        "before the cost of closing."
    )


def _not_recovered(result: RunResult) -> str | None:
    fall = result.performance.max_drawdown
    if not fall.depth > 0 or fall.recovered_at_ns is not None:
        return None
    return f"The deepest fall, {in_percent(fall.depth)}, had not been made up when the run ended."


def _refused(result: RunResult) -> str | None:
    refused, sent = len(result.log.refusals), len(result.log.orders)
    if not refused or refused < _REFUSED_SHARE_MAX * (refused + sent):
        return None
    return f"{counted(refused, 'order')} refused beside {sent:,} sent: limits shaped this result as well as strategies."


def _unhedged(result: RunResult) -> str | None:
    spells = result.log.unhedged
    if not spells:
        return None
    quote, longest = quote_currency(result.symbols), max(spell.bars for spell in spells)
    most = in_money(max(spell.value for spell in spells), quote)
    return (
        f"Legs of pairs were unequal {counted(len(spells), 'time')}, for up to {counted(longest, 'bar')}: "
        f"at most {most} stood without its other leg."
    )


def _pairs(result: RunResult) -> str | None:
    nets = nets_of_pairs(result.log.trades)
    if not nets:
        return None
    gained = sum(net > 0 for net in nets)
    return (
        "Each leg of a pair counts as a trade: win rate, profit factor, best and worst trade mean little here. "
        f"Legs together, {gained:,} of {counted(len(nets), 'pair')} gained."
    )


def _data_notes(result: RunResult) -> str | None:
    notes = [each.value for each in result.assumptions if each.name == "data"]
    # That the market is generated is a caution of its own.
    told = [note for note in notes if not (result.is_synthetic and note.startswith("Synthetic market"))]
    return "\n".join(told) if told else None


RULES: Final[tuple[tuple[str, Severity, Rule], ...]] = (
    ("books", Severity.DANGER, _books),
    ("look_ahead", Severity.DANGER, _certificate),
    ("failures", Severity.DANGER, _failures),
    ("liquidations", Severity.DANGER, _liquidations),
    ("standstill", Severity.CAUTION, _stopped),
    ("synthetic_market", Severity.CAUTION, _synthetic),
    ("uncertified", Severity.CAUTION, _uncertified),
    ("few_trades", Severity.CAUTION, _few_trades),
    ("short_period", Severity.CAUTION, _short_period),
    ("luck", Severity.CAUTION, _luck),
    ("one_trade", Severity.CAUTION, _one_trade),
    ("costs", Severity.CAUTION, _costs),
    ("no_funding", Severity.CAUTION, _no_funding),
    ("assumed_funding", Severity.CAUTION, _assumed_funding),
    ("no_marks", Severity.CAUTION, _no_marks),
    ("refusals", Severity.CAUTION, _refused),
    ("pairs", Severity.NOTE, _pairs),
    ("unhedged", Severity.NOTE, _unhedged),
    ("data", Severity.NOTE, _data_notes),
    ("open_trades", Severity.NOTE, _still_open),
    ("not_recovered", Severity.NOTE, _not_recovered),
)
"""Code, severity and rule, in the sequence in which they are told."""
