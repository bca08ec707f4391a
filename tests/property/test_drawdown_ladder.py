"""Laws of the drawdown ladder: transfers never move it, it is never laxer than it says, and skipping is exact."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

from hypothesis import assume, example, given
from hypothesis import strategies as st

from domain.risk.drawdown_ladder import LadderState, LevelChange
from domain.risk.drawdown_levels import DrawdownLevel, LadderPolicy, LevelAction, Rung
from domain.time_units import NS_PER_HOUR
from tests.support import START_NS

POLICY = LadderPolicy()
NO_HYSTERESIS = LadderPolicy(hysteresis=Decimal(0))
LEVELS = tuple(DrawdownLevel)
CENT = Decimal("0.01")

equities = st.integers(-1_000, 20_000).map(lambda count: count * CENT)
positive_equities = st.integers(1, 20_000).map(lambda count: count * CENT)
# Around the thresholds of a high of 100, where levels change: 99, 95, 90, 88.
starts = positive_equities | st.just(Decimal(100))
near_thresholds = st.sampled_from([99, 98, 95, 94, 90, 89, 88, 87, 86, 100]).map(Decimal)
curves = st.lists(equities | near_thresholds, max_size=40)
factors = st.integers(80, 120).map(lambda count: count * CENT)
transfers = st.integers(-9_000, 100_000).map(lambda count: count * CENT)


@st.composite
def policies(draw: st.DrawFn) -> LadderPolicy:
    """Return any valid ladder: rising thresholds, actions that never get laxer."""
    thresholds = sorted(draw(st.lists(st.integers(1, 99), min_size=4, max_size=4, unique=True)))
    sizes = sorted(draw(st.lists(st.integers(0, 10), min_size=4, max_size=4)), reverse=True)
    keeps = sorted(draw(st.lists(st.integers(0, 10), min_size=4, max_size=4)), reverse=True)
    rungs = [
        Rung(threshold=at * CENT, action=LevelAction(size_factor=Decimal(size) / 10, reduce_to=Decimal(keep) / 10))
        for at, size, keep in zip(thresholds, sizes, keeps, strict=True)
    ]
    hysteresis = draw(st.integers(0, 9)) * thresholds[0] * Decimal("0.001")
    return LadderPolicy(mild=rungs[0], moderate=rungs[1], severe=rungs[2], limit=rungs[3], hysteresis=hysteresis)


def instants(n_points: int) -> Iterable[int]:
    return (START_NS + row * NS_PER_HOUR for row in range(1, n_points + 1))


def observed(
    start: Decimal, curve: Sequence[Decimal], policy: LadderPolicy = POLICY
) -> list[tuple[LadderState, LevelChange | None]]:
    state = LadderState.start(start, START_NS)
    seen = []
    for at_ns, equity in zip(instants(len(curve)), curve, strict=True):
        state, change = state.observe(equity, at_ns, policy=policy)
        seen.append((state, change))
    return seen


def slow_level(high: Decimal, equity: Decimal, before: DrawdownLevel, policy: LadderPolicy) -> DrawdownLevel:
    """Tell the level by the words of the policy, in another way than the ladder does: step by step."""
    drawdown = (high - equity) / high
    thresholds = [Decimal(0), policy.mild.threshold, policy.moderate.threshold, policy.severe.threshold]
    level = sum(drawdown >= threshold for threshold in thresholds[1:])
    if drawdown > policy.limit.threshold:
        level = 4
    thresholds.append(policy.limit.threshold)
    rank = LEVELS.index(before)
    while rank > level and drawdown < thresholds[rank] - policy.hysteresis:
        rank -= 1
    return LEVELS[max(rank, level)]


# The high-water mark


@given(start=starts, curve=curves, policy=policies())
def test_the_high_is_the_highest_equity_ever_seen_and_never_falls(
    start: Decimal, curve: list[Decimal], policy: LadderPolicy
) -> None:
    for row, (state, _) in enumerate(observed(start, curve, policy)):
        assert state.high.amount == max([start, *curve[: row + 1]])
        assert (state.fall is None) == (curve[row] == state.high.amount)


@given(start=starts, curve=curves, policy=policies())
def test_the_level_is_what_the_policy_says_in_words(start: Decimal, curve: list[Decimal], policy: LadderPolicy) -> None:
    before, deepest, high = DrawdownLevel.NONE, DrawdownLevel.NONE, start
    for equity, (state, change) in zip(curve, observed(start, curve, policy), strict=True):
        deepest, high = DrawdownLevel.NONE if equity >= high else deepest, max(high, equity)
        expected = slow_level(high, equity, before, policy)
        assert state.level is expected
        assert (change is not None) == (expected is not before)
        if change is not None:
            assert (change.before, change.after, change.high) == (before, expected, high)
            action = policy.action_at(expected)
            assert (change.action.size_factor, change.action.halts) == (action.size_factor, action.halts)
            is_again = not expected.is_deeper_than(deepest)
            assert change.action.reduce_to == (Decimal(1) if is_again else action.reduce_to)
        before, deepest = expected, max(deepest, expected, key=LEVELS.index)
        assert state.deepest is deepest


@given(start=starts, curve=curves, policy=policies())
def test_swings_about_thresholds_never_grind_a_position_away(
    start: Decimal, curve: list[Decimal], policy: LadderPolicy
) -> None:
    # In one fall, however often levels are left and entered again, each reduces what is held at most once.
    kept, high = Decimal(1), start
    least = policy.mild.action.reduce_to * policy.moderate.action.reduce_to
    least *= policy.severe.action.reduce_to * policy.limit.action.reduce_to
    for equity, (_, change) in zip(curve, observed(start, curve, policy), strict=True):
        if equity >= high:
            kept, high = Decimal(1), equity
        if change is not None and change.is_deeper:
            kept *= change.action.reduce_to
        assert kept >= least


@given(start=starts, curve=curves, less=equities)
def test_losing_more_never_leads_to_a_shallower_level(start: Decimal, curve: list[Decimal], less: Decimal) -> None:
    state = observed(start, curve)[-1][0] if curve else LadderState.start(start, START_NS)
    at_ns = START_NS + 100 * NS_PER_HOUR
    higher = state.high.amount - abs(less)

    here, _ = state.observe(higher, at_ns, policy=POLICY)
    deeper, _ = state.observe(higher - abs(less), at_ns, policy=POLICY)

    assert not here.level.is_deeper_than(deeper.level)


@given(start=starts, curve=curves)
def test_without_hysteresis_the_level_forgets_how_it_came_about(start: Decimal, curve: list[Decimal]) -> None:
    for equity, (state, _) in zip(curve, observed(start, curve, NO_HYSTERESIS), strict=True):
        if state.drawdown(equity) == NO_HYSTERESIS.limit.threshold:
            continue  # it is reached beyond its threshold and left below it
        fresh = LadderState.start(state.high.amount, START_NS)
        assert fresh.observe(equity, START_NS, policy=NO_HYSTERESIS)[0].level is state.level


@given(start=starts, curve=curves, policy=policies())
def test_hysteresis_only_ever_holds_a_level_longer(start: Decimal, curve: list[Decimal], policy: LadderPolicy) -> None:
    at_once = LadderPolicy(
        mild=policy.mild, moderate=policy.moderate, severe=policy.severe, limit=policy.limit, hysteresis=Decimal(0)
    )
    held, free = observed(start, curve, policy), observed(start, curve, at_once)

    assert not any(
        without.level.is_deeper_than(with_it.level) for (with_it, _), (without, _) in zip(held, free, strict=True)
    )


@given(policy=policies())
def test_a_deeper_level_never_lets_more_through(policy: LadderPolicy) -> None:
    for above, below in pairwise(LEVELS):
        assert not policy.action_at(below).is_laxer_than(policy.action_at(above))


# Transfers


@given(moves=st.lists(st.tuples(factors, transfers), max_size=20), policy=policies())
def test_deposits_and_withdrawals_move_neither_drawdown_nor_level(
    moves: list[tuple[Decimal, Decimal]], policy: LadderPolicy
) -> None:
    # A twin account earns the same and never moves money. Both start with 100.
    equity = twin_equity = Decimal(100)
    state = twin = LadderState.start(equity, START_NS)
    for at_ns, (factor, amount) in zip(instants(len(moves)), moves, strict=True):
        equity, twin_equity = equity * factor, twin_equity * factor
        state, change = state.observe(equity, at_ns, policy=policy)
        twin, twin_change = twin.observe(twin_equity, at_ns, policy=policy)
        drawdown = twin.drawdown(twin_equity)
        assume(all(abs(drawdown - edge) > Decimal("1E-15") for edge in edges(policy)))  # rounding decides there

        assert abs(state.drawdown(equity) - drawdown) < Decimal("1E-18")
        assert (state.level, change is None) == (twin.level, twin_change is None)
        assert (state.fall is None) == (twin.fall is None) or drawdown < Decimal("1E-18")
        if equity + amount > 0:
            moved = state.after_transfer(amount, equity_before=equity)
            assert abs(moved.drawdown(equity + amount) - state.drawdown(equity)) < Decimal("1E-24")
            assert (moved.level, moved.fall, moved.recoveries) == (state.level, state.fall, state.recoveries)
            state, equity = moved, equity + amount


def edges(policy: LadderPolicy) -> list[Decimal]:
    thresholds = [rung.threshold for _, rung in policy.rungs()]
    return thresholds + [threshold - policy.hysteresis for threshold in thresholds]


@given(start=starts, curve=curves, amount=positive_equities, policy=policies())
def test_observing_after_a_transfer_changes_no_level(
    start: Decimal, curve: list[Decimal], amount: Decimal, policy: LadderPolicy
) -> None:
    assume(curve and curve[-1] > 0)
    state = observed(start, curve, policy)[-1][0]
    assume(all(abs(state.drawdown(curve[-1]) - edge) > Decimal("1E-15") for edge in edges(policy)))

    moved = state.after_transfer(amount, equity_before=curve[-1])
    later, change = moved.observe(curve[-1] + amount, START_NS + 100 * NS_PER_HOUR, policy=policy)

    assert change is None
    assert later.level is state.level


@given(start=starts, curve=curves, policy=policies(), later=positive_equities)
def test_withdrawing_everything_does_not_forget_the_drawdown(
    start: Decimal, curve: list[Decimal], policy: LadderPolicy, later: Decimal
) -> None:
    assume(curve and curve[-1] > 0)
    state = observed(start, curve, policy)[-1][0]
    at_ns = START_NS + 100 * NS_PER_HOUR

    empty = state.after_transfer(-curve[-1], equity_before=curve[-1])
    still_empty, change = empty.observe(Decimal(0), at_ns, policy=policy)
    refilled = still_empty.after_transfer(later, equity_before=Decimal(0))

    assert (still_empty, change) == (empty, None)
    assert abs(refilled.drawdown(later) - state.drawdown(curve[-1])) < Decimal("1E-24")
    assert refilled.level is state.level


# Skipping what is quiet


@given(start=starts, curve=curves, policy=policies())
@example(start=Decimal(100), curve=[Decimal("99.5"), Decimal(100)], policy=POLICY)  # exactly at the high again
@example(start=Decimal(100), curve=[Decimal(94), Decimal(96), Decimal(95)], policy=POLICY)  # exactly at a threshold
@example(start=Decimal(100), curve=[Decimal(94), Decimal("95.5"), Decimal("95.51")], policy=POLICY)
def test_observing_only_what_is_outside_the_quiet_range_is_the_same_as_observing_all(
    start: Decimal, curve: list[Decimal], policy: LadderPolicy
) -> None:
    state = LadderState.start(start, START_NS)
    for at_ns, equity, (expected, change) in zip(
        instants(len(curve)), curve, observed(start, curve, policy), strict=True
    ):
        lowest, highest = state.quiet_range(policy)
        if lowest <= float(equity) <= highest:
            assert change is None
        else:
            state, seen = state.observe(equity, at_ns, policy=policy)
            assert seen == change
        assert state == expected


@given(start=starts, curve=curves)
def test_equity_that_stands_still_is_quiet(start: Decimal, curve: list[Decimal]) -> None:
    for equity, (state, _) in zip(curve, observed(start, curve), strict=True):
        at_the_low = state.fall is not None and state.high.loss(equity) == state.fall.depth
        lowest, highest = state.quiet_range(POLICY)
        if (at_the_low or state.fall is None) and state.high.loss(equity) != POLICY.limit.threshold:
            assert lowest <= float(equity) <= highest


# Falls and recoveries


@given(start=starts, curve=curves, policy=policies())
def test_every_drawdown_that_was_mild_and_ended_is_a_recovery(
    start: Decimal, curve: list[Decimal], policy: LadderPolicy
) -> None:
    expected = []
    high, began, depth = start, None, Decimal(0)
    for at_ns, equity in zip(instants(len(curve)), curve, strict=True):
        if equity < high:
            began, depth = began or at_ns, max(depth, (high - equity) / high)
            continue
        if began is not None and depth >= policy.mild.threshold:
            expected.append((began, at_ns, depth))
        high, began, depth = max(high, equity), None, Decimal(0)

    record = observed(start, curve, policy)[-1][0].recoveries if curve else LadderState.start(start, 0).recoveries

    assert [(one.started_at_ns, one.ended_at_ns, one.depth) for one in record.latest] == expected
    assert record.count == len(expected)
