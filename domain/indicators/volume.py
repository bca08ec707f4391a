"""Volume: on-balance volume and volume-weighted average prices, over a window or a session."""

from collections.abc import Iterator
from itertools import pairwise, starmap
from math import inf, nan
from typing import Final

import numpy as np

from domain.indicators.inputs import at_least, check_columns, check_volume, not_a_volume, not_finite
from domain.indicators.windows import WindowMean, window_sums
from domain.market import Float64Array, Int64Array
from domain.time_units import NS_PER_DAY, iso_utc

_BEFORE_ALL: Final = -(2**63)


class OnBalanceVolume:
    """Granville's on-balance volume, base units: volume of bars that closed higher minus that of those closing lower.

    It starts with the first bar's volume, as TA-Lib's does. Its level depends on where it starts, so that only its
    changes say something.

    References:
        Granville (1963), "Granville's New Key to Stock Market Profits".
    """

    __slots__ = ("_close_before", "_total")

    warmup_bars = 1

    def __init__(self) -> None:
        self._close_before = -inf
        self._total = 0.0

    def update(self, close: float, volume: float) -> float:
        """Take the next bar and return the total.

        Raises:
            ValueError: The close is not a finite number, or the volume not a finite one of at least zero.
        """
        if not -inf < close < inf:
            raise not_finite(close=close)
        if not 0.0 <= volume < inf:
            raise not_a_volume(volume)
        before = self._close_before
        self._close_before = close
        if close > before:
            self._total += volume
        elif close < before:
            self._total -= volume
        return self._total


def on_balance_volume(close: Float64Array, volume: Float64Array) -> Float64Array:
    """Return the on-balance volume of each bar, shape (n_bars,), as `OnBalanceVolume` defines it.

    Args:
        close: Last prices, shape (n_bars,), quote per base.
        volume: Quantities traded in base units, same shape.

    Raises:
        ValueError: A value is not a finite number, a volume is negative, or the shapes differ.
    """
    check_columns(close=close, volume=volume)
    check_volume(volume)
    signs = np.ones(close.shape)
    signs[1:] = np.sign(np.diff(close))
    return np.cumsum(signs * volume)


class RollingVwap:
    """Volume-weighted average price of the last `period` bars, quote per base; NaN where none of them traded.

    The price of a bar is the caller's choice: its close, (high + low + close) / 3, (open + high + low + close) / 4.
    """

    __slots__ = ("_turnover", "_volume", "period")

    def __init__(self, period: int) -> None:
        self._turnover = WindowMean(period)
        self._volume = WindowMean(period)
        self.period = period

    @property
    def warmup_bars(self) -> int:
        """The first average is there with this many bars."""
        return self.period

    def update(self, price: float, volume: float) -> float:
        """Take the next bar and return the average, NaN until `period` bars have come.

        Raises:
            ValueError: The price is not a finite number, or the volume not a finite one of at least zero.
        """
        if not -inf < price < inf:
            raise not_finite(price=price)
        if not 0.0 <= volume < inf:
            raise not_a_volume(volume)
        turnover, traded = self._turnover.update(price * volume), self._volume.update(volume)
        return turnover / traded if traded != 0.0 else nan


def rolling_vwap(price: Float64Array, volume: Float64Array, period: int) -> Float64Array:
    """Return the volume-weighted average price of each row's last `period` bars, as `RollingVwap` defines it.

    Args:
        price: One price per bar, shape (n_bars,), quote per base.
        volume: Quantities traded in base units, same shape.
        period: Length of the window, in bars.

    Returns:
        Shape (n_bars,); the first ``period - 1`` are NaN, and those where no bar of the window traded.

    Raises:
        ValueError: A value is not a finite number, a volume is negative, the shapes differ, or the period is below one.
    """
    at_least(1, period=period)
    check_columns(price=price, volume=volume)
    check_volume(volume)
    return _quotient(window_sums(price * volume, period), window_sums(volume, period))


class SessionVwap:
    """Volume-weighted average price since the session began, quote per base.

    A session is a stretch of `session_ns`, by default a UTC day; a bar belongs to the one in which it opens. What was
    not seen from its beginning is unknown: NaN until a session begins, so that a longer past never changes a value.
    NaN also while the session has not traded.
    """

    __slots__ = ("_session", "_turnover", "_volume", "offset_ns", "session_ns")

    def __init__(self, session_ns: int = NS_PER_DAY, offset_ns: int = 0) -> None:
        at_least(1, session_ns=session_ns)
        self.session_ns = session_ns
        self.offset_ns = offset_ns
        self._session = _BEFORE_ALL
        self._turnover = self._volume = nan

    @property
    def warmup_ns(self) -> int:
        """The first average is there, at the latest, when this much time has passed."""
        return self.session_ns

    def update(self, opened_at_ns: int, price: float, volume: float) -> float:
        """Take the next bar and return the average over its session so far.

        Raises:
            ValueError: The bar belongs to a session before the last one, the price is not a finite number, or the
                volume not a finite one of at least zero.
        """
        session, since = divmod(opened_at_ns - self.offset_ns, self.session_ns)
        if not -inf < price < inf:
            raise not_finite(price=price)
        if not 0.0 <= volume < inf:
            raise not_a_volume(volume)
        if session != self._session:
            self._begin(session, opened_at_ns, is_seen=since == 0 or self._session != _BEFORE_ALL)
        self._turnover += price * volume
        self._volume += volume
        return self._turnover / self._volume if self._volume != 0.0 else nan

    def _begin(self, session: int, opened_at_ns: int, *, is_seen: bool) -> None:
        if session < self._session:
            raise ValueError(f"opened_at_ns goes back to an earlier session, to {iso_utc(opened_at_ns)}")
        self._session = session
        self._turnover = self._volume = 0.0 if is_seen else nan


def session_vwap(
    opened_at_ns: Int64Array,
    price: Float64Array,
    volume: Float64Array,
    session_ns: int = NS_PER_DAY,
    offset_ns: int = 0,
) -> Float64Array:
    """Return the volume-weighted average price of each bar's session so far, as `SessionVwap` defines it.

    Args:
        opened_at_ns: Open instants, in time order, shape (n_bars,).
        price: One price per bar, same shape, quote per base.
        volume: Quantities traded in base units, same shape.
        session_ns: Length of a session.
        offset_ns: Where sessions begin: at this instant and at every multiple of the length from there.

    Returns:
        Shape (n_bars,); NaN before the first session that begins in sight, and while a session has not traded.

    Raises:
        ValueError: A value is not a finite number, a volume is negative, the shapes differ, or time goes back.
    """
    at_least(1, session_ns=session_ns)
    check_columns(opened_at_ns=opened_at_ns.astype(np.float64), price=price, volume=volume)
    check_volume(volume)
    turnover, traded = np.full(price.shape, nan), np.full(price.shape, nan)
    for rows in _sessions_in_sight(opened_at_ns, session_ns, offset_ns):
        turnover[rows] = np.cumsum(price[rows] * volume[rows])
        traded[rows] = np.cumsum(volume[rows])
    return _quotient(turnover, traded)


def _sessions_in_sight(opened_at_ns: Int64Array, session_ns: int, offset_ns: int) -> Iterator[slice]:
    """Yield the rows of each session whose beginning is among them, in time order."""
    sessions, since = np.divmod(opened_at_ns - np.int64(offset_ns), np.int64(session_ns))
    steps = np.diff(sessions)
    back = np.flatnonzero(steps < 0)
    if back.size:
        row = int(back[0]) + 1
        raise ValueError(
            f"opened_at_ns: row {row}: goes back to an earlier session, to {iso_utc(int(opened_at_ns[row]))}"
        )
    edges = [*(np.flatnonzero(steps) + 1).tolist(), opened_at_ns.size]
    if opened_at_ns.size and since[0] == 0:
        edges.insert(0, 0)
    return starmap(slice, pairwise(edges))


def _quotient(turnover: Float64Array, traded: Float64Array) -> Float64Array:
    out = np.full(traded.shape, nan)
    np.divide(turnover, traded, out=out, where=traded != 0.0)
    return out
