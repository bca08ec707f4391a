"""The command `config check`."""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from adapters.instrument_rules.rules_file import read_versions
from application.errors import DataError
from application.market_request import SymbolFiles
from domain.rule_book import RuleBook
from domain.time_units import to_ns
from entrypoints.configuration.files import history_request
from entrypoints.configuration.loading import load_configuration
from entrypoints.configuration.risk_checks import risk_warnings
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.configuration.written import configuration_text
from entrypoints.data_directory import refreshed_rules_file
from entrypoints.rule_assumptions import rule_assumptions
from entrypoints.rules_in_force import rule_books_in_force


def check_configuration(path: Path) -> None:
    """Check everything that can be checked without reading market data, and print what was understood."""
    configuration, source = load_configuration(path, os.environ)
    books = rule_books_in_force(configuration, source, read_versions(refreshed_rules_file(source.environment)))
    if configuration.data is not None:
        _check_files(history_request(configuration.data, source).files)
    sys.stdout.write(configuration_text(configuration))
    sys.stdout.writelines(_rules_in_force(configuration, books))
    sys.stdout.writelines(_warnings(configuration))


def _rules_in_force(configuration: RunConfiguration, books: Mapping[str, RuleBook]) -> Iterator[str]:
    """Yield the trading rules of the period, as comments: what was printed stays a configuration."""
    yield "# Trading rules in force, what is configured included:\n"
    for book in books.values():
        start_ns, end_ns = _period(configuration, book)
        for each in rule_assumptions(book, start_ns, end_ns):
            yield f"# {each.name}: {each.value}\n"


def _warnings(configuration: RunConfiguration) -> Iterator[str]:
    """Yield what about the risk settings does not fit together but may be meant, as comments."""
    found = risk_warnings(configuration)
    if found:
        yield "# Risk settings that may not do what was meant:\n"
    for each in found:
        yield f"# warning: {each.text}\n"


def _period(configuration: RunConfiguration, book: RuleBook) -> tuple[int, int]:
    """Return the configured period; where it is open, the time over which anything is known of the rules."""
    data = configuration.data
    start = None if data is None else data.start
    end = None if data is None else data.end
    dates = [version.effective_at_ns for version in book.versions] or [0]
    start_ns = dates[0] if start is None else to_ns(start)
    return start_ns, max(start_ns, dates[-1] if end is None else to_ns(end))


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
