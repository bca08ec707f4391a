"""Wires a backtest: the only module that knows which adapter stands behind which need."""

import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random
from typing import Final, TypeAlias

from attrs import evolve
from dependency_injector import containers, providers

from adapters.decision_watch.timer_watch import TimerDecisionWatch
from adapters.instrument_rules.rules_file import read_versions
from adapters.market_data.loading import load_history
from adapters.simulated.rules import VenueRules
from adapters.simulated.venue import SimulatedVenue
from adapters.synthetic.instruments import MAJORS
from adapters.synthetic.market import SyntheticMarket, generate
from application.backtest import BacktestPlan, MakeRegimes, MakeStrategy, PairPlan, StrategyPlan
from application.catalog_request import with_what_is_there
from application.market_history import MarketHistory
from application.market_request import HistoryRequest
from application.ports.decision_watch import DecisionWatch
from application.ports.market_catalog import MarketCatalog
from application.regimes.regime_plan import RegimePlan
from application.replay.evidence import Sample
from application.trading.account_view import AccountTerms
from domain.allocation.allocation_settings import AllocationSettings
from domain.funding_schedule import FundingCalendar
from domain.instrument import Instrument
from domain.numbers import BPS
from domain.risk.gate import RiskGate
from domain.rule_book import RuleBook
from domain.strategies.funding_arbitrage import FundingArbitrageParameters
from domain.strategies.hedged_funding_arbitrage import HedgedFundingArbitrage
from domain.time_units import NS_PER_MS, parse_interval
from entrypoints.assumptions import assumptions_of
from entrypoints.checked_gate import checked_gate
from entrypoints.code_hash import code_hash
from entrypoints.configuration.files import history_request
from entrypoints.configuration.identity import config_hash, own_code_of
from entrypoints.configuration.risk_checks import check_brackets
from entrypoints.configuration.sections import RunConfiguration, StrategySection, SyntheticSection
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.configuration.strategy_kinds import make_strategy
from entrypoints.data_directory import data_directory, refreshed_rules_file
from entrypoints.errors import ConfigurationError
from entrypoints.rules_in_force import (
    changes_between,
    check_leverage,
    instruments_at,
    leverage_allowed,
    rule_books_in_force,
)

Fitted: TypeAlias = Callable[[int, int], None]
"""Is told how many models have been fitted, and how many there will be."""

_MODELED: Final = {instrument.symbol: instrument for instrument in MAJORS}


def _market_kind(configuration: RunConfiguration) -> str:
    return "files" if configuration.data is not None else "synthetic"


def _catalog(configuration: RunConfiguration, source: ConfigurationSource) -> MarketCatalog | None:
    if configuration.data is None or all(each.catalog is None for each in configuration.data.symbols.values()):
        return None
    # Only runs on the catalogue load what reads it.
    from entrypoints.data_container import open_catalog  # noqa: PLC0415

    return open_catalog(source.environment)


def _history_request(
    configuration: RunConfiguration,
    source: ConfigurationSource,
    books: Mapping[str, RuleBook],
    catalog: MarketCatalog | None,
) -> HistoryRequest | None:
    if configuration.data is None:
        return None
    calendars = {symbol: FundingCalendar(book.funding_intervals()) for symbol, book in books.items()}
    request = evolve(history_request(configuration.data, source), funding_calendars=calendars)
    return request if catalog is None else with_what_is_there(request, catalog)


def _synthetic_history(configuration: RunConfiguration, source: ConfigurationSource) -> MarketHistory:
    section = configuration.synthetic or SyntheticSection()
    try:
        market = SyntheticMarket(
            instruments=tuple(_MODELED[symbol] for symbol in section.symbols),
            interval_ns=parse_interval(section.interval),
            n_bars=section.bars,
        )
        return generate(market, seed=section.seed)
    except ValueError as error:
        raise ConfigurationError(f"{source.name}: synthetic: {error}") from error


def _rule_books(configuration: RunConfiguration, source: ConfigurationSource) -> Mapping[str, RuleBook]:
    return rule_books_in_force(configuration, source, read_versions(refreshed_rules_file(source.environment)))


def _with_rule_changes(market: MarketHistory, books: Mapping[str, RuleBook]) -> MarketHistory:
    changes = changes_between(books, market.start_ns, market.end_ns)
    return evolve(market, rule_changes=changes) if changes else market


def _instruments(
    books: Mapping[str, RuleBook],
    configuration: RunConfiguration,
    source: ConfigurationSource,
    history: MarketHistory,
) -> Mapping[str, Instrument]:
    leverage = configuration.account.leverage
    check_leverage(books, leverage, source, start_ns=history.start_ns, end_ns=history.end_ns)
    check_brackets(configuration, source.name, leverage_allowed(books, history.start_ns, history.end_ns))
    return instruments_at(books, history.start_ns)


def _checked_gate(configuration: RunConfiguration, source: ConfigurationSource) -> RiskGate:
    return checked_gate(configuration.risk, source.name)


def _venue_rules(configuration: RunConfiguration) -> VenueRules:
    account, venue = configuration.account, configuration.venue
    return VenueRules(
        latency_ns=venue.latency_ms * NS_PER_MS,
        half_spread_bps=venue.half_spread_bps,
        impact_coefficient=venue.impact_coefficient,
        volatility_window_bars=venue.volatility_window_bars,
        touch_fill=venue.touch_fill,
        volume_share_max=venue.volume_share_max,
        taker_volume_share_max=venue.taker_volume_share_max,
        margin_mode=account.margin_mode,
        leverage=account.leverage,
    )


def _half_spread(configuration: RunConfiguration) -> Decimal:
    return configuration.venue.half_spread_bps / BPS


def _account_terms(configuration: RunConfiguration) -> AccountTerms:
    account = configuration.account
    return AccountTerms(margin_mode=account.margin_mode, leverage=account.leverage)


def _strategy_plans(configuration: RunConfiguration) -> tuple[StrategyPlan, ...]:
    return tuple(_strategy_plan(section) for section in configuration.strategies)


def _strategy_plan(section: StrategySection) -> StrategyPlan:
    return StrategyPlan(
        name=section.name,
        symbols=section.symbols,
        make=maker_of(section),
        sizing=section.sizing,
        exits=section.exits.plan,
        kind=section.kind.value,
    )


def maker_of(section: StrategySection) -> MakeStrategy | PairPlan:
    """Return what builds a strategy: for one instrument at a time, or for contracts and their coins."""
    parameters = section.parameters
    if not isinstance(parameters, FundingArbitrageParameters) or parameters.hedge is None:
        return lambda _: make_strategy(section.kind, parameters)
    hedged = parameters
    return PairPlan(make=lambda _: HedgedFundingArbitrage(hedged), rules=parameters.hedge.rules)


def _allocation(configuration: RunConfiguration) -> AllocationSettings | None:
    return None if configuration.allocation is None else configuration.allocation.settings


def _regimes(
    configuration: RunConfiguration, source: ConfigurationSource, history: MarketHistory, fitted: Fitted
) -> MakeRegimes | None:
    if configuration.regimes is None:
        return None
    # Whoever judges no markets loads nothing that fits models.
    from entrypoints.run_regimes import plan_regimes  # noqa: PLC0415

    cache = data_directory(source.environment) / "regime-fits"
    regimes = plan_regimes(configuration.regimes, history.bars, cache, _warn, fitted)
    return lambda _: regimes


def _ignore_fits(_done: int, _all: int) -> None:
    pass


def _warn(remark: str) -> None:
    sys.stderr.write(f"autotrading: warning: {remark}\n")


def _sample(configuration: RunConfiguration) -> Sample:
    # Not for secrets: which moments are checked has to be the same in every run.
    random = Random(configuration.certificate.seed)  # noqa: S311
    return lambda n, k: random.sample(range(n), k)


def _make_venue(instruments: Mapping[str, Instrument], rules: VenueRules) -> SimulatedVenue:
    return SimulatedVenue(instruments.values(), rules)


def _config_hash(configuration: RunConfiguration, request: HistoryRequest | None, catalog: MarketCatalog | None) -> str:
    return config_hash(configuration, {} if request is None else request.files, catalog)


def _decision_watch(configuration: RunConfiguration) -> DecisionWatch | None:
    limit_s = configuration.decision_limit_s
    return None if limit_s is None else TimerDecisionWatch(limit_s, _warn)


def _code_hash(configuration: RunConfiguration) -> str:
    return code_hash(own_code_of(configuration))


def _number_of_samples(configuration: RunConfiguration) -> int:
    return configuration.certificate.samples


class BacktestContainer(containers.DeclarativeContainer):
    """Makes the plan of one backtest from a configuration."""

    configuration = providers.Dependency(instance_of=RunConfiguration)
    source = providers.Dependency(instance_of=ConfigurationSource)
    fitted = providers.Object(_ignore_fits)

    rule_books = providers.Singleton(_rule_books, configuration, source)
    catalog = providers.Singleton(_catalog, configuration, source)
    request = providers.Singleton(_history_request, configuration, source, rule_books, catalog)
    market = providers.Selector(
        providers.Callable(_market_kind, configuration),
        files=providers.Singleton(load_history, request, catalog),
        synthetic=providers.Singleton(_synthetic_history, configuration, source),
    )
    history = providers.Singleton(_with_rule_changes, market, rule_books)
    # Rule books come before the history: what is wrong with a configuration is said before files are read.
    instruments = providers.Singleton(_instruments, rule_books, configuration, source, history)
    venue_rules = providers.Singleton(_venue_rules, configuration)
    venue = providers.Factory(_make_venue, instruments, venue_rules)
    account_terms = providers.Callable(_account_terms, configuration)
    regimes = providers.Callable(_regimes, configuration, source, history, fitted)

    plan = providers.Factory(
        BacktestPlan,
        # First: a gate that lets bad orders pass is found before any data is read.
        gate=providers.Callable(_checked_gate, configuration, source),
        instruments=instruments,
        history=history,
        name=configuration.provided.name,
        start_equity=configuration.provided.account.equity,
        strategies=providers.Callable(_strategy_plans, configuration),
        risk=configuration.provided.risk,
        terms=account_terms,
        allocation=providers.Callable(_allocation, configuration),
        regimes=regimes,
        make_venue=venue.provider,
        sample=providers.Callable(_sample, configuration),
        n_samples=providers.Callable(_number_of_samples, configuration),
        half_spread=providers.Callable(_half_spread, configuration),
        assumptions=providers.Callable(assumptions_of, configuration, rule_books, history),
        code_hash=providers.Callable(_code_hash, configuration),
        config_hash=providers.Callable(_config_hash, configuration, request, catalog),
        watch=providers.Callable(_decision_watch, configuration),
    )


def plan_backtest(
    configuration: RunConfiguration, source: ConfigurationSource, fitted: Fitted = _ignore_fits
) -> BacktestPlan:
    """Return everything that a backtest needs; the market is loaded or generated, and models are fitted on the way.

    Args:
        configuration: What is asked for.
        source: Where the configuration comes from.
        fitted: Is told how many models have been fitted, and how many there will be.

    Raises:
        ConfigurationError: The configuration does not fit the instruments or the model.
        DataError: A file of market data is bad.
    """
    container = BacktestContainer(configuration=configuration, source=source)
    container.fitted.override(providers.Object(fitted))
    plan: BacktestPlan = container.plan()
    return plan


def plan_again(
    configuration: RunConfiguration,
    source: ConfigurationSource,
    history: MarketHistory,
    instruments: Mapping[str, Instrument],
    regimes: RegimePlan | None,
) -> BacktestPlan:
    """Return the plan of a run elsewhere, whose market is loaded and whose models are fitted.

    Args:
        configuration: As `plan_backtest` had it.
        source: The same.
        history: The market of that run.
        instruments: Its trading rules at the start.
        regimes: How it judges its markets; None where it does not.

    Raises:
        ConfigurationError: The configuration does not fit the instruments or the model.
    """
    container = BacktestContainer(configuration=configuration, source=source)
    container.history.override(providers.Object(history))
    container.instruments.override(providers.Object(instruments))
    container.regimes.override(providers.Object(None if regimes is None else lambda _: regimes))
    # Nothing is read again that may have changed since, and nothing worked out that decides nothing.
    plan: BacktestPlan = container.plan(assumptions=(), config_hash="", code_hash="")
    return plan
