"""Loading a request: files are cut to one period, completed, and every assumption is noted."""

from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve

from adapters.market_data.loading import load_history
from application.errors import DataError
from application.market_history import Suspension
from application.market_request import HistoryRequest, PeriodMode, SymbolFiles
from domain.funding_schedule import AssumeRate, FundingCalendar, SkipHoles
from domain.time_units import NS_PER_HOUR, NS_PER_MINUTE
from tests.unit.adapters.market_data.market_files import (
    HOUR_MS,
    START_MS,
    START_NS,
    Columns,
    bar_columns,
    funding_columns,
    with_value,
    without,
    write_columns,
)


def hours(count: int) -> int:
    """Return the instant this many hours into 2024."""
    return START_NS + count * NS_PER_HOUR


def rows_without(columns: Columns, *rows: int) -> Columns:
    """Return the columns without these rows, counted from 0."""
    return {name: [v for row, v in enumerate(values) if row not in rows] for name, values in columns.items()}


def symbol_files(folder: Path, symbol: str, bars: Columns, funding: Columns | None = None) -> SymbolFiles:
    """Write bars and funding (8-hourly over the bars' first day and more, unless given)."""
    return SymbolFiles(
        bars=write_columns(folder / f"{symbol}-bars.parquet", bars),
        funding=write_columns(folder / f"{symbol}-funding.csv", funding or funding_columns(9)),
    )


def request(**files: SymbolFiles) -> HistoryRequest:
    """Ask for hourly history of these instruments."""
    return HistoryRequest(files=files, interval_ns=NS_PER_HOUR)


def refusal(asked: HistoryRequest) -> str:
    with pytest.raises(DataError) as caught:
        load_history(asked)
    assert "\n" not in str(caught.value)
    return str(caught.value)


class TestPeriod:
    def test_the_common_stretch_runs_from_the_latest_start_to_the_earliest_end(self, tmp_path: Path) -> None:
        # A covers hours 0..30, B hours 10..40: both cover 10..30.
        asked = request(
            AUSDT=symbol_files(tmp_path, "AUSDT", bar_columns(30)),
            BUSDT=symbol_files(tmp_path, "BUSDT", bar_columns(30, start_ms=START_MS + 10 * HOUR_MS)),
        )

        history = load_history(asked)

        for symbol in ("AUSDT", "BUSDT"):
            assert len(history.bars[symbol]) == 20
            assert [event.settled_at_ns for event in history.funding[symbol]] == [hours(16), hours(24)]
        assert (history.start_ns, history.end_ns) == (hours(10), hours(30))
        assert not history.is_synthetic
        assert history.notes == ()

    def test_the_union_keeps_every_bar_and_each_instruments_own_funding(self, tmp_path: Path) -> None:
        asked = request(
            AUSDT=symbol_files(tmp_path, "AUSDT", bar_columns(30)),
            BUSDT=symbol_files(tmp_path, "BUSDT", bar_columns(30, start_ms=START_MS + 10 * HOUR_MS)),
        )

        history = load_history(evolve(asked, period_mode=PeriodMode.UNION))

        assert (history.start_ns, history.end_ns) == (hours(0), hours(40))
        assert [event.settled_at_ns for event in history.funding["AUSDT"]] == [hours(h) for h in (8, 16, 24)]
        assert [event.settled_at_ns for event in history.funding["BUSDT"]] == [hours(h) for h in (16, 24, 32, 40)]

    def test_a_stated_period_cuts_bars_and_funding(self, tmp_path: Path) -> None:
        asked = request(AUSDT=symbol_files(tmp_path, "AUSDT", bar_columns(30)))

        history = load_history(evolve(asked, start_ns=hours(8), end_ns=hours(16)))

        # At hour 8 nothing is held yet; what is still held when the last bar closes pays at hour 16.
        assert (history.start_ns, history.end_ns) == (hours(8), hours(16))
        assert [event.settled_at_ns for event in history.funding["AUSDT"]] == [hours(16)]
        assert history.notes == ()

    def test_a_period_beyond_the_data_is_noted(self, tmp_path: Path) -> None:
        asked = request(AUSDT=symbol_files(tmp_path, "AUSDT", bar_columns(30)))

        history = load_history(evolve(asked, start_ns=hours(-1), end_ns=hours(31)))

        assert history.notes == (
            "The data start at 2024-01-01T00:00:00Z, later than asked for (2023-12-31T23:00:00Z).",
            "The data end at 2024-01-02T06:00:00Z, earlier than asked for (2024-01-02T07:00:00Z).",
        )

    def test_histories_that_do_not_overlap_are_refused(self, tmp_path: Path) -> None:
        asked = request(
            AUSDT=symbol_files(tmp_path, "AUSDT", bar_columns(10)),
            BUSDT=symbol_files(tmp_path, "BUSDT", bar_columns(10, start_ms=START_MS + 10 * HOUR_MS)),
        )

        assert refusal(asked) == (
            "market data: no common stretch: AUSDT ends at 2024-01-01T10:00:00Z, BUSDT starts at 2024-01-01T10:00:00Z"
        )

    def test_a_period_without_any_data_is_refused(self, tmp_path: Path) -> None:
        asked = request(AUSDT=symbol_files(tmp_path, "AUSDT", bar_columns(10)))

        assert refusal(evolve(asked, start_ns=hours(10))) == (
            "market data: no bars in the period asked for; there is AUSDT 2024-01-01T00:00:00Z to 2024-01-01T10:00:00Z"
        )

    def test_an_instrument_without_bars_in_the_period_is_refused(self, tmp_path: Path) -> None:
        asked = request(
            AUSDT=symbol_files(tmp_path, "AUSDT", bar_columns(30)),
            BUSDT=symbol_files(tmp_path, "BUSDT", bar_columns(10)),
        )
        asked = evolve(asked, period_mode=PeriodMode.UNION, start_ns=hours(12))

        assert refusal(asked) == (
            f"{asked.files['BUSDT'].bars}: BUSDT has no bars in 2024-01-01T12:00:00Z to 2024-01-02T06:00:00Z; "
            "there is 2024-01-01T00:00:00Z to 2024-01-01T10:00:00Z"
        )

    def test_a_period_that_ends_before_it_starts_is_refused(self, tmp_path: Path) -> None:
        asked = request(AUSDT=symbol_files(tmp_path, "AUSDT", bar_columns(30)))

        assert refusal(evolve(asked, start_ns=hours(5), end_ns=hours(5))) == (
            "market data: the period starts at 2024-01-01T05:00:00Z, not before its end 2024-01-01T05:00:00Z"
        )

    def test_missing_bars_are_noted(self, tmp_path: Path) -> None:
        # Hours 2, 3 and 6 are missing: three bars in two gaps.
        asked = request(AUSDT=symbol_files(tmp_path, "AUSDT", rows_without(bar_columns(10), 2, 3, 6)))

        assert load_history(asked).notes == ("AUSDT: 3 bars missing in 2 gaps; nothing trades there.",)


class TestFiles:
    def test_funding_without_bars_is_refused(self, tmp_path: Path) -> None:
        funding = write_columns(tmp_path / "funding.csv", funding_columns())
        asked = request(AUSDT=SymbolFiles(bars=None, funding=funding))

        assert refusal(asked) == f"AUSDT: funding without bars: {funding}"

    def test_an_instrument_without_any_file_is_refused(self) -> None:
        assert refusal(request(AUSDT=SymbolFiles(bars=None))) == "AUSDT: no file of bars is given"

    def test_a_request_without_instruments_is_refused(self) -> None:
        assert refusal(request()) == "market data: no instrument is named"

    def test_bars_without_funding_are_refused_unless_allowed(self, tmp_path: Path) -> None:
        files = evolve(symbol_files(tmp_path, "AUSDT", bar_columns(10)), funding=None)
        asked = request(AUSDT=files)

        assert refusal(asked).startswith(f"AUSDT: bars without funding: {files.bars}")
        history = load_history(evolve(asked, allow_no_funding=True))
        assert history.funding == {}
        assert history.notes == ("AUSDT: funding is left out: no funding file is given.",)

    def test_a_bad_file_is_named(self, tmp_path: Path) -> None:
        files = symbol_files(tmp_path, "AUSDT", with_value(bar_columns(10), "close", 4, -1.0))

        assert refusal(request(AUSDT=files)) == f"{files.bars}: row 5, column close: -1.0 is not positive"

    def test_the_symbol_in_a_file_name_means_nothing(self, tmp_path: Path) -> None:
        files = symbol_files(tmp_path, "ETHUSDT", bar_columns(10))

        assert load_history(request(BTCUSDT=files)).bars["BTCUSDT"].symbol == "BTCUSDT"

    def test_loading_twice_gives_the_same_content(self, tmp_path: Path) -> None:
        asked = request(AUSDT=symbol_files(tmp_path, "AUSDT", bar_columns(30)))

        assert load_history(asked).content_hash() == load_history(asked).content_hash()


class TestFundingHoles:
    """Settlements at hours 0, 8, 32, 40, 48 of 48: those at 16 and 24 are missing."""

    @pytest.fixture
    def asked(self, tmp_path: Path) -> HistoryRequest:
        return request(AUSDT=symbol_files(tmp_path, "AUSDT", bar_columns(48), rows_without(funding_columns(7), 2, 3)))

    def test_where_settlements_are_known_to_be_denser_a_shorter_gap_is_a_hole(self, tmp_path: Path) -> None:
        asked = request(AUSDT=symbol_files(tmp_path, "AUSDT", bar_columns(48)))
        denser = FundingCalendar(((hours(24), 4 * NS_PER_HOUR),))

        assert load_history(asked).notes == ()
        with pytest.raises(DataError, match=r"funding rates are missing from 2024-01-02T04:00:00Z on"):
            load_history(evolve(asked, funding_calendars={"AUSDT": denser}))

    def test_holes_are_refused_unless_something_else_is_asked_for(self, asked: HistoryRequest) -> None:
        assert refusal(asked) == (
            f"{asked.files['AUSDT'].funding}: AUSDT: funding rates are missing from 2024-01-01T16:00:00Z on: "
            "2 payments in 1 hole; trade another period, skip the holes or assume a rate"
        )

    def test_skipping_suspends_the_instrument(self, asked: HistoryRequest) -> None:
        history = load_history(evolve(asked, funding_holes=SkipHoles()))

        # Two hourly decisions before hour 16, until the next known settlement at hour 32.
        assert history.suspensions == (Suspension("AUSDT", hours(14), hours(32), "2 funding rates missing"),)
        assert history.notes == (
            (
                "AUSDT: not held while 2 funding rates are unknown in 1 hole, "
                "2024-01-01T16:00:00Z to 2024-01-02T00:00:00Z."
            ),
        )

    def test_assumed_payments_are_marked_and_noted(self, asked: HistoryRequest) -> None:
        history = load_history(evolve(asked, funding_holes=AssumeRate(Decimal("0.0003"))))

        assert [(event.settled_at_ns, str(event.rate), event.is_assumed) for event in history.funding["AUSDT"]] == [
            (hours(8), "0.0001", False),
            (hours(16), "0.0003", True),
            (hours(24), "0.0003", True),
            (hours(32), "0.0001", False),
            (hours(40), "0.0001", False),
            (hours(48), "0.0001", False),
        ]
        assert history.suspensions == ()
        assert history.notes == (
            (
                "AUSDT: 2 settlements assumed at a rate of 0.0003 in 1 hole, "
                "2024-01-01T16:00:00Z to 2024-01-02T00:00:00Z."
            ),
        )

    def test_holes_outside_the_period_do_not_matter(self, asked: HistoryRequest) -> None:
        history = load_history(evolve(asked, start_ns=hours(32)))

        assert [event.settled_at_ns for event in history.funding["AUSDT"]] == [hours(40), hours(48)]

    def test_a_rate_that_only_the_very_end_lacks_is_noted(self, tmp_path: Path) -> None:
        # Hours 0 to 24, settlements at 0, 8 and 16: at 24 one is due.
        history = load_history(request(AUSDT=symbol_files(tmp_path, "AUSDT", bar_columns(24), funding_columns(3))))

        assert history.notes == ("AUSDT: the funding rate at the end, 2024-01-02T00:00:00Z, is not known: not paid.",)

    def test_an_end_without_a_known_rate_is_suspended_with_its_hole(self, tmp_path: Path) -> None:
        # Known at 0 only, bars to hour 16: 8 and 16 are missed, and hourly decisions get flat from 6 on.
        asked = request(AUSDT=symbol_files(tmp_path, "AUSDT", bar_columns(16), funding_columns(1)))

        history = load_history(evolve(asked, funding_holes=SkipHoles()))

        assert history.suspensions == (Suspension("AUSDT", hours(6), hours(16), "2 funding rates missing"),)


class TestMarks:
    def test_complete_marks_are_taken_as_they_are(self, tmp_path: Path) -> None:
        marks = write_columns(tmp_path / "marks.csv", without(bar_columns(30, price=200.0), "volume"))
        files = evolve(symbol_files(tmp_path, "AUSDT", bar_columns(10)), mark=marks)

        history = load_history(request(AUSDT=files))

        assert history.marks["AUSDT"].open.tolist() == [200.0 + row for row in range(10)]
        assert history.notes == ()

    def test_the_last_price_stands_in_where_the_mark_has_a_hole_or_ends_early(self, tmp_path: Path) -> None:
        # Marks cover hours 0..5 of 8 but for hour 2: hours 2, 6 and 7 take the traded bar.
        columns = rows_without(without(bar_columns(6, price=200.0), "volume"), 2)
        marks = write_columns(tmp_path / "marks.parquet", columns)
        files = evolve(symbol_files(tmp_path, "AUSDT", bar_columns(8)), mark=marks)

        history = load_history(request(AUSDT=files))

        series = history.marks["AUSDT"]
        assert series.opened_at_ns.tolist() == history.bars["AUSDT"].opened_at_ns.tolist()
        assert series.open.tolist() == [200.0, 201.0, 102.0, 203.0, 204.0, 205.0, 106.0, 107.0]
        assert series.high.tolist() == [202.0, 203.0, 104.0, 205.0, 206.0, 207.0, 108.0, 109.0]
        assert series.volume.tolist() == [0.0] * 8
        assert history.notes == ("AUSDT: 3 of 8 mark bars are missing; the last price stands in.",)

    def test_the_mark_goes_on_while_nothing_trades(self, tmp_path: Path) -> None:
        marks = write_columns(tmp_path / "marks.csv", without(bar_columns(8, price=200.0), "volume"))
        files = evolve(symbol_files(tmp_path, "AUSDT", rows_without(bar_columns(8), 3)), mark=marks)

        assert len(load_history(request(AUSDT=files)).marks["AUSDT"]) == 8


class TestDetail:
    def make_request(
        self, folder: Path, detail: Columns, interval_ns: int | None = 15 * NS_PER_MINUTE
    ) -> HistoryRequest:
        files = symbol_files(folder, "AUSDT", bar_columns(8))
        path = write_columns(folder / "detail.csv", detail)
        return request(AUSDT=evolve(files, detail=path, detail_interval_ns=interval_ns))

    def test_detail_is_cut_to_the_period(self, tmp_path: Path) -> None:
        # 40 quarters of an hour are ten hours; the bars end after eight.
        history = load_history(self.make_request(tmp_path, bar_columns(40, step_ms=HOUR_MS // 4)))

        assert len(history.detail["AUSDT"]) == 32
        assert history.detail["AUSDT"].interval_ns == 15 * NS_PER_MINUTE
        assert history.notes == ()

    def test_bars_without_full_detail_are_counted(self, tmp_path: Path) -> None:
        # Quarters 0..9 cover hours 0 and 1 and half of hour 2: six of eight hours lack some or all.
        history = load_history(self.make_request(tmp_path, bar_columns(10, step_ms=HOUR_MS // 4)))

        assert history.notes == ("AUSDT: 6 of 8 bars lack some or all 15m detail; the bar decides there.",)

    def test_detail_elsewhere_is_no_detail(self, tmp_path: Path) -> None:
        detail = bar_columns(10, start_ms=START_MS + 100 * HOUR_MS, step_ms=HOUR_MS // 4)

        history = load_history(self.make_request(tmp_path, detail))

        assert history.detail == {}
        assert history.notes == ("AUSDT: 8 of 8 bars lack some or all 15m detail; the bar decides there.",)

    @pytest.mark.parametrize("minutes", [60, 120, 25])
    def test_the_detail_interval_must_divide_the_bars_and_be_shorter(self, tmp_path: Path, minutes: int) -> None:
        asked = self.make_request(tmp_path, bar_columns(8), minutes * NS_PER_MINUTE)

        assert "must be shorter than the bars' 1h and divide it" in refusal(asked)

    def test_detail_needs_its_interval(self, tmp_path: Path) -> None:
        assert refusal(self.make_request(tmp_path, bar_columns(8), None)) == "AUSDT: a detail file needs its interval"
