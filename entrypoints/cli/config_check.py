"""The command `config check`."""

import os
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import yaml

from application.errors import DataError
from application.market_request import SymbolFiles
from entrypoints.configuration.files import history_request
from entrypoints.configuration.loading import load_configuration
from entrypoints.configuration.structuring import plain_decimal, unstructure
from entrypoints.instruments_in_force import instruments_in_force


def check_configuration(path: Path) -> None:
    """Check everything that can be checked without reading market data, and print what was understood."""
    configuration, source = load_configuration(path, os.environ)
    instruments_in_force(configuration, source)
    if configuration.data is not None:
        _check_files(history_request(configuration.data, source).files)
    plain = unstructure(configuration)
    sys.stdout.write(yaml.dump(plain, Dumper=_ExactDumper, sort_keys=False, allow_unicode=True))


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


class _ExactDumper(yaml.SafeDumper):
    """The safe dumper, with decimals as the numbers that they are."""

    def represent_decimal(self, value: Decimal) -> yaml.ScalarNode:
        """Return the scalar of a decimal."""
        text = plain_decimal(value)
        return self.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in text else 'int'}", text)


_ExactDumper.add_representer(Decimal, _ExactDumper.represent_decimal)
