"""The command `config check`."""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from application.errors import DataError
from application.market_request import SymbolFiles
from domain.rule_book import RuleBook
from entrypoints.checked_configuration import load_checked
from entrypoints.checked_gate import checked_gate
from entrypoints.configuration.files import history_request
from entrypoints.configuration.risk_checks import risk_warnings
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.configuration.written import configuration_text
from entrypoints.own_code.own_strategy import OwnStrategy
from entrypoints.rule_assumptions import rule_assumptions
from entrypoints.rules_in_force import configured_period


def check_configuration(path: Path) -> None:
    """Check everything that can be checked without reading market data, and print what was understood."""
    checked = load_checked(path, os.environ)
    configuration, source = checked.configuration, checked.source
    checked_gate(configuration.risk, source.name)
    if configuration.data is not None:
        _check_files(history_request(configuration.data, source).files)
    sys.stdout.write(configuration_text(configuration))
    sys.stdout.writelines(_own_code(configuration))
    sys.stdout.writelines(_rules_in_force(configuration, checked.books))
    sys.stdout.writelines(_warnings(configuration))


def _own_code(configuration: RunConfiguration) -> Iterator[str]:
    """Yield whose code a run executes beside the product's, as comments; this check has executed it already."""
    own = [(each.name, each.kind) for each in configuration.strategies if isinstance(each.kind, OwnStrategy)]
    if own:
        yield "# Own code, which was run to check this and is run by every backtest:\n"
    for name, kind in own:
        yield f"# {name}: {kind.path} ({kind.cls.__name__}), SHA-256 {kind.sha256}\n"


def _rules_in_force(configuration: RunConfiguration, books: Mapping[str, RuleBook]) -> Iterator[str]:
    """Yield the trading rules of the period, as comments: what was printed stays a configuration."""
    yield "# Trading rules in force, what is configured included:\n"
    for book in books.values():
        start_ns, end_ns = configured_period(configuration, book)
        for each in rule_assumptions(book, start_ns, end_ns):
            yield f"# {each.name}: {each.value}\n"


def _warnings(configuration: RunConfiguration) -> Iterator[str]:
    """Yield what about the risk settings does not fit together but may be meant, as comments."""
    found = risk_warnings(configuration)
    if found:
        yield "# Risk settings that may not do what was meant:\n"
    for each in found:
        yield f"# warning: {each.text}\n"


def _check_files(files: Mapping[str, SymbolFiles]) -> None:
    for symbol, each in files.items():
        for kind, path in (
            ("bars", each.bars),
            ("funding", each.funding),
            ("mark", each.mark),
            ("detail", each.detail),
        ):
            if isinstance(path, Path) and not path.is_file():
                raise DataError(f"{path}: there is no such file (data.symbols.{symbol}.{kind})")
