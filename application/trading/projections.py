"""What the account would look like with an order filled, as estimates: VaR, chance of liquidation, capital at risk."""

from collections.abc import Iterable, Mapping
from math import inf, log1p

from attrs import frozen

from application.trading.account_view import AccountView, Worst, signed_notionals
from application.trading.book import InstrumentBook
from application.trading.market_risk import MarketRisk
from domain.instrument import MarginSchedule
from domain.order import OrderTerms, Side
from domain.risk.capital_at_risk import capital_at_risk
from domain.risk.limits import AccountLimits
from domain.risk.liquidation_risk import liquidation_probability
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
        self, book: InstrumentBook, terms: OrderTerms, worst_cases: Iterable[Worst], now_ns: int
    ) -> tuple[Projection, Projection]:
        """Return the estimates with the order filled and without it; the second only where the first is too much."""
        held = signed_notionals(worst_cases)
        with_order = self._estimate(self._with_order(held, book, terms), now_ns, None)
        if _is_within(with_order, self.settings.account):
            return with_order, _UNKNOWN
        return with_order, self._estimate(held, now_ns, book)

    def present(self, now_ns: int) -> Projection:
        """Return the estimates as everything stands."""
        return self._estimate(signed_notionals(self.view.worst_cases(now_ns)), now_ns, None)

    def _with_order(self, held: Mapping[str, float], book: InstrumentBook, terms: OrderTerms) -> dict[str, float]:
        """Return the values with that of the order's instrument at its worst case on the side of the order."""
        longs, shorts = book.worst_quantities()
        is_buy = terms.side is Side.BUY
        quantity = float((longs if is_buy else shorts) + terms.quantity)
        value = quantity * book.mark if is_buy else -quantity * book.mark
        symbol = book.instrument.symbol
        return {**held, symbol: value if abs(value) >= abs(held.get(symbol, 0.0)) else held[symbol]}

    def _estimate(self, held: Mapping[str, float], now_ns: int, unwanted_in: InstrumentBook | None) -> Projection:
        equity, model, limits = float(self.view.account.equity), self.market.model, self.settings.account
        if equity <= 0.0:
            return _UNKNOWN
        var = cvar = chance = at_risk = None
        if model is not None and all(map(model.knows, held)):
            if limits.var_daily_max is not None or limits.cvar_daily_max is not None:
                deviation = model.deviation(held) / equity
                var, cvar = model.var_factor * deviation, model.cvar_factor * deviation
            if limits.liquidation_probability_max is not None:
                chance = self._liquidation_probability(held, equity, now_ns)
        if limits.capital_at_risk_max is not None:
            legs = self.view.legs(now_ns, unwanted_in=unwanted_in)
            found = capital_at_risk(legs, equity, self.settings.stress)
            at_risk = None if found is None else found.amount / equity
        return Projection(var_daily=var, cvar_daily=cvar, liquidation_probability=chance, capital_at_risk=at_risk)

    def _liquidation_probability(self, held: Mapping[str, float], equity: float, now_ns: int) -> float:
        """Return the largest chance that one of the instruments, moving alone, liquidates within a day."""
        model, leverage = self.market.model, self.view.isolated_leverage
        if model is None:
            return inf
        margins = {symbol: _margin(self.view.schedule(symbol, now_ns), abs(value)) for symbol, value in held.items()}
        total, fewest = sum(margins.values()), inf
        for symbol, value in held.items():
            volatility = model.volatility(symbol)
            if value == 0.0 or volatility == 0.0:
                continue
            free = abs(value) / leverage if leverage else equity - (total - margins[symbol])
            move = _liquidating_move(self.view.schedule(symbol, now_ns), value, free)
            fewest = min(fewest, _log_distance(move, is_long=value > 0.0) / volatility)
        return liquidation_probability(fewest, 1.0)


def _is_within(projection: Projection, limits: AccountLimits) -> bool:
    pairs = (
        (projection.var_daily, limits.var_daily_max),
        (projection.cvar_daily, limits.cvar_daily_max),
        (projection.liquidation_probability, limits.liquidation_probability_max),
        (projection.capital_at_risk, limits.capital_at_risk_max),
    )
    return all(limit is None or (value is not None and value <= limit) for value, limit in pairs)


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


def _log_distance(move: float, *, is_long: bool) -> float:
    if is_long:
        return inf if move >= 1.0 else -log1p(-move) if move > 0.0 else 0.0
    return log1p(move) if move > 0.0 else 0.0
