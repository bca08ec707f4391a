"""An output file is there as a whole or as it was before."""

import os
from pathlib import Path

import pytest

from entrypoints.cli.output_file import check_writable, write_whole
from entrypoints.errors import ConfigurationError


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "run.json"

    write_whole(path, b"first")
    write_whole(path, b"second")

    assert path.read_bytes() == b"second"
    assert [each.name for each in tmp_path.iterdir()] == ["run.json"]


def test_a_disk_that_is_full_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.json"
    write_whole(path, b"before")

    def full(_: int, __: memoryview) -> int:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(ConfigurationError, match="No space left"):
        write_whole(path, b"after")

    assert path.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["run.json"]


def test_what_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is a folder"):
        check_writable(tmp_path)
    with pytest.raises(ConfigurationError, match="there is no folder"):
        check_writable(tmp_path / "none" / "run.json")
    check_writable(tmp_path / "run.json")
