"""Nanoseconds, datetimes and interval names say the same."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.time_units import (
    NS_PER_DAY,
    NS_PER_HOUR,
    NS_PER_MINUTE,
    NS_PER_SECOND,
    NS_PER_US,
    NS_PER_YEAR,
    format_interval,
    iso_utc,
    parse_interval,
    to_datetime,
    to_ns,
)

int64 = st.integers(-(2**63), 2**63 - 1)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
aware = st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1), timezones=zones)  # noqa: DTZ001  # bounds are naive


@given(at_ns=int64)
def test_an_instant_survives_the_way_to_a_datetime_and_back(at_ns: int) -> None:
    instant = to_datetime(at_ns)

    assert instant.utcoffset() == timedelta(0)
    assert to_ns(instant) == at_ns - at_ns % NS_PER_US


@given(instant=aware)
def test_a_datetime_survives_the_way_to_nanoseconds_and_back(instant: datetime) -> None:
    assert to_datetime(to_ns(instant)) == instant


@given(pair=st.tuples(int64, int64).map(sorted))
def test_datetimes_are_in_the_order_of_their_instants(pair: list[int]) -> None:
    earlier, later = pair

    assert to_datetime(earlier) <= to_datetime(later)


@given(at_ns=int64)
def test_iso_text_reads_back_as_the_same_instant(at_ns: int) -> None:
    text = iso_utc(at_ns)

    assert text.endswith("Z")
    assert datetime.fromisoformat(text) == to_datetime(at_ns)


def test_known_instants() -> None:
    # 2024-01-01: 54 years of 365 days and 13 leap days (1972 to 2020) after 1970: 19,723 days of 86,400 s.
    assert to_ns(datetime(2024, 1, 1, tzinfo=UTC)) == 19_723 * 86_400 * 10**9
    assert iso_utc(19_723 * NS_PER_DAY) == "2024-01-01T00:00:00Z"
    assert iso_utc(1_500_000) == "1970-01-01T00:00:00.001500Z"
    assert to_ns(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1_000


def test_a_datetime_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="naive datetime: 2024-01-01T00:00:00"):
        to_ns(datetime(2024, 1, 1))  # noqa: DTZ001  # that it is naive is the point


@pytest.mark.parametrize(
    ("text", "interval_ns"),
    [
        ("1s", NS_PER_SECOND),
        ("1m", NS_PER_MINUTE),
        ("15m", 15 * NS_PER_MINUTE),
        ("1h", NS_PER_HOUR),
        ("4h", 4 * NS_PER_HOUR),
        ("1d", NS_PER_DAY),
        ("1w", 7 * NS_PER_DAY),
    ],
)
def test_an_interval_has_one_name(text: str, interval_ns: int) -> None:
    assert parse_interval(text) == interval_ns
    assert format_interval(interval_ns) == text


@given(count=st.integers(1, 52), unit=st.sampled_from("smhdw"))
def test_an_interval_survives_being_written_and_read(count: int, unit: str) -> None:
    interval_ns = parse_interval(f"{count}{unit}")

    written = format_interval(interval_ns)
    assert parse_interval(written) == interval_ns
    assert len(written) <= len(f"{count}{unit}")


@pytest.mark.parametrize(
    "text", ["", "m", "1", "0m", "-1m", "+1m", "1.5h", "1 h", "1M", "1y", "h1", "\u0661m", "1_0m", "1hm", "1m\n", "nan"]
)
def test_what_is_no_interval_is_refused_with_what_was_written(text: str) -> None:
    with pytest.raises(ValueError, match="not an interval") as refused:
        parse_interval(text)

    assert repr(text) in str(refused.value)


@pytest.mark.parametrize("text", ["53w", "365d", "99999999999d", f"{'9' * 5000}s"])
def test_an_interval_above_52_weeks_is_refused(text: str) -> None:
    # 52 weeks are 364 days.
    with pytest.raises(ValueError, match="longer than 52 weeks"):
        parse_interval(text)

    assert parse_interval("364d") == parse_interval("52w")


def test_a_year_has_365_days() -> None:
    assert NS_PER_YEAR == 365 * 24 * 3_600 * 10**9
