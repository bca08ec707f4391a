"""What several runs were told and took for granted, as far as it differs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from attrs import frozen

from application.results.result import RunResult
from application.results.run_record import RunRecord
from domain.time_units import iso_utc

_ITEM: Final = "- "


@frozen
class Difference:
    """One thing that is not the same in all runs.

    Attributes:
        name: Key of an assumption, or path of a key of the configuration.
        values: One for each run, in their order; None where a run does not have it.
    """

    name: str
    values: tuple[str | None, ...]


def differing_assumptions(results: Sequence[RunResult]) -> tuple[Difference, ...]:
    """Return the assumptions that are not the same in all runs."""
    return _differing([_assumptions(result) for result in results])


def differing_configuration(records: Sequence[RunRecord]) -> tuple[Difference, ...]:
    """Return the keys of the configurations that are not the same in all runs."""
    return _differing([keyed_lines(record.provenance.configuration) for record in records])


def _assumptions(result: RunResult) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in result.assumptions:
        # Notes on the data share one name.
        found[each.name] = f"{found[each.name]} {each.value}" if each.name in found else each.value
    return found


def _differing(tables: Sequence[Mapping[str, str]]) -> tuple[Difference, ...]:
    names = dict.fromkeys(name for table in tables for name in table)
    rows = (Difference(name, tuple(table.get(name) for table in tables)) for name in names)
    return tuple(row for row in rows if len(set(row.values)) > 1)


def keyed_lines(text: str) -> dict[str, str]:
    """Return the values of a configuration by the paths of their keys: ``strategies.0.sizing.fraction``.

    It reads what this product writes: YAML in block style, one key or list item a line. Lines of other forms
    stand under their own path with what they say, so nothing that differs is lost.
    """
    reader = _Lines()
    for line in text.splitlines():
        if line.strip():
            reader.take(line)
    return reader.found


class _Lines:
    """Follows the indentation of a configuration."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._open: list[tuple[int, str]] = []
        self._counts: dict[str, int] = {}

    def take(self, line: str) -> None:
        """Take the next line."""
        indent, rest = len(line) - len(line.lstrip()), line.strip()
        while rest.startswith(_ITEM):
            self._begin_item(indent)
            indent, rest = indent + len(_ITEM), rest.removeprefix(_ITEM).lstrip()
        key, separator, value = rest.partition(":")
        if separator and (not value or value.startswith(" ")):
            self._close(indent)
            self._open.append((indent, key))
            if value:
                self._note(value.strip())
        else:
            self._note(rest)

    def _begin_item(self, indent: int) -> None:
        # Items may stand as far left as the key that they belong to.
        while self._open and (self._open[-1][0] > indent or self._is_item_at(indent)):
            self._open.pop()
        parent = self._path()
        number = self._counts.get(parent, 0)
        self._counts[parent] = number + 1
        self._open.append((indent, str(number)))

    def _is_item_at(self, indent: int) -> bool:
        at, name = self._open[-1]
        return at == indent and name.isdigit()

    def _close(self, indent: int) -> None:
        while self._open and self._open[-1][0] >= indent:
            self._open.pop()

    def _note(self, value: str) -> None:
        path = self._path()
        self.found[path] = f"{self.found[path]} {value}" if path in self.found else value

    def _path(self) -> str:
        return ".".join(name for _, name in self._open)


def remarks_on(records: Sequence[RunRecord]) -> Iterator[str]:
    """Yield what makes a comparison of these runs less than fair, one sentence each."""
    results = [record.result for record in records]
    if len({(result.start_ns, result.end_ns) for result in results}) > 1:
        periods = "; ".join(f"{iso_utc(each.start_ns)[:10]} to {iso_utc(each.end_ns)[:10]}" for each in results)
        yield f"The runs cover different periods: {periods}. Money and totals are not comparable."
    if len({result.identity.start_equity for result in results}) > 1:
        yield "The runs began with different equity; curves are shown as growth."
    if len({result.hashes.data for result in results}) > 1:
        yield "The runs were made on different data."
    if len({result.is_synthetic for result in results}) > 1:
        yield "Some markets were observed, others generated."
    if len({result.hashes.code for result in results}) > 1:
        yield "The runs were made by different code: of the product, or of own strategies."
