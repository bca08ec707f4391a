"""Reads whole series, from files or from the catalogue."""

from pathlib import Path

from attrs import evolve, frozen

from adapters.market_data.bar_files import read_bars, read_mark_bars
from adapters.market_data.funding_files import read_funding
from application.errors import DataError
from application.market_request import MarketSource
from application.market_series import SeriesKey
from application.ports.market_catalog import MarketCatalog
from domain.market import BarSeries, FundingSeries


@frozen
class SeriesReading:
    """Reads what sources mean, every rule checked.

    Attributes:
        catalog: Where series of the catalogue are; None if there are none to be read.
    """

    catalog: MarketCatalog | None

    def bars(self, source: MarketSource, symbol: str, interval_ns: int) -> BarSeries:
        """Return traded bars.

        Raises:
            DataError: They are missing, or anything in them cannot be true.
        """
        if isinstance(source, Path):
            return read_bars(source, symbol=symbol, interval_ns=interval_ns)
        series = self._catalog(source).bar_series(source)
        # The catalogue names a spot pair as its market does.
        return series if series.symbol == symbol else evolve(series, symbol=symbol)

    def marks(self, source: MarketSource, symbol: str, interval_ns: int) -> BarSeries:
        """Return bars of the mark price, whose volumes are zero.

        Raises:
            DataError: They are missing, or anything in them cannot be true.
        """
        if isinstance(source, Path):
            return read_mark_bars(source, symbol=symbol, interval_ns=interval_ns)
        return self._catalog(source).bar_series(source)

    def funding(self, source: MarketSource, symbol: str) -> FundingSeries:
        """Return funding settlements.

        Raises:
            DataError: They are missing, or anything in them cannot be true.
        """
        if isinstance(source, Path):
            return read_funding(source, symbol=symbol)
        return self._catalog(source).funding_series(source)

    def _catalog(self, key: SeriesKey) -> MarketCatalog:
        if self.catalog is None:
            raise DataError(f"{key}: there is no catalogue to read it from")
        return self.catalog
