"""The hash of the source that a result is made by: the product's and own strategies', or what one module needs."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Final

LAYERS: Final = ("domain", "application", "adapters", "entrypoints")


def code_hash(own: Iterable[tuple[str, str]] = ()) -> str:
    """Return the SHA-256 over name and content of every module of the four layers, as hexadecimal text.

    Args:
        own: Name and SHA-256 of each file of own code that takes part.
    """
    digest = sha256()
    for layer, folder in _folders_in_use().items():
        modules = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.py")}
        for name in sorted(modules):
            content = modules[name].read_bytes()
            digest.update(f"{layer}/{name}|{len(content)}|".encode())
            digest.update(content)
    for name, content_hash in own:
        digest.update(f"own code/{name}|{content_hash}".encode())
    return digest.hexdigest()


def hash_of_imports(module: str, folders: Mapping[str, Path] | None = None) -> str:
    """Return the SHA-256 over name and content of a module and of all that it comes to import, as hexadecimal text.

    Args:
        module: Dotted name.
        folders: Of the layers, by name; those that are in use where None.

    Raises:
        FileNotFoundError: There is no such module.
    """
    digest = sha256()
    sources = imported_sources(module, folders)
    for name in sorted(sources):
        content = sources[name]
        digest.update(f"{name}|{len(content)}|".encode())
        digest.update(content)
    return digest.hexdigest()


def imported_sources(module: str, folders: Mapping[str, Path] | None = None) -> dict[str, bytes]:
    """Return the content of a module, of its packages, and of all that these come to import, by dotted name.

    Imports count wherever they stand in the source, inside functions too, and only modules of the four layers are
    looked at. What is imported by a name that is worked out while running is not found.

    Args:
        module: Dotted name.
        folders: Of the layers, by name; those that are in use where None.

    Raises:
        FileNotFoundError: There is no such module.
    """
    folders = _folders_in_use() if folders is None else folders
    if _source_path(module, folders) is None:
        raise FileNotFoundError(f"no module {module} in {', '.join(folders)}")
    sources: dict[str, bytes] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = _source_path(name, folders)
        if path is None or name in sources:
            continue
        sources[name] = path.read_bytes()
        waiting.extend(_imported_names(sources[name]))
        waiting.append(name.rpartition(".")[0])
    return sources


def _folders_in_use() -> dict[str, Path]:
    return {layer: Path(str(import_module(layer).__file__)).parent for layer in LAYERS}


def _source_path(name: str, folders: Mapping[str, Path]) -> Path | None:
    """Return the file of a module or package of the layers; None for any other name."""
    layer, *inner = name.split(".")
    if layer not in folders:
        return None
    place = folders[layer].joinpath(*inner)
    candidates = (place / "__init__.py", place.with_suffix(".py")) if inner else (place / "__init__.py",)
    return next((path for path in candidates if path.is_file()), None)


def _imported_names(source: bytes) -> Iterator[str]:
    """Yield every dotted name that may be a module: what is imported from a package can be one too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)
