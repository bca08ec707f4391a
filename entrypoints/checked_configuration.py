"""A configuration with everything checked that can be checked without reading market data, by whatever command.

A run checks the same again on the period that its data really covers.
"""

from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from adapters.instrument_rules.rules_file import read_versions
from domain.rule_book import RuleBook
from entrypoints.configuration.loading import load_configuration
from entrypoints.configuration.risk_caps import HardCaps, load_caps
from entrypoints.configuration.risk_checks import check_brackets
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.data_directory import refreshed_rules_file
from entrypoints.rules_in_force import configured_period, leverage_allowed, rule_books_in_force


@frozen
class CheckedConfiguration:
    """A configuration in order, as far as that can be known of it alone; its gate is tried apart from it.

    Attributes:
        configuration: What was understood.
        source: Where it comes from.
        books: Trading rules in force, by instrument.
        caps: Hard caps in force; None without any.
    """

    configuration: RunConfiguration
    source: ConfigurationSource
    books: Mapping[str, RuleBook]
    caps: HardCaps | None


def load_checked(path: Path, variables: Mapping[str, str]) -> CheckedConfiguration:
    """Read a configuration and check it: its keys, its hard caps, and its limits by the rules of its instruments.

    Raises:
        ConfigurationError: One line naming file (or variable), key and value.
        BeyondCapsError: A setting is looser than its hard cap.
    """
    configuration, source = load_configuration(path, variables)
    books = rule_books_in_force(configuration, source, read_versions(refreshed_rules_file(source.environment)))
    allowed: dict[str, int] = {}
    for symbol, book in books.items():
        allowed |= leverage_allowed({symbol: book}, *configured_period(configuration, book))
    check_brackets(configuration, source.name, allowed)
    caps = load_caps(variables)
    within = None if caps is None else caps.on(configuration.symbols)
    return CheckedConfiguration(configuration, source, books, within)
