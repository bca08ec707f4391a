"""How much of the account each kind of strategy is given in each of the eight scenarios."""

from collections.abc import Mapping
from math import fsum, isclose
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from attrs import Attribute, field, frozen

from domain.allocation.scenario import SCENARIOS, Scenario
from domain.regime import MarketRegime, VolatilityState

Weights: TypeAlias = Mapping[str, float]
"""Shares of the account by name, none negative; they sum to one, or to zero where nobody gets anything."""

# Weights are written with a few decimals; the sum of ten of them need not be one to the last digit.
_SUM_TOLERANCE: Final = 1e-9


def _rows_are_shares(_: object, __: "Attribute[Any]", rows: Mapping[Scenario, Weights]) -> None:
    missing = [scenario.code for scenario in SCENARIOS if scenario not in rows]
    if missing:
        raise ValueError(f"there is no row for {', '.join(missing)}")
    kinds = set(next(iter(rows.values())))
    for scenario, row in rows.items():
        if set(row) != kinds:
            odd = ", ".join(sorted(set(row) ^ kinds))
            raise ValueError(f"{scenario.code}: every row needs the same kinds of strategies, not only some {odd}")
        wrong = {kind: weight for kind, weight in row.items() if not 0.0 <= weight <= 1.0}
        if wrong:
            kind, weight = next(iter(wrong.items()))
            raise ValueError(f"{scenario.code}.{kind}: a weight lies between 0 and 1, got {weight}")
        if not isclose(total := fsum(row.values()), 1.0, abs_tol=_SUM_TOLERANCE):
            raise ValueError(f"{scenario.code}: weights sum to one, these to {total}")


@frozen
class StrategyMatrix:
    """The weight of each kind of strategy in each scenario.

    Attributes:
        rows: One for every scenario, each with the same kinds, each summing to one.

    Raises:
        ValueError: A row is missing, or is no set of shares; the message names it.
    """

    rows: Mapping[Scenario, Weights] = field(validator=_rows_are_shares)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of strategies that have weights, in the order of the first row."""
        return tuple(next(iter(self.rows.values())))

    def weights(self, scenario: Scenario, confidence: float) -> Weights:
        """Return the weights by kind, as far as it is known which scenario it is.

        ``confidence × row(regime) + (1 − confidence) × row(neutral)``, both at the same volatility. What is not sure to
        be a bull market is treated as one of which nothing is known, and the less so the surer it is: at full
        confidence the row stands alone, without any the neutral one does.

        Args:
            scenario: The one that is taken to hold.
            confidence: How sure its regime is, 0 to 1.

        Raises:
            ValueError: The confidence is not between 0 and 1.
        """
        if not 0.0 <= confidence <= 1.0:
            raise ValueError(f"a confidence lies between 0 and 1, got {confidence}")
        neutral = self.rows[Scenario(MarketRegime.NEUTRAL, scenario.volatility)]
        return {
            kind: confidence * weight + (1.0 - confidence) * neutral[kind]
            for kind, weight in self.rows[scenario].items()
        }


def _row(trend: float, mean_reversion: float, range_trading: float, funding: float) -> Weights:
    return MappingProxyType(
        {
            "trend_following": trend,
            "mean_reversion": mean_reversion,
            "range_trading": range_trading,
            "funding_arbitrage": funding,
        }
    )


_LOW, _HIGH = VolatilityState.LOW, VolatilityState.HIGH

DEFAULT_MATRIX: Final = StrategyMatrix(
    MappingProxyType(
        {
            Scenario(MarketRegime.BULL, _LOW): _row(0.60, 0.20, 0.10, 0.10),
            Scenario(MarketRegime.BULL, _HIGH): _row(0.40, 0.30, 0.10, 0.20),
            Scenario(MarketRegime.BEAR, _LOW): _row(0.30, 0.50, 0.10, 0.10),
            Scenario(MarketRegime.BEAR, _HIGH): _row(0.25, 0.35, 0.10, 0.30),
            Scenario(MarketRegime.SIDEWAYS, _LOW): _row(0.10, 0.35, 0.45, 0.10),
            Scenario(MarketRegime.SIDEWAYS, _HIGH): _row(0.10, 0.30, 0.40, 0.20),
            Scenario(MarketRegime.NEUTRAL, _LOW): _row(0.25, 0.30, 0.25, 0.20),
            Scenario(MarketRegime.NEUTRAL, _HIGH): _row(0.15, 0.25, 0.20, 0.40),
        }
    )
)
"""The weights of the requirements: trends are followed in bull markets, faded in sideways ones."""
