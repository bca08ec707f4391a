"""What no single key can get wrong: sections that do not fit together."""

from collections.abc import Collection, Iterator
from typing import Final

from adapters.synthetic.instruments import MAJORS
from application.market_series import Market
from domain.instrument import SPOT_SUFFIX, is_spot, kind_of, venue_symbol
from entrypoints.configuration.carry_checks import check_carry
from entrypoints.configuration.keys import KeyProblem, joined, nearest
from entrypoints.configuration.sections import (
    DataSection,
    InstrumentSection,
    RunConfiguration,
    StrategySection,
    SymbolData,
)

# All symbols end alike, so that any two of them are rather similar.
_SYMBOL_SIMILARITY_MIN: Final = 0.8

MODELED: Final = frozenset(instrument.symbol for instrument in MAJORS)


def cross_check(configuration: RunConfiguration) -> None:
    """Check that the sections fit together.

    Raises:
        KeyProblem: They do not; the path names the key to change.
    """
    _check_market(configuration)
    _check_strategies(configuration)
    _check_allocation(configuration)
    for symbol, section in configuration.instruments.items():
        _check_known(symbol, configuration.symbols, f"instruments.{symbol}")
        _check_kind(symbol, section, f"instruments.{symbol}")


def _check_market(configuration: RunConfiguration) -> None:
    data, synthetic = configuration.data, configuration.synthetic
    if (data is None) == (synthetic is None):
        found = "none" if data is None else "both"
        raise KeyProblem(f"exactly one of the sections data and synthetic is needed, found {found}", "data")
    if data is not None:
        _check_data(data)
    if synthetic is not None:
        _check_distinct(synthetic.symbols, "synthetic.symbols")
        for place, symbol in enumerate(synthetic.symbols):
            if symbol not in MODELED:
                path = "synthetic.symbols" + joined(place, "")
                raise KeyProblem(f"the model does not hold {symbol}; {_nearest(symbol, MODELED)}", path)


def _check_data(data: DataSection) -> None:
    if data.start is not None and data.end is not None and data.start >= data.end:
        raise KeyProblem(f"{data.end.isoformat()} is not after data.start ({data.start.isoformat()})", "data.end")
    for symbol, files in data.symbols.items():
        path = f"data.symbols.{symbol}"
        name = venue_symbol(symbol)
        if not (name.isascii() and name.isalnum() and name == name.upper()):
            problem = "expected an instrument in capital letters and digits, such as BTCUSDT, or BTCUSDT-SPOT for spot"
            raise KeyProblem(problem, path)
        _check_symbol_data(files, path)
        if is_spot(symbol):
            _check_spot_data(symbol, files, path)


def _check_spot_data(symbol: str, files: SymbolData, path: str) -> None:
    if files.catalog is not None and files.catalog is not Market.SPOT:
        raise KeyProblem(f"{symbol} is spot: of the catalogue it takes {{catalog: spot}}", path)
    for kind, text in (("funding", "pays no funding"), ("mark", "is valued at its last price")):
        if getattr(files, kind) is not None:
            raise KeyProblem(f"{symbol} is spot, which {text}: leave this out", f"{path}.{kind}")


def _check_symbol_data(files: SymbolData, path: str) -> None:
    if files.catalog is not None:
        for kind in ("bars", "funding", "mark", "detail"):
            if getattr(files, kind) is not None:
                raise KeyProblem("the catalogue is asked for, so no files are named", f"{path}.{kind}")
    elif (files.detail is None) != (files.detail_interval is None):
        missing = "detail" if files.detail is None else "detail_interval"
        raise KeyProblem("detail and detail_interval are given together or not at all", f"{path}.{missing}")


def _check_kind(symbol: str, section: InstrumentSection, path: str) -> None:
    if section.kind is not None and section.kind is not kind_of(symbol):
        problem = f"{symbol} is {kind_of(symbol).value} by its name: only that of a spot pair ends with {SPOT_SUFFIX}"
        raise KeyProblem(problem, f"{path}.kind")
    for key in ("liquidation_fee", "brackets"):
        if is_spot(symbol) and getattr(section, key) is not None:
            raise KeyProblem(f"{symbol} is spot, which is never liquidated: leave this out", f"{path}.{key}")


def _check_strategies(configuration: RunConfiguration) -> None:
    _check_distinct([strategy.name for strategy in configuration.strategies], "strategies", ".name")
    for place, strategy in enumerate(configuration.strategies):
        path = joined("strategies", joined(place, "symbols"))
        _check_distinct(strategy.symbols, path)
        for row, symbol in enumerate(strategy.symbols):
            _check_known(symbol, configuration.symbols, path + joined(row, ""))
        _check_exits(strategy, joined("strategies", joined(place, "exits")))
        check_carry(strategy, joined("strategies", joined(place, "")))
    traded = {symbol for strategy in configuration.strategies for symbol in strategy.symbols}
    for symbol in configuration.symbols:
        if symbol not in traded:
            path = f"data.symbols.{symbol}" if configuration.data is not None else "synthetic.symbols"
            raise KeyProblem(f"no strategy trades {symbol}: leave it out or name it in strategies", path)


def _check_allocation(configuration: RunConfiguration) -> None:
    allocation = configuration.allocation
    if allocation is None:
        return
    kinds = allocation.settings.matrix.kinds
    for place, strategy in enumerate(configuration.strategies):
        if strategy.kind.value not in kinds:
            problem = _without_weight(strategy, kinds, is_default=allocation.matrix is None)
            raise KeyProblem(problem, joined("strategies", joined(place, "kind")))
    names = [strategy.name for strategy in configuration.strategies]
    for name in sorted(allocation.settings.disabled):
        if name not in names:
            raise KeyProblem(f"there is no strategy {name}; {nearest(name, names)}", "allocation.disabled")


def _without_weight(strategy: StrategySection, kinds: Collection[str], *, is_default: bool) -> str:
    whose = "the weights that come with the product are" if is_default else "allocation.matrix has weights"
    kind = strategy.kind.value
    advice = f"write allocation.matrix with a weight for {kind} in each row, such as bull_low: {{{kind}: 1}}"
    return f"{whose} for {', '.join(kinds)}: {advice}, or leave allocation out"


def _check_exits(strategy: StrategySection, path: str) -> None:
    plan = strategy.exits.plan
    if plan.needs_stop and plan.stop.fraction is None and getattr(strategy.parameters, "stop_atr", None) is None:
        problem = "exits in multiples of r need a stop to begin with: set this, or the strategy's parameters.stop_atr"
        raise KeyProblem(problem, f"{path}.stop.fraction")


def _check_known(symbol: str, known: Collection[str], path: str) -> None:
    if symbol not in known:
        raise KeyProblem(f"unknown symbol {symbol}: the market does not hold it; {_nearest(symbol, known)}", path)


def _nearest(symbol: str, known: Collection[str]) -> str:
    return nearest(symbol, known, similarity_min=_SYMBOL_SIMILARITY_MIN)


def _check_distinct(names: Collection[str], path: str, suffix: str = "") -> None:
    for place, name in _repeated(names):
        raise KeyProblem(f"{name} appears twice", path + joined(place, "") + suffix)


def _repeated(names: Collection[str]) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            yield place, name
        seen.add(name)
