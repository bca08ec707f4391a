"""Files planned for a period cover its past days once each, months before days."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.binance_archive.layout import ArchiveFile, check_published, comes_by_month
from adapters.binance_archive.plan import days_instead, plan_files
from application.download import DownloadRequest
from application.market_series import SeriesKey
from domain.time_units import NS_PER_DAY, NS_PER_HOUR
from tests.unit.adapters.binance_archive.downloads import MINUTES, NOW_NS, instant, wanted

FIRST_NS = instant("2023-11-10")
by_day = st.sampled_from([MINUTES, "um/aggTrades/BTCUSDT", "um/metrics/BTCUSDT", "spot/klines/BTCUSDT/1s"])
starts = st.integers(0, 100)
lengths = st.integers(1, 200)
moments = st.integers(0, 250 * 24)


def request_of(series: str, start: int, n_days: int) -> DownloadRequest:
    start_ns = FIRST_NS + start * NS_PER_DAY
    return DownloadRequest(key=SeriesKey.parse(series), start_ns=start_ns, end_ns=start_ns + n_days * NS_PER_DAY)


@given(series=by_day, start=starts, n_days=lengths, now=moments)
def test_every_past_day_of_the_period_is_covered_exactly_once(series: str, start: int, n_days: int, now: int) -> None:
    request, now_ns = request_of(series, start, n_days), FIRST_NS + now * NS_PER_HOUR
    past_days = [
        day_ns for day_ns in range(request.start_ns, request.end_ns, NS_PER_DAY) if day_ns + NS_PER_DAY <= now_ns
    ]

    files = plan_files(request, now_ns)

    assert [day for file in files for day in range(file.start_ns, file.end_ns, NS_PER_DAY)] == past_days


@given(series=by_day, start=starts, n_days=lengths, now=moments)
def test_no_days_are_asked_for_where_their_month_would_do(series: str, start: int, n_days: int, now: int) -> None:
    request, now_ns = request_of(series, start, n_days), FIRST_NS + now * NS_PER_HOUR

    files = plan_files(request, now_ns)

    if comes_by_month(request.key):
        months = [file.period[:7] for file in files if not file.is_monthly]
        assert all(months.count(month) < 28 or not whole_month_is_past(month, request, now_ns) for month in months)


def whole_month_is_past(month: str, request: DownloadRequest, now_ns: int) -> bool:
    start_ns = instant(f"{month}-01")
    year, number = int(month[:4]), int(month[5:])
    end_ns = instant(f"{year + number // 12}-{number % 12 + 1:02}-01")
    return request.start_ns <= start_ns and end_ns <= min(request.end_ns, now_ns)


@given(start=starts, n_days=lengths, now=moments)
def test_funding_comes_in_whole_past_months_that_cover_the_past_of_the_period(
    start: int, n_days: int, now: int
) -> None:
    request, now_ns = request_of("um/funding/BTCUSDT", start, n_days), FIRST_NS + now * NS_PER_HOUR

    files = plan_files(request, now_ns)

    assert all(file.is_monthly and file.end_ns <= now_ns for file in files)
    covered = [day for file in files for day in range(file.start_ns, file.end_ns, NS_PER_DAY)]
    assert covered == sorted(set(covered))
    assert all(
        day in covered
        for day in range(request.start_ns, request.end_ns, NS_PER_DAY)
        if whole_month_ends_by(day, now_ns)
    )


def whole_month_ends_by(day_ns: int, now_ns: int) -> bool:
    # A month is over 31 days after any of its days.
    return day_ns + 31 * NS_PER_DAY <= now_ns


def test_whole_months_come_by_month_and_the_rest_by_day() -> None:
    files = plan_files(wanted(MINUTES, "2024-01-30", "2024-03-03"), NOW_NS)

    assert [str(file) for file in files] == [
        "futures/um/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-30.zip",
        "futures/um/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-01-31.zip",
        "futures/um/monthly/klines/BTCUSDT/1m/BTCUSDT-1m-2024-02.zip",
        "futures/um/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-03-01.zip",
        "futures/um/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-03-02.zip",
    ]


def test_a_month_across_the_turn_of_the_year_is_december() -> None:
    files = plan_files(wanted(MINUTES, "2023-12-01", "2024-02-01"), NOW_NS)

    assert [file.period for file in files] == ["2023-12", "2024-01"]


@pytest.mark.parametrize(
    ("series", "path"),
    [
        ("um/mark/BTCUSDT/1h", "futures/um/monthly/markPriceKlines/BTCUSDT/1h/BTCUSDT-1h-2024-02.zip"),
        ("um/index/BTCUSDT/1h", "futures/um/monthly/indexPriceKlines/BTCUSDT/1h/BTCUSDT-1h-2024-02.zip"),
        ("um/premium/BTCUSDT/1h", "futures/um/monthly/premiumIndexKlines/BTCUSDT/1h/BTCUSDT-1h-2024-02.zip"),
        ("um/aggTrades/BTCUSDT", "futures/um/monthly/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2024-02.zip"),
        ("um/funding/BTCUSDT", "futures/um/monthly/fundingRate/BTCUSDT/BTCUSDT-fundingRate-2024-02.zip"),
        ("um/klines/BTCUSDT/1w", "futures/um/monthly/klines/BTCUSDT/1w/BTCUSDT-1w-2024-02.zip"),
        ("spot/klines/BTCUSDT/1h", "spot/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2024-02.zip"),
    ],
)
def test_each_kind_lies_in_its_own_folder(series: str, path: str) -> None:
    (file,) = plan_files(wanted(series, "2024-02-01", "2024-03-01"), NOW_NS)

    assert str(file) == path


def test_metrics_come_by_day_only() -> None:
    files = plan_files(wanted("um/metrics/BTCUSDT", "2024-02-01", "2024-03-01"), NOW_NS)

    assert len(files) == 29  # 2024 is a leap year
    assert str(files[-1]) == "futures/um/daily/metrics/BTCUSDT/BTCUSDT-metrics-2024-02-29.zip"


@pytest.mark.parametrize(("series", "n_days"), [(MINUTES, 29), ("um/funding/BTCUSDT", 0), ("um/klines/BTCUSDT/3d", 0)])
def test_a_missing_month_is_made_up_of_its_days_where_there_are_any(series: str, n_days: int) -> None:
    month = ArchiveFile(SeriesKey.parse(series), "2024-02", instant("2024-02-01"), instant("2024-03-01"))

    days = days_instead(month)

    assert [day.period for day in days] == [f"2024-02-{number:02}" for number in range(1, n_days + 1)]


@pytest.mark.parametrize(
    ("series", "message"),
    [
        ("spot/funding/BTCUSDT", "there is no funding of spot; there is klines, aggTrades"),
        ("um/klines/BTCUSDT/7m", "the venue has no bars of 7m; it has 1m, 3m, 5m, 15m, 30m, 1h"),
        ("um/klines/BTCUSDT/1s", "the venue has no bars of 1s; it has 1m"),
    ],
)
def test_what_is_never_published_is_refused_with_what_is(series: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_published(SeriesKey.parse(series))


@pytest.mark.parametrize("series", [MINUTES, "spot/klines/BTCUSDT/1s", "um/metrics/BTCUSDT", "spot/aggTrades/BTCUSDT"])
def test_what_may_be_published_is_not_refused(series: str) -> None:
    check_published(SeriesKey.parse(series))
