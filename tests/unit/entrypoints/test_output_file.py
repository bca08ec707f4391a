"""An output file is there as a whole or as it was before."""

import errno
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

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
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


def test_what_is_no_regular_file_is_refused_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    for path in (pipe, Path("/dev/null")):
        with pytest.raises(ConfigurationError, match="is not a regular file"):
            check_writable(path)
        with pytest.raises(ConfigurationError, match="is not a regular file"):
            write_whole(path, b"x")
    assert pipe.is_fifo()


def test_an_input_of_the_run_is_refused_also_through_a_link(tmp_path: Path) -> None:
    config, link = tmp_path / "run.yaml", tmp_path / "link"
    config.write_text("name: x", encoding="utf-8")
    link.symlink_to(config)

    for path in (config, link):
        with pytest.raises(ConfigurationError, match="is an input of this run"):
            check_writable(path, (config,))


def test_a_link_stays_and_what_it_points_to_is_written(tmp_path: Path) -> None:
    target, link = tmp_path / "run.json", tmp_path / "latest"
    target.write_bytes(b"before")
    link.symlink_to(target)

    check_writable(link)
    write_whole(link, b"after")

    assert link.is_symlink()
    assert target.read_bytes() == b"after"
