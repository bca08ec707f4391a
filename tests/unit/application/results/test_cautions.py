"""What a reader must know before believing a run: each rule speaks where it should, and only there."""

from decimal import Decimal

import pytest
from attrs import evolve

from application.results.cautions import RULES, Severity, cautions_on
from application.results.result import Assumption, RunResult
from application.trading.records import FailureKind, RoundTrip, RunLog, UnhedgedSpell
from application.trading.risk_use import RiskUse
from domain.performance import Drawdown
from domain.risk.trading_state import Hold, HoldCause, TradingState
from domain.time_units import NS_PER_DAY, NS_PER_HOUR
from tests.risk_records import make_risk_use
from tests.support import START_NS, SYMBOL
from tests.unit.adapters.run_documents.results import PERFORMANCE, make_result
from tests.unit.application.results.run_logs import (
    EXIT_NS,
    make_failure,
    make_identity,
    make_liquidation,
    make_payment,
    make_refusal,
    make_sent_order,
    make_trade,
)

_CALM = Drawdown(0.05, START_NS, EXIT_NS, EXIT_NS + 1, NS_PER_DAY)


def make_calm(log: RunLog | None = None) -> RunResult:
    """Make a run of two years that no rule has anything to say about."""
    quiet = RunLog(trades=[make_trade("10")] * 40) if log is None else log
    performance = evolve(PERFORMANCE, max_drawdown=_CALM)
    return evolve(make_result(quiet, performance=performance), end_ns=START_NS + 730 * NS_PER_DAY)


def codes_on(result: RunResult) -> list[str]:
    return [each.code for each in cautions_on(result)]


def text_on(result: RunResult, code: str) -> str:
    found = cautions_on(result)
    return next(each.text for each in found if each.code == code)


def with_log(**parts: object) -> RunResult:
    log = RunLog(trades=[make_trade("10")] * 40)
    for name, value in parts.items():
        setattr(log, name, value)
    return make_calm(log)


def make_pair(contract: str, coins: str, *, hour: int = 0) -> list[RoundTrip]:
    """Make the two legs of a pair of an hour of its own, with what each of them made."""
    entered, exited = (each + hour * NS_PER_HOUR for each in (START_NS, EXIT_NS))
    return [
        make_trade(coins, strategy="carry", symbol=f"{SYMBOL}-SPOT", entered_at_ns=entered, exited_at_ns=exited),
        make_trade(contract, strategy="carry", direction=-1, entered_at_ns=entered, exited_at_ns=exited),
    ]


def stopped_by(cause: HoldCause, *, gross: str = "0") -> RiskUse:
    """Return the end of a run that this holds back."""
    hold = Hold(cause=cause, state=TradingState.HALTED, reason="drawdown 12.10%, level limit", since_ns=START_NS)
    return make_risk_use(holds=(hold,), gross=gross)


def test_nothing_is_said_where_there_is_nothing_to_say() -> None:
    assert codes_on(make_calm()) == []


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("books", evolve(make_calm(), identity=make_identity(end_equity="1001"))),
        ("look_ahead", evolve(make_calm(), certificate=make_result(first_difference="then").certificate)),
        ("liquidations", with_log(liquidations=[make_liquidation()])),
        ("standstill", evolve(make_calm(), risk_use=stopped_by(HoldCause.DRAWDOWN_LIMIT))),
        ("synthetic_market", evolve(make_calm(), is_synthetic=True)),
        ("uncertified", evolve(make_calm(), certificate=evolve(make_result().certificate, sampled=0, matched=0))),
        ("few_trades", with_log(trades=[make_trade("10")] * 29)),
        ("short_period", evolve(make_calm(), end_ns=START_NS + 364 * NS_PER_DAY)),
        ("luck", evolve(make_calm(), performance=evolve(PERFORMANCE, sharpe_ratio=1.4, max_drawdown=_CALM))),
        ("one_trade", with_log(trades=[make_trade("100"), *[make_trade("-1")] * 40])),
        ("pairs", with_log(trades=[*make_pair("60", "-50"), *[make_trade("10")] * 40])),
        ("costs", evolve(make_calm(), identity=make_identity(end_equity="999", trading_pnl="10", fees="11"))),
        (
            "costs",
            evolve(make_calm(), identity=make_identity(end_equity="995", trading_pnl="10", fees="8", funding="-7")),
        ),
        ("no_funding", evolve(make_calm(), assumptions=(Assumption("BTCUSDT.funding", "none: nothing is paid", "x"),))),
        ("assumed_funding", with_log(funding=[make_payment("-3", is_assumed=True)])),
        ("no_marks", evolve(make_calm(), assumptions=(Assumption("BTCUSDT.mark", "last price", "x"),))),
        ("refusals", with_log(refusals=[make_refusal()], orders=[make_sent_order()] * 9)),
        ("data", evolve(make_calm(), assumptions=(Assumption("data", "BTCUSDT: 3 bars are missing.", "x"),))),
        ("open_trades", evolve(make_calm(), open_trades=(make_trade("1", exited_at_ns=None),))),
        ("not_recovered", evolve(make_calm(), performance=evolve(PERFORMANCE, sharpe_ratio=9.0))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_rule_speaks_alone_where_its_case_is(code: str, result: RunResult) -> None:
    assert codes_on(_with_figures(result)) == [code]


def _with_figures(result: RunResult) -> RunResult:
    """Let the figures follow from the log, as those of a run do."""
    return evolve(result, trade_figures=make_result(result.log, open_trades=result.open_trades).trade_figures)


@pytest.mark.parametrize(
    "result",
    [
        with_log(trades=[make_trade("10")] * 30),
        evolve(make_calm(), end_ns=START_NS + 365 * NS_PER_DAY, performance=evolve(PERFORMANCE, max_drawdown=_CALM)),
        # 1.42 × √2 years is 2.008 standard errors.
        evolve(make_calm(), performance=evolve(PERFORMANCE, sharpe_ratio=1.42, max_drawdown=_CALM)),
        with_log(trades=[make_trade("100"), *[make_trade("1")] * 40]),
        evolve(make_calm(), identity=make_identity(end_equity="1001", trading_pnl="10", fees="9")),
        # What carry earns is funding: prices that give less than costs take nothing of its edge away.
        evolve(make_calm(), identity=make_identity(end_equity="1019", trading_pnl="10", fees="11", funding="20")),
        # Contract and coins of different times are no pair.
        with_log(trades=[make_pair("5", "5")[0], *[make_trade("10", strategy="carry", entered_at_ns=EXIT_NS)] * 40]),
        evolve(make_calm(), assumptions=(Assumption("BTCUSDT.funding", "12 published, 0 assumed", "x"),)),
        with_log(funding=[make_payment("-3")]),
        with_log(refusals=[make_refusal()], orders=[make_sent_order()] * 10),
        # Ends with the day, and a drawdown may be made good by what is held.
        evolve(make_calm(), risk_use=stopped_by(HoldCause.DAILY_LOSS)),
        evolve(make_calm(), risk_use=stopped_by(HoldCause.DRAWDOWN, gross="1")),
    ],
)
def test_no_rule_speaks_where_its_case_is_just_not_given(result: RunResult) -> None:
    assert codes_on(_with_figures(result)) == []


def test_a_drawdown_with_nothing_held_cannot_end_by_itself() -> None:
    text = text_on(evolve(make_calm(), risk_use=stopped_by(HoldCause.DRAWDOWN)), "standstill")

    assert text == (
        "Opening has been stopped since 2024-01-01 00:00 UTC by drawdown (drawdown 12.10%, level limit); "
        "only a person ends it. "
        "What came later says nothing about the strategies."
    )


def test_strategies_that_failed_are_named_with_their_errors() -> None:
    result = with_log(failures=[make_failure(n_left=1), make_failure(FailureKind.BLOCKED, n_left=0)])
    ended = "ValueError: no number (own.py:12); its share was closed,"

    assert text_on(with_log(failures=[make_failure()]), "failures") == (
        f"Strategy trend in BTCUSDT failed at 2024-01-01 00:00 UTC: {ended} the others went on.\n"
        "What came later is a run without it."
    )
    assert text_on(result, "failures") == (
        f"Strategy trend in BTCUSDT failed at 2024-01-01 00:00 UTC: {ended} the others went on.\n"
        f"Strategy trend in BTCUSDT took too long at 2024-01-01 00:00 UTC: {ended} no other strategy was left.\n"
        "Every strategy failed: the run proves nothing."
    )
    assert "failures" not in codes_on(make_calm())


def test_nothing_came_later_where_the_last_bar_is_the_one_that_it_failed_at() -> None:
    result = with_log(failures=[evolve(make_failure(), at_ns=make_calm().end_ns)])

    assert (text_on(result, "failures") or "").endswith("no bar came after that.")


def test_the_numbers_are_in_the_words() -> None:
    assumed = with_log(funding=[make_payment("-3", is_assumed=True), make_payment("1")])
    few = _with_figures(with_log(trades=[make_trade("10")]))

    assert text_on(assumed, "assumed_funding") == (
        "1 funding payment of 2 rest on an assumed rate: together 3.00 USDT against the account."
    )
    assert text_on(few, "few_trades") == "Only 1 closed trade; below 30, win rate and averages say little."


def test_legs_of_a_pair_are_one_result() -> None:
    # The pairs made 10 and 30: neither made all of the 40, though one leg made 80.
    result = with_log(trades=[*make_pair("80", "-70"), *make_pair("-20", "50", hour=1)])

    assert "one_trade" not in codes_on(result)
    assert text_on(result, "pairs") == (
        "Each leg of a pair counts as a trade: win rate, profit factor, best and worst trade mean little here. "
        "Legs together, 2 of 2 pairs gained."
    )


def test_one_pair_that_made_everything_is_one_trade() -> None:
    assert "one_trade" in codes_on(with_log(trades=[*make_pair("80", "-40"), *make_pair("-30", "20", hour=1)]))


def test_nothing_closed_is_no_number_of_trades_and_nothing_traded_is_no_warning() -> None:
    none_closed = evolve(with_log(trades=[]), open_trades=(make_trade("1", exited_at_ns=None),))

    assert text_on(_with_figures(none_closed), "few_trades") == (
        "No trade was closed: there is no win rate, and no average."
    )
    assert "few_trades" not in codes_on(_with_figures(with_log(trades=[])))


def test_a_loss_that_may_be_chance_is_bad_luck() -> None:
    lost = evolve(make_calm(), performance=evolve(PERFORMANCE, sharpe_ratio=-1.0, max_drawdown=_CALM))

    assert text_on(lost, "luck").startswith("Could be bad luck: the mean daily return is 1.4 standard errors")


def test_notes_on_the_data_have_a_line_each() -> None:
    notes = tuple(Assumption("data", f"{symbol}: 3 bars are missing.", "x") for symbol in ("BTCUSDT", "ETHUSDT"))

    assert text_on(evolve(make_calm(), assumptions=notes), "data").splitlines() == [note.value for note in notes]


def test_that_a_market_was_generated_is_said_once() -> None:
    notes = (Assumption("data", "Synthetic market, seed 7: all prices come from a model.", "x"),)

    assert codes_on(evolve(make_calm(), is_synthetic=True, assumptions=notes)) == ["synthetic_market"]


def test_the_most_serious_comes_first() -> None:
    severities = [severity for _, severity, _ in RULES]

    assert severities == sorted(severities, key=list(Severity).index)
    assert len({code for code, _, _ in RULES}) == len(RULES)


def test_legs_that_stood_alone_are_told_with_how_much_and_how_long() -> None:
    spell = UnhedgedSpell(
        strategy="carry",
        symbol="BTCUSDT",
        began_at_ns=START_NS,
        ended_at_ns=None,
        bars=1,
        quantity=Decimal("-0.5"),
        value=Decimal(20_000),
    )
    result = with_log(unhedged=[spell, evolve(spell, bars=3, value=Decimal(500))])

    assert text_on(result, "unhedged") == (
        "Legs of pairs were unequal 2 times, for up to 3 bars: at most 20,000.00 USDT stood without its other leg."
    )
    assert "unhedged" not in codes_on(make_calm())
