"""The record of followed signals is what one unit would have earned: by a plain ledger, and by trades of one."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from application.trading.shadow_record import ShadowRecord
from domain.exits import Breakeven, ExitPlan, PriceFraction, RiskMultiple, Rung, TrailingStop
from domain.market import Bar, FundingEvent
from domain.risk.estimates import EstimateSettings
from domain.signal import Signal
from domain.sizing import FixedQuantity, KellyAndRisk
from domain.time_units import NS_PER_DAY, NS_PER_HOUR
from tests.plans import WIDE_LIMITS
from tests.support import START_NS
from tests.unit.application.trading.stage import (
    COIN,
    OUT,
    Prices,
    Script,
    d,
    long,
    make_history,
    make_plan,
    perform,
    short,
)

SIGNALS: Final[Mapping[str, Signal]] = {"long": long(), "short": short(), "out": OUT}
COST: Final = 0.01

prices: Final = st.integers(50, 200).map(float)
steps: Final = st.tuples(prices, prices, st.sampled_from([None, *SIGNALS]), st.sampled_from([0.0, 0.0, 0.001, -0.002]))
histories: Final = st.lists(steps, min_size=1, max_size=40)
costs: Final = st.sampled_from([0.0, 0.0005, 0.01])


def bar_of(place: int, low: float, high: float, first: float, last: float) -> Bar:
    opened = START_NS + place * NS_PER_HOUR
    return Bar(COIN, opened, opened + NS_PER_HOUR, first, high, low, last, 1.0)


def funding(hours: float, rate: float) -> FundingEvent:
    return FundingEvent(COIN, START_NS + int(hours * NS_PER_HOUR), Decimal(str(rate)))


def plain_bar(place: int, first: float, last: float) -> Bar:
    return bar_of(place, min(first, last), max(first, last), first, last)


def followed(
    bars: Sequence[Prices], script: Script, *, cost: float = 0.0, plan: ExitPlan | None = None, hours: int = 1
) -> list[float]:
    """Return the record of bars (open, high, low, close), and signals heard after each."""
    record = ShadowRecord(1_000, cost, hours * NS_PER_HOUR, plan or ExitPlan())
    for place, each in enumerate(bars):
        first, high, low, last = each if len(each) > 1 else each * 4
        record.follow(bar_of(place, low, high, first, last))
        if place in script:
            record.hear(script[place])
    returns: list[float] = record.returns.tolist()
    return returns


# Laws


class Ledger:
    """Cash and coins: bought and sold for money, refilled to the value of one at each sample without a cost."""

    def __init__(self, cost: float) -> None:
        self.cost, self.cash, self.coins, self.price = cost, 0.0, 0.0, 1.0

    @property
    def wealth(self) -> float:
        return self.cash + self.coins * self.price

    def trade(self, coins: float) -> None:
        self.cash -= coins * self.price + abs(coins) * self.price * self.cost
        self.coins += coins

    def refill(self) -> None:
        wanted = (self.coins > 0.0) - (self.coins < 0.0)
        self.cash += (self.coins - wanted / self.price) * self.price
        self.coins = wanted / self.price


@given(history=histories, cost=costs, hours=st.sampled_from([1, 3, 24]))
def test_returns_are_those_of_a_ledger_of_one_unit(
    history: list[tuple[float, float, str | None, float]], cost: float, hours: int
) -> None:
    record, ledger = ShadowRecord(1_000, cost, hours * NS_PER_HOUR), Ledger(cost)
    wanted, wealth, made, was_in, day_of = 0, 0.0, list[float](), False, dict[int, float]()
    for place, (first, last, name, rate) in enumerate(history):
        record.follow(plain_bar(place, first, last))
        ledger.price = first
        present = (ledger.coins > 0.0) - (ledger.coins < 0.0)
        if wanted != present:
            ledger.trade(-ledger.coins)
            ledger.trade(wanted / first)
        was_in = was_in or wanted != 0 or present != 0
        ledger.price = last
        if place == 0 or (START_NS // NS_PER_HOUR + place + 1) % hours == 0:
            day = (START_NS + (place + 1) * NS_PER_HOUR - 1) // NS_PER_DAY
            day_of.setdefault(day, 0.0)
            if was_in:
                made.append(ledger.wealth - wealth)
                day_of[day] += made[-1]
            ledger.refill()
            wealth, was_in = ledger.wealth, False
        if name is not None:
            record.hear(SIGNALS[name])
            wanted = SIGNALS[name].direction
        record.take_funding(funding(place + 1, rate))
        ledger.cash -= ledger.coins * ledger.price * rate

    assert record.returns.tolist() == pytest.approx(made, abs=1e-12)
    assert sum(record.returns) == pytest.approx(sum(made), abs=1e-12)
    # Every day that was over at the last sample, whatever was held in it; no day is passed over, as samples are daily.
    assert record.days.values == pytest.approx([day_of[day] for day in sorted(day_of)[:-1]], abs=1e-12)


@given(history=histories, less=costs, more=costs)
def test_more_cost_never_gives_a_better_record(
    history: list[tuple[float, float, str | None, float]], less: float, more: float
) -> None:
    less, more = sorted((less, more))
    bars = [(first, max(first, last), min(first, last), last) for first, last, _, _ in history]
    script = {place: SIGNALS[name] for place, (_, _, name, _) in enumerate(history) if name is not None}
    cheap, dear = followed(bars, script, cost=less), followed(bars, script, cost=more)

    assert len(cheap) == len(dear)
    assert all(worse <= better for worse, better in zip(dear, cheap, strict=True))


@given(n_bars=st.integers(3, 50), hours=st.sampled_from([1, 5, 24]))
def test_who_turns_around_at_every_bar_of_a_flat_market_has_a_record_of_costs(n_bars: int, hours: int) -> None:
    script = {place: (long(), short())[place % 2] for place in range(n_bars)}
    made = followed([(100.0,)] * (n_bars + hours), script, cost=COST, hours=hours)

    assert all(each <= 0.0 for each in made)
    # One unit to begin with, and two at each turn.
    assert sum(made) == pytest.approx(-COST * (1 + 2 * (n_bars - 1)))


@given(
    moves=st.lists(st.tuples(prices, prices, prices, prices), min_size=2, max_size=30),
    stop=st.integers(1, 40),
    target=st.integers(1, 40),
)
def test_long_and_short_mirror(moves: list[tuple[float, float, float, float]], stop: int, target: int) -> None:
    up = [(100.0,), *[(each[0], max(each), min(each), each[1]) for each in moves]]
    down = [(300.0 - bar[0], 300.0 - bar[2], 300.0 - bar[1], 300.0 - bar[3]) for bar in up[1:]]
    # One interval for all: what is made is then in the price at which it was entered.
    one = followed(up, {0: long(stop, target)}, hours=24)
    other = followed([(200.0,), *down], {0: short(stop, target)}, hours=24)

    assert [each * up[1][0] for each in one] == pytest.approx([each * down[0][0] for each in other])


# By hand


def test_a_signal_is_followed_from_the_next_open_on_and_pays_for_what_it_trades() -> None:
    # Bought at 101 and worth 111.1 at the end of the bar: 10 % less 1 %. To 122.21 is another 10 %; sold at 110, from
    # 122.21 a loss of 9.991 %, for 1 % of 110 / 122.21.
    bars = [(100.0,), (101.0, 112.0, 101.0, 111.1), (111.1, 123.0, 111.0, 122.21), (110.0, 200.0, 50.0, 60.0), (60.0,)]
    made = followed(bars, {0: long(), 2: OUT}, cost=COST)

    lost = 110.0 / 122.21 - 1.0
    assert made == pytest.approx([0.1 - 0.01, 0.1, lost - 0.01 * 110.0 / 122.21])


def test_a_round_trip_between_two_samples_has_a_return_of_its_own() -> None:
    # Bought at 100 and sold at 102 in the second and third of 24 hours: 2 %, less 1 % of 100 and 1 % of 102.
    bars: list[Prices] = [(100.0,), (100.0,), (102.0,), *[(80.0,)] * 22]

    assert followed(bars, {0: long(), 1: OUT}, cost=COST, hours=24) == pytest.approx([0.02 - 0.01 - 0.0102])


@pytest.mark.parametrize("hours", [1, 5, 24])
def test_days_in_which_nothing_is_held_made_nothing(hours: int) -> None:
    # In the third hour and in the 53rd, from 100 to 110 each time; whoever is out pays none of the funding.
    record, held = ShadowRecord(1_000, 0.0, hours * NS_PER_HOUR), (2, 52)
    for place in range(4 * 24 + 1):
        record.follow(plain_bar(place, 110.0 if place - 1 in held else 100.0, 110.0 if place in held else 100.0))
        record.take_funding(funding(place + 1, 0.0 if place in held else 0.5))
        if place + 1 in held:
            record.hear(long())
        elif place in held:
            record.leave()

    assert record.days.values == pytest.approx([0.1, 0.0, 0.1, 0.0][: len(record.days.values)])
    assert len(record.days.values) == (4 if hours == 1 else 3)


@pytest.mark.parametrize(
    ("bar", "made"),
    [
        ((100.0, 104.0, 96.0, 101.0), 0.01),  # neither
        ((100.0, 104.0, 95.0, 101.0), -0.05),  # the stop is touched
        ((100.0, 110.0, 96.0, 101.0), 0.10),  # the target is touched
        ((100.0, 110.0, 95.0, 109.0), -0.05),  # both: the worse
        ((90.0, 91.0, 89.0, 90.0), 0.0),  # entered below: the stop is as far away from there
    ],
)
def test_it_leaves_by_the_stop_and_the_target_of_the_signal(bar: Prices, made: float) -> None:
    last = bar[3]
    assert followed([(100.0,), bar, (last,)], {0: long(5.0, 10.0)}) == pytest.approx(
        [made] if made in {-0.05, 0.10} else [made, 0.0]
    )


def test_a_market_that_jumps_over_the_stop_fills_where_it_then_is_and_over_the_target_no_better() -> None:
    entered: list[Prices] = [(100.0,), (100.0,)]

    assert followed([*entered, (80.0, 85.0, 80.0, 85.0)], {0: long(5.0)}) == pytest.approx([0.0, -0.2])
    assert followed([*entered, (130.0, 135.0, 130.0, 135.0)], {0: short(5.0)}) == pytest.approx([0.0, -0.3])
    assert followed([*entered, (120.0, 125.0, 120.0, 125.0)], {0: long(5.0, 10.0)}) == pytest.approx([0.0, 0.1])


def test_what_was_stopped_out_can_be_entered_again_and_what_is_held_is_not_bought_twice() -> None:
    # Long at 100, told so again, stopped at 95; long again at 96.
    bars: list[Prices] = [(100.0,), (100.0,), (100.0, 100.0, 90.0, 96.0), (96.0,), (96.0, 120.0, 96.0, 120.0)]
    made = followed(bars, {0: long(5.0), 1: long(1.0), 2: long(5.0)}, cost=COST)

    assert made == pytest.approx([-0.01, -0.05 - 0.0095, -0.01, 0.25])


def test_a_ladder_takes_its_profits_step_by_step() -> None:
    # Half at 110, the rest at 120: 5 % and 10 %, each less 1 % of what is sold: 0.55 % and 0.6 %.
    plan = ExitPlan(
        take_profit=(Rung(at=PriceFraction(d("0.1")), share=d("0.5")), Rung(at=PriceFraction(d("0.2")), share=d("0.5")))
    )
    bars: list[Prices] = [(100.0,), (100.0, 112.0, 100.0, 112.0), (112.0, 125.0, 112.0, 125.0), (50.0,)]
    made = followed(bars, {0: long()}, cost=COST, plan=plan, hours=24)
    made += followed([*bars, *[(50.0,)] * 22], {0: long()}, cost=COST, plan=plan, hours=24)

    assert made == pytest.approx([0.05 + 0.10 - 0.01 - 0.0055 - 0.006])


def test_a_stop_trails_by_the_bars_before() -> None:
    # 5 % behind the best price: 120 of the first bar puts it to 115, which the next bar falls through.
    plan = ExitPlan(trailing=TrailingStop(distance=RiskMultiple(d("1"))))
    bars: list[Prices] = [(100.0,), (100.0, 120.0, 100.0, 118.0), (118.0, 118.0, 110.0, 112.0)]

    assert followed(bars, {0: long(5.0)}, plan=plan) == pytest.approx([0.18, 115.0 / 118.0 - 1.0])


def test_what_was_held_long_enough_is_left_at_the_next_open() -> None:
    plan = ExitPlan(holding_max_ns=2 * NS_PER_HOUR)
    bars: list[Prices] = [(100.0,), (100.0,), (100.0,), (103.0, 200.0, 103.0, 200.0), (200.0,)]

    assert followed(bars, {0: long()}, plan=plan) == pytest.approx([0.0, 0.0, 0.03])


def test_funding_is_paid_on_what_is_held_alone() -> None:
    # Short from the second hour on: it is paid at the end of the second and within the third and the fourth, of 100
    # each time; not before, and not at the end of the fourth, in which it was stopped at 105.
    record = ShadowRecord(10, 0.0, NS_PER_HOUR)
    for hours, rate in ((1, 0.5), (2, 0.001), (2.5, 0.002), (3.5, 0.004), (4, 0.5)):
        record.take_funding(funding(hours, rate))
    record.follow(plain_bar(0, 100.0, 100.0))
    record.hear(short(5.0))
    record.follow(plain_bar(1, 100.0, 100.0))
    record.follow(plain_bar(2, 100.0, 100.0))
    record.follow(plain_bar(3, 100.0, 110.0))

    assert record.returns == pytest.approx([0.001, 0.002, -0.05 + 0.004])


def test_a_record_keeps_the_latest_returns() -> None:
    record = ShadowRecord(3, 0.0, NS_PER_HOUR)
    record.hear(long())
    for place, (first, last) in enumerate(pairwise([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])):
        record.follow(plain_bar(place, first, last))

    assert record.returns == pytest.approx([4 / 3 - 1, 5 / 4 - 1, 6 / 5 - 1])


# Beside a unit that is traded for real


# One sample a day, and the day is not over: all of a trade is in one return, in parts of the price it was entered at.
DAILY: Final = evolve(WIDE_LIMITS, estimates=EstimateSettings(interval_s=86_400))
_EXITS: Final = {
    "by signal": ExitPlan(),
    "trailing": ExitPlan(trailing=TrailingStop(distance=RiskMultiple(d("1")))),
    "breakeven": ExitPlan(breakeven=Breakeven(at=RiskMultiple(d("1")))),
    "ladder": ExitPlan(take_profit=(Rung(at=RiskMultiple(d("1")), share=d("0.5")),)),
    "time": ExitPlan(holding_max_ns=5 * NS_PER_HOUR),
}
moves: Final = st.lists(st.tuples(*[st.integers(-3, 3)] * 4), min_size=12, max_size=12)


def walk(changes: list[tuple[int, ...]]) -> list[Prices]:
    """Return a day of bars from 100 on, each opened where the last one closed, and another on which nothing moves."""
    rows, price = [], 100
    for up, down, last, _ in changes * 2:
        close = price + last
        high, low = max(price, close) + abs(up), min(price, close) - abs(down)
        rows.append((float(price), float(high), float(low), float(close), 1e6))
        price = close
    return [*rows, *[(float(price), float(price), float(price), float(price), 1e6)] * 26]


@pytest.mark.parametrize("exits", _EXITS)
@settings(max_examples=12)
@given(changes=moves, side=st.sampled_from(["long", "short"]), rate=st.sampled_from(["0", "0.001"]))
def test_the_shadow_earns_what_a_unit_that_is_traded_does(
    exits: str, side: str, changes: list[tuple[int, ...]], rate: str
) -> None:
    entry = long(4.0, None if exits == "ladder" else 9.0) if side == "long" else short(4.0, 9.0)
    script = {2: entry, 18: OUT}
    event = FundingEvent(COIN, START_NS + 8 * NS_PER_HOUR, Decimal(rate))
    plan = make_plan(
        make_history(walk(changes), funding=[event]),
        [script, script],
        policy=DAILY,
        sizings=[KellyAndRisk(), FixedQuantity(Decimal(1))],
        taker_rate="0.0005",
    )
    strategies = tuple(evolve(each, exits=_EXITS[exits]) for each in plan.strategies)
    played = perform(evolve(plan, strategies=strategies))

    shadow = played.share("A").shadow
    assert shadow is not None
    (trade,) = played.trades
    assert trade.strategy == "B"
    # Prices of stops are whole ticks, a ten-thousandth; a fee or a funding payment less would be five or ten of them.
    assert sum(shadow.returns) == pytest.approx(float(trade.net_pnl / trade.entry_price), abs=2e-4)
