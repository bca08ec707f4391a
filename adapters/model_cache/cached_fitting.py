"""Fits that were done before, by everything that their outcome depends on."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
from attrs import asdict, frozen
from typing_extensions import override

from adapters.model_cache.kept_files import KeptFiles
from adapters.model_cache.written_form import decode, encode, plain_model
from application.ports.regime_fitting import FitFailure, FitTask, RegimeFitting
from domain.regimes.regime_model import RegimeModel


@frozen
class CachedFitting(RegimeFitting):
    """Gives what another fitting gives, which does its work once only.

    A file that is damaged is named and replaced; one that cannot be written is named and missed. Neither stops anybody:
    whatever is here can be fitted again. Any number of processes may share a folder.

    Attributes:
        fitting: Does what is not kept yet.
        folder: Where outcomes are kept; made when the first is.
        provenance: What else an outcome depends on: the versions of the libraries and of our own code.
        tell: Is told in one line what is wrong with a file.
    """

    fitting: RegimeFitting
    folder: Path
    provenance: str
    tell: Callable[[str], None]

    @override
    def fit(self, task: FitTask, /) -> RegimeModel | FitFailure:
        key = fit_key(task, self.provenance)
        path = fit_path(self.folder, key)
        files = KeptFiles("fitted again", self.tell)
        kept = files.read(path, lambda content: decode(content, key))
        if kept is not None:
            return kept
        outcome = self.fitting.fit(task)
        files.write(path, encode(outcome, key))
        return outcome


def fit_path(folder: Path, key: str) -> Path:
    """Return the file of a fit."""
    return folder / key[:2] / f"{key}.json"


def fit_key(task: FitTask, provenance: str) -> str:
    """Return the SHA-256 over everything that the outcome of a fit depends on, as hexadecimal text."""
    settings = sorted(asdict(task.settings).items())
    former = "none" if task.former is None else plain_model(task.former)
    digest = sha256(
        f"{provenance}|{task.fitted_from_ns}|{task.fitted_until_ns}|{settings}|{former}|{task.rows.shape}|".encode()
    )
    digest.update(np.ascontiguousarray(task.rows, dtype="<f8").tobytes())
    return digest.hexdigest()
