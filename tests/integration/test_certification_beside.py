"""A run that is certified by another process while it goes on: the same certificate, and what differs is found."""

from decimal import Decimal
from multiprocessing import active_children
from pathlib import Path
from typing import Final

import pytest
from attrs import evolve

from application.backtest import BacktestPlan, run_backtest
from application.ports.backtest_venue import BacktestVenue
from application.ports.parallel_work import WorkerLostError
from application.trading.records import FailureKind
from entrypoints import certification_beside
from entrypoints.certification_beside import BARS_MIN, certified_beside
from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.loading import load_configuration
from entrypoints.container import plan_backtest
from entrypoints.data_directory import DATA_DIRECTORY_VARIABLE
from tests.integration.test_regime_runs import SHARED
from tests.own_strategies import HIGHEST_CLOSE, write_code
from tests.unit.entrypoints.documents import make_document, with_value, write_document

SAYS_WHERE_IT_RUNS: Final = HIGHEST_CLOSE.replace(
    "stop_distance=", "features=(('process', float(os.getpid())),), stop_distance="
).replace("from attrs", "import os\n\nfrom attrs", 1)

HANGS_AT_200: Final = HIGHEST_CLOSE.replace(
    "        closes = ", "        while view.n_bars == 200:\n            pass\n        closes = "
)

PARAMETERS: Final = {
    name: HIGHEST_CLOSE.replace("    share: float | None = None", line)
    for name, line in {
        "infinite": "    share: float = float('inf')",
        "empty": "    share: str = ''",
        "converted": "    share: int = field(default=3, converter=lambda n: 2 * n)",
        "renamed": "    _share: int = 3",
    }.items()
}

MIXES_AT_200: Final = HIGHEST_CLOSE.replace(
    "        closes = ", "        if view.n_bars == 200:\n            Decimal(1) < 1.5\n        closes = "
).replace("from attrs", "from decimal import Decimal\n\nfrom attrs", 1)

REPLACES_AT_200: Final = HIGHEST_CLOSE.replace(
    "        closes = ", "        if view.n_bars == 200:\n            setcontext(Context(prec=5))\n        closes = "
).replace("from attrs", "from decimal import Context, setcontext\n\nfrom attrs", 1)


@pytest.fixture(autouse=True)
def short_runs_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certification_beside, "BARS_MIN", 0)
    monkeypatch.setattr(certification_beside, "has_spare_core", lambda: True)


def plans_of(folder: Path, document: dict[str, PlainValue]) -> tuple[BacktestPlan, BacktestPlan]:
    """Return the plan of a run that certifies itself, and of one that is certified beside."""
    path = write_document(folder, document)
    configuration, source = load_configuration(path, {DATA_DIRECTORY_VARIABLE: str(folder)})
    # Each of its own: a plan draws its moments from one sequence of random numbers.
    alone, beside = plan_backtest(configuration, source), plan_backtest(configuration, source)
    return alone, certified_beside(beside, configuration, source)


def own(folder: Path, text: str) -> dict[str, PlainValue]:
    write_code(folder, text)
    return with_value(
        make_document(decision_limit_s=1),
        "strategies.0",
        {
            "name": "mine",
            "kind": "mine.py:HighestClose",
            "symbols": ["BTCUSDT"],
            "parameters": {"bars": 10},
            "sizing": {"equity_fraction": Decimal("0.3")},
        },
    )


def test_what_comes_out_is_the_same(tmp_path: Path) -> None:
    alone, beside = plans_of(tmp_path, make_document(**SHARED))
    assert alone.beside is None
    assert beside.beside is not None

    one, other = run_backtest(alone), run_backtest(beside)

    assert other.certificate.first_difference is None
    assert other.certificate == one.certificate
    assert other.certificate.is_clean
    assert other.certificate.decisions_replayed > 10
    assert other.hashes == one.hashes


def test_own_strategies_are_made_anew_from_their_files(tmp_path: Path) -> None:
    one, other = map(run_backtest, plans_of(tmp_path, own(tmp_path, HIGHEST_CLOSE)))

    assert other.certificate.first_difference is None
    assert other.certificate == one.certificate
    assert other.certificate.is_clean


@pytest.mark.parametrize("text", PARAMETERS.values(), ids=PARAMETERS)
def test_parameters_mean_there_what_they_mean_here(tmp_path: Path, text: str) -> None:
    """Some would not come back from what would be written of them."""
    one, other = map(run_backtest, plans_of(tmp_path, own(tmp_path, text)))

    assert other.certificate.first_difference is None
    assert (other.certificate, other.hashes) == (one.certificate, one.hashes)


def test_who_decides_otherwise_in_another_process_is_found(tmp_path: Path) -> None:
    one, other = map(run_backtest, plans_of(tmp_path, own(tmp_path, SAYS_WHERE_IT_RUNS)))

    assert one.certificate.is_clean
    assert "process" in (other.certificate.first_difference or "")


def test_who_takes_too_long_is_not_asked_again(tmp_path: Path) -> None:
    one, other = map(run_backtest, plans_of(tmp_path, own(tmp_path, HANGS_AT_200)))

    assert [failure.kind for failure in other.log.failures] == [FailureKind.BLOCKED]
    assert other.certificate.first_difference is None
    assert other.certificate == one.certificate
    assert other.certificate.is_clean


def test_who_mixes_floats_with_decimals_fails_there_as_well(tmp_path: Path) -> None:
    one, other = map(run_backtest, plans_of(tmp_path, own(tmp_path, MIXES_AT_200)))

    assert [failure.error for failure in other.log.failures] == ["FloatOperation"]
    assert other.certificate.first_difference is None
    assert other.certificate == one.certificate


def test_who_replaces_the_decimal_context_fails_alone(tmp_path: Path) -> None:
    one, other = map(run_backtest, plans_of(tmp_path, own(tmp_path, REPLACES_AT_200)))

    assert [failure.error for failure in other.log.failures] == ["DecimalContextError"]
    assert other.certificate.first_difference is None
    assert (other.certificate, other.hashes) == (one.certificate, one.hashes)


def test_code_that_changes_while_a_run_goes_on_is_noticed(tmp_path: Path) -> None:
    _, beside = plans_of(tmp_path, own(tmp_path, HIGHEST_CLOSE))
    write_code(tmp_path, HIGHEST_CLOSE + "\n")

    with pytest.raises(
        WorkerLostError, match=r"config\.yaml: the code of a strategy was changed while the run went on"
    ):
        run_backtest(beside)


def no_venue() -> BacktestVenue:
    raise ZeroDivisionError


def test_a_run_that_fails_leaves_no_process(tmp_path: Path) -> None:
    _, beside = plans_of(tmp_path, make_document())

    with pytest.raises(ZeroDivisionError):
        run_backtest(evolve(beside, make_venue=no_venue))

    assert active_children() == []


def test_short_runs_and_machines_with_one_core_do_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certification_beside, "has_spare_core", lambda: False)
    assert plans_of(tmp_path, make_document())[1].beside is None
    monkeypatch.setattr(certification_beside, "has_spare_core", lambda: True)
    monkeypatch.setattr(certification_beside, "BARS_MIN", BARS_MIN)
    assert plans_of(tmp_path, make_document())[1].beside is None
