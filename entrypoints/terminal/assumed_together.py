"""What was assumed of several instruments alike, said once."""

from collections.abc import Iterable, Iterator, Sequence

from attrs import evolve

from application.results.result import Assumption


def assumed_together(assumptions: Sequence[Assumption], symbols: Sequence[str]) -> list[Assumption]:
    """Return the assumptions, those of instruments that say the same as one.

    One of all instruments is called ``*.mark``, one of some is told with their names before its value. General ones
    come first, then those of instruments by what they are about.
    """
    general = [each for each in assumptions if _symbol_of(each, symbols) is None]
    own = [each for each in assumptions if _symbol_of(each, symbols) is not None]
    subjects = dict.fromkeys(_subject(each) for each in own)
    listed = (_alike([each for each in own if _subject(each) == subject], symbols) for subject in subjects)
    return [*general, *(each for group in listed for each in group)]


def _symbol_of(each: Assumption, symbols: Iterable[str]) -> str | None:
    return next((symbol for symbol in symbols if each.name.startswith(f"{symbol}.")), None)


def _subject(each: Assumption) -> str:
    return each.name.partition(".")[2]


def _alike(found: Sequence[Assumption], symbols: Sequence[str]) -> Iterator[Assumption]:
    for value, meaning in dict.fromkeys((each.value, each.meaning) for each in found):
        group = [each for each in found if (each.value, each.meaning) == (value, meaning)]
        if len(group) == 1:
            yield group[0]
        elif len(group) == len(symbols):
            yield evolve(group[0], name=f"*.{_subject(group[0])}")
        else:
            names = ", ".join(str(_symbol_of(each, symbols)) for each in group)
            yield evolve(group[0], name=_subject(group[0]), value=f"{names}: {value}")
