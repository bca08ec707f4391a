"""What holds for every series: chunks do not matter, the future does not matter, errors cost the good score."""

from functools import cache

import numpy as np
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from domain.bar_table import BarTable
from domain.data_quality.bar_rows import BLOCK, FixedBlocks, bar_rows
from domain.data_quality.findings import Finding, FindingCode, Severity
from domain.data_quality.past_scale import PAGES, PastScale
from domain.data_quality.returns import Returns
from domain.data_quality.series_quality import SeriesQuality
from domain.data_quality.slot_ledger import SlotLedger
from domain.data_quality.tally import Tally
from domain.data_quality.validation import Claim, validate_bars
from domain.time_units import NS_PER_HOUR
from tests.bar_tables import clean_columns, judged, rows_of, split_table, table_of
from tests.support import SYMBOL

CLAIM = Claim(symbol=SYMBOL, interval_ns=NS_PER_HOUR)
N_LONG = 2 * BLOCK + 5_000


@cache
def messy_table(seed: int) -> BarTable:
    """Return more than two blocks with every kind of fault, some of them across the edge of a block."""
    random = np.random.default_rng(seed)
    columns = clean_columns(seed, N_LONG)
    for name in ("open", "high", "low", "close"):
        columns[name][BLOCK - 2 : BLOCK + 20] = columns[name][BLOCK - 2]
        columns[name][20_000] *= 3
        columns[name][30_000:] *= 40
    columns["volume"][BLOCK - 2 : BLOCK + 20] = 0.0
    columns["close"][random.integers(0, N_LONG, 30)] = np.nan
    columns["volume"][random.integers(0, N_LONG, 30)] *= -1
    columns["opened_at_ns"][random.integers(0, N_LONG, 10)] //= 1_000
    rows = np.insert(np.arange(N_LONG), [5, BLOCK, BLOCK + 1], [4, 100, BLOCK])
    rows[[BLOCK - 1, BLOCK]] = rows[[BLOCK, BLOCK - 1]]
    return table_of(rows_of(columns, np.delete(rows, np.s_[BLOCK + 50 : BLOCK + 90])))


@cache
def whole_quality(seed: int) -> SeriesQuality:
    return validate_bars(CLAIM, [messy_table(seed)])


@settings(max_examples=15)
@given(seed=st.integers(0, 2), cuts=st.lists(st.integers(0, N_LONG - 50), max_size=12))
def test_how_the_rows_are_split_changes_nothing(seed: int, cuts: list[int]) -> None:
    whole = whole_quality(seed)

    assert validate_bars(CLAIM, split_table(messy_table(seed), cuts)) == whole
    assert len(whole.findings) > 8


@given(sizes=st.lists(st.integers(0, 3 * BLOCK), max_size=8))
def test_blocks_are_of_one_size_and_hold_every_row_once(sizes: list[int]) -> None:
    blocks, first_row, seen = FixedBlocks(), 0, []
    for size in sizes:
        chunk = bar_rows(table_of(clean_columns(0, size)), first_row)
        seen += [block.row for block in blocks.push(chunk)]
        first_row += size
    assert all(rows.shape == (BLOCK,) for rows in seen)

    seen += [block.row for block in blocks.rest()]

    assert np.array_equal(np.concatenate([*seen, []]), np.arange(first_row))
    assert list(blocks.rest()) == []


@given(seed=st.integers(0, 100), keep=st.integers(1, 1_500))
def test_cutting_the_future_off_changes_no_judgment_on_a_return(seed: int, keep: int) -> None:
    columns = clean_columns(seed)
    columns["close"][700:] *= 50
    rows = bar_rows(table_of(columns))

    _, whole = Returns(NS_PER_HOUR).see(rows, Tally())
    _, cut = Returns(NS_PER_HOUR).see(rows.part(0, keep), Tally())

    assert np.array_equal(cut, whole[:keep], equal_nan=True)


@given(seed=st.integers(0, 100), n_pages=st.integers(1, 40), rest=st.integers(0, 63))
def test_the_scale_of_the_past_is_the_middle_of_the_medians_of_the_pages_before(
    seed: int, n_pages: int, rest: int
) -> None:
    values = np.random.default_rng(seed).exponential(size=n_pages * 64 + rest)

    found = PastScale().see(values)

    for page in range(n_pages):
        before = sorted(sorted(values[64 * each : 64 * each + 64])[31] for each in range(max(page - PAGES, 0), page))
        expected = before[(len(before) - 1) // 2] if len(before) >= 2 else np.nan
        assert np.array_equal(found[64 * page : 64 * page + 64], np.full(64, expected), equal_nan=True)


@given(
    chunks=st.lists(
        st.lists(st.tuples(st.integers(-30, 200), st.integers(1, 3)), max_size=12).map(
            lambda rows: np.array(rows, dtype=np.int64).reshape(-1, 2)
        ),
        max_size=8,
    )
)
def test_the_ledger_agrees_with_a_dictionary(chunks: list[NDArray[np.int64]]) -> None:
    ledger, seen = SlotLedger(), dict[int, int]()
    for chunk in chunks:
        repeats, conflicts = ledger.enter(chunk[:, 0], chunk[:, 1].astype(np.uint32))
        for row, (slot, value) in enumerate(chunk.tolist()):
            assert repeats[row] == (seen.get(slot) == value)
            assert conflicts[row] == (slot in seen and seen[slot] != value)
            seen.setdefault(slot, value)

    starts, lengths = ledger.holes()
    missing = [
        start + step for start, length in zip(starts.tolist(), lengths.tolist(), strict=True) for step in range(length)
    ]
    assert missing == [slot for slot in range(min(seen, default=0), max(seen, default=0)) if slot not in seen]
    assert ledger.n_seen == len(seen)
    assert ledger.n_expected == (max(seen) - min(seen) + 1 if seen else 0)


@st.composite
def any_findings(draw: st.DrawFn) -> list[Finding]:
    codes = draw(st.lists(st.sampled_from(FindingCode), unique=True, max_size=6))
    return [Finding(code=code, count=draw(st.integers(0, 2_000))) for code in codes]


@given(findings=any_findings())
def test_a_series_with_an_error_never_scores_well(findings: list[Finding]) -> None:
    quality = judged(clean_columns()).with_findings(findings)
    score = quality.score

    assert all(0.0 <= part <= 1.0 for part in (score.completeness, score.validity, score.consistency))
    assert 0.0 <= score.total <= score.plausibility <= 1.0
    if any(finding.severity is Severity.ERROR for finding in findings):
        assert score.total < 0.99
        assert quality.verdict.value in {"doubtful", "unusable"}


@given(findings=any_findings(), more=any_findings())
def test_more_findings_never_raise_the_score(findings: list[Finding], more: list[Finding]) -> None:
    quality = judged(clean_columns()).with_findings(findings)

    assert quality.with_findings(more).score.total <= quality.score.total


@given(findings=any_findings())
def test_findings_are_told_gravest_first(findings: list[Finding]) -> None:
    told = evolve(judged(clean_columns()), findings=()).with_findings(findings).findings

    order = list(Severity)
    graveness = [(not each.facts.is_fatal, order.index(each.severity)) for each in told]
    assert graveness == sorted(graveness)
