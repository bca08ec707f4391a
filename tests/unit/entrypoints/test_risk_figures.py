"""How limits and what is in use of them are written, and the block on risk in a run's report."""

from decimal import Decimal
from io import StringIO

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from application.results.level_wording import action_in_words, change_in_words
from application.results.result import RunResult
from application.results.stated_limits import Form
from application.trading.records import RunLog
from domain.risk.drawdown_levels import DrawdownLevel, LevelAction
from domain.risk.recoveries import Fall, Recovery, RecoveryRecord
from domain.risk.trading_state import TradingState
from domain.time_units import NS_PER_DAY
from entrypoints.terminal.risk_block import risk_block
from entrypoints.terminal.risk_figures import figure_text, limit_text, used_text
from tests.risk_records import (
    make_breach,
    make_forecast,
    make_instrument_use,
    make_level_change,
    make_risk_use,
    make_state_record,
)
from tests.support import START_NS
from tests.unit.adapters.run_documents.results import make_result
from tests.unit.application.results.run_logs import make_decision, make_refusal


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (Decimal("0.02"), Form.FRACTION, "2%"),
        (0.005, Form.FRACTION, "0.5%"),
        (Decimal(3), Form.TIMES, "3×"),
        (Decimal(250_000), Form.MONEY, "250,000"),
        (300.0, Form.SECONDS, "300 s"),
        (200, Form.PLAIN, "200"),
        (True, Form.PLAIN, "yes"),
        (("BTCUSDT", "ETHUSDT"), Form.PLAIN, "BTCUSDT, ETHUSDT"),
        ((), Form.PLAIN, "nothing"),
        (0, Form.FRACTION, "0%"),
        (1e-9, Form.FRACTION, "<0.01%"),
        (-1e-9, Form.FRACTION, "-<0.01%"),
        (Decimal(-100), Form.MONEY, "-100"),
    ],
)
def test_a_figure_is_written_in_its_form(value: Decimal | float, form: Form, text: str) -> None:
    assert figure_text(value, form) == text


@given(value=st.decimals("-1e6", "1e6", places=6), form=st.sampled_from(Form))
def test_only_nothing_is_written_as_nothing(value: Decimal, form: Form) -> None:
    text = figure_text(value, form)

    assert (text.rstrip("%× s") == "0") == (value == 0)
    assert text.startswith("-") == (value < 0)


def test_what_is_not_there_is_said_in_words() -> None:
    assert limit_text(None, Form.MONEY) == "not limited"
    assert used_text(None, Form.MONEY) == "unknown"


def test_levels_are_told_by_what_they_do() -> None:
    half = Decimal("0.5")

    assert action_in_words(LevelAction()) == "nothing but a record of it"
    assert action_in_words(LevelAction(size_factor=half)) == "new sizes at 50%"
    assert action_in_words(LevelAction(size_factor=Decimal(0), reduce_to=half)) == (
        "opens nothing, keeps 50% of every position"
    )
    halts = LevelAction(size_factor=Decimal(0), reduce_to=Decimal(0), halts=True)
    assert action_in_words(halts) == "closes everything and halts until a person clears it"
    assert change_in_words(LevelAction(reduce_to=half), is_deeper=False) == "nothing but a record of it"
    assert change_in_words(halts, is_deeper=True) == action_in_words(halts)


def block_of(result: RunResult) -> str:
    printed = StringIO()
    console = Console(width=100, file=printed)
    for part in risk_block(result):
        console.print(part)
    return " ".join(printed.getvalue().split())


def test_the_block_tells_a_run_in_a_few_lines() -> None:
    log = RunLog(
        decisions=[evolve(make_decision(), size_reason="rule"), evolve(make_decision(), size_reason="leverage: 3")],
        refusals=[make_refusal(), make_refusal()],
        level_changes=[make_level_change(DrawdownLevel.SEVERE)],
        state_changes=[make_state_record(TradingState.HALTED, at_ns=START_NS + 20 * NS_PER_DAY)],
        loss_breaches=[make_breach()],
        var_forecasts=[make_forecast(-11.0), *[make_forecast(1.0)] * 39],
    )
    recovered = RecoveryRecord().with_another(Recovery(START_NS, START_NS + 3 * NS_PER_DAY, Decimal("0.02")))
    parts = [
        evolve(make_instrument_use(held, symbol=symbol), var_alone=abs(part) * 1.1, var_part=part)
        for symbol, held, part in (("BTCUSDT", "800", 0.0125), ("ETHUSDT", "-100", -0.0025))
    ]
    use = evolve(
        make_risk_use(var_daily=0.01, instruments=tuple(parts)),
        recoveries=recovered,
        fall=Fall(START_NS - 2 * NS_PER_DAY, Decimal("0.06"), START_NS),
    )
    said = block_of(evolve(make_result(log), risk_use=use))

    for words in (
        "orders refused 2 orders: kill_switch 2",
        "sizes bound by 2 entries: leverage 1, rule 1",
        "deepest level severe, at the end severe",
        # The run lasts 30 days.
        "halted, nothing could be opened for 10.0 days",
        "loss limits broken daily_loss 1",
        "losses beyond VaR 1 of 40 days, 2.0 expected",
        # LR = -2 (39 ln 0.95 + ln 0.05 - 39 ln 0.975 - ln 0.025) = 0.640, and P(χ² > 0.640) = 0.424.
        "Kupiec their number does not contradict the forecasts (p = 0.424)",
        "Christoffersen no sign of clusters (p = ",
        ("recoveries 1 drawdown made good, in 3.0 days on average, 3.0 to 3.0; below the high for 2.0 days at the end"),
        "VaR at the end 1.00% of equity a day, of it BTCUSDT 1.25%, ETHUSDT -0.25%",
    ):
        assert words in said, words


def test_many_reasons_are_cut_and_counted() -> None:
    log = RunLog(refusals=[make_refusal(reasons=(f"reason_{place}",)) for place in range(9)])

    assert "and 3 more" in block_of(make_result(log))


def test_a_quiet_run_has_a_quiet_block() -> None:
    said = block_of(make_result())

    assert "orders refused 0 orders" in said
    assert "trading at the end active" in said
    assert "no day had a forecast" in said
    assert "loss limits broken" not in said
    assert "Kupiec" not in said
    assert "recoveries" not in said


def test_forecasts_that_are_too_small_are_rejected_in_the_terminal_too() -> None:
    # 20 losses beyond the 95 % forecast in 40 days instead of 2, one after the other.
    log = RunLog(var_forecasts=[*[make_forecast(-11.0)] * 20, *[make_forecast(1.0)] * 20])

    said = block_of(evolve(make_result(log), risk_use=make_risk_use()))

    assert "Kupiec their number contradicts the forecasts (p = " in said
    assert "Christoffersen they come in clusters (p = " in said


@pytest.mark.parametrize(
    ("depth", "where"), [("0", "at the high"), ("0.000049", "at the high"), ("0.00005", "below the high for 0.0 days")]
)
def test_a_run_that_ends_at_its_high_is_not_below_it(depth: str, where: str) -> None:
    use = make_risk_use()
    fallen = evolve(use, recoveries=RecoveryRecord(), fall=Fall(use.at_ns, Decimal(depth), use.at_ns))

    said = block_of(evolve(make_result(), risk_use=fallen))

    assert f"no drawdown from the mild level on was made good; {where} at the end" in said


def test_where_no_day_followed_a_loss_nothing_is_said_of_clusters() -> None:
    log = RunLog(var_forecasts=[make_forecast(1.0), make_forecast(1.0)])

    said = block_of(evolve(make_result(log), risk_use=evolve(make_risk_use(), recoveries=RecoveryRecord())))

    assert "Christoffersen nothing can be said of clusters" in said
    assert "recoveries no drawdown from the mild level on was made good" in said
