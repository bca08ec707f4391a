"""Wires what the `data` commands and runs on the catalogue need: which folder, which adapters."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.clock.system_clock import SystemClock
from adapters.market_data.catalog.parquet_catalog import ParquetMarketCatalog
from application.ports.market_import import MarketImport
from entrypoints.data_directory import DATA_DIRECTORY_VARIABLE, data_directory
from entrypoints.errors import ConfigurationError

if TYPE_CHECKING:
    from adapters.market_data.catalog.resampling import CatalogResampling

_FOLDER: Final = "catalog"


def catalog_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder of the catalogue; it may not exist yet."""
    return data_directory(environment) / _FOLDER


def open_catalog(environment: Mapping[str, str]) -> ParquetMarketCatalog:
    """Return the catalogue in the data directory.

    Raises:
        ConfigurationError: The data directory is no folder, so it is not that nothing was imported yet.
    """
    directory = data_directory(environment)
    if directory.exists() and not directory.is_dir():
        raise ConfigurationError(f"{directory}: the data directory has to be a folder ({DATA_DIRECTORY_VARIABLE})")
    return ParquetMarketCatalog(catalog_folder(environment), on_wait=_say_that_we_wait)


def market_import(environment: Mapping[str, str]) -> MarketImport:
    """Return what imports files into that catalogue, and judges them there."""
    # Most commands only read, and what writes and judges takes longer to load than they to run.
    from adapters.market_data.catalog.file_import import CatalogImport  # noqa: PLC0415
    from entrypoints.series_verdicts import JudgedImport  # noqa: PLC0415

    catalog = open_catalog(environment)
    return JudgedImport(CatalogImport(catalog, SystemClock().now_ns), catalog)


def market_resampling(environment: Mapping[str, str]) -> "CatalogResampling":
    """Return what resamples series of that catalogue."""
    from adapters.market_data.catalog.resampling import CatalogResampling  # noqa: PLC0415

    return CatalogResampling(open_catalog(environment), SystemClock().now_ns)


def _say_that_we_wait() -> None:
    sys.stderr.write("autotrading: another process is writing to the catalogue; waiting for it\n")
