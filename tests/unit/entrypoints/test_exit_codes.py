"""Each kind of failure has its exit code and one line."""

import pytest
import typer

from application.errors import DataError, ReplayError
from application.ports.parallel_work import WorkerLostError
from domain.errors import DomainError, InvalidMarketDataError
from domain.funding_schedule import MissingFundingError
from entrypoints.cli import commands
from entrypoints.cli.exit_codes import exit_code_of
from entrypoints.errors import ConfigurationError, UnsafeGateError, UntrustworthyResultError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigurationError("x"), 2),
        (typer.BadParameter("x"), 2),
        (WorkerLostError("x"), 2),
        (DataError("x"), 3),
        (InvalidMarketDataError("x"), 3),
        (MissingFundingError("x"), 3),
        (UntrustworthyResultError("x"), 4),
        (UnsafeGateError("x"), 4),
        (ReplayError("x"), 1),
        (DomainError("x"), 1),
        (ZeroDivisionError("x"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_failure_has_its_exit_code(error: BaseException, code: int) -> None:
    assert exit_code_of(error) == code


def broken_app(error: BaseException) -> typer.Typer:
    """Return a command line whose only command fails."""
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)

    @app.command()
    def fail() -> None:
        raise error

    return app


def run_broken(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    """Run the command line with a command that fails."""
    monkeypatch.setattr(commands, "app", broken_app(error))
    return commands.main([])


def test_an_internal_error_is_one_line_that_says_how_to_see_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AUTOTRADING_DEBUG", raising=False)

    code = run_broken(monkeypatch, ReplayError("books\ndisagree"))

    assert code == 1
    assert capsys.readouterr().err == (
        "autotrading: internal error: ReplayError: books disagree (AUTOTRADING_DEBUG=1 shows where)\n"
    )


def test_debugging_shows_where_an_internal_error_came_from(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUTOTRADING_DEBUG", "1")

    run_broken(monkeypatch, ZeroDivisionError("x"))

    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_debugging_shows_no_traceback_for_what_the_user_can_mend(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUTOTRADING_DEBUG", "1")

    run_broken(monkeypatch, DataError("a.csv: row 3"))

    assert capsys.readouterr().err == "autotrading: a.csv: row 3\n"


def test_an_interruption_has_its_own_code(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_broken(monkeypatch, KeyboardInterrupt()) == 130
    assert capsys.readouterr().err == "autotrading: interrupted\n"
