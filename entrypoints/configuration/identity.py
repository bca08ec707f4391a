"""The hash of a configuration as it was understood."""

import json
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256

from application.market_request import SymbolFiles
from application.ports.market_catalog import MarketCatalog
from entrypoints.configuration.files import content_hashes
from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.configuration.structuring import plain_decimal, unstructure


def config_hash(
    configuration: RunConfiguration, files: Mapping[str, SymbolFiles], catalog: MarketCatalog | None = None
) -> str:
    """Return the SHA-256 of everything that was configured, as hexadecimal text.

    Defaults are filled in and numbers are written one way, so that how the file puts it does not matter. A file
    or series of market data counts by its content, not by its path: the same run elsewhere has the same hash. How many
    processes fit regimes and how long a decision may take are left out: no result depends on them, unless a strategy
    is stopped, and then the result says so.
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
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), default=_number)
    return sha256(text.encode()).hexdigest()


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
