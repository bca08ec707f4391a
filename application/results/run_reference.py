"""What people call a saved run: its id, the beginning of one, a tag, or ``latest``."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from application.errors import RunReferenceError
from application.results.run_store import KeptRuns

LATEST: Final = "latest"
_ID_PREFIX: Final = "bt-"
_TAG: Final = re.compile(r"[\w][\w.+-]{0,39}")
_SHOWN_MAX: Final = 5
_TEXT_LENGTH_MAX: Final = 60


def find_run(reference: str, kept: KeptRuns) -> str:
    """Return the id of the run that is meant.

    An id means itself, before anything else; then come ``latest``, which is the run that was made last, tags, and
    at last the beginning of an id, with or without its ``bt-``. A damaged run can only be called by its id.

    Raises:
        RunReferenceError: No run is called so, or several.
    """
    run_ids = [*(run.run_id for run in kept.runs), *(run.run_id for run in kept.unreadable)]
    if reference in run_ids:
        return reference
    if reference == LATEST and kept.runs:
        return kept.runs[0].run_id
    tagged = [run.run_id for run in kept.runs if reference in run.tags]
    if tagged:
        return _only(reference, tagged, "is a tag of")
    begun = [run_id for run_id in run_ids if _begins(run_id, reference)]
    if begun:
        return _only(reference, begun, "is the beginning of")
    raise RunReferenceError(f"there is no run {_shortened(reference)}; {_near(reference, run_ids, kept)}")


def _begins(run_id: str, reference: str) -> bool:
    return bool(reference) and (run_id.startswith(reference) or run_id.removeprefix(_ID_PREFIX).startswith(reference))


def _only(reference: str, run_ids: Sequence[str], what: str) -> str:
    if len(run_ids) == 1:
        return run_ids[0]
    more = "" if len(run_ids) <= _SHOWN_MAX else f" and {len(run_ids) - _SHOWN_MAX} more"
    raise RunReferenceError(f"{reference!r} {what} {len(run_ids)} runs: {', '.join(run_ids[:_SHOWN_MAX])}{more}")


def _near(reference: str, run_ids: Sequence[str], kept: KeptRuns) -> str:
    if not run_ids:
        return "no run is saved"
    names = [*run_ids, *dict.fromkeys(tag for run in kept.runs for tag in run.tags), LATEST]
    close = get_close_matches(reference, names, n=1)
    return f"did you mean {close[0]}?" if close else f"the last one is {run_ids[0]}"


def _shortened(text: str) -> str:
    return repr(text if len(text) <= _TEXT_LENGTH_MAX else f"{text[:_TEXT_LENGTH_MAX]}...")


def checked_tag(text: str) -> str:
    """Return a tag that may be given to a run.

    Raises:
        ValueError: It would be hard to write, or could mean another run.
    """
    if not _TAG.fullmatch(text):
        raise ValueError(f"a tag has 1 to 40 letters, digits, or any of _ . + -: {_shortened(text)}")
    if text == LATEST or text.startswith(_ID_PREFIX):
        raise ValueError(f"{text!r} is no tag: it means a run already")
    return text
