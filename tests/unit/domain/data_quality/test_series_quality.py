"""The score and the verdict, by hand."""

import pytest
from attrs import evolve

from domain.data_quality.findings import Finding, FindingCode
from domain.data_quality.series_quality import SeriesQuality, Verdict
from domain.time_units import NS_PER_HOUR

CODE = FindingCode


def quality(*findings: Finding, n_rows: int = 1_000, bars_present: float = 1.0) -> SeriesQuality:
    return SeriesQuality(
        symbol="BTCUSDT",
        interval_ns=NS_PER_HOUR,
        inferred_ns=NS_PER_HOUR,
        n_rows=n_rows,
        n_sound=n_rows,
        start_ns=0,
        end_ns=n_rows * NS_PER_HOUR,
        bars_present=bars_present,
        findings=findings,
    )


def test_the_whole_is_the_product_of_the_parts() -> None:
    found = quality(Finding(code=CODE.OUTLIER, count=10), Finding(code=CODE.THIN_LAST_BAR, count=1), bars_present=0.9)

    score = found.score

    # 5 × 10 / 1,000 and 5 × 1 / 1,000 are lost.
    assert score.plausibility == pytest.approx(0.95)
    assert score.consistency == pytest.approx(0.995)
    assert score.validity == 1.0
    # 0.9 × 0.95 × 0.995
    assert score.total == pytest.approx(0.850725)
    assert found.verdict is Verdict.DOUBTFUL


def test_infos_cost_nothing() -> None:
    found = quality(Finding(code=CODE.ZERO_VOLUME, count=500))

    assert found.score.total == 1.0
    assert found.worst is None
    assert found.conclusion == "Good to trade on."


def test_a_fifth_of_all_rows_takes_a_part_to_nothing_and_more_takes_no_more() -> None:
    assert quality(Finding(code=CODE.OUTLIER, count=200)).score.total == 0.0
    assert quality(Finding(code=CODE.OUTLIER, count=1_000)).score.total == 0.0


def test_one_error_among_a_million_rows_is_still_an_error() -> None:
    found = quality(Finding(code=CODE.NOT_FINITE, count=1), n_rows=1_000_000)

    assert found.score.validity == pytest.approx(0.999995)
    assert found.score.total == 0.98
    assert found.verdict is Verdict.DOUBTFUL
    assert found.conclusion == (
        "Doubtful: do not trade on it as it stands. 1 row with NaN or infinity where a number belongs. "
        "Repair removes every error."
    )


def test_what_concerns_the_series_as_a_whole_makes_it_unusable_however_few_rows_show_it() -> None:
    found = quality(Finding(code=CODE.LEVEL_JUMP, count=1), n_rows=1_000_000)

    assert found.score.total == 0.3
    assert found.verdict is Verdict.UNUSABLE
    assert "Repair" not in found.conclusion


@pytest.mark.parametrize(
    ("present", "verdict"),
    [
        (0.99, Verdict.GOOD),
        (0.9899, Verdict.USABLE),
        (0.9, Verdict.USABLE),
        (0.8999, Verdict.DOUBTFUL),
        (0.5, Verdict.DOUBTFUL),
        (0.4999, Verdict.UNUSABLE),
    ],
)
def test_the_verdict_follows_the_score(present: float, verdict: Verdict) -> None:
    assert quality(bars_present=present).verdict is verdict


def test_findings_from_elsewhere_count_like_its_own() -> None:
    found = quality().with_findings([Finding(code=CODE.SPOT_AS_PERPETUAL, count=600)], ["More is not known."])

    assert found.worst is not None
    assert found.worst.code is CODE.SPOT_AS_PERPETUAL
    assert found.score.total == 0.0
    assert found.notes == ("More is not known.",)
    assert evolve(found, n_rows=1_000_000).score.total == 0.3
