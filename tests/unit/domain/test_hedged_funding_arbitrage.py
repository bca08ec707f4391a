"""Carry with coins against the contract: when it is worth four fills, and when it has to be left; by hand."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.as_of import AsOfView
from domain.market import FundingEvent
from domain.pairs import PairView
from domain.signal import Signal, SignalAction
from domain.strategies.carry_hedge import CarryHedge
from domain.strategies.funding_arbitrage import FundingArbitrageParameters
from domain.strategies.hedged_funding_arbitrage import HedgedFundingArbitrage
from domain.time_units import NS_PER_HOUR
from tests.support import START_NS, make_bar

SPOT = "BTCUSDT-SPOT"
QUICK = FundingArbitrageParameters(
    half_life_h=8.0, settlements_min=2, holding_h=240.0, edge_min=1.5, fee_rate=0.0004, half_spread=0.0001,
    hedge=CarryHedge(fee_rate=0.0009, half_spread=0.0001, basis_min_bps=-10.0, basis_max_bps=30.0, basis_loss_bps=50.0),
)  # fmt: skip
"""Four fills cost 2 × (0.0005 + 0.001) = 0.003."""


class Stage:
    """Shows a strategy hour after hour; both legs are held as it says, one hour later."""

    def __init__(self, parameters: FundingArbitrageParameters, interval_h: int = 8) -> None:
        self.strategy = HedgedFundingArbitrage(parameters)
        self.view = PairView(AsOfView("BTCUSDT"), AsOfView(SPOT))
        self.interval_h, self.hour, self.wanted = interval_h, 0, 0

    def show(self, rate: str, basis_bps: float = 0.0) -> Signal | None:
        """Show the next hour; where it is one of a settlement, at this rate."""
        self.hour += 1
        opened_at_ns = START_NS + (self.hour - 1) * NS_PER_HOUR
        self.view.contract.held_quantity, self.view.coins.held_quantity = Decimal(-self.wanted), Decimal(self.wanted)
        if self.hour % self.interval_h == 0:
            self.view.contract.funding = FundingEvent("BTCUSDT", START_NS + self.hour * NS_PER_HOUR, Decimal(rate))
        self.view.contract.push(make_bar(100.0 * (1.0 + basis_bps / 1e4), opened_at_ns=opened_at_ns))
        self.view.coins.push(make_bar(100.0, symbol=SPOT, opened_at_ns=opened_at_ns))
        signal = self.strategy.on_pair(self.view)
        if signal is not None:
            self.wanted = 0 if signal.action is SignalAction.EXIT else 1
        return signal

    def run(self, rate: str, hours: int, basis_bps: float = 0.0) -> list[tuple[int, Signal]]:
        """Show so many hours alike and return what was said: hour and signal."""
        said = [(self.hour + 1, self.show(rate, basis_bps)) for _ in range(hours)]
        return [(hour, signal) for hour, signal in said if signal is not None]


def actions(said: Sequence[tuple[int, Signal]]) -> list[tuple[int, SignalAction]]:
    return [(hour, signal.action) for hour, signal in said]


def test_it_is_entered_where_expected_funding_is_worth_four_fills() -> None:
    # 0.00015 per 8 h for 240 h is 0.0045, 1.5 times 0.003. The first settlement begins an interval, two more are known.
    (first, signal), *rest = Stage(QUICK).run("0.00015001", 33)

    assert (first, signal.action) == (24, SignalAction.ENTER_SHORT)
    assert signal.reason == "hedged carry: 16.43% a year to shorts expected, 1.5 times the costs of four fills"
    assert (signal.strength, signal.confidence, signal.stop_distance) == (1.0, 1.0, None)
    assert dict(signal.features)["interval_h"] == 8.0
    # At every settlement that still is worth it, it is said again.
    assert actions(rest) == [(32, SignalAction.ENTER_SHORT)]


def test_a_little_less_is_not_worth_it_and_funding_paid_to_longs_never_is() -> None:
    assert Stage(QUICK).run("0.000149", 60) == []
    assert Stage(QUICK).run("-0.005", 60) == []


@pytest.mark.parametrize("interval_h", [1, 4, 8])
def test_the_same_funding_an_hour_is_worth_the_same_at_every_interval(interval_h: int) -> None:
    rate = str(Decimal("0.00016") / 8 * interval_h)
    (_, signal), *_ = Stage(QUICK, interval_h).run(rate, 40)

    # 0.00016 × 30 / 0.003 = 1.6.
    assert dict(signal.features)["edge"] == pytest.approx(1.6)


def test_what_the_money_would_earn_elsewhere_is_taken_off() -> None:
    hedge = QUICK.hedge
    assert hedge is not None
    # 17.52 % a year to shorts; both legs tie up 1.5 times the value, at 4 % a year: 11.52 % are left, edge 1.05.
    dear = evolve(QUICK, hedge=evolve(hedge, capital_rate=0.04, margin_share=0.5), edge_min=1.02)
    (_, signal), *_ = Stage(dear).run("0.00016", 40)

    assert dict(signal.features)["edge"] == pytest.approx((0.1752 - 0.06) * 240 / 8760 / 0.003)


def test_outside_its_band_the_basis_has_to_be_waited_for() -> None:
    stage = Stage(QUICK)
    assert stage.run("0.0003", 26, basis_bps=30.5) == []
    assert actions(stage.run("0.0003", 1, basis_bps=29.5)) == [(27, SignalAction.ENTER_SHORT)]
    assert Stage(QUICK).run("0.0003", 60, basis_bps=-10.5) == []


def test_it_is_left_once_the_basis_has_risen_too_far_since_the_entry() -> None:
    stage = Stage(QUICK)
    assert actions(stage.run("0.0003", 24, basis_bps=20.0)) == [(24, SignalAction.ENTER_SHORT)]
    assert stage.run("0.0003", 2, basis_bps=69.5) == []
    ((_, signal),) = stage.run("0.0003", 1, basis_bps=70.5)

    assert (signal.action, signal.reason) == (SignalAction.EXIT, "basis has risen from 20.0 to 70.5 bps")
    # Not entered again before the next settlement, at 32 h.
    assert actions(stage.run("0.0003", 5, basis_bps=20.0)) == [(32, SignalAction.ENTER_SHORT)]


def test_it_is_left_once_funding_is_expected_to_cost_and_not_before() -> None:
    stage = Stage(QUICK)
    assert actions(stage.run("0.0003", 24)) == [(24, SignalAction.ENTER_SHORT)]
    # Settled 0 (no interval of it), 0.0003, 0.0003: sum of decayed rates 0.00045 over 12 h. Then -0.0002: 0.000025.
    assert stage.run("-0.0002", 8) == []
    ((hour, signal),) = stage.run("-0.0002", 8)

    assert (hour, signal.action) == (40, SignalAction.EXIT)
    assert signal.reason.startswith("carry has decayed: ")


def test_it_is_left_after_the_longest_holding() -> None:
    hedge = QUICK.hedge
    assert hedge is not None
    stage = Stage(evolve(QUICK, hedge=evolve(hedge, holding_max_h=6.0)))
    said = stage.run("0.0003", 30)

    # Wanted at 24 h and held from the bar that opens then: six hours are over at 30 h.
    assert actions(said) == [(24, SignalAction.ENTER_SHORT), (30, SignalAction.EXIT)]
    assert said[-1][1].reason == "held for 6 h"


def test_a_stop_of_the_contract_is_a_fraction_of_its_price() -> None:
    hedge = QUICK.hedge
    assert hedge is not None
    (_, signal), *_ = Stage(evolve(QUICK, hedge=evolve(hedge, stop_fraction=0.5))).run("0.0003", 24)

    assert signal.stop_distance == pytest.approx(50.0)


@given(st.lists(st.integers(-60, 60), min_size=8, max_size=12), st.integers(0, 30))
def test_the_future_changes_nothing_and_nobody_is_ever_long_of_the_contract(rates: list[int], n_cut: int) -> None:
    def said(n_hours: int) -> list[Signal | None]:
        stage = Stage(QUICK)
        return [stage.show(f"{rates[hour // 8]}e-5", rates[-1 - hour // 8] / 2.0) for hour in range(n_hours)]

    whole = said(64)
    assert said(64 - n_cut) == whole[: 64 - n_cut]
    assert not any(signal and signal.action is SignalAction.ENTER_LONG for signal in whole)


@given(
    st.lists(st.sampled_from([30, 30, 20, -30]), min_size=8, max_size=8),
    st.lists(st.sampled_from([-20.0, 0.0, 20.0, 60.0]), min_size=22, max_size=22),
    st.integers(24, 63),
    st.sampled_from([None, 6.0]),
)
@settings(max_examples=200)
def test_it_goes_on_exactly_from_its_saved_state(
    rates: list[int], basis_bps: list[float], cut: int, holding_max_h: float | None
) -> None:
    hedge = QUICK.hedge
    assert hedge is not None
    parameters = evolve(QUICK, hedge=evolve(hedge, holding_max_h=holding_max_h))

    def said(cut: int | None) -> list[str]:
        stage, signals = Stage(parameters), []
        for hour in range(64):
            if hour == cut:
                restored = HedgedFundingArbitrage(parameters)
                restored.restore(json.loads(json.dumps(stage.strategy.saved_state(), allow_nan=False)))
                stage.strategy = restored
            signals.append(repr(stage.show(f"{rates[hour // 8]}e-5", basis_bps[hour // 3])))
        return signals

    assert said(cut) == said(None)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"carry": None}, "carry: expected a mapping"),
        ({"is_due": 1}, "is_due: expected true or false"),
        ({"basis_bps": "wide"}, "basis_bps: expected a finite number"),
        ({"held_since_ns": 1.5}, "held_since_ns: expected a whole number"),
    ],
)
def test_what_is_no_state_of_it_is_refused(changed: dict[str, Any], said: str) -> None:
    state = HedgedFundingArbitrage(QUICK).saved_state()

    with pytest.raises(ValueError, match=said):
        HedgedFundingArbitrage(QUICK).restore({**state, **changed})
    (name,) = changed
    with pytest.raises(ValueError, match=f"{name}: expected"):
        HedgedFundingArbitrage(QUICK).restore({key: value for key, value in state.items() if key != name})


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="allow_short is false"):
        evolve(QUICK, allow_short=False)
    with pytest.raises(ValueError, match="basis_max_bps must be above basis_min_bps"):
        CarryHedge(basis_min_bps=10.0, basis_max_bps=10.0)
    with pytest.raises(ValueError, match="without it carry is directional"):
        HedgedFundingArbitrage(FundingArbitrageParameters())
