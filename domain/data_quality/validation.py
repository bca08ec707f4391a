"""Validates bars chunk by chunk, in memory that does not grow with the length of the series."""

from collections.abc import Iterable

from attrs import define, field, frozen

from domain.bar_table import BarTable
from domain.data_quality.bar_rows import BarRows, FixedBlocks, bar_rows
from domain.data_quality.findings import FindingCode
from domain.data_quality.last_bar import LastBar
from domain.data_quality.level_jumps import LevelJumps
from domain.data_quality.market_look import INTERVAL_MAX_NS, VOTES_TO_CONVICT, Habit, MarketLook
from domain.data_quality.returns import Returns
from domain.data_quality.row_times import RowTimes
from domain.data_quality.row_values import check_values
from domain.data_quality.series_quality import SeriesQuality
from domain.data_quality.standstill import Standstill
from domain.data_quality.tally import Tally
from domain.data_quality.volumes import Volumes
from domain.market import BarSeries


@frozen(kw_only=True)
class Claim:
    """What a series claims to be.

    Attributes:
        symbol: Instrument.
        interval_ns: Length of each bar.
        is_traded: Whether the bars are of trades, with volumes; bars of the mark or the index are not.
        as_of_ns: When the data were taken, so that bars closing later cannot have been finished; None if unknown.
    """

    symbol: str
    interval_ns: int
    is_traded: bool = True
    as_of_ns: int | None = None


@define
class _Plausibility:
    """The checks that look at possible rows as a market."""

    claim: Claim
    returns: Returns = field(init=False)
    last_bar: LastBar = field(init=False)
    level_jumps: LevelJumps = field(init=False)
    standstill: Standstill = field(factory=Standstill, init=False)
    volumes: Volumes = field(factory=Volumes, init=False)
    look: MarketLook = field(factory=MarketLook, init=False)

    def __attrs_post_init__(self) -> None:
        self.returns = Returns(self.claim.interval_ns)
        self.level_jumps = LevelJumps(self.claim.interval_ns)
        self.last_bar = LastBar(self.claim.interval_ns, self.claim.as_of_ns)

    def see(self, rows: BarRows, tally: Tally) -> None:
        moves, sigmas = self.returns.see(rows, tally)
        self.level_jumps.see(rows, tally)
        self.last_bar.see(rows, tally)
        if self.claim.is_traded:
            self.standstill.see(rows, tally)
            self.volumes.see(rows, tally)
            self.look.see(rows, moves, sigmas)

    def judge(self, tally: Tally) -> tuple[tuple[Habit, ...], tuple[str, ...]]:
        """Return the habits of the series and what could not be told."""
        self.last_bar.judge(tally, usual_volume=self.volumes.usual)
        habits = self.look.habits() if self.claim.interval_ns <= INTERVAL_MAX_NS else ()
        missing = [habit for habit in habits if habit.is_missing]
        if len(missing) >= VOTES_TO_CONVICT:
            listed = ", ".join(f"{habit.name} {habit.value:.3g} (real: from {habit.lowest:g})" for habit in missing)
            detail = f"{len(missing)} of {len(habits)} habits of real markets are missing: {listed}."
            tally.add(FindingCode.SYNTHETIC_LOOK, detail=detail)
        return habits, tuple(self._untold(habits))

    def _untold(self, habits: tuple[Habit, ...]) -> Iterable[str]:
        if self.claim.is_traded and not habits:
            yield "Whether it was traded or generated cannot be told: that takes 2,000 rows of at most 4 hours."
        if self.claim.as_of_ns is None:
            yield "Whether the last bar was finished cannot be told without the instant at which the data were taken."


@define
class BarValidation:
    """One series on its way through all checks; give it rows in the order found, then ask for the result once.

    How the rows are split into chunks changes nothing, to the last bit. Nothing is held but some thousand rows and
    four bytes for each bar of the stretch covered.

    Attributes:
        claim: What the series claims to be.
    """

    claim: Claim
    _tally: Tally = field(factory=Tally, init=False)
    _times: RowTimes = field(init=False)
    _plausibility: _Plausibility = field(init=False)
    _found: FixedBlocks = field(factory=FixedBlocks, init=False)
    _possible: FixedBlocks = field(factory=FixedBlocks, init=False)
    _n_rows: int = field(default=0, init=False)
    _n_sound: int = field(default=0, init=False)
    _start_ns: int | None = field(default=None, init=False)
    _end_ns: int | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._times = RowTimes(self.claim.interval_ns)
        self._plausibility = _Plausibility(self.claim)

    def add(self, chunk: BarTable | BarSeries) -> None:
        """Take the next rows."""
        rows = bar_rows(chunk, self._n_rows)
        self._n_rows += rows.n_rows
        for block in self._found.push(rows):
            self._see(block)

    def finish(self) -> SeriesQuality:
        """Return what all rows together say."""
        for block in self._found.rest():
            self._see(block)
        for block in self._possible.rest():
            self._plausibility.see(block, self._tally)
        if self._n_rows == 0:
            self._tally.add(FindingCode.EMPTY, count=0)
        gaps = self._times.judge(self._tally)
        habits, notes = self._plausibility.judge(self._tally)
        return SeriesQuality(
            symbol=self.claim.symbol,
            interval_ns=self.claim.interval_ns,
            inferred_ns=self._times.inferred_ns,
            n_rows=self._n_rows,
            n_sound=self._n_sound,
            start_ns=self._start_ns,
            end_ns=self._end_ns,
            bars_present=self._times.completeness,
            findings=self._tally.findings(),
            gaps=gaps,
            habits=habits,
            notes=notes,
        )

    def _see(self, rows: BarRows) -> None:
        good = check_values(rows, self._tally, has_volume=self.claim.is_traded)
        good &= self._times.see(rows, self._tally)
        sound = rows.where(good)
        if not sound.n_rows:
            return
        self._n_sound += sound.n_rows
        self._widen(int(sound.opened_at_ns.min()), int(sound.opened_at_ns.max()) + self.claim.interval_ns)
        for block in self._possible.push(sound):
            self._plausibility.see(block, self._tally)

    def _widen(self, start_ns: int, end_ns: int) -> None:
        self._start_ns = start_ns if self._start_ns is None else min(self._start_ns, start_ns)
        self._end_ns = end_ns if self._end_ns is None else max(self._end_ns, end_ns)


def validate_bars(claim: Claim, chunks: Iterable[BarTable | BarSeries]) -> SeriesQuality:
    """Return what the rows of all chunks, in the order found, say about a series."""
    validation = BarValidation(claim)
    for chunk in chunks:
        validation.add(chunk)
    return validation.finish()
