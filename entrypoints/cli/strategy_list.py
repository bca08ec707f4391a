"""The command `strategy list`."""

import json
import sys
from collections.abc import Iterator
from importlib.metadata import entry_points

from attrs import asdict, frozen

from entrypoints.configuration.strategy_kinds import KNOWN_STRATEGIES
from entrypoints.own_code.finding import GROUP


@frozen
class ListedStrategy:
    """A strategy that a configuration can name.

    Attributes:
        kind: By which.
        about: What it does; of an installed one the class, because listing runs nobody's code.
        lookback_bars: Past bars that it asks for; None where that is not known without running it.
        origin: ``product``, or ``installed``.
    """

    kind: str
    about: str
    lookback_bars: int | None
    origin: str


def list_strategies(*, as_json: bool) -> None:
    """Print the strategies that a configuration can name."""
    found = [*_known(), *_installed()]
    if as_json:
        document = {"strategies": [asdict(each) for each in found]}
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        return
    from entrypoints.terminal.strategy_tables import print_strategies  # noqa: PLC0415

    print_strategies([(each.kind, each.lookback_bars, each.origin, each.about) for each in found])


def _known() -> Iterator[ListedStrategy]:
    for kind, known in KNOWN_STRATEGIES.items():
        about = (known.make.__doc__ or "").partition("\n")[0]
        yield ListedStrategy(kind.value, about, getattr(known.make, "lookback_bars", None), "product")


def _installed() -> Iterator[ListedStrategy]:
    known = {kind.value for kind in KNOWN_STRATEGIES}
    for each in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        if each.name not in known:
            yield ListedStrategy(each.name, each.value, None, "installed")
