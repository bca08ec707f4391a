"""Recognizes files: whose data, of which kind, in which columns and units. What is not certain is asked for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from attrs import define, field
from typing_extensions import override

from adapters.market_data.text_casts import casts
from adapters.market_data.vendor_files.arrow_source import ArrowSource
from adapters.market_data.vendor_files.column_names import (
    CLOSE_TIME_COLUMN,
    COLUMN_SPECS,
    SYMBOL_COLUMN,
    ColumnSpec,
    find,
    lacking,
    match,
    sided_volumes,
)
from adapters.market_data.vendor_files.containers import Content, PackedFile, look_into
from adapters.market_data.vendor_files.conversions import Place, to_floats, to_times
from adapters.market_data.vendor_files.csv_source import CsvSource
from adapters.market_data.vendor_files.file_names import NameFacts, facts_of
from adapters.market_data.vendor_files.json_source import JsonSource
from adapters.market_data.vendor_files.symbols import plain_symbol
from adapters.market_data.vendor_files.table_source import TableSource, Wanted
from adapters.market_data.vendor_files.time_columns import NS_PER_UNIT, TimeReading
from adapters.market_data.vendor_files.vendor_file import VendorFile
from application.errors import DataError
from application.market_import import ReadingHints, TimeUnit
from application.market_series import Market, SeriesKey, SeriesKind
from application.ports.market_import import MarketFiles
from domain.market import Float64Array, Int64Array
from domain.time_units import NS_PER_MS, format_interval

_COLUMNS_SHOWN_MAX: Final = 12
# Kinds that their columns tell, the most particular first.
_BY_COLUMNS: Final = (SeriesKind.FUNDING, SeriesKind.TRADES, SeriesKind.METRICS, SeriesKind.BARS, SeriesKind.MARK)
_LOOKED_FOR: Final = "; ".join(
    f"{kind.value} ({', '.join(spec.known_as for spec in COLUMN_SPECS[kind] if spec.is_needed)})"
    for kind in (SeriesKind.BARS, SeriesKind.TRADES, SeriesKind.FUNDING, SeriesKind.METRICS)
)
# This share of neighboring rows has to be one interval apart for the rows to tell their interval alone.
_REGULAR_SHARE_MIN: Final = 0.9
_ROWS_TO_JUDGE_INTERVAL: Final = 3
_SPOT_DECIMALS: Final = 8
_PRICE_KINDS: Final = "--kind mark, index or premium"


class VendorFiles(MarketFiles):
    """Recognizes the venue's archive and REST answers, and tables of bars as vendors and other tools write them."""

    @override
    def recognize(self, path: Path, hints: ReadingHints, /) -> VendorFile:
        return _Recognition(path, hints).result()


@define(eq=False)
class _Recognition:
    """One file on its way to being recognized."""

    path: Path
    hints: ReadingHints
    source: TableSource = field(init=False)
    sample: pa.Table = field(init=False)
    names: NameFacts = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.source = _open(look_into(self.path))
        self._check_names_differ()
        self.sample = self.source.sample()
        if self.sample.num_rows == 0:
            raise DataError(f"{self.path}: holds no rows")
        self.names = facts_of(self.path)

    def result(self) -> VendorFile:
        """Return the file, recognized.

        Raises:
            DataError: It is not recognized, or something has to be asked for.
        """
        self._check_chosen_columns()
        kind, columns = self._kind_and_columns()
        symbol, symbol_column = self._symbol()
        times, opened_at_ns = self._times(columns)
        interval_ns = self._interval_ns(opened_at_ns) if kind.has_bars else None
        market, notes = self._market(kind, columns, times)
        return VendorFile(
            path=self.path,
            key=self._key(market, kind, symbol, interval_ns),
            source=self.source,
            columns=columns,
            times=times,
            symbol_column=symbol_column,
            more_notes=notes,
        )

    def _ask(self, what: str, option: str) -> DataError:
        return DataError(f"{self.path}: {what}; say {option}")

    def _check_names_differ(self) -> None:
        names = self.source.names
        twice = next((name for name in names if name and names.count(name) > 1), None)
        if twice is not None:
            raise DataError(f"{self.path}: has more than one column {twice}, and nobody can tell which of them counts")

    def _check_chosen_columns(self) -> None:
        for known_as, name in self.hints.columns.items():
            if name not in self.source.names:
                raise DataError(f"{self.path}: there is no column {name} for {known_as} (found: {self._shown_names()})")

    def _shown_names(self) -> str:
        return ", ".join(self.source.names[:_COLUMNS_SHOWN_MAX])

    def _key(self, market: Market, kind: SeriesKind, symbol: str, interval_ns: int | None) -> SeriesKey:
        try:
            return SeriesKey(market, kind, symbol, interval_ns)
        except ValueError as error:
            raise self._ask(str(error), "--symbol") from error

    # Whose data

    def _symbol(self) -> tuple[str, str | None]:
        """Return the symbol, and the column that repeats it."""
        column, told = find(self.source.names, SYMBOL_COLUMN), self._told_symbol()
        if self.hints.symbol is not None:
            return self.hints.symbol, column if told == self.hints.symbol else None
        if told and self.names.symbol and told != self.names.symbol:
            raise self._ask(f"its name says {self.names.symbol}, its column {column} says {told}", "--symbol")
        symbol = told or self.names.symbol
        if not symbol:
            raise self._ask("neither its name nor its content tells the symbol", "--symbol, such as BTCUSDT")
        return symbol, column

    def _told_symbol(self) -> str | None:
        """Return the symbol that the first row tells, if there is a column for it."""
        column = find(self.source.names, SYMBOL_COLUMN)
        return None if column is None else plain_symbol(str(self.sample.column(column)[0].as_py()))

    def _market(
        self, kind: SeriesKind, columns: Mapping[ColumnSpec, str], times: TimeReading
    ) -> tuple[Market, tuple[str, ...]]:
        market = self.hints.market or self.names.market
        if market is not None:
            return market, ()
        if kind is SeriesKind.BARS and (TimeUnit.US in times.seen or self._has_spot_decimals(columns)):
            signs = "microseconds" if TimeUnit.US in times.seen else "eight decimals"
            raise self._ask(
                f"it looks like a file of the spot market ({signs}), and its name does not tell", "--market"
            )
        return Market.UM, ("Neither its name nor its folders tell the market; taken for um.",)

    def _has_spot_decimals(self, columns: Mapping[ColumnSpec, str]) -> bool:
        """Whether prices are written as only the spot archive of the venue writes them."""
        if find(self.source.names, CLOSE_TIME_COLUMN) is None:
            return False
        name = next(name for spec, name in columns.items() if spec.ours == "close")
        if not pa.types.is_string(self.sample.schema.field(name).type):
            return False
        texts = (str(text) for text in self.sample.column(name).to_pylist())
        return all(len(text.partition(".")[2]) == _SPOT_DECIMALS for text in texts)

    # Which kind

    def _kind_and_columns(self) -> tuple[SeriesKind, dict[ColumnSpec, str]]:
        symbol = self.hints.symbol or self.names.symbol or self._told_symbol() or ""
        chosen = {**sided_volumes(self.source.names, symbol), **self.hints.columns}
        if self.hints.kind is not None:
            return self.hints.kind, self._columns_of(self.hints.kind, chosen)
        for kind in _BY_COLUMNS:
            columns = match(kind, self.source.names, chosen)
            if not lacking(kind, columns):
                found = self._kind_of_bars(kind) if kind.has_bars else kind
                return found, self._columns_of(found, chosen)
        raise DataError(
            f"{self.path}: is none of what was looked for: {_LOOKED_FOR}; found columns {self._shown_names()}"
        )

    def _columns_of(self, kind: SeriesKind, chosen: Mapping[str, str]) -> dict[ColumnSpec, str]:
        columns = match(kind, self.source.names, chosen)
        if kind is SeriesKind.FUNDING and lacking(kind, columns) and self._is_funding_in_open():
            columns |= match(kind, self.source.names, {"funding_rate": "open"})
        missing = lacking(kind, columns)
        if missing:
            raise DataError(
                f"{self.path}: {kind.value} need columns {', '.join(missing)} (found: {self._shown_names()}); "
                f"say --column {missing[0]}=NAME"
            )
        return columns

    def _is_funding_in_open(self) -> bool:
        """Whether it is a table of bars that has funding rates in its first price, and zeros in the others."""
        if not {"open", "high", "low", "close"} <= set(self.source.names):
            return False
        others = [self._floats(name) for name in ("high", "low", "close")]
        return all((values == 0).all() for values in others) and bool((np.abs(self._floats("open")) < 1).all())

    def _kind_of_bars(self, kind: SeriesKind) -> SeriesKind:
        named = self.names.kind
        if named is SeriesKind.FUNDING and self._is_funding_in_open():
            return named
        if named is not None and not named.has_bars:
            raise self._ask(f"its name says {named.value}, its columns are bars", "--kind")
        if named is not None and named is not SeriesKind.BARS:
            return named
        if kind is not SeriesKind.BARS:
            raise self._ask("its bars have no volume, and its name does not tell of what they are", _PRICE_KINDS)
        if self._is_untraded():
            raise self._ask("its bars count ticks but no volume, so nothing was traded at these prices", _PRICE_KINDS)
        return SeriesKind.BARS

    def _is_untraded(self) -> bool:
        columns = {spec.ours: name for spec, name in match(SeriesKind.BARS, self.source.names, {}).items()}
        if not {"volume", "trades"} <= columns.keys():
            return False
        volume, trades = self._floats(columns["volume"]), self._floats(columns["trades"])
        return not volume.any() and bool((trades > 0).any())

    def _floats(self, name: str) -> Float64Array:
        return to_floats(Place(self.path, 0, name), self.sample.column(name).combine_chunks())

    # When

    def _times(self, columns: Mapping[ColumnSpec, str]) -> tuple[TimeReading, Int64Array]:
        """Return how times are read, and those of the first rows."""
        name = next(name for spec, name in columns.items() if spec.wanted is Wanted.TIME)
        return self._read_times(name)

    def _read_times(self, name: str) -> tuple[TimeReading, Int64Array]:
        column = self.sample.column(name).combine_chunks()
        reading = TimeReading(self.hints.time_unit)
        if pa.types.is_string(column.type) and self.hints.time_unit is None and not casts(column, pa.int64()):
            reading = _text_reading(column)
        return reading, to_times(reading)(Place(self.path, 0, name), column)

    def _interval_ns(self, opened_at_ns: Int64Array) -> int:
        if self.hints.interval_ns is not None:
            return self.hints.interval_ns
        if self.names.months is not None:
            raise DataError(f"{self.path}: bars of {self.names.months} have no fixed length; they are not stored")
        steps = np.diff(np.unique(opened_at_ns)).astype(np.int64)
        told = self.names.interval_ns or self._interval_by_close(opened_at_ns) or _regular_step(steps)
        if told is None:
            raise self._ask("neither its name nor its rows tell the interval", "--interval, such as 1h")
        if steps.shape[0] >= _ROWS_TO_JUDGE_INTERVAL - 1 and int(steps.min()) != told:
            raise self._ask(
                f"its name or its close times say {format_interval(told)}, but the nearest rows are "
                f"{format_interval(int(steps.min()))} apart",
                "--interval",
            )
        return told

    def _interval_by_close(self, opened_at_ns: Int64Array) -> int | None:
        """Return the interval that the close times tell, which are one unit before the next bar."""
        name = find(self.source.names, CLOSE_TIME_COLUMN)
        if name is None:
            return None
        reading, closed_at_ns = self._read_times(name)
        unit_ns = next((NS_PER_UNIT[unit] for unit in reading.seen), NS_PER_MS)
        lengths = np.unique(closed_at_ns + unit_ns - opened_at_ns)
        return int(lengths[0]) if lengths.shape[0] == 1 and lengths[0] > 0 else None


def _text_reading(column: pa.Array) -> TimeReading:
    if casts(column[:1], pa.timestamp("ns")):
        return TimeReading(is_text=True)
    if casts(column[:1], pa.timestamp("ns", "UTC")):
        return TimeReading(is_text=True, has_offset=True)
    # Whole numbers, but for some: the first value that is none will be named.
    return TimeReading()


def _regular_step(steps: Int64Array) -> int | None:
    """Return the step between neighboring rows if nearly all are alike."""
    if steps.shape[0] < _ROWS_TO_JUDGE_INTERVAL - 1:
        return None
    step = int(steps.min())
    return step if float((steps == step).mean()) >= _REGULAR_SHARE_MIN else None


def _open(file: PackedFile) -> TableSource:
    match file.content:
        case Content.TEXT:
            return CsvSource(file)
        case Content.JSON:
            return JsonSource(file)
        case _:
            return ArrowSource(file)
