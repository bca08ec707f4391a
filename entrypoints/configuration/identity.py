"""What makes a configuration the same one elsewhere: its hash as it was understood, and the own code that it names."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from hashlib import sha256
from pathlib import PurePath

from application.market_request import SymbolFiles
from application.ports.market_catalog import MarketCatalog
from entrypoints.configuration.files import content_hashes
from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.configuration.structuring import plain_decimal, unstructure
from entrypoints.own_code.own_strategy import OwnStrategy


def config_hash(
    configuration: RunConfiguration, files: Mapping[str, SymbolFiles], catalog: MarketCatalog | None = None
) -> str:
    """Return the SHA-256 of everything that was configured, as hexadecimal text.

    Defaults are filled in and numbers are written one way, so that how the file puts it does not matter. A file
    or series of market data counts by its content, not by its path: the same run elsewhere has the same hash. How many
    processes fit regimes and how long a decision may take are left out: no result depends on them, unless a strategy
    is stopped, and then the result says so. Of own strategies there is the name alone, without the folder of an
    absolute path; what is in them is part of the hash of the code.
    """
    plain = unstructure(configuration)
    data = plain["data"]
    if isinstance(data, dict):
        data["root"] = None
        data["symbols"] = _by_content(data["symbols"], files, catalog)
    del plain["decision_limit_s"]
    regimes = plain["regimes"]
    if isinstance(regimes, dict):
        del regimes["workers"]
    strategies = plain["strategies"]
    if isinstance(strategies, list):
        for section in strategies:
            if isinstance(section, dict):
                section["kind"] = _without_folder(str(section["kind"]))
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), default=_number)
    return sha256(text.encode()).hexdigest()


def own_code_of(configuration: RunConfiguration) -> Iterator[tuple[str, str]]:
    """Yield name and SHA-256 of each own strategy, in the order in which they are configured."""
    for section in configuration.strategies:
        if isinstance(section.kind, OwnStrategy):
            yield _without_folder(section.kind.written), section.kind.sha256


def _without_folder(kind: str) -> str:
    return PurePath(kind).name if kind.startswith("~") or PurePath(kind).is_absolute() else kind


def _by_content(symbols: PlainValue, files: Mapping[str, SymbolFiles], catalog: MarketCatalog | None) -> PlainValue:
    if not isinstance(symbols, dict):
        return symbols
    for symbol, kind, digest in content_hashes(files, catalog):
        section = symbols[symbol]
        if isinstance(section, dict):
            section[kind] = digest
    return symbols


def _number(value: object) -> str:
    if isinstance(value, Decimal):
        return plain_decimal(value)
    raise TypeError(f"cannot be part of a configuration: {value!r}")
