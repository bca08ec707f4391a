"""An own strategy is configured as a known one is: same checks of its parameters, same exit codes, its own identity."""

import json
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from application.backtest import BacktestPlan, PairPlan, run_backtest
from domain.allocation.scenario import SCENARIOS
from entrypoints.cli import commands
from entrypoints.cli.exit_codes import ExitCode
from entrypoints.configuration.cross_checks import cross_check
from entrypoints.configuration.identity import config_hash
from entrypoints.configuration.keys import KeyProblem, PlainValue
from entrypoints.configuration.loading import load_configuration
from entrypoints.configuration.schema import configuration_schema
from entrypoints.configuration.structuring import structure, unstructure
from entrypoints.container import plan_backtest
from tests.own_strategies import HIGHEST_CLOSE, WITHOUT_PARAMETERS, write_code
from tests.unit.entrypoints.documents import make_document, with_value, write_document


def own_document(kind: PlainValue = "mine.py:HighestClose", **parameters: PlainValue) -> dict[str, PlainValue]:
    document = with_value(make_document(), "strategies.0.kind", kind)
    return with_value(document, "strategies.0.parameters", parameters)


def plan_of(folder: Path, text: str = HIGHEST_CLOSE, kind: str = "mine.py:HighestClose") -> BacktestPlan:
    folder.mkdir(exist_ok=True)
    write_code(folder, text)
    return plan_backtest(*load_configuration(write_document(folder, own_document(kind, bars=10)), {}))


def problem_of(document: dict[str, PlainValue], folder: Path) -> KeyProblem:
    with pytest.raises(KeyProblem) as refused:
        structure(document, folder)
    assert "\n" not in refused.value.problem
    return refused.value


def test_it_trades_with_its_parameters(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    (strategy,) = plan.strategies
    assert not isinstance(strategy.make, PairPlan)
    made = strategy.make(plan.history)

    assert made is not strategy.make(plan.history)
    assert made.parameters.bars == 10  # type: ignore[attr-defined]  # of its own class
    result = run_backtest(plan)
    assert {decision.signal.reason for decision in result.log.decisions} == {"highest close", "lowest close"}
    assert result.certificate.is_clean


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    write_code(tmp_path)
    configuration = structure(own_document(bars=10), tmp_path)
    plain = unstructure(configuration)

    assert structure(plain, tmp_path) == configuration
    strategies = plain["strategies"]
    assert isinstance(strategies, list)
    (section,) = strategies
    assert isinstance(section, dict)
    assert section["kind"] == "mine.py:HighestClose"
    assert section["parameters"] == {"bars": 10, "share": None}


@pytest.mark.parametrize(
    ("parameters", "path", "problem"),
    [
        ({"bras": 3}, ".bras", "unknown key; did you mean bars?"),
        ({"bars": "x"}, ".bars", "expected a whole number, got 'x'"),
        ({"bars": 1}, ".bars", "expected a number at least 2 and at most 100, got 1"),
        ({"share": "much"}, ".share", "expected a number, got 'much'"),
        ({"bars": 13}, ".bars", "13 brings bad luck"),
        ({"bars": 66}, "", "mine.py:27: RuntimeError: 66 is too much"),
    ],
)
def test_its_parameters_are_held_to_their_class(
    parameters: dict[str, PlainValue], path: str, problem: str, tmp_path: Path
) -> None:
    write_code(tmp_path)

    refused = problem_of(own_document(**parameters), tmp_path)

    assert refused.path == f"strategies[0].parameters{path}"
    assert refused.problem.removeprefix(f"{tmp_path}/") == problem


def test_a_parameter_without_default_is_missed(tmp_path: Path) -> None:
    write_code(tmp_path, HIGHEST_CLOSE.replace("default=20, ", ""))
    section: dict[str, PlainValue] = {"name": "own", "kind": "mine.py", "symbols": ["BTCUSDT"]}
    document = make_document(strategies=[section | {"sizing": {"equity_fraction": Decimal("0.3")}}])

    refused = problem_of(document, tmp_path)

    assert (refused.path, refused.problem) == (
        "strategies[0].parameters.bars",
        "this key is missing and has no default",
    )


def test_one_without_parameters_takes_none(tmp_path: Path) -> None:
    write_code(tmp_path, WITHOUT_PARAMETERS)

    assert structure(own_document("mine.py"), tmp_path).strategies[0].kind.value == "mine.py"
    assert problem_of(own_document("mine.py", bars=3), tmp_path).path == "strategies[0].parameters.bars"


def test_what_cannot_be_loaded_is_named_at_the_kind(tmp_path: Path) -> None:
    write_code(tmp_path, "import nosuchmodule\n")

    refused = problem_of(own_document("mine.py"), tmp_path)

    assert refused.path == "strategies[0].kind"
    assert refused.problem == f"{tmp_path}/mine.py:1: ModuleNotFoundError: No module named 'nosuchmodule'"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            WITHOUT_PARAMETERS.replace("lookback_bars = 1", "pass"),
            "mine.py: Nothing is no strategy: it has no lookback_bars",
        ),
        (
            WITHOUT_PARAMETERS.replace("= 1", "= 0"),
            "mine.py: Nothing.lookback_bars has to be a whole number of at least",
        ),
    ],
)
def test_what_is_no_strategy_once_it_is_made_is_named_at_the_kind(text: str, problem: str, tmp_path: Path) -> None:
    write_code(tmp_path, text)

    refused = problem_of(own_document("mine.py"), tmp_path)

    assert refused.path == "strategies[0].kind"
    assert refused.problem.removeprefix(f"{tmp_path}/").startswith(problem)


def test_a_name_that_means_nothing_is_likened_to_installed_strategies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = tmp_path / "package-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: package\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[autotrading.strategies]\nhighest_close = nowhere:HighestClose\n")
    monkeypatch.syspath_prepend(tmp_path)

    refused = problem_of(own_document("higest_close"), tmp_path)

    assert refused.path == "strategies[0].kind"
    assert refused.problem == (
        "there is no strategy 'higest_close'; did you mean highest_close? "
        "(own code is FILE.py, FILE.py:CLASS or MODULE:CLASS)"
    )


def test_it_shares_the_account_by_the_name_of_its_kind(tmp_path: Path) -> None:
    write_code(tmp_path)
    document = with_value(own_document("mine.py:HighestClose"), "allocation", {})

    with pytest.raises(KeyProblem) as refused:
        cross_check(structure(document, tmp_path))
    assert refused.value.path == "strategies[0].kind"
    assert refused.value.problem.startswith("the weights that come with the product are for trend_following, ")
    assert refused.value.problem.endswith("such as bull_low: {mine.py:HighestClose: 1}, or leave allocation out")

    rows: dict[str, PlainValue] = {scenario.code: {"mine.py:HighestClose": 1} for scenario in SCENARIOS}
    with_value(document, "allocation", {"matrix": rows})
    path = write_document(tmp_path, document)
    assert commands.main(["config", "check", str(path)]) == ExitCode.DONE
    assert commands.main(["backtest", str(path), "--no-save", "--quiet"]) == ExitCode.DONE


def test_exits_in_multiples_of_the_first_stop_need_one_that_is_configured(tmp_path: Path) -> None:
    write_code(tmp_path)
    document = with_value(own_document(), "strategies.0.exits", {"trailing": {"distance": {"r": 1}}})
    path = write_document(tmp_path, document)

    assert commands.main(["config", "check", str(path)]) == ExitCode.USAGE
    with_value(document, "strategies.0.exits.stop", {"fraction": Decimal("0.02")})
    assert commands.main(["config", "check", str(write_document(tmp_path, document))]) == ExitCode.DONE


def test_changed_code_is_another_run_and_another_place_is_not(tmp_path: Path) -> None:
    first, moved = plan_of(tmp_path / "a"), plan_of(tmp_path / "b")
    changed = plan_of(tmp_path / "a", HIGHEST_CLOSE + "# changed\n")

    assert (moved.code_hash, moved.config_hash) == (first.code_hash, first.config_hash)
    assert changed.config_hash == first.config_hash
    assert changed.code_hash != first.code_hash


def test_the_folder_of_an_absolute_path_is_not_part_of_what_was_configured(tmp_path: Path) -> None:
    path = write_code(tmp_path)

    absolute, relative = (
        config_hash(structure(own_document(kind), tmp_path), {})
        for kind in (f"{path}:HighestClose", "mine.py:HighestClose")
    )
    assert absolute == relative


def test_a_run_says_whose_code_it_trusts(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)

    (said,) = [each for each in plan.assumptions if each.name == "trend.code"]
    assert said.meaning.startswith("Own code, mine.py: SHA-256 ")


def test_a_check_says_what_it_has_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_code(tmp_path)

    assert commands.main(["config", "check", str(write_document(tmp_path, own_document()))]) == ExitCode.DONE

    said = capsys.readouterr().out
    assert "# Own code, which was run to check this and is run by every backtest:\n" in said
    assert f"# trend: {tmp_path}/mine.py (HighestClose), SHA-256 " in said


@pytest.mark.parametrize(
    ("kind", "is_allowed"),
    [
        ("mine.py", True),
        ("some/folder/mine.py:Mine", True),
        ("package.module:Mine", True),
        ("mean_reversion", True),
        ("mean_reverson", False),
        ("mine.py:", False),
        (":Mine", False),
    ],
)
def test_the_schema_knows_the_forms_of_own_kinds(kind: str, is_allowed: bool) -> None:
    document = json.loads(json.dumps(own_document(kind), default=float))

    assert jsonschema.Draft202012Validator(configuration_schema()).is_valid(document) is is_allowed


def test_an_account_is_shared_with_an_own_strategy_by_a_matrix_that_names_it(tmp_path: Path) -> None:
    write_code(tmp_path)
    document = own_document() | {"allocation": {}}

    assert commands.main(["config", "check", str(write_document(tmp_path, document))]) == ExitCode.USAGE
    rows = [f"{market}_{state}" for market in ("bull", "bear", "sideways", "neutral") for state in ("low", "high")]
    document["allocation"] = {"matrix": {row: {"mine.py:HighestClose": 1} for row in rows}}
    assert commands.main(["config", "check", str(write_document(tmp_path, document))]) == ExitCode.DONE
