"""Basis: how far a perpetual is above what it follows, and whether that is unusual."""

from math import inf
from typing import Generic, NamedTuple, TypeVar

from domain.indicators.inputs import check_prices, not_positive
from domain.indicators.standard_score import ZScore, z_score
from domain.market import Float64Array

_Value = TypeVar("_Value", float, Float64Array)


class Basis(NamedTuple, Generic[_Value]):
    """Basis of one instant or as columns.

    Attributes:
        relative: (Price − reference) / reference, a fraction; positive where the perpetual is dearer.
        score: Its standard score among the last ones, in standard deviations.
    """

    relative: _Value
    score: _Value


class BasisScore:
    """Relative basis, mark against index or perpetual against spot, and its standard score over `period` of them."""

    __slots__ = ("_score", "period")

    def __init__(self, period: int) -> None:
        self._score = ZScore(period)
        self.period = period

    @property
    def warmup_bars(self) -> int:
        """The first score is there with this many prices; the basis itself is with the first."""
        return self.period

    def update(self, price: float, reference: float) -> Basis[float]:
        """Take the next pair of prices and return the basis, its score NaN until `period` pairs have come.

        Args:
            price: Mark price or price of the perpetual, quote per base.
            reference: Index price or price of the spot market at the same instant.

        Raises:
            ValueError: A price is not a positive finite number.
        """
        if not (0.0 < price < inf and 0.0 < reference < inf):
            raise not_positive(price=price, reference=reference)
        relative = (price - reference) / reference
        return Basis(relative, self._score.update(relative))


def relative_basis(price: Float64Array, reference: Float64Array) -> Float64Array:
    """Return (price − reference) / reference of each row, shape (n_bars,).

    Args:
        price: Mark prices or prices of the perpetual, positive, shape (n_bars,), quote per base.
        reference: Index prices or prices of the spot market at the same instants, same shape.

    Raises:
        ValueError: A price is not a positive finite number, or the shapes differ.
    """
    check_prices(price=price, reference=reference)
    return (price - reference) / reference


def basis_score(price: Float64Array, reference: Float64Array, period: int) -> Basis[Float64Array]:
    """Return relative basis and its standard score of each row, as `BasisScore` defines them.

    Args:
        price: Mark prices or prices of the perpetual, positive, shape (n_bars,), quote per base.
        reference: Index prices or prices of the spot market at the same instants, same shape.
        period: Length of the window of the score, at least two.

    Returns:
        Two columns of shape (n_bars,); the score is NaN for the first ``period - 1`` rows and where the basis of a
        whole window is one and the same.

    Raises:
        ValueError: A price is not a positive finite number, the shapes differ, or the period is below two.
    """
    relative = relative_basis(price, reference)
    return Basis(relative, z_score(relative, period))
