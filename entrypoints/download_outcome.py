"""What became of one series of a download: what was brought, what was imported, what went wrong."""

from attrs import frozen

from application.download import DownloadedSeries
from application.market_import import ImportedSeries


@frozen
class Outcome:
    """What became of one series.

    Attributes:
        series: What was downloaded.
        imported: What the import did; None if nothing was imported.
        failures: What went wrong, one line each.
    """

    series: DownloadedSeries
    imported: ImportedSeries | None
    failures: tuple[str, ...]
