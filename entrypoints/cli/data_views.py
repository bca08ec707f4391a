"""The commands `data list` and `data show`."""

import os
from typing import Final

from application.errors import DataError
from application.market_series import SeriesKey
from entrypoints.cli.data_documents import series_document, whole_document, write_json
from entrypoints.data_container import open_catalog

_ROWS_SHOWN: Final = 3


def list_series(*, as_json: bool) -> None:
    """Print every series of the catalogue.

    Raises:
        DataError: Some are damaged; the others were printed.
    """
    catalog = open_catalog(os.environ)
    series, damaged = catalog.list_series(), catalog.damaged_series()
    if as_json:
        write_json(
            {
                "catalog": str(catalog.root),
                "series": [series_document(info) for info in series],
                "damaged": [{"series": str(key), "problem": problem} for key, problem in damaged.items()],
            }
        )
    else:
        from entrypoints.terminal.catalog_tables import print_list  # noqa: PLC0415

        print_list(series, catalog.root)
    if damaged:
        (key, problem), *others = damaged.items()
        more = f", and {len(others)} more" if others else ""
        raise DataError(f"{problem}; autotrading data delete {key} removes it{more}")


def show_series(key: SeriesKey, *, as_json: bool) -> None:
    """Print what is known of one series, and its first and last rows."""
    catalog = open_catalog(os.environ)
    info = catalog.info(key)
    if as_json:
        write_json(whole_document(info))
        return
    from entrypoints.terminal.catalog_tables import print_series  # noqa: PLC0415

    first = next(catalog.rows(key, end_ns=info.partitions[0].end_ns + 1)).part(0, _ROWS_SHOWN)
    *_, end = catalog.rows(key, start_ns=info.partitions[-1].start_ns)
    print_series(info, first, end.part(max(0, len(end) - _ROWS_SHOWN), len(end)))
