"""Finds own strategies by what a configuration or a command calls them.

``package.module:Class`` is imported from the environment and the current directory; ``path/to/file.py:Class`` is a
file, whose class may be left out if there is only one; anything else is the name of an entry point in `GROUP`.
"""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Final

from entrypoints.own_code.errors import OwnCodeError
from entrypoints.own_code.own_strategy import OwnStrategy, decides_for_pairs, looks_like_strategy, own_strategy
from entrypoints.own_code.source_loading import LoadedCode, load_file, load_module

GROUP: Final = "autotrading.strategies"
_PYTHON: Final = ".py"


def find_own(written: str, folder: Path) -> OwnStrategy | None:
    """Return the strategy that a name means; None where it means nothing that could be own code.

    Args:
        written: As described above.
        folder: At which relative paths start.

    Raises:
        OwnCodeError: It means own code that cannot be found or loaded, or that is no strategy.
    """
    if written.endswith(_PYTHON):
        return _only_strategy(written, load_file(_path(written, folder)))
    where, separator, name = written.rpartition(":")
    if separator:
        code = load_file(_path(where, folder)) if where.endswith(_PYTHON) else load_module(where)
        return own_strategy(written, _class_of(code, name), code)
    found = _installed(written)
    return None if found is None else _of_entry_point(found)


def installed_names() -> list[str]:
    """Return the names of all entry points in the group, each once, in alphabetical order."""
    return sorted({each.name for each in entry_points(group=GROUP)})


def _path(written: str, folder: Path) -> Path:
    try:
        return folder / Path(written).expanduser()
    except RuntimeError as error:
        raise OwnCodeError(f"{written}: {error}") from error


def _class_of(code: LoadedCode, name: str) -> type:
    found = getattr(code.module, name, None)
    if found is None:
        names = [cls.__name__ for cls in _strategies_in(code, looks_like_strategy)]
        hint = f"strategies in it: {', '.join(names)}" if names else "no class in it has on_bar(self, view)"
        raise OwnCodeError(f"{code.path}: there is no class {name or repr(name)}; {hint}")
    if not isinstance(found, type):
        raise OwnCodeError(f"{code.path}: {name} is no class")
    return found


def _only_strategy(written: str, code: LoadedCode) -> OwnStrategy:
    found = _strategies_in(code, looks_like_strategy) or _strategies_in(code, decides_for_pairs)
    if not found:
        raise OwnCodeError(f"{code.path}: no class in it has on_bar(self, view)")
    if len(found) > 1:
        names = ", ".join(cls.__name__ for cls in found)
        raise OwnCodeError(f"{code.path}: holds several strategies, {names}: name one as {written}:{found[0].__name__}")
    return own_strategy(written, found[0], code)


def _strategies_in(code: LoadedCode, is_one: Callable[[type], bool]) -> list[type]:
    """Return the classes that were written in a file and are meant, in the order in which they were."""
    own = [each for each in vars(code.module).values() if isinstance(each, type)]
    return [cls for cls in own if cls.__module__ == code.module.__name__ and is_one(cls)]


def _installed(name: str) -> EntryPoint | None:
    found = {each.value: each for each in entry_points(group=GROUP, name=name)}
    if len(found) > 1:
        raise OwnCodeError(f"several packages call a strategy {name}: {', '.join(sorted(found))}")
    return next(iter(found.values()), None)


def _of_entry_point(found: EntryPoint) -> OwnStrategy:
    if not found.attr:
        raise OwnCodeError(f"{found.name}: its entry point names the module {found.module} and no class in it")
    code = load_module(found.module)
    return own_strategy(found.name, _class_of(code, found.attr), code)
