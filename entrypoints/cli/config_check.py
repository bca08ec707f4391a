"""The command `config check`."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from application.errors import DataError
from application.market_request import SymbolFiles
from entrypoints.configuration.files import history_request
from entrypoints.configuration.loading import load_configuration
from entrypoints.configuration.written import configuration_text
from entrypoints.instruments_in_force import instruments_in_force


def check_configuration(path: Path) -> None:
    """Check everything that can be checked without reading market data, and print what was understood."""
    configuration, source = load_configuration(path, os.environ)
    instruments_in_force(configuration, source)
    if configuration.data is not None:
        _check_files(history_request(configuration.data, source).files)
    sys.stdout.write(configuration_text(configuration))


def _check_files(files: Mapping[str, SymbolFiles]) -> None:
    for symbol, each in files.items():
        for kind, path in (
            ("bars", each.bars),
            ("funding", each.funding),
            ("mark", each.mark),
            ("detail", each.detail),
        ):
            if path is not None and not path.is_file():
                raise DataError(f"{path}: there is no such file (data.symbols.{symbol}.{kind})")
