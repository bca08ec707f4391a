"""A stage for pairs: a contract and its coins told by their prices, a paired strategy told by its lines."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from attrs import define, evolve

from adapters.simulated.rules import VenueRules
from application.backtest import BacktestPlan, PairPlan, StrategyPlan
from application.market_history import MarketHistory
from application.trading.account_view import AccountTerms
from application.trading.hedged_pair import HedgedPair
from domain.pairs import HedgeRules, PairView
from domain.risk.settings import RiskSettings
from domain.signal import Signal
from domain.sizing import FixedQuantity, Sizing
from tests.plans import FRICTIONLESS, WIDE_LIMITS, plain_instrument
from tests.unit.application.trading.stage import COIN, Played, Script, make_plan, short

SPOT: Final = "COINUSDT-SPOT"
WHOLE: Final = HedgeRules(unhedged_max=Decimal(100))
"""Pairs are entered in one step."""
TEN: Final = FixedQuantity(Decimal(10))
IN: Final = short()


@define(eq=False)
class ScriptedPair:
    """A paired strategy that says of the contract what is written down for the bar."""

    lines: Script
    lookback_bars: int = 1

    def on_pair(self, view: PairView) -> Signal | None:
        return self.lines.get(view.contract.n_bars - 1)


def pair_plan(
    history: MarketHistory,
    lines: Script,
    *,
    others: Sequence[Mapping[str, Script]] = (),
    hedge: HedgeRules = WHOLE,
    sizing: Sizing = TEN,
    rules: VenueRules = FRICTIONLESS,
    leverage: int = 5,
    equity: str = "10000",
    policy: RiskSettings = WIDE_LIMITS,
    taker_rate: str = "0",
) -> BacktestPlan:
    """Plan a run of one pair, held by the strategy `pair`, beside strategies A, B, ... on both instruments."""
    instruments = {
        COIN: plain_instrument(COIN, taker_rate=taker_rate),
        # Coins come in finer lots than contracts.
        SPOT: evolve(plain_instrument(SPOT, taker_rate=taker_rate), lot_size=Decimal("0.00001")),
    }
    plan = make_plan(
        history,
        others,
        rules=evolve(rules, leverage=leverage),
        policy=policy,
        equity=equity,
        instruments=instruments,
    )
    pair = StrategyPlan(
        name="pair",
        symbols=(COIN, SPOT),
        make=PairPlan(make=lambda _: ScriptedPair(lines), rules=hedge),
        sizing=sizing,
        kind="funding_arbitrage",
    )
    return evolve(plan, strategies=(pair, *plan.strategies), terms=AccountTerms(leverage=leverage))


def the_pair(played: Played) -> HedgedPair:
    (pair,) = played.engine.pairs
    return pair


def legs(played: Played) -> tuple[Decimal, Decimal]:
    """Return what the pair holds: of the contract, of the coins."""
    pair = the_pair(played)
    return pair.contract.share.held, pair.coins.share.held


def held(played: Played) -> tuple[object, object]:
    """Return the same, to be compared with plain numbers."""
    return legs(played)
