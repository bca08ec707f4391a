"""What is kept of a run: its result, the prices it was made on, and where all of it comes from."""

from collections.abc import Mapping

from attrs import Factory, frozen

from application.results.result import RunResult
from domain.market import BarSeries


@frozen(kw_only=True)
class SourceSeries:
    """One series that a run was made on.

    Attributes:
        symbol: Instrument.
        kind: What it is: ``bars``, ``mark``, ``funding`` or ``detail``.
        origin: File, catalogue entry or generator it came from, in words.
        n_rows: Rows that the run used.
        start_ns: First instant covered.
        end_ns: Last instant covered.
        sha256: Of its values, hexadecimal.
    """

    symbol: str
    kind: str
    origin: str
    n_rows: int
    start_ns: int
    end_ns: int
    sha256: str


@frozen(kw_only=True)
class Provenance:
    """Where a run comes from.

    Attributes:
        created_at_ns: When it was made.
        product_version: Of the product that made it.
        python_version: Of the interpreter that ran it.
        configuration: The configuration as it was understood, YAML, every default filled in.
        sources: The series it was made on.
    """

    created_at_ns: int
    product_version: str
    python_version: str
    configuration: str
    sources: tuple[SourceSeries, ...] = ()


@frozen(kw_only=True)
class RunRecord:
    """One saved run: nothing else is needed to show it again.

    Attributes:
        result: Everything that came out.
        prices: The bars that were decided upon, by instrument.
        provenance: Where it comes from.
        tags: What its owner calls it.
    """

    result: RunResult
    prices: Mapping[str, BarSeries]
    provenance: Provenance
    tags: tuple[str, ...] = Factory(tuple)
