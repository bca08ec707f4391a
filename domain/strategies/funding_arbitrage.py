"""Funding arbitrage on the perpetual alone: hold the side that funding pays, where that is more than it costs."""

from collections.abc import Mapping
from typing import Any, Final

from attrs import field, frozen, validators

from domain.as_of import AsOfView
from domain.funding import HOURS_PER_YEAR
from domain.indicators.ranges import AverageTrueRange
from domain.saved_state import restored_count, restored_part
from domain.signal import Signal, SignalAction
from domain.strategies.carry_hedge import CarryHedge
from domain.strategies.settled_carry import SettledCarry

_distance = validators.optional([validators.gt(0.0), validators.le(100.0)])
_STOP_ATR: Final[float | None] = 4.0


def _below_entry(instance: "FundingArbitrageParameters", _: object, value: float) -> None:
    if value >= instance.edge_min:
        raise ValueError(f"exit_edge must be below edge_min ({instance.edge_min}), got {value}")


@frozen(kw_only=True)
class FundingArbitrageParameters:
    """Settings of `FundingArbitrage`, and of `HedgedFundingArbitrage` where a hedge is given.

    Attributes:
        half_life_h: Hours after which a settled rate counts half in what is expected, at least 8.
        settlements_min: So many rates have to be known.
        holding_h: Hours that a position is expected to be held, over which funding has to earn its costs.
        edge_min: Expected funding over the costs of getting in and out at which it is entered, above 1.
        exit_edge: Expected funding over those costs below which it is left; negative waits until it pays the other way.
        fee_rate: Of an order that takes, fraction of its value.
        half_spread: That a taker pays beside the fee, fraction of the price.
        strength_factor: Largest strength of an entry, 0 to 1: without a second leg a position carries the whole risk of
            the price. Not of hedged pairs, which are sized in full.
        atr_bars: Length of the average true range; not of hedged pairs.
        stop_atr: Distance of the stop in average true ranges; None for no stop. Not of hedged pairs.
        allow_short: Whether the side that funding pays may be the short one.
        hedge: Hold the coins themselves against the contract, as one: contract short and coins long; {} for its
            defaults. Without it a position is directional carry. Needs both the contract and its -SPOT in symbols.
    """

    half_life_h: float = field(default=48.0, validator=[validators.ge(8.0), validators.le(HOURS_PER_YEAR)])
    settlements_min: int = field(default=9, validator=[validators.ge(1), validators.le(10_000)])
    holding_h: float = field(default=168.0, validator=[validators.ge(1.0), validators.le(HOURS_PER_YEAR)])
    edge_min: float = field(default=3.0, validator=[validators.gt(1.0), validators.le(1_000.0)])
    exit_edge: float = field(default=0.0, validator=[validators.ge(-1_000.0), _below_entry])
    fee_rate: float = field(default=0.0005, validator=[validators.ge(0.0), validators.lt(0.1)])
    half_spread: float = field(default=0.00005, validator=[validators.ge(0.0), validators.lt(0.1)])
    strength_factor: float = field(default=0.5, validator=[validators.gt(0.0), validators.le(1.0)])
    atr_bars: int = field(default=14, validator=[validators.ge(1), validators.le(10_000)])
    stop_atr: float | None = field(default=_STOP_ATR, validator=_distance)
    allow_short: bool = True
    hedge: CarryHedge | None = None

    def __attrs_post_init__(self) -> None:
        if self.hedge is not None and not self.allow_short:
            raise ValueError("hedge: a hedged contract is short, and allow_short is false")
        if self.round_trip_cost <= 0.0:
            raise ValueError("fee_rate and half_spread are both 0: what costs nothing is worth entering for nothing")

    @property
    def round_trip_cost(self) -> float:
        """What getting in and out costs, fraction of the value: fee and half the spread, twice."""
        return 2.0 * (self.fee_rate + self.half_spread)


class FundingArbitrage:
    """Earns funding on one perpetual: directional carry, whose price risk nothing offsets.

    What funding is expected to pay a year is a decaying mean of the rates that were settled, each by the hours that it
    was settled for, so that instruments with settlements every 1, 4 and 8 hours compare. It is entered where that,
    over the expected holding, is so many times the costs of a round trip, and left where it no longer is worth holding.
    An ordinary rate of 0.01 % per 8 hours, 10.95 % a year, earns 0.21 % in a week, against costs of 0.11 %: it is not
    entered for that.
    """

    lookback_bars = 1

    def __init__(self, parameters: FundingArbitrageParameters) -> None:
        self.parameters = parameters
        self._carry = SettledCarry(parameters.half_life_h)
        self._atr = AverageTrueRange(parameters.atr_bars)
        self._wanted = 0

    def on_bar(self, view: AsOfView) -> Signal | None:
        """Take the bar that has just closed; return what to do, or nothing to leave all as it is."""
        bar = view.bar
        atr = self._atr.update(bar.high, bar.low, bar.close)
        if not self._carry.follow(view.funding):
            return None
        if self._carry.n_rates < self.parameters.settlements_min or not atr > 0.0:
            return None
        edge = self._edge
        held = (view.held_quantity > 0) - (view.held_quantity < 0)
        # Funding pays shorts where its rate is positive.
        side = -1 if edge > 0.0 else 1
        if abs(edge) >= self.parameters.edge_min and side not in {held, self._wanted}:
            return self._enter(side, abs(edge), atr, held)
        if held and -held * edge < self.parameters.exit_edge:
            return self._exit(edge)
        if not held and abs(edge) < self.parameters.edge_min:
            # Whatever was wanted has ended; when it is worth it again it is entered again.
            self._wanted = 0
        return None

    def saved_state(self) -> Mapping[str, Any]:
        """Return what it has learned of funding and ranges, and what it wants: no past bars would tell that."""
        return {"carry": self._carry.saved_state(), "atr": self._atr.saved_state(), "wanted": self._wanted}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from the state of another one with the same parameters, before the first bar.

        Raises:
            ValueError: It is no such state.
        """
        self._carry.restore(restored_part(state, "carry"))
        self._atr.restore(restored_part(state, "atr"))
        wanted = restored_count(state, "wanted")
        if wanted not in {-1, 0, 1}:
            raise ValueError(f"wanted: expected -1, 0 or 1 in the state, got {wanted}")
        self._wanted = wanted

    @property
    def _edge(self) -> float:
        """Expected funding over the costs of a round trip, for the expected holding; positive where shorts are paid."""
        parameters = self.parameters
        return self._carry.yearly * parameters.holding_h / HOURS_PER_YEAR / parameters.round_trip_cost

    def _enter(self, side: int, edge: float, atr: float, held: int) -> Signal | None:
        wanted = self.parameters
        if side < 0 and not wanted.allow_short:
            return self._exit(-side * edge) if held else None
        self._wanted = side
        strength = wanted.strength_factor * min(1.0, edge / (2.0 * wanted.edge_min))
        return Signal(
            action=SignalAction.ENTER_LONG if side > 0 else SignalAction.ENTER_SHORT,
            reason=f"directional carry: {self._carry.in_words} expected, {edge:.1f} times the costs of a round trip",
            strength=strength,
            confidence=min(0.9, 0.5 + 0.1 * edge / wanted.edge_min),
            stop_distance=None if wanted.stop_atr is None else wanted.stop_atr * atr,
            features=(
                ("yearly_carry", self._carry.yearly),
                ("edge", edge),
                ("interval_h", float(self._carry.interval_h)),
            ),
        )

    def _exit(self, edge: float) -> Signal:
        self._wanted = 0
        return Signal(
            action=SignalAction.EXIT,
            reason=f"carry has decayed: {self._carry.in_words} expected",
            features=(("yearly_carry", self._carry.yearly), ("edge", edge)),
        )
