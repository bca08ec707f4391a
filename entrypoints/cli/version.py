"""The version of the installed product."""

from importlib.metadata import PackageNotFoundError, version


def product_version() -> str:
    """Return the version of the installed distribution; a bare checkout says so instead."""
    try:
        return version("autotrading")
    except PackageNotFoundError:
        return "(not installed)"
