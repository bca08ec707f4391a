"""When the rows of a source were taken, and what is read of them."""

from functools import partial
from pathlib import Path

import pytest

from adapters.market_data.catalog.file_import import CatalogImport
from adapters.market_data.series_sources import of_catalog, of_file
from adapters.market_data.vendor_files.recognition import VendorFiles
from application.data_validation import Terms, repair_source, validate_source
from application.errors import DataError
from application.market_import import ConflictPolicy, ReadingHints
from application.market_series import Market
from domain.data_quality import row_conflicts
from domain.time_units import NS_PER_HOUR, NS_PER_MS
from tests.catalogs import BTC_1H, IMPORTED_AT_NS, catalog_in, import_files, write_csv
from tests.unit.adapters.market_data.market_files import START_MS, START_NS, bar_columns, funding_columns, write_columns

HOUR_MS = 3_600_000


def rows(first: int, n_rows: int) -> list[tuple[int, int, int, int, int, int]]:
    return [(START_MS + (first + n) * HOUR_MS, 10, 12, 9, 11, 2) for n in range(n_rows)]


def test_a_file_does_not_tell_when_it_was_taken(tmp_path: Path) -> None:
    path = write_columns(tmp_path / "um-BTCUSDT-1h.csv", bar_columns(3))

    source = of_file(path, VendorFiles().recognize(path, ReadingHints()))

    assert source.as_of_ns is None
    assert source.name == str(path)
    assert [len(chunk) for chunk in source.bar_chunks()] == [3]
    assert source.notes[0].startswith("Read as: CSV; times in ms")


def test_the_last_rows_of_a_series_were_taken_before_the_first_import_that_brought_them(tmp_path: Path) -> None:
    catalog = catalog_in(tmp_path)
    hints = ReadingHints(market=Market.UM, symbol="BTCUSDT", interval_ns=NS_PER_HOUR)
    # Three hours, then five, then the last two of them once more.
    for hour, (first, n_rows) in enumerate([(0, 3), (0, 5), (3, 2)]):
        path = write_csv(tmp_path / f"{hour}.csv", rows(first, n_rows))
        at_ns = IMPORTED_AT_NS + hour * NS_PER_HOUR
        CatalogImport(catalog, partial(int, at_ns))([path], hints, ConflictPolicy.REFUSE, lambda _: None)

    assert of_catalog(catalog, BTC_1H).as_of_ns == IMPORTED_AT_NS + NS_PER_HOUR


def test_an_instant_that_somebody_names_goes_over_that_of_the_import(tmp_path: Path) -> None:
    catalog = catalog_in(tmp_path)
    import_files(catalog, write_columns(tmp_path / "um-BTCUSDT-1h.csv", bar_columns(3)))
    source = of_catalog(catalog, BTC_1H)

    before = validate_source(source, Terms())
    after = validate_source(source, Terms(as_of_ns=START_NS + 2 * NS_PER_HOUR + NS_PER_MS))

    assert before.quality.errors == ()
    assert [finding.count for finding in after.quality.errors] == [1]


def test_rows_of_another_kind_are_not_taken_for_bars(tmp_path: Path) -> None:
    path = write_columns(tmp_path / "um-BTCUSDT-funding.csv", funding_columns(3))
    source = of_file(path, VendorFiles().recognize(path, ReadingHints()))

    with pytest.raises(DataError, match="holds funding, no bars"):
        list(source.bar_chunks())
    assert repair_source(source, Terms(), row_conflicts.ConflictPolicy.DROP).rows.tolist() == [0, 1, 2]
