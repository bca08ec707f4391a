"""Reports and comparisons by command: written where asked, from what was saved alone, or one line that says why not."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.e2e.command import assert_refused, beside_short_history
from tests.unit.adapters.html_report.page_reader import PageReader
from tests.unit.entrypoints.documents import make_document, write_document
from tests.unit.entrypoints.test_saved_runs import Desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A user who has run the demo on two markets and called the runs by a name."""
    user = Desk(tmp_path_factory.mktemp("data"))
    for seed in ("1", "2"):
        user.said("demo", "--bars", "300", "--seed", seed)
        user.said("runs", "tag", "latest", f"seed{seed}")
    return user


def run_id_of(desk: Desk, tag: str) -> str:
    (run,) = desk.listed("--tag", tag)
    return str(run["run_id"])


def page_at(path: str | Path) -> PageReader:
    return PageReader(Path(path).read_bytes())


def test_the_demo_leaves_its_report_beside_the_run_and_says_where(desk: Desk) -> None:
    printed = desk.said("demo", "--bars", "300", "--seed", "1")

    path = desk.folder / "runs" / run_id_of(desk, "seed1") / "report.html"
    assert f"\nReport: {path}\n" in printed
    assert page_at(path).data["run"] == run_id_of(desk, "seed1")


def test_a_report_is_rebuilt_from_what_was_saved_to_the_byte(desk: Desk) -> None:
    path = desk.folder / "runs" / run_id_of(desk, "seed2") / "report.html"
    before = path.read_bytes()
    path.unlink()

    printed = desk.said("report", "seed2")

    assert printed == f"{path}\n"
    # The demo did not know the tag yet.
    assert path.read_bytes() == before.replace(b"</h1>", b'</h1><p class="tags"><span class="tag">seed2</span></p>', 1)


def test_a_report_goes_where_it_is_asked_for(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "mine.html"

    assert desk.said("report", "seed1", "--output", str(target)) == f"{target}\n"

    saved = json.loads(desk.said("runs", "show", "seed1", "--json"))
    page = page_at(target)
    assert page.exact["identity.end_equity"] == saved["identity"]["end_equity"]
    assert Decimal(page.exact["every.symbol.net"]) == sum(Decimal(part["net"]) for part in saved["by_symbol"].values())


def test_a_run_that_is_not_there_is_said_in_one_line(desk: Desk) -> None:
    assert assert_refused(desk.run("report", "sed1"), 2) == "there is no run 'sed1'; did you mean seed1?"


def test_a_report_that_cannot_be_written_is_refused_before_the_work(desk: Desk, tmp_path: Path) -> None:
    said = assert_refused(desk.run("report", "seed1", "--output", str(tmp_path)), 2)
    nowhere = assert_refused(desk.run("compare", "seed1", "seed2", "--output", str(tmp_path / "no" / "x.html")), 2)

    assert said == f"--output {tmp_path}: is a folder"
    assert nowhere == f"--output {tmp_path}/no/x.html: there is no folder {tmp_path}/no"


def test_a_damaged_run_has_no_report(desk: Desk) -> None:
    desk.said("demo", "--bars", "120", "--seed", "9")
    run_id = desk.listed()[0]["run_id"]
    table = desk.folder / "runs" / run_id / "trades.parquet"
    table.write_bytes(table.read_bytes()[:-1])

    said = assert_refused(desk.run("report", run_id), 3)

    desk.said("runs", "delete", "--yes", run_id)
    assert "trades.parquet" in said


def test_a_backtest_writes_its_report_also_without_being_saved(desk: Desk, tmp_path: Path) -> None:
    configuration, target = write_document(tmp_path, make_document()), tmp_path / "run.html"
    before = desk.listed()

    printed = desk.said("backtest", str(configuration), "--no-save", "--report", str(target))

    assert f"Report: {target}\n" in printed
    assert page_at(target).data["run"].startswith("bt-")
    assert desk.listed() == before


def test_a_backtest_does_not_write_two_outputs_into_one_file(desk: Desk, tmp_path: Path) -> None:
    configuration, target = write_document(tmp_path, make_document()), tmp_path / "run"

    result = desk.run("backtest", str(configuration), "--output", str(target), "--report", str(target))

    assert assert_refused(result, 2) == f"--report {target}: is the file of --output already"
    assert assert_refused(desk.run("backtest", str(configuration), "--report", str(configuration)), 2).endswith(
        f"is an input of this run: {configuration}"
    )


def test_a_report_that_cannot_be_kept_is_a_warning(desk: Desk) -> None:
    report = desk.folder / "runs" / run_id_of(desk, "seed1") / "report.html"
    report.unlink()
    report.mkdir()
    try:
        result = desk.run("demo", "--bars", "300", "--seed", "1")
    finally:
        report.rmdir()

    assert result.returncode == 0
    said = f"autotrading: there is no report: --report {report}: is not a regular file\n"
    assert beside_short_history(result.stderr) == said
    assert "Saved before in" in result.stdout


def test_two_runs_stand_beside_each_other_in_the_terminal_and_as_a_page(desk: Desk) -> None:
    printed = desk.said("compare", "seed1", "seed2")

    path = Path(printed.splitlines()[-1])
    assert path == desk.folder / "comparisons" / f"{run_id_of(desk, 'seed1')}_{run_id_of(desk, 'seed2')}.html"
    assert "The runs were made on different data." in printed
    assert "synthetic.seed" in printed
    assert len(page_at(path).data["runs"]) == 2


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A user with six runs of long names, whose keys and values are long as well."""
    user = Desk(tmp_path_factory.mktemp("many"))
    for seed in range(6):
        document = make_document(
            name=f"a-run-with-a-long-name-{seed}", synthetic={"seed": seed, "bars": 60, "symbols": ["BTCUSDT"]}
        )
        user.said("backtest", str(write_document(user.folder, document)))
    return user


@pytest.mark.parametrize("n_runs", [2, 3, 4, 6])
def test_what_is_compared_keeps_its_name_on_a_narrow_terminal(many: Desk, n_runs: int) -> None:
    runs = [str(run["run_id"]) for run in many.listed()[:n_runs]]

    printed = many.said("compare", *runs, columns=80)

    lines = [line.split() for line in printed.splitlines() if line.strip()]
    assert sum(words[0] == "figure" for words in lines) == (1 if n_runs <= 4 else 2)
    assert ["Net", "result"] in [words[:2] for words in lines]
    assert "key" in [words[0] for words in lines]
    assert any("synth" in words[0] for words in lines)


def test_a_comparison_for_programs_has_exact_money_and_no_page(desk: Desk, tmp_path: Path) -> None:
    document = json.loads(desk.said("compare", "seed1", "seed2", "--json"))
    saved = json.loads(desk.said("runs", "show", "seed1", "--json"))
    figures = {figure["name"]: figure for figure in document["figures"]}

    books = saved["identity"]
    made = Decimal(books["end_equity"]) - Decimal(books["start_equity"])
    assert Decimal(figures["Net result"]["values"][0]) == made
    assert document["configuration"] == [{"name": "synthetic.seed", "values": ["1", "2"]}]
    assert [run["run_id"] for run in document["runs"]] == [run_id_of(desk, "seed1"), run_id_of(desk, "seed2")]
    target = tmp_path / "both.html"
    desk.said("compare", "seed1", "seed2", "--json", "--output", str(target))
    assert len(page_at(target).data["runs"]) == 2


def test_one_run_cannot_be_compared(desk: Desk) -> None:
    run_id = run_id_of(desk, "seed1")

    assert assert_refused(desk.run("compare", "seed1"), 2) == "compare: takes 2 to 6 runs, got 1"
    said = assert_refused(desk.run("compare", "seed1", run_id), 2)
    assert said == f"compare: {run_id} is {run_id}, which is there already"
