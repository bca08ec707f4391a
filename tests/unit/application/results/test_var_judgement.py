"""Forecasts of value at risk against outcomes: counted, tested, said."""

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.results.var_judgement import in_words, judge_forecasts
from application.trading.records import VarForecast
from domain.risk.var_backtest import kupiec
from tests.risk_records import make_forecast

HIT, CALM = make_forecast(-11.0), make_forecast(3.0)
forecasts = st.lists(st.sampled_from([HIT, CALM, CALM, CALM]), min_size=1, max_size=60)


@given(made=forecasts, scale=st.floats(0.01, 1000))
def test_the_unit_of_money_changes_no_judgement(made: list[VarForecast], scale: float) -> None:
    scaled = [make_forecast(each.outcome * scale, value_at_risk=each.value_at_risk * scale) for each in made]

    assert judge_forecasts(made, 0.95) == judge_forecasts(scaled, 0.95)


@given(made=forecasts)
def test_the_number_of_hits_is_judged_as_by_kupiec(made: list[VarForecast]) -> None:
    judged = judge_forecasts(made, 0.95)

    assert judged.n_hits == made.count(HIT)
    assert judged.tested is not None
    assert judged.tested.coverage == kupiec(len(made), made.count(HIT), 0.95)


def test_right_forecasts_are_said_to_be_right() -> None:
    # 5 of 100, 20 days apart: exactly what 95 % asks for, so the likelihood ratio is 0 and p is 1.
    said = " ".join(in_words(judge_forecasts([HIT, *[CALM] * 19] * 5, 0.95)))

    assert "5 losses went beyond the forecast of 100 days; at 95% confidence 5.0 were to be expected." in said
    assert "Kupiec: their number does not contradict the forecasts (p = 1)." in said
    assert "Christoffersen: no sign of clusters (p = " in said


def test_wrong_and_clustered_forecasts_are_said_to_be_wrong() -> None:
    said = " ".join(in_words(judge_forecasts([*[HIT] * 20, *[CALM] * 80], 0.95)))

    assert "Kupiec: their number contradicts the forecasts (p = " in said
    assert "Christoffersen: they come in clusters (p = " in said
    assert said.count("below 1%") == 2


def test_what_cannot_be_tested_is_not_judged() -> None:
    assert "nothing can be said of clusters" in " ".join(in_words(judge_forecasts([CALM] * 50, 0.95)))
    assert "cannot be judged" in " ".join(in_words(judge_forecasts([CALM], None)))
    assert "No day had a forecast" in " ".join(in_words(judge_forecasts([], 0.95)))


@pytest.mark.parametrize("broken", [make_forecast(nan), make_forecast(1.0, value_at_risk=nan)])
def test_a_day_without_a_number_is_no_day(broken: VarForecast) -> None:
    assert judge_forecasts([broken, HIT], 0.95) == judge_forecasts([HIT], 0.95)
