"""The document of a validation, as programs read it. Field order here is key order in the file.

Descriptions that a reader of the schema needs stand at the fields; docstrings describe the objects.
"""

from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct

_INSTANT: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?Z$"

Instant: TypeAlias = Annotated[str, Meta(pattern=_INSTANT, description="ISO 8601, UTC.")]
Count: TypeAlias = Annotated[int, Meta(ge=0)]
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
VerdictName: TypeAlias = Literal["good", "usable", "doubtful", "unusable"]


class ScorePart(Struct, frozen=True, forbid_unknown_fields=True):
    """How far the series can be believed: the product of four parts, with a ceiling where there are errors."""

    total: Annotated[Share, Meta(description="0.99 and more means that there is no error.")]
    completeness: Annotated[Share, Meta(description="Rows present over rows expected by the series' own interval.")]
    validity: Annotated[Share, Meta(description="From rows with impossible values.")]
    consistency: Annotated[Share, Meta(description="From times that repeat, go back or are off the grid.")]
    plausibility: Annotated[Share, Meta(description="From moves, levels and volumes that markets do not show.")]


class OccurrencePart(Struct, frozen=True, forbid_unknown_fields=True):
    """One place at which something was found."""

    row: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="Data row, counted from 1 without the header; null where a row is missing."),
    ]
    at: Annotated[Instant, Meta(description="What the row carries, or from when on rows are missing.")]
    values: str


class FindingPart(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything of one kind that was found."""

    code: Annotated[str, Meta(description="Stable name of what is wrong.")]
    severity: Annotated[Literal["error", "warning", "info"], Meta(description="Infos do not count against the series.")]
    part: Literal["completeness", "validity", "consistency", "plausibility"]
    rows: Annotated[Count, Meta(description="Rows concerned; missing ones for a gap.")]
    sentence: Annotated[str, Meta(description="In plain language.")]
    is_repairable: Annotated[bool, Meta(description="Whether dropping or sorting rows removes it.")]
    is_fatal: Annotated[bool, Meta(description="Whether the series as a whole must not be used.")]
    occurrences: Annotated[tuple[OccurrencePart, ...], Meta(description="The first places, in the order found.")]


class GapPart(Struct, frozen=True, forbid_unknown_fields=True):
    """A stretch without rows."""

    start: Annotated[Instant, Meta(description="Where the first missing row belongs.")]
    rows: Annotated[int, Meta(ge=1, description="Rows missing.")]


class HabitPart(Struct, frozen=True, forbid_unknown_fields=True):
    """One of the figures that tell traded from generated series."""

    name: str
    value: Annotated[float | None, Meta(description="As found; null where there was too little to work it out.")]
    lowest: Annotated[float, Meta(description="What a real market shows at least.")]


class ActionPart(Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of thing that repair did."""

    deed: Literal["dropped", "marked", "sorted"]
    reason: Annotated[str, Meta(description="Code of the finding that it removes.")]
    rows: Count
    at: Annotated[tuple[Instant, ...], Meta(description="Instants of all rows concerned, as they stood there.")]


class RepairPart(Struct, frozen=True, forbid_unknown_fields=True):
    """What repair did; nothing is ever made up."""

    output: Annotated[str, Meta(description="The file with the rows that are left.")]
    rows_before: Count
    rows_after: Count
    rows_marked: Annotated[Count, Meta(description="Rows among them whose column `doubtful` is true.")]
    actions: tuple[ActionPart, ...]
    score: Annotated[ScorePart, Meta(description="Of what is left.")]
    verdict: VerdictName
    conclusion: str


class SeriesPart(Struct, frozen=True, forbid_unknown_fields=True):
    """What validation says about one source."""

    source: Annotated[str, Meta(description="Path of the file, or name of the series in the catalogue.")]
    series: Annotated[str, Meta(description="The series that its rows claim to belong to.")]
    interval: Annotated[str, Meta(description="Time from row to row; the claimed one for bars.", examples=["1h"])]
    inferred_interval: Annotated[str | None, Meta(description="What the rows show; null where too few tell.")]
    as_of: Annotated[Instant | None, Meta(description="When the data were taken; null if unknown.")]
    against: Annotated[str | None, Meta(description="What it was compared with; null if nothing.")]
    rows: Count
    sound_rows: Annotated[Count, Meta(description="Rows without an error of their own.")]
    start: Annotated[Instant | None, Meta(description="Earliest possible instant; null without sound rows.")]
    end: Annotated[Instant | None, Meta(description="Latest possible instant, of bars the close.")]
    score: ScorePart
    verdict: VerdictName
    conclusion: Annotated[str, Meta(description="The verdict in plain language.")]
    findings: Annotated[tuple[FindingPart, ...], Meta(description="Gravest first.")]
    gaps: Annotated[tuple[GapPart, ...], Meta(description="The first 1,000, in time order.")]
    habits: Annotated[tuple[HabitPart, ...], Meta(description="Empty where there is too little to tell.")]
    notes: Annotated[tuple[str, ...], Meta(description="How it was read, and what could not be told.")]
    repair: Annotated[RepairPart | None, Meta(description="Null unless repair was asked for.")]


class ValidationDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """What validation says about all sources of one command."""

    format: Literal["autotrading.validation/1"]
    is_usable: Annotated[
        bool, Meta(description="Whether every verdict, after repair where asked for, is good or usable.")
    ]
    series: tuple[SeriesPart, ...]
