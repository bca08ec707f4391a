"""Loads own code: a file by its path, or a module by its name. What was run is what was hashed.

Loading runs the code. That is what it is for: own code is trusted as the product itself is, and is loaded only
where a configuration or a command names it.
"""

import sys
from hashlib import sha256
from importlib import import_module
from importlib.abc import SourceLoader
from importlib.util import module_from_spec, spec_from_file_location
from inspect import getsource
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Final

from attrs import frozen
from typing_extensions import override

from application.held_decimals import held_decimals
from application.trading.strategy_failures import message_of
from entrypoints.own_code.errors import OwnCodeError

_PRIVATE: Final = "autotrading_own_code_"
_NAME_LENGTH: Final = 16


@frozen
class LoadedCode:
    """A module of own code.

    Attributes:
        module: Loaded.
        path: Its file.
        sha256: Of the text of the file, as hexadecimal text.
    """

    module: ModuleType
    path: Path
    sha256: str

    @classmethod
    def of_class(cls, code: type) -> "LoadedCode":
        """Return the module of a class that has been loaded already.

        One of a notebook has no file; there the hash is that of the text of the class alone, as far as that is known.
        """
        module = sys.modules[code.__module__]
        path = Path(getattr(module, "__file__", None) or code.__module__)
        text = path.read_bytes() if path.is_file() else _text_of(code).encode()
        return cls(module, path, sha256(text).hexdigest())


def _text_of(code: type) -> str:
    try:
        return getsource(code)
    except (OSError, TypeError):
        return ""


class _TextLoader(SourceLoader):
    """Runs a text that has been read already, so that no cached byte code of another one comes in between."""

    def __init__(self, path: Path, text: bytes) -> None:
        self._path = path
        self._text = text

    @override
    def get_filename(self, fullname: str) -> str:
        return str(self._path)

    @override
    def get_data(self, path: bytes | str) -> bytes:
        return self._text


def load_file(path: Path) -> LoadedCode:
    """Run a file as a module of a private name; the same text from the same place is run once in a process.

    Raises:
        OwnCodeError: It cannot be read, or raises while it is run.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError as error:
        raise OwnCodeError(f"{path}: there is no such file") from error
    except OSError as error:
        raise OwnCodeError(f"{path}: cannot be read: {error.strerror}") from error
    place = path.resolve()
    name = _PRIVATE + sha256(str(place).encode() + b"\0" + text).hexdigest()[:_NAME_LENGTH]
    module = sys.modules.get(name) or _run(name, place, text)
    return LoadedCode(module, place, sha256(text).hexdigest())


def _let_everything_be_found() -> None:
    """Let own code import what a command hides from the libraries of the product, so that it starts sooner."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not getattr(finder, "is_for_speed_alone", False)]


def _run(name: str, path: Path, text: bytes) -> ModuleType:
    _let_everything_be_found()
    loader = _TextLoader(path, text)
    spec = spec_from_file_location(name, path, loader=loader)
    if spec is None:
        raise OwnCodeError(f"{path}: cannot be loaded")
    module = module_from_spec(spec)
    # Annotations and attrs look a class's module up by its name.
    sys.modules[name] = module
    try:
        with held_decimals():
            loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise OwnCodeError(told(error, path)) from error
    return module


def load_module(name: str) -> LoadedCode:
    """Import a module from the environment, or else from the current directory.

    Raises:
        OwnCodeError: There is none, it raises while it is imported, or it has no file that could be hashed.
    """
    if not all(part.isidentifier() for part in name.split(".")):
        raise OwnCodeError(f"{name!r} is no name of a module; own code is FILE.py, FILE.py:CLASS or MODULE:CLASS")
    here = str(Path.cwd())
    if here not in sys.path:
        # Last: what is installed must not be replaced by a namesake that happens to lie here.
        sys.path.append(here)
    _let_everything_be_found()
    try:
        with held_decimals():
            module = import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise OwnCodeError(f"there is no module {error.name} in the environment or in {here}") from error
        raise OwnCodeError(told(error, None)) from error
    except (Exception, SystemExit) as error:
        raise OwnCodeError(told(error, None)) from error
    if module.__file__ is None:
        raise OwnCodeError(f"module {name} has no file")
    path = Path(module.__file__)
    return LoadedCode(module, path, sha256(path.read_bytes()).hexdigest())


def told(error: BaseException, path: Path | None) -> str:
    """Return an error of own code as one line that begins with file and line.

    Args:
        error: Raised by it.
        path: Its file; None for wherever it was raised.
    """
    if isinstance(error, SyntaxError) and error.filename is not None:
        return f"{error.filename}:{error.lineno}: {error.msg}"
    begin = place_of(error, path)
    said = message_of(error)
    return f"{begin}{type(error).__name__}: {said}" if said else f"{begin}{type(error).__name__}"


def place_of(error: BaseException, path: Path | None) -> str:
    """Return file and line at which an error was raised as the beginning of a line; arguments as by `told`."""
    frames = [
        frame
        for frame in extract_tb(error.__traceback__)
        if not frame.filename.startswith("<frozen ") and (path is None or frame.filename == str(path))
    ]
    if frames:
        return f"{frames[-1].filename}:{frames[-1].lineno}: "
    return "" if path is None else f"{path}: "
