"""Laws of margin and liquidation, for any table of brackets."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.instrument import MarginSchedule
from domain.margin import Exposure, MarginAccount, bankruptcy_price, initial_margin, liquidation_price

RELATIVE = Decimal("1e-18")
NEAR = Decimal("1e-9")

quantities = st.integers(1, 1_000_000).map(lambda count: count * Decimal("0.001"))
signs = st.sampled_from([1, -1])
prices = st.integers(1, 10_000_000).map(lambda count: count * Decimal("0.01"))
wallets = st.integers(-(10**10), 10**10).map(lambda count: count * Decimal("0.01"))
notionals = st.integers(0, 10**11).map(lambda count: count * Decimal("0.01"))


@st.composite
def any_schedule(draw: st.DrawFn) -> MarginSchedule:
    """Draw up to eight touching brackets with rising rates."""
    widths = draw(st.lists(st.integers(1, 10**7), min_size=1, max_size=8))
    rates = sorted(draw(st.lists(st.integers(1, 900), min_size=len(widths), max_size=len(widths), unique=True)))
    rows, floor = [], Decimal(0)
    for width, rate in zip(widths, rates, strict=True):
        rows.append((floor, floor + width, Decimal(rate) / 1_000, 1))
        floor += width
    return MarginSchedule.from_rows(rows)


schedules = any_schedule()


@st.composite
def exposures(draw: st.DrawFn) -> Exposure:
    signed_quantity = draw(signs) * draw(quantities)
    return Exposure(signed_quantity, signed_quantity * draw(prices), draw(prices), draw(schedules))


def is_close(left: Decimal, right: Decimal, scale: Decimal) -> bool:
    return abs(left - right) <= RELATIVE * max(scale, Decimal(1))


def solved(wallet: Decimal, signed_quantity: Decimal, entry: Decimal, schedule: MarginSchedule) -> Decimal | None:
    return liquidation_price(
        wallet_balance=wallet, signed_quantity=signed_quantity, cost=signed_quantity * entry, schedule=schedule
    )


@given(schedule=schedules)
def test_maintenance_margin_is_continuous_where_brackets_meet(schedule: MarginSchedule) -> None:
    for lower, upper in pairwise(schedule.brackets):
        assert lower.maintenance_margin(lower.notional_cap) == upper.maintenance_margin(upper.notional_floor)


@given(schedule=schedules, pair=st.tuples(notionals, notionals))
def test_more_notional_needs_more_margin_but_never_more_than_the_highest_rate_of_it(
    schedule: MarginSchedule, pair: tuple[Decimal, Decimal]
) -> None:
    small, large = sorted(pair)
    lowest, highest = schedule.brackets[0].maintenance_rate, schedule.brackets[-1].maintenance_rate

    added = schedule.maintenance_margin(large) - schedule.maintenance_margin(small)

    assert lowest * (large - small) <= added <= highest * (large - small)
    assert 0 <= schedule.maintenance_margin(small) <= small


@given(schedule=schedules, notional=notionals)
def test_maintenance_margin_is_each_slice_of_notional_at_its_own_rate(
    schedule: MarginSchedule, notional: Decimal
) -> None:
    expected = Decimal(0)
    for bracket in schedule.brackets:
        is_last = bracket is schedule.brackets[-1]
        top = notional if is_last else min(notional, bracket.notional_cap)
        expected += max(top - bracket.notional_floor, Decimal(0)) * bracket.maintenance_rate

    assert schedule.maintenance_margin(notional) == expected


@given(schedule=schedules, sign=signs, quantity=quantities, entry=prices, wallet=wallets)
def test_at_the_liquidation_price_equity_is_the_maintenance_margin(
    schedule: MarginSchedule, sign: int, quantity: Decimal, entry: Decimal, wallet: Decimal
) -> None:
    signed_quantity = sign * quantity
    price = solved(wallet, signed_quantity, entry, schedule)
    assume(price is not None)
    assert price is not None

    exposure = Exposure(signed_quantity, signed_quantity * entry, price, schedule)
    equity = MarginAccount(wallet, (exposure,)).equity

    scale = abs(wallet) + abs(exposure.cost) + exposure.notional
    assert price > 0
    assert is_close(equity, exposure.maintenance_margin, scale)


@given(schedule=schedules, sign=signs, quantity=quantities, entry=prices, wallet=wallets)
def test_a_position_is_liquidated_beyond_the_liquidation_price_and_safe_before_it(
    schedule: MarginSchedule, sign: int, quantity: Decimal, entry: Decimal, wallet: Decimal
) -> None:
    signed_quantity = sign * quantity
    price = solved(wallet, signed_quantity, entry, schedule)
    assume(price is not None)
    assert price is not None

    def is_liquidated_at(mark: Decimal) -> bool:
        exposure = Exposure(signed_quantity, signed_quantity * entry, mark, schedule)
        return MarginAccount(wallet, (exposure,)).is_liquidated

    assert is_liquidated_at(price * (1 - sign * NEAR))
    assert not is_liquidated_at(price * (1 + sign * NEAR))


@given(schedule=schedules, sign=signs, quantity=quantities, entry=prices, cushion=quantities)
def test_a_margined_long_is_liquidated_below_its_entry_and_a_short_above(
    schedule: MarginSchedule, sign: int, quantity: Decimal, entry: Decimal, cushion: Decimal
) -> None:
    wallet = schedule.maintenance_margin(quantity * entry) + cushion

    price = solved(wallet, sign * quantity, entry, schedule)

    if price is None:
        # Only a long that is paid for in full survives every price.
        assert sign > 0
        assert wallet >= quantity * entry
    else:
        assert (entry - price) * sign > 0


@given(schedule=schedules, quantity=quantities, entry=prices, wallet=wallets)
def test_exactly_a_long_paid_for_in_full_cannot_be_liquidated(
    schedule: MarginSchedule, quantity: Decimal, entry: Decimal, wallet: Decimal
) -> None:
    assert (solved(wallet, quantity, entry, schedule) is None) == (wallet >= quantity * entry)


@given(schedule=schedules, sign=signs, quantity=quantities, entry=prices, wallet=wallets, deposit=quantities)
def test_more_wallet_moves_the_liquidation_price_away(
    schedule: MarginSchedule, sign: int, quantity: Decimal, entry: Decimal, wallet: Decimal, deposit: Decimal
) -> None:
    before = solved(wallet, sign * quantity, entry, schedule)
    after = solved(wallet + deposit, sign * quantity, entry, schedule)

    if sign > 0:
        # None stands for below zero: once unreachable, it stays unreachable.
        assert after is None or (before is not None and after < before)
    else:
        # None stands for a short already beyond help at every price.
        assert before is None or (after is not None and after > before)


@given(schedule=schedules, sign=signs, quantity=quantities, entry=prices, bracket=st.integers(0, 7))
def test_a_solution_on_the_border_of_two_brackets_is_found(
    schedule: MarginSchedule, sign: int, quantity: Decimal, entry: Decimal, bracket: int
) -> None:
    border = schedule.brackets[bracket % len(schedule.brackets)].notional_cap
    # Chosen so that equity meets maintenance margin where the notional is the border itself:
    # wallet + sign × border − cost = maintenance(border).
    wallet = schedule.maintenance_margin(border) - sign * border + sign * quantity * entry

    price = solved(wallet, sign * quantity, entry, schedule)

    assert price is not None
    assert is_close(price * quantity, border, border)


@given(wallet=wallets, held=st.lists(exposures(), min_size=1, max_size=3), data=st.data())
def test_in_a_shared_wallet_the_price_of_one_exposure_liquidates_all_with_the_others_frozen(
    wallet: Decimal, held: list[Exposure], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(held) - 1))
    price = MarginAccount(wallet, tuple(held)).liquidation_price(index)
    assume(price is not None)
    assert price is not None

    own = held[index]
    moved = Exposure(own.signed_quantity, own.cost, price, own.schedule)
    account = MarginAccount(wallet, (*held[:index], moved, *held[index + 1 :]))

    scale = abs(wallet) + sum((abs(e.cost) + e.notional for e in account.exposures), Decimal(0))
    assert is_close(account.equity, account.maintenance_margin, scale)


@given(wallet=wallets, held=st.lists(exposures(), max_size=3))
def test_the_margin_ratio_reaches_one_exactly_when_the_account_is_liquidated(
    wallet: Decimal, held: list[Exposure]
) -> None:
    account = MarginAccount(wallet, tuple(held))

    if account.equity <= 0:
        assert account.margin_ratio is None
        assert account.is_liquidated == bool(held)
    else:
        assert account.is_liquidated == (account.maintenance_margin >= account.equity)
        assert account.margin_ratio is not None
        assert is_close(account.margin_ratio * account.equity, account.maintenance_margin, account.equity)


@given(schedule=schedules, sign=signs, quantity=quantities, entry=prices, wallet=wallets)
def test_bankruptcy_leaves_nothing_and_comes_after_liquidation(
    schedule: MarginSchedule, sign: int, quantity: Decimal, entry: Decimal, wallet: Decimal
) -> None:
    signed_quantity = sign * quantity
    cost = signed_quantity * entry

    price = bankruptcy_price(wallet_balance=wallet, signed_quantity=signed_quantity, cost=cost)

    assert is_close(wallet + signed_quantity * price - cost, Decimal(0), abs(wallet) + abs(cost))
    liquidated_at = solved(wallet, signed_quantity, entry, schedule)
    if liquidated_at is not None:
        assert (liquidated_at - price) * sign > 0


@given(quantity=quantities, price=prices, leverage=st.integers(1, 125))
def test_initial_margin_times_leverage_is_the_notional(quantity: Decimal, price: Decimal, leverage: int) -> None:
    notional = quantity * price

    assert is_close(initial_margin(quantity, price, Decimal(leverage)) * leverage, notional, notional)
