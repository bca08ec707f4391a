"""Numbers that look random and are the same in every process: the kit's markets are made of them."""

from collections.abc import Sequence
from typing import Final

_MASK: Final = 2**64 - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15


class Noise:
    """SplitMix64.

    References:
        Steele, Lea, Flood (2014), "Fast Splittable Pseudorandom Number Generators".
    """

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def bits(self) -> int:
        """Return the next 64 bits."""
        self._state = (self._state + _GOLDEN) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return mixed ^ (mixed >> 31)

    def share(self) -> float:
        """Return the next number in [0, 1)."""
        return (self.bits() >> 11) / 2**53

    def around(self, reach: float) -> float:
        """Return a number of mean 0 between −2 and 2 times the reach, nearer ones more often."""
        return reach * (self.share() + self.share() + self.share() + self.share() - 2.0)

    def sample(self, n: int, k: int) -> Sequence[int]:
        """Return `k` different numbers below `n`, in ascending order; all of them where there are fewer."""
        chosen: set[int] = set()
        while len(chosen) < min(n, k):
            chosen.add(self.bits() % n)
        return sorted(chosen)
