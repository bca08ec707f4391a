"""Whether a strategy that holds coins against contracts has both, and nothing that only single positions have."""

from domain.instrument import SPOT_SUFFIX, is_spot, venue_symbol
from domain.sizing import EquityFraction, FixedQuantity
from domain.strategies.funding_arbitrage import FundingArbitrageParameters
from entrypoints.configuration.keys import KeyProblem, joined
from entrypoints.configuration.sections import StrategySection


def check_carry(strategy: StrategySection, path: str) -> None:
    """Check a strategy on funding.

    Args:
        strategy: Of any kind; others than those on funding are left alone.
        path: Of its section.

    Raises:
        KeyProblem: A leg has no other one, or a setting makes no sense for pairs.
    """
    if not isinstance(strategy.parameters, FundingArbitrageParameters):
        return
    if strategy.parameters.hedge is None:
        _check_directional(strategy, path)
        return
    _check_legs(strategy, f"{path}.symbols")
    if not strategy.exits.plan.is_plain:
        raise KeyProblem("a hedged pair leaves by parameters.hedge alone: leave this out", f"{path}.exits")
    if not isinstance(strategy.sizing, FixedQuantity | EquityFraction):
        problem = "a hedged pair has no stop or record to be sized by: use fixed_quantity or equity_fraction"
        raise KeyProblem(problem, f"{path}.sizing")


def _check_directional(strategy: StrategySection, path: str) -> None:
    for row, symbol in enumerate(strategy.symbols):
        if is_spot(symbol):
            problem = f"{symbol} pays no funding: set parameters.hedge to hold it against {venue_symbol(symbol)}"
            raise KeyProblem(problem, f"{path}.symbols" + joined(row, ""))


def _check_legs(strategy: StrategySection, path: str) -> None:
    symbols = strategy.symbols
    others = [_other_leg(symbol) for symbol in symbols]
    for row, (symbol, other) in enumerate(zip(symbols, others, strict=True)):
        if other not in symbols:
            raise KeyProblem(f"{symbol} is held against {other}{_instead(symbol, symbols)}", path + joined(row, ""))


def _other_leg(symbol: str) -> str:
    return venue_symbol(symbol) if is_spot(symbol) else symbol + SPOT_SUFFIX


def _instead(symbol: str, symbols: tuple[str, ...]) -> str:
    """Say what is there in the place of the other leg."""
    strangers = [each for each in symbols if is_spot(each) is not is_spot(symbol) and _other_leg(each) not in symbols]
    if not strangers:
        return ": name both"
    return f", and {strangers[0]} is of another coin: name both legs of each"
