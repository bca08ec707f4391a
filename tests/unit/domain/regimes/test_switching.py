from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.regime import MarketRegime
from domain.regimes.switching import RegimeHold, RegimeProbabilities, SwitchSettings

BULL, BEAR, SIDEWAYS, NEUTRAL = MarketRegime.BULL, MarketRegime.BEAR, MarketRegime.SIDEWAYS, MarketRegime.NEUTRAL
SETTINGS = SwitchSettings(min_bars=3, confidence_min=0.7, confidence_kept=0.4)
SURE_BULL = RegimeProbabilities(0.8, 0.1, 0.1)
SURE_BEAR = RegimeProbabilities(0.1, 0.8, 0.1)
UNSURE = RegimeProbabilities(0.35, 0.35, 0.3)


@st.composite
def probabilities(draw: st.DrawFn) -> RegimeProbabilities:
    weights = draw(st.tuples(*[st.floats(0.001, 1.0)] * 3))
    return RegimeProbabilities(*(weight / sum(weights) for weight in weights))


rows = st.lists(probabilities(), max_size=40)


def run(given_rows: list[RegimeProbabilities], settings: SwitchSettings = SETTINGS, asked: int = 1) -> list[RegimeHold]:
    hold, holds = RegimeHold(), []
    for at_ns, row in enumerate(given_rows):
        for _ in range(asked):
            hold = hold.after(at_ns, row, settings)
        holds.append(hold)
    return holds


@given(rows=rows, min_bars=st.integers(1, 8))
def test_every_regime_lasts_as_long_as_it_must(rows: list[RegimeProbabilities], min_bars: int) -> None:
    holds = run(rows, SwitchSettings(min_bars=min_bars, confidence_min=0.5, confidence_kept=0.4))

    for before, after in pairwise(holds):
        if before.regime not in {after.regime, NEUTRAL}:
            assert before.n_bars >= min_bars


@given(rows=rows)
def test_a_direction_is_taken_only_when_it_is_likely_enough(rows: list[RegimeProbabilities]) -> None:
    holds = [RegimeHold(), *run(rows)]

    for (before, after), row in zip(pairwise(holds), rows, strict=True):
        if after.regime not in {before.regime, NEUTRAL}:
            assert row.of(after.regime) >= 0.7


@given(rows=rows, asked=st.integers(1, 9))
def test_asking_again_changes_nothing(rows: list[RegimeProbabilities], asked: int) -> None:
    assert run(rows, asked=asked) == run(rows)


@given(rows=rows, cut=st.integers(0, 40))
def test_what_was_stored_goes_on_the_same(rows: list[RegimeProbabilities], cut: int) -> None:
    holds = run(rows)
    cut = min(cut, len(rows))
    hold = RegimeHold(holds[cut - 1].regime, holds[cut - 1].n_bars, holds[cut - 1].at_ns) if cut else RegimeHold()

    for at_ns, row in enumerate(rows[cut:], start=cut):
        hold = hold.after(at_ns, row, SETTINGS)

    assert hold == (holds[-1] if holds else RegimeHold())


@given(rows=rows)
def test_bull_and_bear_mirror(rows: list[RegimeProbabilities]) -> None:
    other = {BULL: BEAR, BEAR: BULL, SIDEWAYS: SIDEWAYS, NEUTRAL: NEUTRAL}

    mirrored = run([RegimeProbabilities(row.bear, row.bull, row.sideways) for row in rows])

    # Where both are exactly as likely one of them must come first.
    if all(row.bull != row.bear for row in rows):
        assert [other[hold.regime] for hold in mirrored] == [hold.regime for hold in run(rows)]


def test_the_first_opinion_waits_for_nothing() -> None:
    assert run([UNSURE, SURE_BULL])[-1] == RegimeHold(BULL, 1, 1)


def test_a_change_waits_until_the_regime_has_lasted() -> None:
    holds = run([SURE_BULL, SURE_BEAR, SURE_BEAR, SURE_BEAR])

    assert [hold.regime for hold in holds] == [BULL, BULL, BULL, BEAR]
    assert [hold.n_bars for hold in holds] == [1, 2, 3, 1]


def test_a_regime_that_is_no_longer_believed_is_neutral() -> None:
    assert [hold.regime for hold in run([SURE_BULL, SURE_BULL, SURE_BULL, UNSURE])] == [BULL, BULL, BULL, NEUTRAL]


def test_doubt_alone_changes_nothing() -> None:
    # 0.45 is above 0.4, at which BULL would be given up, and 0.55 below the 0.7 that BEAR needs.
    doubt = RegimeProbabilities(0.45, 0.55, 0.0)

    assert run([SURE_BULL, *[doubt] * 10])[-1].regime is BULL


def test_an_interruption_is_neutral_at_once() -> None:
    hold = RegimeHold(BULL, 1, 5)

    assert hold.interrupted(6) == RegimeHold(NEUTRAL, 1, 6)
    assert hold.interrupted(5) == hold
    assert hold.interrupted(6).interrupted(7).n_bars == 2


def test_equal_chances_are_sideways() -> None:
    assert RegimeProbabilities(1 / 3, 1 / 3, 1 / 3).likeliest is SIDEWAYS
    assert SURE_BULL.of(NEUTRAL) == 0.0


def test_settings_leave_room_for_doubt() -> None:
    with pytest.raises(ValueError, match="above confidence_min"):
        SwitchSettings(confidence_min=0.5, confidence_kept=0.6)
