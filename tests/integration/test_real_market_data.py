"""Reading the real data set: its numbers of rows, its periods, its holes and its peculiarities.

Numbers of rows are those of the tables in the data set's own README.
"""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve

from adapters.market_data.bar_files import read_bars, read_mark_bars
from adapters.market_data.funding_files import read_funding
from adapters.market_data.loading import load_history
from application.errors import DataError
from application.market_request import HistoryRequest, PeriodMode, SymbolFiles
from domain.funding_schedule import AssumeRate, SkipHoles, find_holes
from domain.time_units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, parse_interval, to_ns

MAJORS = ("BTCUSDT", "ETHUSDT", "XRPUSDT")


def at(text: str) -> int:
    """Return the instant of an ISO date or time in UTC."""
    return to_ns(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.fixture
def data(shared_data: Path) -> Path:
    return shared_data / "data"


def hourly_files(data: Path, symbol: str) -> SymbolFiles:
    return SymbolFiles(
        bars=data / "um" / "1h" / f"{symbol}-1h.parquet",
        funding=data / "um" / "funding" / f"{symbol}-funding.parquet",
        mark=data / "um" / "mark-1h" / f"{symbol}-mark-1h.parquet",
    )


def hourly_request(data: Path, *symbols: str) -> HistoryRequest:
    return HistoryRequest(files={symbol: hourly_files(data, symbol) for symbol in symbols}, interval_ns=NS_PER_HOUR)


@pytest.fixture
def solana(data: Path) -> HistoryRequest:
    """SOLUSDT from where its funding is known at first; two stretches of months are missing after that."""
    return evolve(hourly_request(data, "SOLUSDT"), start_ns=at("2022-10-01"))


class TestTheThreeMajors:
    def test_they_load_from_their_first_common_bar_to_the_end(self, data: Path) -> None:
        history = load_history(hourly_request(data, *MAJORS))

        assert (history.start_ns, history.end_ns) == (at("2020-01-06T08:00"), at("2024-07-01T00:00"))
        for symbol in MAJORS:
            # XRPUSDT is listed last: its 39,304 hours are the common stretch, without a gap. Of
            # its 4,913 settlements the first, at the start, finds nothing held.
            assert len(history.bars[symbol]) == 39_304
            assert len(history.marks[symbol]) == 39_304
            assert len(history.funding[symbol]) == 4_912
            assert np.all(np.diff(history.bars[symbol].opened_at_ns) == NS_PER_HOUR)
            assert not any(event.is_assumed for event in history.funding[symbol])
        assert history.suspensions == ()
        assert history.notes == tuple(
            f"{symbol}: the funding rate at the end, 2024-07-01T00:00:00Z, is not known: not paid."
            for symbol in sorted(MAJORS)
        )

    def test_their_union_is_the_whole_of_each(self, data: Path) -> None:
        asked = evolve(hourly_request(data, *MAJORS), period_mode=PeriodMode.UNION)
        # ETHUSDT traded for an hour before its first funding, BTCUSDT for 39 hours, which counts as a hole.
        history = load_history(evolve(asked, funding_holes=SkipHoles()))

        assert [len(history.bars[symbol]) for symbol in MAJORS] == [42_175, 40_265, 39_304]
        assert [len(history.funding[symbol]) for symbol in MAJORS] == [5_267, 5_033, 4_912]
        assert [(s.symbol, s.start_ns, s.end_ns) for s in history.suspensions] == [
            # First bar 2019-09-08 17:00, first settlement 2019-09-10 08:00; flat two hours before 2019-09-09 00:00.
            ("BTCUSDT", at("2019-09-08T22:00"), at("2019-09-10T08:00"))
        ]

    def test_the_anchors_of_their_history_are_there_to_the_dollar(self, data: Path) -> None:
        bars = read_bars(data / "um" / "1h" / "BTCUSDT-1h.parquet", symbol="BTCUSDT", interval_ns=NS_PER_HOUR)

        for day, column, price in [
            ("2020-03-13", "low", 3_621),
            ("2021-04-14", "high", 64_986),
            ("2021-11-10", "high", 69_199),
            ("2022-11-21", "low", 15_443),
            ("2024-03-14", "high", 73_881),
        ]:
            on_the_day = bars.between(at(day), at(day) + NS_PER_DAY)
            extreme = on_the_day.low.min() if column == "low" else on_the_day.high.max()
            assert abs(extreme - price) < 1

    def test_extreme_rates_are_kept_exactly(self, data: Path) -> None:
        series = read_funding(data / "um" / "funding" / "BTCUSDT-funding.parquet", symbol="BTCUSDT")

        # The cap of that time was 0.3 % either way.
        assert min(series.rates) == Decimal("-0.003")
        assert max(series.rates) == Decimal("0.003")

    def test_the_content_hash_repeats(self, data: Path) -> None:
        asked = hourly_request(data, "XRPUSDT")

        assert load_history(asked).content_hash() == load_history(asked).content_hash()


class TestSolana:
    def test_its_funding_is_refused_by_default_naming_the_first_missed_payment(self, solana: HistoryRequest) -> None:
        # Known until 2023-01-08 00:00 and from 2023-07-18 16:00 (4,600 h later), known until 2023-08-17 00:00 and from
        # 2024-01-01 00:00 (3,288 h later): 4600/8 - 1 + 3288/8 - 1 = 574 + 410 = 984 payments.
        with pytest.raises(DataError) as caught:
            load_history(solana)

        assert str(caught.value).endswith(
            "SOLUSDT-funding.parquet: SOLUSDT: funding rates are missing from 2023-01-08T08:00:00Z on: "
            "984 payments in 2 holes; trade another period, skip the holes or assume a rate"
        )

    def test_before_its_first_known_rate_it_is_a_hole_too(self, data: Path) -> None:
        with pytest.raises(DataError, match=r"missing from 2020-09-14T08:00:00Z on: .* in 3 holes"):
            load_history(hourly_request(data, "SOLUSDT"))

    def test_skipping_suspends_it_over_the_holes(self, solana: HistoryRequest) -> None:
        history = load_history(evolve(solana, funding_holes=SkipHoles()))

        assert [(gap.symbol, gap.start_ns, gap.end_ns) for gap in history.suspensions] == [
            ("SOLUSDT", at("2023-01-08T06:00"), at("2023-07-18T16:00")),
            ("SOLUSDT", at("2023-08-17T06:00"), at("2024-01-01T00:00")),
        ]
        assert len(history.funding["SOLUSDT"]) == 1_007
        assert not any(event.is_assumed for event in history.funding["SOLUSDT"])

    def test_assuming_lists_every_payment_on_the_eight_hour_grid(self, solana: HistoryRequest) -> None:
        history = load_history(evolve(solana, funding_holes=AssumeRate(Decimal("0.0001"))))

        assumed = [event for event in history.funding["SOLUSDT"] if event.is_assumed]
        grid = [
            *range(at("2023-01-08T08:00"), at("2023-07-18T16:00"), 8 * NS_PER_HOUR),
            *range(at("2023-08-17T08:00"), at("2024-01-01T00:00"), 8 * NS_PER_HOUR),
        ]
        assert [event.settled_at_ns for event in assumed] == grid
        assert {event.rate for event in assumed} == {Decimal("0.0001")}
        assert len(history.funding["SOLUSDT"]) == 1_007 + 984
        assert (
            "SOLUSDT: 984 settlements assumed at a rate of 0.0001 in 2 holes, "
            "2023-01-08T08:00:00Z to 2023-12-31T16:00:00Z."
        ) in history.notes

    def test_funding_every_two_hours_is_not_a_hole(self, solana: HistoryRequest) -> None:
        start_ns, end_ns = at("2022-11-10"), at("2022-11-18")

        history = load_history(evolve(solana, start_ns=start_ns, end_ns=end_ns))

        settled = [event.settled_at_ns for event in history.funding["SOLUSDT"]]
        # From 04:00 every two hours for 7 days and 20 hours = 188 h, the end included: 188 / 2 + 1 = 95.
        assert settled == [*range(at("2022-11-10T04:00"), end_ns + 1, 2 * NS_PER_HOUR)]
        assert len(settled) == 95
        assert min(event.rate for event in history.funding["SOLUSDT"]) == Decimal("-0.02")
        assert history.suspensions == ()

    def test_the_last_price_stands_in_before_its_mark_prices_start(self, solana: HistoryRequest) -> None:
        history = load_history(evolve(solana, start_ns=at("2023-12-31"), funding_holes=SkipHoles()))

        # One day without marks, then 182 days with: 24 of 183 * 24 = 4,392.
        assert "SOLUSDT: 24 of 4,392 mark bars are missing; the last price stands in." in history.notes
        bars, marks = history.bars["SOLUSDT"], history.marks["SOLUSDT"]
        assert marks.opened_at_ns.tolist() == bars.opened_at_ns.tolist()
        assert np.array_equal(marks.close[:24], bars.close[:24])
        assert not np.array_equal(marks.close[24:], bars.close[24:])


class TestMinutes:
    @pytest.mark.parametrize(
        ("name", "n_bars", "zero_volume"),
        [
            ("BTCUSDT-1m", 43_198, 0),
            ("ETHUSDT-1m", 64_065, 0),
            ("XRPUSDT-1m", 43_198, 0),
            # Extra columns, and real minutes without a trade.
            ("FILUSDT-1m.2023-08", 44_640, 11),
            ("ALGOUSDT-1m.2024-02", 41_760, 39),
        ],
    )
    def test_the_windows_of_minutes_load(self, data: Path, name: str, n_bars: int, zero_volume: int) -> None:
        series = read_bars(
            data / "um" / "1m" / f"{name}.parquet", symbol=name.partition("-")[0], interval_ns=NS_PER_MINUTE
        )

        assert len(series) == n_bars
        assert int((series.volume == 0).sum()) == zero_volume

    def test_three_symbols_of_minutes_share_their_window(self, data: Path) -> None:
        files = {
            symbol: SymbolFiles(
                bars=data / "um" / "1m" / f"{symbol}-1m.parquet",
                funding=data / "um" / "funding" / f"{symbol}-funding.parquet",
            )
            for symbol in MAJORS
        }

        history = load_history(HistoryRequest(files=files, interval_ns=NS_PER_MINUTE))

        # BTC from 2023-07-18 11:13, XRP from 11:14; both have 43,198 rows, so BTC ends first, at 2023-08-17 11:11.
        assert (history.start_ns, history.end_ns) == (at("2023-07-18T11:14"), at("2023-08-17T11:11"))
        assert {len(series) for series in history.bars.values()} == {43_197}
        # From 2023-07-18 16:00 to 2023-08-17 08:00, 30 days less 8 hours, both included: 89 + 1.
        assert {len(events) for events in history.funding.values()} == {90}

    def test_minutes_are_detail_for_the_hours_that_they_cover(self, data: Path) -> None:
        files = evolve(
            hourly_files(data, "BTCUSDT"),
            detail=data / "um" / "1m" / "BTCUSDT-1m.parquet",
            detail_interval_ns=NS_PER_MINUTE,
        )
        asked = HistoryRequest(
            files={"BTCUSDT": files},
            interval_ns=NS_PER_HOUR,
            start_ns=at("2023-07-18"),
            end_ns=at("2023-07-19"),
        )

        history = load_history(asked)

        # The minutes start at 11:13: twelve hours lack some or all, twelve have them.
        assert len(history.detail["BTCUSDT"]) == 12 * 60 + 47
        assert history.notes == ("BTCUSDT: 12 of 24 bars lack some or all 1m detail; the bar decides there.",)


class TestPeculiarities:
    def test_the_archives_own_csv_files_are_read(self, data: Path) -> None:
        zipped = data / "raw" / "binance_csv" / "ALGOUSDT-1m-2023-02.csv.gz"

        assert len(read_bars(zipped, symbol="ALGOUSDT", interval_ns=NS_PER_MINUTE)) == 28 * 24 * 60

    def test_an_outage_of_the_venue_is_a_gap(self, data: Path) -> None:
        # Spot, 2023-03-24: one hour is missing from 31 * 24 = 744.
        series = read_bars(
            data / "raw" / "binance_csv" / "spot" / "BTCUSDT-1h-2023-03.csv", symbol="BTCUSDT", interval_ns=NS_PER_HOUR
        )

        assert len(series) == 743
        assert int(np.diff(series.opened_at_ns).max()) == 2 * NS_PER_HOUR

    @pytest.mark.parametrize(
        ("name", "interval"),
        [
            ("bybit_BTCUSDT-1m_bad_prices.parquet", "1m"),
            ("spot_BTCUSDT-1h_cryptodatadownload.csv.gz", "1h"),
            ("spot_BTCUSDT-30m_2020_outages.csv.gz", "30m"),
            ("um_BTCUSDT-30m_from_ticks_nan.parquet", "30m"),
        ],
    )
    def test_foreign_layouts_are_refused_in_one_line(self, data: Path, name: str, interval: str) -> None:
        with pytest.raises(DataError, match=r"^[^\n]*: column open_time is missing \(found: [^\n]*\)$"):
            read_bars(data / "dirty" / name, symbol="BTCUSDT", interval_ns=parse_interval(interval))

    def test_every_funding_file_is_on_the_hour_and_has_the_holes_that_are_known(self, data: Path) -> None:
        n_holes = {}
        for path in sorted((data / "um" / "funding").glob("*.parquet")):
            symbol = path.name.partition("-")[0]
            series = read_funding(path, symbol=symbol)
            assert not np.any(series.settled_at_ns % NS_PER_HOUR)
            start_ns, end_ns = int(series.settled_at_ns[0]), int(series.settled_at_ns[-1])
            n_holes[symbol] = len(find_holes(series, start_ns, end_ns))

        two = {"1INCHUSDT", "ALGOUSDT", "BNBUSDT", "DOGEUSDT", "SOLUSDT"}
        one = {"AAVEUSDT", "AXSUSDT", "CHZUSDT", "SANDUSDT", "WAVESUSDT", "YFIUSDT"}
        assert {symbol for symbol, count in n_holes.items() if count == 2} == two
        assert {symbol for symbol, count in n_holes.items() if count == 1} == one
        assert {symbol for symbol, count in n_holes.items() if count == 0} >= {*MAJORS, "ADAUSDT", "LTCUSDT"}

    def test_mark_files_without_volume_are_no_bars(self, data: Path) -> None:
        path = data / "um" / "mark-8h" / "BTCUSDT-mark-8h.parquet"

        assert len(read_mark_bars(path, symbol="BTCUSDT", interval_ns=8 * NS_PER_HOUR)) == 5_083
        with pytest.raises(DataError, match="column volume is missing"):
            read_bars(path, symbol="BTCUSDT", interval_ns=8 * NS_PER_HOUR)
