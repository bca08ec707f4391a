"""What risk control did in a run, counted again another way, and small runs by hand."""

from collections import Counter
from decimal import Decimal
from itertools import pairwise

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from application.results.risk_summary import risk_summary
from application.trading.records import Decision, Refusal, RunLog
from domain.risk.drawdown_levels import DrawdownLevel
from domain.risk.loss_limits import LossRule
from domain.risk.trading_state import TradingState
from domain.signal import Signal, SignalAction
from domain.time_units import NS_PER_DAY
from tests.risk_records import make_breach, make_forecast, make_level_change, make_risk_use, make_state_record
from tests.support import START_NS, SYMBOL
from tests.unit.adapters.run_documents.results import make_result

CODES = ("halted", "concentration", "var_daily")
refusals = st.builds(
    Refusal,
    at_ns=st.integers(START_NS, START_NS + 90 * NS_PER_DAY),
    symbol=st.just(SYMBOL),
    source=st.sampled_from(["gate", "size"]),
    reasons=st.lists(st.sampled_from(CODES), min_size=1, max_size=3).map(tuple),
    detail=st.text(max_size=5),
)


def make_entry(size_reason: str, *, quantity: str = "1", at_ns: int = START_NS) -> Decision:
    signal = Signal(action=SignalAction.ENTER_LONG, reason="crossed")
    return Decision(at_ns, "trend", SYMBOL, signal, Decimal(quantity), size_reason)


entries = st.builds(
    make_entry,
    st.sampled_from(["rule", "concentration: 0.2 of equity", "var_budget: 2 %", "exit"]),
    quantity=st.sampled_from(["0", "1"]),
    at_ns=st.integers(START_NS, START_NS + 400 * NS_PER_DAY),
)


@given(found=st.lists(refusals))
def test_each_reason_of_each_order_is_counted_once_and_nothing_else_is(found: list[Refusal]) -> None:
    summary = risk_summary(make_result(RunLog(refusals=found)))

    counted = Counter((each.source, code) for each in found for code in set(each.reasons))
    assert {(group.source, group.reason): group.count for group in summary.refusals} == counted
    assert summary.n_refused == len(found)
    for group in summary.refusals:
        times = [each.at_ns for each in found if each.source == group.source and group.reason in each.reasons]
        assert (group.first_at_ns, group.last_at_ns) == (min(times), max(times))


@given(made=st.lists(entries))
def test_every_entry_is_bound_by_one_constraint_in_one_month(made: list[Decision]) -> None:
    summary = risk_summary(make_result(RunLog(decisions=made)))

    entered = [each for each in made if each.size_reason != "exit"]
    by_month: Counter[str] = sum(map(Counter, summary.monthly_bindings.values()), Counter())
    assert sum(binding.count for binding in summary.bindings) == len(entered)
    assert by_month == {binding.constraint: binding.count for binding in summary.bindings}
    assert sum(binding.n_nothing for binding in summary.bindings) == sum(e.target_quantity == 0 for e in entered)
    assert list(summary.monthly_bindings) == sorted(summary.monthly_bindings)


@given(days=st.lists(st.integers(0, 30), max_size=6).map(sorted), levels=st.lists(st.sampled_from(DrawdownLevel)))
def test_levels_cover_the_whole_run_one_after_the_other(days: list[int], levels: list[DrawdownLevel]) -> None:
    changes = [
        make_level_change(level, at_ns=START_NS + day * NS_PER_DAY) for day, level in zip(days, levels, strict=False)
    ]
    result = make_result(RunLog(level_changes=changes))
    stretches = risk_summary(result).levels

    assert (stretches[0].start_ns, stretches[-1].end_ns) == (result.start_ns, result.end_ns)
    for before, after in pairwise(stretches):
        assert before.end_ns == after.start_ns
    assert all(stretch.length_ns > 0 for stretch in stretches)


def test_a_run_by_hand() -> None:
    # Reducing from day 2 to day 5 and halted from day 10 on, of 30: held back 3 + 20 = 23 days.
    day = NS_PER_DAY
    log = RunLog(
        decisions=[make_entry("rule"), make_entry("concentration: 20 %", quantity="0"), make_entry("exit")],
        refusals=[Refusal(START_NS, SYMBOL, "gate", ("halted",), "no"), Refusal(START_NS, SYMBOL, "gate", ("x",), "")],
        level_changes=[
            make_level_change(DrawdownLevel.SEVERE),
            make_level_change(DrawdownLevel.MILD, before=DrawdownLevel.SEVERE, at_ns=START_NS + day),
        ],
        state_changes=[
            make_state_record(TradingState.REDUCING, at_ns=START_NS + 2 * day),
            make_state_record(TradingState.ACTIVE, before=TradingState.REDUCING, at_ns=START_NS + 5 * day),
            make_state_record(TradingState.HALTED, at_ns=START_NS + 10 * day),
        ],
        loss_breaches=[make_breach(), make_breach(), make_breach(LossRule.LOSING_DAYS)],
        var_forecasts=[make_forecast(-11.0), make_forecast(-10.0), make_forecast(5.0)],
    )
    summary = risk_summary(make_result(log))

    assert [(each.constraint, each.count, each.n_nothing) for each in summary.bindings] == [
        ("concentration", 1, 1),
        ("rule", 1, 0),
    ]
    assert summary.monthly_bindings == {"2024-01": {"rule": 1, "concentration": 1}}
    assert (summary.deepest_level, summary.last_level) == (DrawdownLevel.SEVERE, DrawdownLevel.MILD)
    assert (summary.last_state, summary.held_back_ns) == (TradingState.HALTED, 23 * day)
    assert summary.n_breaches == {LossRule.DAILY_LOSS: 2, LossRule.LOSING_DAYS: 1}
    # A loss of exactly the forecast is not beyond it.
    assert (summary.forecasts.n_days, summary.forecasts.n_hits) == (3, 1)


def test_without_a_confidence_forecasts_are_counted_and_not_judged() -> None:
    result = make_result(RunLog(var_forecasts=[make_forecast(-11.0)]))

    assert risk_summary(result).forecasts.tested is None
    assert risk_summary(evolve(result, risk_use=make_risk_use())).forecasts.tested is not None


def test_a_run_in_which_nothing_happened_was_active_all_the_time() -> None:
    summary = risk_summary(make_result())

    assert (summary.refusals, summary.bindings, summary.monthly_bindings) == ((), (), {})
    assert (summary.deepest_level, summary.last_state) == (DrawdownLevel.NONE, TradingState.ACTIVE)
    assert summary.held_back_ns == 0
