"""Whether the forecasts of value at risk that a run made came true, in figures and in words."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Final

from attrs import frozen

from application.results.wording import counted
from application.trading.records import VarForecast
from domain.risk.var_backtest import LikelihoodRatio, VarBacktest, backtest_var

REJECTED_BELOW: Final = 0.01
"""A test rejects the forecasts where its p-value is smaller: one in a hundred right models is rejected wrongly."""


@frozen
class VarJudgement:
    """Forecasts against outcomes.

    Attributes:
        n_days: Days with a forecast.
        n_hits: Days whose loss went beyond it.
        confidence: Of the forecasts; None where it is not known.
        tested: Number and clustering of the hits, tested; None without a confidence or without days.
    """

    n_days: int
    n_hits: int
    confidence: float | None
    tested: VarBacktest | None


def judge_forecasts(forecasts: Sequence[VarForecast], confidence: float | None) -> VarJudgement:
    """Hold forecasts against what came.

    Args:
        forecasts: In order of time, one for each day on which something was held and enough was known.
        confidence: Of all of them; None where it is not known.
    """
    usable = [each for each in forecasts if isfinite(each.value_at_risk) and isfinite(each.outcome)]
    outcomes, limits = [each.outcome for each in usable], [each.value_at_risk for each in usable]
    return VarJudgement(
        n_days=len(usable),
        n_hits=sum(is_hit(each) for each in usable),
        confidence=confidence,
        # Tests count days: that outcomes are money and not fractions is the same to them.
        tested=None if confidence is None else backtest_var(outcomes, limits, confidence),
    )


def is_hit(forecast: VarForecast) -> bool:
    """Whether the day's loss went beyond the forecast."""
    return -forecast.outcome > forecast.value_at_risk


def in_words(judgement: VarJudgement) -> Iterator[str]:
    """Yield what the figures say, one sentence each; it is no verdict on days that had no forecast."""
    if judgement.n_days == 0:
        yield "No day had a forecast: nothing was held at the turn of a day, or too few returns were known."
        return
    losses = "1 loss" if judgement.n_hits == 1 else f"{judgement.n_hits:,} losses"
    went = f"{losses} went beyond the forecast of {counted(judgement.n_days, 'day')}"
    tested = judgement.tested
    if tested is None or judgement.confidence is None:
        yield f"{went}; the confidence of the forecasts is not known, so that cannot be judged."
        return
    yield f"{went}; at {judgement.confidence * 100:.6g}% confidence {tested.expected_hits:.1f} were to be expected."
    yield f"Kupiec: {coverage_in_words(tested.coverage)}."
    if tested.independence is None:
        yield "Christoffersen: nothing can be said of clusters, because no day followed one beyond the forecast."
        return
    yield f"Christoffersen: {independence_in_words(tested.independence)}."


def is_rejected(test: LikelihoodRatio) -> bool:
    """Whether a test rejects the forecasts."""
    return test.p_value < REJECTED_BELOW


def coverage_in_words(test: LikelihoodRatio) -> str:
    """Return whether they were as many as was forecast, with how sure that is."""
    return f"their number {'contradicts' if is_rejected(test) else 'does not contradict'} the forecasts {_sure(test)}"


def independence_in_words(test: LikelihoodRatio) -> str:
    """Return whether they followed on each other: ``no sign of clusters (p = 0.42)``."""
    return f"{'they come in clusters' if is_rejected(test) else 'no sign of clusters'} {_sure(test)}"


def _sure(test: LikelihoodRatio) -> str:
    beyond = f", below {REJECTED_BELOW:.0%}" if is_rejected(test) else ""
    return f"(p = {test.p_value:.3g}{beyond})"
