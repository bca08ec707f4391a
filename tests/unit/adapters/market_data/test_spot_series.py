"""Bars of a spot pair from the catalogue, which names it as its market does."""

from pathlib import Path

from adapters.market_data.loading import load_history
from application.catalog_request import with_what_is_there
from application.market_import import ReadingHints
from application.market_request import HistoryRequest, SymbolFiles
from application.market_series import Market, SeriesKey, SeriesKind
from domain.time_units import NS_PER_HOUR
from tests.catalogs import catalog_in, import_files, write_csv
from tests.unit.adapters.market_data.market_files import HOUR_MS, START_MS

SPOT = "BTCUSDT-SPOT"
KEY = SeriesKey(Market.SPOT, SeriesKind.BARS, "BTCUSDT", NS_PER_HOUR)


def test_a_pair_is_read_under_its_own_name_and_asks_for_no_funding(tmp_path: Path) -> None:
    catalog = catalog_in(tmp_path)
    rows = [(START_MS + row * HOUR_MS, 100.0 + row, 102.0 + row, 99.0 + row, 101.0 + row, 7.0) for row in range(30)]
    hints = ReadingHints(market=Market.SPOT, symbol="BTCUSDT", interval_ns=NS_PER_HOUR)
    import_files(catalog, write_csv(tmp_path / "bars.csv", rows), hints=hints)

    request = HistoryRequest(files={SPOT: SymbolFiles(bars=KEY)}, interval_ns=NS_PER_HOUR)
    history = load_history(with_what_is_there(request, catalog), catalog)

    assert history.symbols == (SPOT,)
    assert history.bars[SPOT].symbol == SPOT
    assert history.bars[SPOT].close.tolist() == [row[4] for row in rows]
    assert history.funding == {}
    assert history.notes == ()
