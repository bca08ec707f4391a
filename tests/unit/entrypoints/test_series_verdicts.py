"""What is imported is judged at once, and what has not changed is not judged again."""

from pathlib import Path

import pytest

from application.market_import import ConflictPolicy, ReadingHints
from entrypoints.data_container import market_import, open_catalog
from tests.unit.adapters.market_data.market_files import bar_columns, write_columns

HINTS = ReadingHints()


def silent(_: float) -> None:
    return


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"AUTOTRADING_DATA_DIR": str(tmp_path / "data")}


def test_an_imported_series_has_a_verdict_on_what_it_holds_now(environment: dict[str, str], tmp_path: Path) -> None:
    write_columns(tmp_path / "BTCUSDT-1h.csv", bar_columns(60))

    (imported,) = market_import(environment)([tmp_path / "BTCUSDT-1h.csv"], HINTS, ConflictPolicy.REFUSE, silent)

    quality = open_catalog(environment).info(imported.info.key).quality
    assert quality is not None
    assert quality == imported.info.quality
    assert quality.content_hash == imported.info.content_hash


def test_what_was_imported_before_is_not_judged_again(environment: dict[str, str], tmp_path: Path) -> None:
    write_columns(tmp_path / "BTCUSDT-1h.csv", bar_columns(60))
    importing = market_import(environment)
    (first,) = importing([tmp_path / "BTCUSDT-1h.csv"], HINTS, ConflictPolicy.REFUSE, silent)

    (again,) = importing([tmp_path / "BTCUSDT-1h.csv"], HINTS, ConflictPolicy.REFUSE, silent)

    assert again.info.quality == first.info.quality
