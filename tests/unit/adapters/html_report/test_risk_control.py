"""The section on risk control: every figure counted again from what the run left behind, and words that are true."""

from array import array
from collections import Counter
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings

from adapters.html_report.page import report_page
from adapters.html_report.risk_drawings import risk_drawings
from application.results.result import RunResult
from application.trading.records import RunLog
from domain.risk.drawdown_levels import DrawdownLevel
from domain.risk.loss_limits import LossRule
from domain.risk.recoveries import Fall, Recovery, RecoveryRecord
from domain.risk.trading_state import TradingState
from domain.time_units import NS_PER_DAY
from tests.risk_records import (
    make_breach,
    make_forecast,
    make_instrument_use,
    make_level_change,
    make_risk_use,
    make_state_record,
)
from tests.support import START_NS
from tests.unit.adapters.html_report.page_reader import PageReader
from tests.unit.adapters.html_report.records import make_record, real_record
from tests.unit.adapters.run_documents.results import make_result, results
from tests.unit.application.results.run_logs import make_decision, make_refusal


def page_of(result: RunResult) -> PageReader:
    return PageReader(report_page(make_record(result)))


def counts_of(page: PageReader, kind: str) -> dict[str, int]:
    begin = f"{kind}."
    return {name.removeprefix(begin): int(text) for name, text in page.exact.items() if name.startswith(begin)}


def assert_risk_agrees(page: PageReader, result: RunResult) -> None:
    log = result.log
    refused = Counter(f"{each.source}.{code}" for each in log.refusals for code in set(each.reasons))
    assert counts_of(page, "refused") == refused
    assert page.exact["refused"] == str(len(log.refusals))
    sized = [each.size_reason.split(":")[0] for each in log.decisions if each.size_reason != "exit"]
    nothing = [
        each.size_reason.split(":")[0]
        for each in log.decisions
        if each.size_reason != "exit" and each.target_quantity == 0
    ]
    bound = counts_of(page, "bound")
    assert {name: number for name, number in bound.items() if not name.endswith(".nothing")} == Counter(sized)
    assert {name: bound[f"{name}.nothing"] for name in set(sized)} == {n: nothing.count(n) for n in set(sized)}
    entered = Counter(f"{change.after.value}.entered" for change in log.level_changes)
    assert {name: number for name, number in counts_of(page, "level").items() if number} == entered
    assert_drawings_agree(page, result)


def assert_drawings_agree(page: PageReader, result: RunResult) -> None:
    drawn = page.data["risk"]
    days = [(each.value_at_risk, each.outcome) for each in result.log.var_forecasts]
    finite = [(limit, outcome) for limit, outcome in days if abs(outcome) < float("inf")]
    assert list(zip(drawn["forecasts"]["var"], drawn["forecasts"]["outcome"], strict=True)) == finite
    if "var.hits" in page.exact:
        assert page.exact["var.days"] == str(len(finite))
        assert page.exact["var.hits"] == str(sum(outcome < -limit for limit, outcome in finite))
    monthly = drawn["bindings"]
    total = sum(map(sum, monthly["counts"].values()))
    assert total == sum(each.size_reason != "exit" for each in result.log.decisions)


def test_every_figure_of_a_real_run_follows_from_its_log() -> None:
    record = real_record()
    page = PageReader(report_page(record))

    assert len(record.result.log.refusals) > 5
    assert len(record.result.log.var_forecasts) > 20
    assert_risk_agrees(page, record.result)


@settings(max_examples=15)
@given(result=results())
def test_every_figure_of_any_run_follows_from_its_log(result: RunResult) -> None:
    # Nothing here depends on the curve, and an account never has what floats can be.
    result.log.equity = array("d", [1000.0] * len(result.log.equity))
    known = evolve(result, risk_use=make_risk_use())

    assert_risk_agrees(page_of(known), known)


def test_a_refusal_left_out_would_be_noticed() -> None:
    log = RunLog(refusals=[make_refusal(), make_refusal()])
    page = page_of(make_result(RunLog(refusals=[make_refusal()])))

    with pytest.raises(AssertionError):
        assert_risk_agrees(page, make_result(log))


def test_what_happened_is_told_in_words() -> None:
    day = NS_PER_DAY
    log = RunLog(
        refusals=[make_refusal("BUY 2 open: leverage 4 of at most 3", reasons=("gross_leverage",))],
        level_changes=[
            make_level_change(DrawdownLevel.SEVERE, size_factor="0", reduce_to="0.5"),
            make_level_change(DrawdownLevel.MILD, before=DrawdownLevel.SEVERE, at_ns=START_NS + day, reduce_to="0.7"),
        ],
        state_changes=[make_state_record(TradingState.HALTED, causes=("drawdown_limit",), reasons=("drawdown 13 %",))],
        loss_breaches=[make_breach(LossRule.WEEKLY_LOSS, lost="1234.5")],
        var_forecasts=[make_forecast(-11.0), *[make_forecast(1.0)] * 19],
    )
    use = make_risk_use(
        equity="2000", capital_at_risk=0.25, instruments=(make_instrument_use("800", distance="0.125"),)
    )
    page = page_of(evolve(make_result(log), risk_use=use))

    for said in (
        "gate R03",
        "BUY 2 open: leverage 4 of at most 3",
        "opens nothing, keeps 50% of every position",
        # Coming up to a level reduces nothing, whatever its action says of coming down.
        "nothing but a record of it",
        "drawdown limit",
        "weekly loss",
        "1,234.50",
        "1 loss went beyond the forecast of 20 days; at 95% confidence 1.0 were to be expected.",
        "500.00 USDT, 25.0% of equity",
        "BTCUSDT, a move of 12.5% against it",
    ):
        assert said in page.text, said
    assert "keeps 70%" not in page.text


def test_a_run_in_which_nothing_happened_says_so() -> None:
    page = page_of(make_result())

    for said in (
        "Trading was active all the time.",
        "No loss limit was broken.",
        "No order was refused.",
        "Nothing was to be entered.",
        "The level never changed.",
        "No day had a forecast",
    ):
        assert said in page.text, said
    identifiers = {attributes.get("id") for _, attributes in page.elements}
    assert not identifiers & {"ladder", "bindings", "var"}


def test_a_run_that_ends_at_its_high_has_no_fall_of_nothing() -> None:
    use = evolve(make_risk_use(), recoveries=RecoveryRecord(), fall=Fall(START_NS, Decimal("0.000049"), START_NS))
    page = page_of(evolve(make_result(), risk_use=use))

    assert "not below it: the run ended at its high" in page.text
    assert "0.00% deep" not in page.text


def test_long_lists_are_cut_and_say_so() -> None:
    changes = [make_level_change(DrawdownLevel.MILD, at_ns=START_NS + row) for row in range(250)]
    page = page_of(make_result(RunLog(level_changes=changes)))

    assert "250 changes of level, the first 200 of them listed" in page.text


def test_rare_constraints_are_drawn_together() -> None:
    codes = [f"limit_{place}" for place in range(9)]
    # The most frequent first: 9 + 8 + ... + 1; the three rarest make 3 + 2 + 1 = 6.
    decisions = [
        evolve(make_decision(), size_reason=code) for place, code in enumerate(codes) for _ in range(9 - place)
    ]
    drawn = risk_drawings(make_result(RunLog(decisions=decisions)))["bindings"]

    assert drawn == {
        "months": ["2024-01"],
        "counts": {**{code: [9 - place] for place, code in enumerate(codes[:6])}, "all others": [6]},
    }


def test_exact_figures_of_the_ladder_are_not_rounded_away() -> None:
    page = page_of(make_result(RunLog(level_changes=[make_level_change(DrawdownLevel.MODERATE, drawdown="0.0512")])))

    assert "5.12%" in page.text
    assert f"{Decimal(1000) * (1 - Decimal('0.0512')):,.2f}" in page.text


def test_parts_of_value_at_risk_are_shown_and_sum_to_the_whole() -> None:
    parts = tuple(
        evolve(make_instrument_use(held, symbol=symbol), var_alone=abs(part) * 1.25, var_part=part)
        for symbol, held, part in (("BTCUSDT", "800", 0.0125), ("ETHUSDT", "-100", -0.0025))
    )
    page = page_of(evolve(make_result(), risk_use=make_risk_use(var_daily=0.01, instruments=parts)))

    shown = {name: Decimal(value) for name, value in page.exact.items() if name.startswith("var.part.")}
    assert shown == {"var.part.BTCUSDT": Decimal("0.0125"), "var.part.ETHUSDT": Decimal("-0.0025")}
    assert sum(shown.values()) == Decimal("0.01")
    # 0.0125 of 0.01 is 125 %, and 0.0125 × 1.25 = 0.015625 by itself.
    for said in ("By instrument", "125.0%", "−25.0%", "1.56%", "1.00%"):
        assert said in page.text, said


def test_parts_that_are_unknown_are_shown_as_unknown() -> None:
    use = make_risk_use(var_daily=None, instruments=(make_instrument_use("800"),))
    page = page_of(evolve(make_result(), risk_use=use))

    assert "By instrument" in page.text
    assert not [name for name in page.exact if name.startswith("var.part.")]


def test_recoveries_are_told_with_their_times() -> None:
    day = NS_PER_DAY
    record = RecoveryRecord()
    for start, length, depth in ((0, 2, "0.02"), (5, 4, "0.05")):
        record = record.with_another(
            Recovery(START_NS + start * day, START_NS + (start + length) * day, Decimal(depth))
        )
    fall = Fall(START_NS + 20 * day, Decimal("0.03"), START_NS + 21 * day)
    use = evolve(make_risk_use(), at_ns=START_NS + 26 * day, recoveries=record, fall=fall)
    page = page_of(evolve(make_result(), risk_use=use))

    assert page.exact["recoveries.count"] == "2"
    # (2 + 4) / 2 days; the present one lasts 6.
    for said in (
        "3.0 days",
        "2.0 days",
        "4.0 days",
        "2024-01-21 00:00, 6.0 days until the end, at most 3.00% deep",
        "5.00%",
    ):
        assert said in page.text, said


def test_a_run_that_kept_no_recoveries_shows_none() -> None:
    assert "Recoveries" not in page_of(evolve(make_result(), risk_use=make_risk_use())).text
    none_yet = page_of(evolve(make_result(), risk_use=evolve(make_risk_use(), recoveries=RecoveryRecord())))
    assert none_yet.exact["recoveries.count"] == "0"
