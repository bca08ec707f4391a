"""What markets were taken to be, how the account was shared, and what strategies made in which market."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, localcontext
from typing import Final

from adapters.html_report.blocks import Column, chart, range_buttons, section, table
from adapters.html_report.markup import Content, Html, element
from adapters.html_report.written import (
    NOTHING,
    duration,
    figure,
    gain,
    money,
    percent,
    ratio,
    signed,
)
from application.results.contributions import Contribution
from application.results.group_performance import (
    GroupPerformance,
    belonging_to_no_trade,
    net_by_strategy_and_regime,
    performance_by_opening,
    performance_by_strategy,
)
from application.results.result import RunResult
from application.results.run_record import RunRecord
from application.results.scenario_history import RegimeSummary, regime_summaries
from application.results.scenario_results import ScenarioResult, scenario_results
from application.results.wording import counted
from domain.allocation.scenario import Scenario
from domain.numbers import EXACT_SUMS, ZERO
from domain.regime import MarketRegime

_GROUP: Final = ("Net", "Trades", "Won", "Profit factor", "Mean held", "Mean R", "In market", "Fees", "Funding")
_NO_TRADE: Final = "Unrealized and other"
_GROUP_REMARK: Final = (
    "Unrealized and other is what is still held, at the last mark, liquidation fees and insurance, and fees and "
    "funding of no trade. Mean R is the mean result in multiples of what the first stop would have lost. In market is "
    "the share of the whole run in which one of the trades was open."
)
_SCENARIO: Final = "Market, volatility"


def judgement(record: RunRecord) -> Html:
    """Return the section."""
    result = record.result
    return section(
        "regimes",
        "Strategies and regimes",
        _timeline(result),
        _summaries(regime_summaries(result)),
        element("h3", "What strategies made"),
        _groups("by_strategy", "Strategy", performance_by_strategy(result), belonging_to_no_trade(result), result),
        element("p", _GROUP_REMARK, class_="note") if result.trades else None,
        _opened(result),
        _made(record),
        _crossed(result),
        intro=_intro(result),
    )


def _intro(result: RunResult) -> str | None:
    judged = "Each market is judged after every bar, from its past alone" if result.log.regime_changes else ""
    shared = "strategies share the account accordingly" if result.log.weight_changes else ""
    said = "; ".join(filter(None, (judged, shared)))
    return f"{said[0].upper()}{said[1:]}." if said else None


def _timeline(result: RunResult) -> Content:
    if not result.log.regime_changes and not result.log.weight_changes:
        return element(
            "p", "No market was judged in this run, and strategies did not share the account.", class_="empty"
        )
    judged, shared = result.log.regime_changes, result.log.weight_changes
    symbols = sorted({each.symbol for each in judged} | {each.symbol for each in shared})
    options = [element("option", symbol, value=symbol) for symbol in symbols]
    chooser = element("select", options, id="scenario-symbol", aria_label="Instrument")
    return [
        chart(
            "scenarios",
            "Scenario of the instrument over time, and the part of the account of each strategy",
            size="tall",
            controls=[chooser, range_buttons("scenarios")],
        ),
        element(
            "p",
            "Parts of the account are noted when the scenario changes and when something is to be opened.",
            class_="note",
        ),
    ]


def _summaries(summaries: Iterable[RegimeSummary]) -> Content:
    rows: list[list[Content]] = [
        [
            each.symbol,
            *(percent(each.shares[regime]) for regime in MarketRegime),
            percent(each.volatile_share),
            figure(f"regimes.{each.symbol}.changes", Decimal(each.n_changes), f"{each.n_changes:,}"),
            NOTHING if each.median_bars is None else f"{each.median_bars:,.0f} bars",
        ]
        for each in summaries
    ]
    if not rows:
        return None
    names = (*(regime.value.capitalize() for regime in MarketRegime), "High volatility", "Changes", "Median length")
    return [
        element("h3", "Share of time in each regime"),
        table([Column("Instrument", is_number=False), *map(Column, names)], rows),
    ]


def _groups(key: str, title: str, groups: Mapping[str, GroupPerformance], rest: Decimal, result: RunResult) -> Content:
    """Return the table of groups of trades; with what belongs to none they are the net result."""
    if not groups:
        return element("p", "There were no trades.", class_="empty")
    columns = [Column(title, is_number=False), *map(Column, _GROUP)]
    rows = [_group(f"{key}.{name}", name, group) for name, group in groups.items()]
    rows.append(_only_net(f"{key}_none", _NO_TRADE, rest, len(_GROUP)))
    net = result.identity.net_result
    return table(columns, rows, total=_only_net(f"{key}_all", "Net result", net, len(_GROUP)))


def _group(key: str, name: str, group: GroupPerformance) -> list[Content]:
    sums, closed = group.sums, group.closed
    return [
        name,
        figure(f"{key}.net", sums.net_pnl, gain(sums.net_pnl), colored=True),
        figure(f"{key}.trades", Decimal(sums.n_trades), f"{sums.n_trades:,}"),
        percent(closed.win_rate),
        ratio(closed.profit_factor),
        NOTHING if group.mean_holding_ns is None else duration(group.mean_holding_ns),
        NOTHING if group.mean_r is None else signed(f"{group.mean_r:,.2f}"),
        percent(group.time_in_market),
        figure(f"{key}.fees", sums.fees, money(sums.fees)),
        figure(f"{key}.funding", sums.funding, gain(sums.funding), colored=True),
    ]


def _only_net(key: str, name: str, net: Decimal, n_columns: int) -> list[Content]:
    return [name, figure(f"{key}.net", net, gain(net), colored=True), *[""] * (n_columns - 1)]


def _opened(result: RunResult) -> Content:
    groups = {_name(scenario): group for scenario, group in performance_by_opening(result).items()}
    if not groups:
        return None
    return [
        element("h3", "By the market in which trades were decided upon"),
        _groups("opened", _SCENARIO, groups, belonging_to_no_trade(result), result),
    ]


def _name(scenario: Scenario) -> str:
    return f"{scenario.regime.value.capitalize()}, {scenario.volatility.value}"


def _made(record: RunRecord) -> Content:
    found = scenario_results(record.result, record.prices)
    if found is None:
        return None
    names = ("Net", "Time, all instruments", "Of it in market", "Price PnL", "Fees", "Funding")
    rows = [_made_in(_name(scenario), each) for scenario, each in found.by_scenario.items()]
    if found.rest != ZERO:
        rows.append(_only_net("made_none", "Marks at the end beside last closes", found.rest, len(names)))
    net = record.result.identity.net_result
    return [
        element("h3", "By the market in which money was made"),
        table(
            [Column(_SCENARIO, is_number=False), *map(Column, names)],
            rows,
            total=_only_net("made_all", "Net result", net, len(names)),
        ),
        element(
            "p",
            "What was held is valued at the closes at which a scenario changed, so that a trade counts in every market "
            "it went through. Net includes liquidation fees and insurance.",
            class_="note",
        ),
    ]


def _made_in(name: str, made: ScenarioResult) -> list[Content]:
    key = f"made.{name}"
    return [
        name,
        figure(f"{key}.net", made.net, gain(made.net), colored=True),
        duration(made.length_ns),
        percent(made.time_in_market),
        figure(f"{key}.gross", made.price_pnl, gain(made.price_pnl), colored=True),
        figure(f"{key}.fees", made.fees, money(made.fees)),
        figure(f"{key}.funding", made.funding, gain(made.funding), colored=True),
    ]


def _crossed(result: RunResult) -> Content:
    """Return what each strategy made in each regime."""
    found = net_by_strategy_and_regime(result)
    if not found:
        return None
    rows = [[strategy, *_row(strategy, by_regime)] for strategy, by_regime in found.items()]
    names = (*(regime.value.capitalize() for regime in MarketRegime), "Together")
    return [
        element("h3", "Net of each strategy by the regime in which its trades were decided upon"),
        table([Column("Strategy", is_number=False), *map(Column, names)], rows),
    ]


def _row(strategy: str, by_regime: Mapping[MarketRegime, Contribution]) -> Iterator[Content]:
    for regime in MarketRegime:
        sums = by_regime.get(regime)
        if sums is None:
            yield NOTHING
        else:
            key = f"crossed.{strategy}.{regime.value}"
            net = figure(key, sums.net_pnl, gain(sums.net_pnl), colored=True)
            yield [net, element("div", counted(sums.n_trades, "trade"), class_="below")]
    with localcontext(EXACT_SUMS):
        whole = sum((sums.net_pnl for sums in by_regime.values()), ZERO)
    n_trades = sum(sums.n_trades for sums in by_regime.values())
    together = figure(f"crossed.{strategy}.all", whole, gain(whole), colored=True)
    yield [together, element("div", counted(n_trades, "trade"), class_="below")]
