from pathlib import Path

from entrypoints.data_directory import data_directory


def test_the_product_s_own_variable_decides_first() -> None:
    chosen = data_directory({"AUTOTRADING_DATA_DIR": "/data/trading", "XDG_DATA_HOME": "/elsewhere"})

    assert chosen == Path("/data/trading")


def test_else_it_lies_where_the_system_keeps_data_of_programs() -> None:
    assert data_directory({"XDG_DATA_HOME": "/elsewhere"}) == Path("/elsewhere/autotrading")


def test_else_it_lies_in_the_home_directory_and_an_empty_variable_is_none() -> None:
    assert data_directory({"AUTOTRADING_DATA_DIR": " "}) == Path.home() / ".local" / "share" / "autotrading"
