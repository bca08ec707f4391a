"""The hash of the source that a run is made by: the product's, and that of own strategies."""

from collections.abc import Iterable
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
    for layer in LAYERS:
        folder = Path(str(import_module(layer).__file__)).parent
        modules = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.py")}
        for name in sorted(modules):
            content = modules[name].read_bytes()
            digest.update(f"{layer}/{name}|{len(content)}|".encode())
            digest.update(content)
    for name, content_hash in own:
        digest.update(f"own code/{name}|{content_hash}".encode())
    return digest.hexdigest()
