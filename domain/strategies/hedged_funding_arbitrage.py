"""Funding arbitrage with a second leg: the contract sold short, the coins held against it, funding earned."""

from collections.abc import Mapping
from typing import Any

from domain.funding import HOURS_PER_YEAR
from domain.pairs import PairView
from domain.saved_state import restored_count, restored_flag, restored_number, restored_part
from domain.signal import Signal, SignalAction
from domain.strategies.carry_hedge import CarryHedge
from domain.strategies.funding_arbitrage import FundingArbitrageParameters
from domain.strategies.settled_carry import SettledCarry
from domain.time_units import NS_PER_HOUR


class HedgedFundingArbitrage:
    """Earns funding without the risk of the price: short of the contract, long of as many coins.

    What funding is expected to pay is reckoned as in `FundingArbitrage`, less what the money in both legs would earn
    elsewhere. Both legs are entered where that, over the expected holding, is so many times what four fills cost, and
    the basis lies in a band. They are left where it no longer is worth holding, where the basis has risen too far, and
    after the longest holding. Coins cannot be sold short, so funding that longs are paid is not earned.

    At a settlement that still is worth entering the entry is said again, so that what is missing of it is added.
    """

    lookback_bars = 1

    def __init__(self, parameters: FundingArbitrageParameters) -> None:
        if parameters.hedge is None:
            raise ValueError("hedge: there is none, and without it carry is directional")
        self.parameters = parameters
        self._hedge: CarryHedge = parameters.hedge
        self._cost = parameters.round_trip_cost + self._hedge.round_trip_cost
        self._carry = SettledCarry(parameters.half_life_h)
        self._is_due = False
        self._basis_bps = 0.0
        self._held_since_ns: int | None = None

    def on_pair(self, view: PairView) -> Signal | None:
        """Take the bars of both that have just closed; return what to do with the contract, or nothing."""
        is_news = self._carry.follow(view.contract.funding)
        basis_bps, edge = view.basis_bps, self._edge
        is_known = self._carry.n_rates >= self.parameters.settlements_min
        if is_news:
            self._is_due = is_known and edge >= self.parameters.edge_min
        if view.is_flat:
            self._held_since_ns = None
        else:
            wrong = self._wrong(view, basis_bps, edge, is_settled=is_news and is_known)
            if wrong is not None:
                return self._exit(wrong, basis_bps, edge)
        if self._is_due and self._hedge.basis_min_bps <= basis_bps <= self._hedge.basis_max_bps:
            return self._enter(view, basis_bps, edge)
        return None

    def saved_state(self) -> Mapping[str, Any]:
        """Return what it has learned of funding, and of the entry that is held: no past bars would tell that."""
        return {
            "carry": self._carry.saved_state(),
            "is_due": self._is_due,
            "basis_bps": self._basis_bps,
            "held_since_ns": self._held_since_ns,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from the state of another one with the same parameters, before the first bar.

        Raises:
            ValueError: It is no such state.
        """
        self._carry.restore(restored_part(state, "carry"))
        self._is_due = restored_flag(state, "is_due")
        self._basis_bps = restored_number(state, "basis_bps")
        is_held = state.get("held_since_ns", ...) is not None
        self._held_since_ns = restored_count(state, "held_since_ns") if is_held else None

    @property
    def _edge(self) -> float:
        """Expected funding less the cost of capital over the costs of four fills, for the expected holding."""
        yearly = self._carry.yearly - self._hedge.yearly_capital_cost
        return yearly * self.parameters.holding_h / HOURS_PER_YEAR / self._cost

    def _wrong(self, view: PairView, basis_bps: float, edge: float, *, is_settled: bool) -> str | None:
        """Return why what is held has to be left, in words; None where it may stay."""
        hedge = self._hedge
        if self._held_since_ns is None:
            self._held_since_ns = view.contract.bar.opened_at_ns
        held_h = (view.at_ns - self._held_since_ns) / NS_PER_HOUR
        if basis_bps - self._basis_bps > hedge.basis_loss_bps:
            return f"basis has risen from {self._basis_bps:.1f} to {basis_bps:.1f} bps"
        if hedge.holding_max_h is not None and held_h >= hedge.holding_max_h:
            return f"held for {held_h:.0f} h"
        if is_settled and edge < self.parameters.exit_edge:
            return f"carry has decayed: {self._carry.in_words} expected"
        return None

    def _enter(self, view: PairView, basis_bps: float, edge: float) -> Signal:
        self._is_due = False
        if view.is_flat:
            self._basis_bps = basis_bps
        stop = self._hedge.stop_fraction
        return Signal(
            action=SignalAction.ENTER_SHORT,
            reason=f"hedged carry: {self._carry.in_words} expected, {edge:.1f} times the costs of four fills",
            stop_distance=None if stop is None else stop * view.contract.bar.close,
            features=self._features(basis_bps, edge),
        )

    def _exit(self, wrong: str, basis_bps: float, edge: float) -> Signal:
        self._is_due = False
        return Signal(action=SignalAction.EXIT, reason=wrong, features=self._features(basis_bps, edge))

    def _features(self, basis_bps: float, edge: float) -> tuple[tuple[str, float], ...]:
        return (
            ("yearly_carry", self._carry.yearly),
            ("edge", edge),
            ("interval_h", float(self._carry.interval_h)),
            ("basis_bps", basis_bps),
        )
