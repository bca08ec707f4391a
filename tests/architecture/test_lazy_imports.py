"""Which libraries each command loads: what it does not use must not cost start-up time.

The table is held from both sides: a library that a command has begun to load fails here, and so does one
that it no longer needs.
"""

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from attrs import evolve

from entrypoints.run_container import open_run_store
from tests.architecture.source_tree import ROOT
from tests.risk_records import make_risk_use
from tests.unit.adapters.market_data.market_files import bar_columns, funding_columns, write_columns
from tests.unit.adapters.run_documents.records import make_record
from tests.unit.adapters.run_documents.results import make_result
from tests.unit.entrypoints.documents import make_data_document, write_document

# Everything that takes noticeable time to load, also what is not a dependency yet.
WATCHED: Final = frozenset(
    {
        *("numpy", "pyarrow", "rich", "msgspec", "cattrs", "dependency_injector", "jsonschema", "loguru"),
        *("pandas", "scipy", "numba", "hmmlearn", "arch", "sklearn", "statsmodels", "optuna", "dask"),
        *("plotly", "matplotlib", "psycopg", "alembic", "sqlalchemy", "redis", "aiohttp", "websockets"),
    }
)

CONFIG: Final = "CONFIG"
BARS: Final = "BARS"
CONFIGURED: Final = frozenset({"numpy", "cattrs"})
RUN: Final = CONFIGURED | {"dependency_injector"}

SAVED: Final = frozenset({"msgspec", "pyarrow"})
STORE: Final = frozenset({"numpy", "cattrs", "msgspec"})

LOADED: Final[dict[tuple[str, ...], frozenset[str]]] = {
    ("--help",): frozenset(),
    ("backtest", "--help"): frozenset(),
    ("data", "download", "--help"): frozenset(),
    ("completion", "bash"): frozenset(),
    ("--version",): frozenset(),
    ("nosuchcommand",): frozenset(),
    ("data", "--help"): frozenset(),
    ("data", "import", "--help"): frozenset(),
    ("data", "list"): frozenset({"numpy", "pyarrow", "msgspec", "rich"}),
    ("data", "list", "--json"): frozenset({"numpy", "pyarrow", "msgspec"}),
    ("rules", "--help"): frozenset(),
    ("rules", "list"): frozenset({"rich"}),
    ("rules", "show", "BTCUSDT", "--json"): frozenset(),
    ("data", "validate", "--help"): frozenset(),
    ("data", "validate", "--schema"): frozenset({"numpy", "pyarrow", "msgspec"}),
    ("data", "validate", BARS): frozenset({"numpy", "pyarrow", "msgspec", "rich"}),
    ("data", "validate", BARS, "--json"): frozenset({"numpy", "pyarrow", "msgspec"}),
    ("config", "schema"): CONFIGURED,
    ("config", "schema", "--output"): frozenset({"msgspec"}),
    ("config", "check", CONFIG): CONFIGURED,
    ("demo", "--bars", "40", "--no-save"): RUN | {"rich"},
    ("demo", "--bars", "40", "--no-save", "--json"): RUN | {"msgspec"},
    ("demo", "--bars", "40"): RUN | SAVED | {"rich", "plotly"},
    ("backtest", CONFIG, "--no-save"): RUN | {"pyarrow", "rich"},
    ("backtest", CONFIG): RUN | SAVED | {"rich"},
    ("backtest", CONFIG, "--json"): RUN | SAVED,
    ("report", "--help"): frozenset(),
    ("runs", "signals", "latest"): STORE | {"pyarrow"},
    ("report", "latest"): STORE | {"pyarrow", "plotly"},
    ("compare", "--help"): frozenset(),
    ("risk", "--help"): frozenset(),
    ("risk", CONFIG): CONFIGURED | {"rich"},
    ("risk", CONFIG, "--json"): CONFIGURED,
    ("risk", CONFIG, "--run", "latest", "--json"): STORE | {"pyarrow"},
    ("runs", "--help"): frozenset(),
    ("strategy", "--help"): frozenset(),
    ("strategy", "check", "--help"): frozenset(),
    ("strategy", "list"): frozenset({"numpy", "rich"}),
    ("strategy", "list", "--json"): frozenset({"numpy"}),
    ("runs", "list"): STORE | {"rich"},
    ("runs", "list", "--json"): STORE,
    ("runs", "show", "latest"): STORE | {"pyarrow", "rich"},
    ("runs", "show", "latest", "--json"): STORE,
    ("demo", "--bars", "40", "--no-save", "--quiet"): RUN,
}

PRINT_LOADED: Final = """
import sys
from entrypoints.cli.main import main, prepare_process
prepare_process()
code = main(sys.argv[1:])
print(code, sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a configuration that runs, in a world in which a run is saved already."""
    open_run_store(os.environ).save(make_record(evolve(make_result(), risk_use=make_risk_use())))
    folder = tmp_path_factory.mktemp("run")
    write_columns(folder / "bars.csv", bar_columns(60))
    write_columns(folder / "funding.csv", funding_columns(8))
    write_columns(folder / "BTCUSDT-1h.csv", bar_columns(60))
    return write_document(folder, make_data_document({"BTCUSDT": {"bars": "bars.csv", "funding": "funding.csv"}}))


def loaded_by(*arguments: str) -> frozenset[str]:
    """Return the watched libraries that a command has loaded when it ends."""
    command = [sys.executable, "-c", PRINT_LOADED, *arguments]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    code, _, names = result.stderr.splitlines()[-1].partition(" ")
    assert code == ("2" if arguments == ("nosuchcommand",) else "0"), result.stderr
    return WATCHED & frozenset(ast.literal_eval(names))


@pytest.mark.parametrize("command", LOADED, ids=" ".join)
def test_a_command_loads_what_it_uses_and_nothing_else(command: tuple[str, ...], config: Path) -> None:
    paths = {CONFIG: str(config), BARS: str(config.with_name("BTCUSDT-1h.csv"))}
    arguments = [paths.get(each, each) for each in command]

    assert loaded_by(*arguments) == LOADED[command]
