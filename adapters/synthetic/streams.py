"""Independent random streams: one per instrument and purpose, all from one seed.

What is drawn for one purpose never shifts what is drawn for another. So a longer run repeats
a shorter one and goes on, and an instrument moves the same whatever else is generated beside it.
"""

from enum import IntEnum

from numpy.random import PCG64, Generator, SeedSequence


class Purpose(IntEnum):
    """What a stream is for. The numbers decide the draws: add new ones, never change these.

    They stay below the code of any printable character, so that a purpose of the whole market
    is never mistaken for the first letter of an instrument.
    """

    REGIME_DURATIONS = 0
    REGIME_CHOICES = 1
    SHOCKS = 2
    TAILS = 3
    JUMP_COUNTS = 4
    JUMP_SIZES = 5
    JUMP_MOMENTS = 6
    PATHS = 7
    GAPS = 8
    VOLUMES = 9
    PREMIUMS = 10
    DEVIATIONS = 11


def stream(seed: int, purpose: Purpose, symbol: str = "") -> Generator:
    """Return the generator for one purpose of one instrument; of the market as a whole without one."""
    # The key is what `SeedSequence.spawn` counts up; here it is the name, so that order does not matter.
    return Generator(PCG64(SeedSequence(seed, spawn_key=(*symbol.encode("ascii"), int(purpose)))))
