"""Why a run may be believed: its assumptions, its books as a sum that adds up, its certificate, where it comes from."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from adapters.html_report.blocks import Column, facts, folded, section, table, when, whole
from adapters.html_report.markup import Content, Html, element
from adapters.html_report.risks import assumed_funding
from adapters.html_report.written import exact_money, figure, moment
from application.results.result import Assumption, RunResult
from application.results.run_record import Provenance, RunRecord, SourceSeries
from application.results.wording import counted, quote_currency

_NOTE: Final = "data"


def assumptions(result: RunResult) -> Html:
    """Return the section on what was taken for granted."""
    notes = [each.value for each in result.assumptions if each.name == _NOTE]
    general = [each for each in result.assumptions if each.name != _NOTE and _symbol_of(each, result) is None]
    return section(
        "assumptions",
        "Assumptions in force",
        [element("p", note, class_="note") for note in notes],
        _listed(general) if general else element("p", "The run states no assumptions.", class_="empty"),
        [_of_instrument(result, symbol) for symbol in result.symbols],
        assumed_funding(result),
    )


def _symbol_of(each: Assumption, result: RunResult) -> str | None:
    return next((symbol for symbol in result.symbols if each.name.startswith(f"{symbol}.")), None)


def _of_instrument(result: RunResult, symbol: str) -> Html | None:
    own = [each for each in result.assumptions if _symbol_of(each, result) == symbol]
    return folded(f"{symbol}: {counted(len(own), 'assumption')} of its own", _listed(own)) if own else None


def _listed(found: Iterable[Assumption]) -> Html:
    columns = [Column(title, is_number=False) for title in ("What", "Value", "Meaning")]
    return table(columns, map(_assumption, found), class_="stack")


def _assumption(each: Assumption) -> list[Content]:
    return [element("code", each.name), each.value, each.meaning]


def books(result: RunResult) -> Html:
    """Return the section on books and certificate."""
    return section(
        "books",
        "Books and certificate",
        element(
            "div",
            element("div", element("h3", "Accounting identity"), _identity(result)),
            element("div", element("h3", "Look-ahead certificate"), _certificate(result)),
            class_="beside",
        ),
    )


def _identity(result: RunResult) -> Html:
    identity, unit = result.identity, quote_currency(result.symbols) or "Quote currency"
    rows = [
        _identity_row("", "Start equity", "start_equity", identity.start_equity),
        _identity_row("+", "Trading PnL", "trading_pnl", identity.trading_pnl),
        _identity_row("−", "Fees", "fees", identity.fees),
        _identity_row("+", "Funding", "funding", identity.funding),
        _identity_row("+", "Transfers", "transfers", identity.transfers),
        _identity_row("+", "Liquidation", "liquidation", identity.liquidation),
    ]
    total = _identity_row("=", "End equity", "end_equity", identity.end_equity)
    columns = [Column("", is_number=False), Column("Part", is_number=False), Column(unit)]
    balanced = identity.difference == 0
    said = "The books balance to the last unit." if balanced else f"The books do not balance: {identity.difference}."
    difference = figure("identity.difference", identity.difference, exact_money(identity.difference))
    return element(
        "div",
        table(columns, rows, total=total, class_="sum"),
        element("p", said, " Difference: ", difference, class_="pass" if balanced else "fail"),
    )


def _identity_row(sign: str, name: str, key: str, amount: Decimal) -> list[Content]:
    return [sign, name, figure(f"identity.{key}", amount, exact_money(amount))]


def _certificate(result: RunResult) -> Html:
    checked = result.certificate
    if not checked.is_clean:
        return element("p", f"Decisions depend on later data. {checked.first_difference}", class_="fail")
    if not checked.sampled:
        return element("p", "No moment was sampled, so look-ahead was not checked.", class_="fail")
    return element(
        "div",
        element(
            "p",
            f"{checked.matched} of {checked.sampled} sampled moments came out the same on history cut there.",
            class_="pass",
        ),
        element("p", f"{checked.decisions_replayed:,} decisions were made again on the way.", class_="note"),
        element(
            "p",
            "It covers what strategies get from the history given to them, not data captured elsewhere.",
            class_="note",
        ),
    )


def provenance(record: RunRecord) -> Html:
    """Return the section on where data and run come from."""
    return section(
        "provenance", "Where it comes from", _run_facts(record), _sources(record.provenance.sources), _hashes(record)
    )


def _run_facts(record: RunRecord) -> Html:
    result, origin = record.result, record.provenance
    return facts(
        [
            ("Run", element("code", result.run_id)),
            ("Made", f"{moment(origin.created_at_ns)} UTC"),
            ("Period", [whole(f"{moment(result.start_ns)} to"), " ", whole(f"{moment(result.end_ns)} UTC")]),
            ("Bars decided upon", f"{result.n_bars:,}"),
            ("Market", "generated" if result.is_synthetic else "observed"),
            ("autotrading", origin.product_version),
            ("Python", origin.python_version),
        ]
    )


def _sources(sources: Iterable[SourceSeries]) -> Html | None:
    rows = [_source(each) for each in sources]
    if not rows:
        return None
    columns = [
        *(Column(title, is_number=False) for title in ("Instrument", "Kind", "From")),
        Column("Rows"),
        when("First"),
        when("Last"),
        Column("SHA-256", is_number=False),
    ]
    return folded(f"Data: {len(rows)} series", table(columns, rows))


def _source(each: SourceSeries) -> list[Content]:
    return [
        each.symbol,
        each.kind,
        each.origin,
        f"{each.n_rows:,}",
        moment(each.start_ns),
        moment(each.end_ns),
        element("code", each.sha256, class_="hash"),
    ]


def _hashes(record: RunRecord) -> list[Html]:
    hashes = record.result.hashes
    named = (("data", hashes.data), ("code", hashes.code), ("config", hashes.config), ("result", hashes.result))
    listed = facts((name, element("code", value, class_="hash") if value else "not taken") for name, value in named)
    configuration = element("pre", record.provenance.configuration)
    return [folded("Hashes (SHA-256)", listed), folded("Configuration as it was understood", configuration)]


def created(origin: Provenance) -> str:
    """Return when a run was made, for the foot of the page."""
    return f"Made {moment(origin.created_at_ns)} UTC by autotrading {origin.product_version}."
