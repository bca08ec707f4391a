"""What the account would look like with an order filled, as estimates: VaR, chance of liquidation, capital at risk."""

from collections.abc import Iterable, Mapping, Sequence
from math import inf, log1p

from attrs import frozen

from application.trading.account_view import AccountView, reach_of
from application.trading.book import InstrumentBook
from application.trading.market_risk import MarketRisk
from application.trading.share_exposure import StressedAccount, Wanted
from application.trading.worst_cases import Worst
from domain.instrument import MarginSchedule
from domain.order import OrderTerms, Side
from domain.risk.capital_at_risk import Leg, capital_at_risk
from domain.risk.limits import AccountLimits
from domain.risk.liquidation_risk import liquidation_probability
from domain.risk.reachable import Reach
from domain.risk.risk_model import RiskModel
from domain.risk.settings import RiskSettings
from domain.risk.snapshot import Projection

_UNKNOWN = Projection()


@frozen
class Projector:
    """Estimates the account with and without an order.

    Attributes:
        settings: Which limits there are, and the stress move.
        view: The account as limits see it.
        market: Daily risk of what is traded.
    """

    settings: RiskSettings
    view: AccountView
    market: MarketRisk

    def project(
        self, book: InstrumentBook, terms: OrderTerms, worst_cases: Sequence[Worst], now_ns: int
    ) -> tuple[Projection, Projection]:
        """Return the estimates with the order filled and without it; the second only where the first is too much."""
        reach, stressed = reach_of(worst_cases), self._stressed(now_ns)
        margins = _margins_of(worst_cases)
        legs = stressed.legs(Wanted(book, terms)) if self._needs_legs else []
        symbol, after = book.instrument.symbol, _with_order(reach, book, terms)
        margin = _margin(self.view.schedule(symbol, now_ns), after[symbol].largest)
        with_order = self._estimate(after, {**margins, symbol: margin}, legs, now_ns)
        if _is_within(with_order, self.settings.account):
            return with_order, _UNKNOWN
        held = stressed.legs_held_in(book) if self._needs_legs else []
        return with_order, self._estimate(reach, margins, held, now_ns)

    def present(self, now_ns: int) -> Projection:
        """Return the estimates as everything stands."""
        worst_cases = self.view.worst_cases(now_ns)
        return self._estimate(reach_of(worst_cases), _margins_of(worst_cases), self._stressed(now_ns).legs(), now_ns)

    def _stressed(self, now_ns: int) -> StressedAccount:
        return self.view.stressed(now_ns, self.settings.stress.move)

    @property
    def _needs_legs(self) -> bool:
        return self.settings.account.capital_at_risk_max is not None

    def _estimate(
        self, reach: Mapping[str, Reach], margins: Mapping[str, float], legs: Iterable[Leg], now_ns: int
    ) -> Projection:
        equity, model, limits = float(self.view.account.equity), self.market.model, self.settings.account
        if equity <= 0.0:
            return _UNKNOWN
        var = cvar = chance = at_risk = None
        if model is not None and all(map(model.knows, reach)):
            if limits.var_daily_max is not None or limits.cvar_daily_max is not None:
                deviation = model.largest_deviation(reach) / equity
                var, cvar = model.var_factor * deviation, model.cvar_factor * deviation
            if limits.liquidation_probability_max is not None:
                chance = self._liquidation_probability(model, reach, margins, equity, now_ns)
        if limits.capital_at_risk_max is not None:
            found = capital_at_risk(legs, equity, self.settings.stress)
            at_risk = None if found is None else found.amount / equity
        return Projection(var_daily=var, cvar_daily=cvar, liquidation_probability=chance, capital_at_risk=at_risk)

    def _liquidation_probability(
        self,
        model: RiskModel,
        all_reach: Mapping[str, Reach],
        all_margins: Mapping[str, float],
        equity: float,
        now_ns: int,
    ) -> float:
        """Return the largest chance that one of the contracts, moving alone, liquidates within a day.

        What spot may come to be worth backs none of them.
        """
        reach = {symbol: each for symbol, each in all_reach.items() if not self.view.books[symbol].instrument.is_spot}
        equity -= sum(max(all_reach[symbol].highest, 0.0) for symbol in all_reach.keys() - reach.keys())
        leverage = self.view.isolated_leverage
        margins = {symbol: all_margins[symbol] for symbol in reach}
        total, fewest = sum(margins.values()), inf
        for symbol, each in reach.items():
            volatility, schedule = model.volatility(symbol), self.view.schedule(symbol, now_ns)
            for value in each.sides if volatility > 0.0 else ():
                free, is_long = abs(value) / leverage if leverage else equity - (total - margins[symbol]), value > 0.0
                # Most positions are far from it: then what no bracket can be nearer than is far enough to say so.
                if _log_distance(_least_move(schedule, value, free), is_long=is_long) >= fewest * volatility:
                    continue
                move = _liquidating_move(schedule, value, free)
                fewest = min(fewest, _log_distance(move, is_long=is_long) / volatility)
        return liquidation_probability(fewest, 1.0)


def _with_order(reach: Mapping[str, Reach], book: InstrumentBook, terms: OrderTerms) -> dict[str, Reach]:
    """Return what can be reached once the order can fill too: all of it, with what it closes closed before."""
    before, value = reach.get(book.instrument.symbol, Reach(0.0, 0.0)), float(terms.quantity) * book.mark
    if terms.side is Side.BUY:
        after = Reach(before.lowest, max(before.highest, 0.0) + value)
    else:
        after = Reach(min(before.lowest, 0.0) - value, before.highest)
    return {**reach, book.instrument.symbol: after}


def _is_within(projection: Projection, limits: AccountLimits) -> bool:
    pairs = (
        (projection.var_daily, limits.var_daily_max),
        (projection.cvar_daily, limits.cvar_daily_max),
        (projection.liquidation_probability, limits.liquidation_probability_max),
        (projection.capital_at_risk, limits.capital_at_risk_max),
    )
    return all(limit is None or (value is not None and value <= limit) for value, limit in pairs)


def _margins_of(worst_cases: Iterable[Worst]) -> dict[str, float]:
    """Return the maintenance margin of every position at the larger of its sides."""
    return {worst.symbol: float(worst.maintenance_margin) for worst in worst_cases}


def _margin(schedule: MarginSchedule, value: float) -> float:
    """Return the maintenance margin of a value: the largest that any bracket would ask."""
    return max([value * rate - amount for rate, amount in schedule.float_terms])


def _liquidating_move(schedule: MarginSchedule, value: float, free: float) -> float:
    """Return the move against a position, as a fraction of the mark, after which equity no longer covers its margin.

    From free - v m = r (v -/+ v m) - a in the bracket where that is met first.

    Args:
        schedule: Margin brackets in force.
        value: Of the position, quote currency; positive long.
        free: What backs it: equity less the margin of everything else, or its own margin.
    """
    size, sign = abs(value), 1.0 if value > 0.0 else -1.0
    return min([(free + amount - rate * size) / (size * (1.0 - sign * rate)) for rate, amount in schedule.float_terms])


def _least_move(schedule: MarginSchedule, value: float, free: float) -> float:
    """Return what `_liquidating_move` is at least: of the highest rate, without what is taken off in its bracket."""
    size, rate = abs(value), schedule.float_rate_max
    return (free - rate * size) / (size * (1.0 + rate))


def _log_distance(move: float, *, is_long: bool) -> float:
    if is_long:
        return inf if move >= 1.0 else -log1p(-move) if move > 0.0 else 0.0
    return log1p(move) if move > 0.0 else 0.0
