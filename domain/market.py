"""What the market shows: bars, marks, funding, trades, and whole histories of them.

A history is columns, checked once as a whole; a `Bar` is one row of it. Prices here are
``float64`` observations for estimating; whatever meets an order or the books goes through
`domain.numbers.exact` first.
"""

from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from itertools import chain, repeat
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from attrs import Attribute, field, frozen
from numpy.typing import NDArray

from domain.errors import InvalidMarketDataError
from domain.time_units import iso_utc

Float64Array: TypeAlias = NDArray[np.float64]
Int64Array: TypeAlias = NDArray[np.int64]

_BARS_PER_CHUNK: Final = 4096


class Bar(NamedTuple):
    """Trading over one interval [opened, closed) of one instrument; named by its close.

    A tuple, because one is made for every row of every run: making one costs a quarter
    of a frozen attrs instance. Its values were checked with the series it comes from.

    Attributes:
        symbol: Instrument, for example ``BTCUSDT``.
        opened_at_ns: First instant of the interval.
        closed_at_ns: First instant after the interval; the bar is known from then on.
        open: First price, quote per base.
        high: Highest price.
        low: Lowest price.
        close: Last price.
        volume: Quantity traded, in base units.
    """

    symbol: str
    opened_at_ns: int
    closed_at_ns: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class MarkPrice(NamedTuple):
    """The venue's fair price at one instant: values PnL and triggers liquidation."""

    symbol: str
    at_ns: int
    price: float


class Trade(NamedTuple):
    """One trade on the venue's tape, as the market saw it."""

    symbol: str
    traded_at_ns: int
    price: float
    quantity: float
    buyer_is_maker: bool


@frozen
class FundingEvent:
    """One funding settlement: everyone who holds a position at this instant pays or receives.

    Attributes:
        symbol: Instrument.
        settled_at_ns: The funding time.
        rate: Fraction of notional at the mark price; positive means longs pay shorts.
        is_assumed: The rate was not published in our data but assumed by configuration.
    """

    symbol: str
    settled_at_ns: int
    rate: Decimal
    is_assumed: bool = False


def _read_only(array: NDArray[np.generic]) -> NDArray[np.generic]:
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def _float_column(values: object) -> Float64Array:
    return _read_only(np.asarray(values, dtype=np.float64))  # type: ignore[return-value]  # dtype is kept


def _int_column(values: object) -> Int64Array:
    return _read_only(np.asarray(values, dtype=np.int64))  # type: ignore[return-value]  # dtype is kept


@frozen(eq=False)
class BarSeries:
    """The bars of one instrument in time order, as equally long read-only columns.

    If it exists, it is valid: strictly increasing opens at least one interval apart,
    finite positive prices, ``low <= open, close <= high``, finite volumes that are not
    negative. Gaps are allowed; overlaps are not.

    Attributes:
        symbol: Instrument, for example ``BTCUSDT``.
        interval_ns: Length of each bar.
        opened_at_ns: Open instants, shape (n_bars,).
        open: First prices, shape (n_bars,), quote per base.
        high: Highest prices, same shape.
        low: Lowest prices, same shape.
        close: Last prices, same shape.
        volume: Quantities traded in base units, same shape.

    Raises:
        InvalidMarketDataError: A rule above is broken; the message names symbol, column, row and value.
    """

    symbol: str
    interval_ns: int = field()
    opened_at_ns: Int64Array = field(converter=_int_column, repr=False)
    open: Float64Array = field(converter=_float_column, repr=False)
    high: Float64Array = field(converter=_float_column, repr=False)
    low: Float64Array = field(converter=_float_column, repr=False)
    close: Float64Array = field(converter=_float_column, repr=False)
    volume: Float64Array = field(converter=_float_column, repr=False)

    @interval_ns.validator
    def _interval_is_positive(self, _: "Attribute[int]", value: int) -> None:
        if value <= 0:
            raise InvalidMarketDataError(f"{self.symbol}: interval must be positive, got {value} ns")

    def __attrs_post_init__(self) -> None:
        n_bars = self.opened_at_ns.shape[0]
        for name in ("open", "high", "low", "close", "volume"):
            if getattr(self, name).shape != (n_bars,):
                raise InvalidMarketDataError(
                    f"{self.symbol}: column {name} has {getattr(self, name).shape[0]} rows, opened_at_ns has {n_bars}"
                )
        self._check_prices()
        self._check_times()

    def _check_prices(self) -> None:
        for name in ("open", "high", "low", "close"):
            column: Float64Array = getattr(self, name)
            self._refuse_where(~np.isfinite(column), name, "is not a finite number")
            self._refuse_where(column <= 0, name, "is not positive")
        self._refuse_where(~np.isfinite(self.volume), "volume", "is not a finite number")
        self._refuse_where(self.volume < 0, "volume", "is negative")
        self._refuse_where(self.high < self.low, "high", "is below low")
        self._refuse_where(self.high < np.maximum(self.open, self.close), "high", "is below open or close")
        self._refuse_where(self.low > np.minimum(self.open, self.close), "low", "is above open or close")

    def _check_times(self) -> None:
        steps = np.diff(self.opened_at_ns)
        bad = np.flatnonzero(steps < self.interval_ns)
        if bad.size:
            row = int(bad[0]) + 1
            before, after = int(self.opened_at_ns[row - 1]), int(self.opened_at_ns[row])
            what = "repeats" if after == before else "goes backwards" if after < before else "overlaps the bar before"
            raise InvalidMarketDataError(
                f"{self.symbol}: row {row}: open time {iso_utc(after)} {what} (row before: {iso_utc(before)})"
            )

    def _refuse_where(self, bad: NDArray[np.bool_], column: str, what: str) -> None:
        rows = np.flatnonzero(bad)
        if rows.size:
            row = int(rows[0])
            value = float(getattr(self, column)[row])
            raise InvalidMarketDataError(
                f"{self.symbol}: row {row} ({iso_utc(int(self.opened_at_ns[row]))}): {column} {value!r} {what}"
            )

    def __len__(self) -> int:
        return int(self.opened_at_ns.shape[0])

    @property
    def closed_at_ns(self) -> Int64Array:
        """Close instants, shape (n_bars,)."""
        return self.opened_at_ns + np.int64(self.interval_ns)

    def bars(self) -> Iterator[Bar]:
        """Yield the rows as bars, in time order, holding only a few thousand of them in memory at once."""
        return chain.from_iterable(
            self.bars_between(row, row + _BARS_PER_CHUNK) for row in range(0, len(self), _BARS_PER_CHUNK)
        )

    def bars_between(self, start: int, stop: int) -> Iterator[Bar]:
        """Yield rows ``start`` to ``stop`` (exclusive) as bars; fewer where the series ends before."""
        part = slice(start, stop)
        opened = self.opened_at_ns[part]
        closed = opened + np.int64(self.interval_ns)
        prices = (self.open[part], self.high[part], self.low[part], self.close[part], self.volume[part])
        rows = zip(repeat(self.symbol), *(column.tolist() for column in (opened, closed, *prices)), strict=False)
        # Past `Bar._make`, whose Python-level length check costs as much as the bar itself.
        return map(tuple.__new__, repeat(Bar), rows)

    def rows(self, start: int, stop: int) -> "BarSeries":
        """Return rows ``start`` to ``stop`` (exclusive) as a series of its own, sharing no memory with this one."""
        part = slice(start, stop)
        columns = (self.opened_at_ns, self.open, self.high, self.low, self.close, self.volume)
        return BarSeries(self.symbol, self.interval_ns, *(column[part].copy() for column in columns))

    def where(self, keep: NDArray[np.bool_]) -> "BarSeries":
        """Return the rows for which ``keep``, shape (n_bars,), is true, as a series of its own."""
        columns = (self.opened_at_ns, self.open, self.high, self.low, self.close, self.volume)
        return BarSeries(self.symbol, self.interval_ns, *(column[keep] for column in columns))

    def known_by(self, at_ns: int) -> "BarSeries":
        """Return only the bars that have closed at or before this instant, sharing no memory with the rest."""
        return self.rows(0, int(np.searchsorted(self.opened_at_ns, at_ns - self.interval_ns, side="right")))

    def between(self, start_ns: int | None, end_ns: int | None) -> "BarSeries":
        """Return the bars that open at or after ``start_ns`` and close at or before ``end_ns``."""
        start = 0 if start_ns is None else int(np.searchsorted(self.opened_at_ns, start_ns, side="left"))
        stop = len(self)
        if end_ns is not None:
            stop = int(np.searchsorted(self.opened_at_ns, end_ns - self.interval_ns, side="right"))
        return self.rows(start, max(start, stop))

    def content_hash(self) -> str:
        """Return the SHA-256 of symbol, interval and every value, as hexadecimal text."""
        digest = sha256(f"{self.symbol}|{self.interval_ns}|{len(self)}".encode())
        for column in (self.opened_at_ns, self.open, self.high, self.low, self.close, self.volume):
            digest.update(column.astype(column.dtype.newbyteorder("<")).tobytes())
        return digest.hexdigest()


@frozen(eq=False)
class FundingSeries:
    """The funding settlements of one instrument in time order.

    Attributes:
        symbol: Instrument.
        settled_at_ns: Funding instants, strictly increasing, shape (n_events,).
        rates: Rate of each settlement as the decimal text published, fraction of notional.
    """

    symbol: str
    settled_at_ns: Int64Array = field(converter=_int_column, repr=False)
    rates: tuple[Decimal, ...] = field(repr=False)

    def __attrs_post_init__(self) -> None:
        if len(self.rates) != self.settled_at_ns.shape[0]:
            raise InvalidMarketDataError(
                f"{self.symbol} funding: {len(self.rates)} rates for {self.settled_at_ns.shape[0]} times"
            )
        for row, rate in enumerate(self.rates):
            if not rate.is_finite() or abs(rate) >= 1:
                raise InvalidMarketDataError(f"{self.symbol} funding: row {row}: rate {rate} is not a fraction below 1")
        bad = np.flatnonzero(np.diff(self.settled_at_ns) <= 0)
        if bad.size:
            row = int(bad[0]) + 1
            raise InvalidMarketDataError(
                f"{self.symbol} funding: row {row}: time {iso_utc(int(self.settled_at_ns[row]))} does not follow "
                f"{iso_utc(int(self.settled_at_ns[row - 1]))}"
            )

    def __len__(self) -> int:
        return len(self.rates)

    def events(self) -> Iterator[FundingEvent]:
        """Yield the settlements in time order."""
        for at, rate in zip(self.settled_at_ns.tolist(), self.rates, strict=True):
            yield FundingEvent(self.symbol, at, rate)

    def content_hash(self) -> str:
        """Return the SHA-256 of symbol, times and rates, as hexadecimal text."""
        digest = sha256(f"{self.symbol}|{len(self)}".encode())
        digest.update(self.settled_at_ns.astype("<i8").tobytes())
        digest.update("|".join(map(str, self.rates)).encode())
        return digest.hexdigest()
