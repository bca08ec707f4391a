"""The lock files install the same packages everywhere, and say nothing about where they were made."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.source_tree import ROOT

LOCK_FILES: Final = sorted((ROOT / "requirements").glob("*.txt"))
PIN: Final = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)(?: ; [^\\]+)? \\$")
PACKAGES_MAX: Final = 90


def pins(lock: Path) -> dict[str, str]:
    """Return version by package of one lock file."""
    found = (PIN.match(line) for line in lock.read_text(encoding="utf-8").splitlines())
    return {pin[1]: pin[2] for pin in found if pin}


@pytest.mark.parametrize("lock", LOCK_FILES, ids=lambda lock: lock.name)
def test_every_line_is_a_pin_a_hash_or_a_comment(lock: Path) -> None:
    strays = [
        line
        for line in lock.read_text(encoding="utf-8").splitlines()
        if not (PIN.match(line) or re.match(r"    --hash=sha256:[0-9a-f]{64}( \\)?$", line) or re.match(r" *#", line))
    ]

    assert pins(lock)
    assert not strays


@pytest.mark.parametrize("lock", LOCK_FILES, ids=lambda lock: lock.name)
def test_no_lock_file_names_an_index_or_a_folder(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")

    assert not re.search(r"://|file:|--index|--find-links|(^|\s)/", text)


def test_the_lock_files_agree_with_each_other() -> None:
    development = pins(ROOT / "requirements" / "dev.txt")

    for lock in LOCK_FILES:
        assert pins(lock).items() <= development.items()


def test_there_are_no_more_packages_than_we_allow_ourselves() -> None:
    assert len(pins(ROOT / "requirements" / "dev.txt")) < PACKAGES_MAX
