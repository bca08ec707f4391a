"""A perpetual and its spot pair from the command line: one run, one report, and the names in both."""

import json
from pathlib import Path

from entrypoints.configuration.keys import PlainValue
from tests.e2e.command import assert_refused, autotrading
from tests.unit.adapters.market_data.market_files import bar_columns, funding_columns, write_columns
from tests.unit.entrypoints.documents import with_value, write_document
from tests.unit.entrypoints.test_spot_configuration import SPOT, make_both

N_BARS = 240


def write_both(folder: Path) -> dict[str, PlainValue]:
    for name in ("b.csv", "s.csv"):
        columns = dict(bar_columns(N_BARS))
        for column, beside in (("open", 0.0), ("high", 1.0), ("low", -1.0), ("close", 0.3)):
            # Down and up again, so that trends are entered and left on both sides.
            columns[column] = [100.0 + abs(row % 80 - 40) / 2 + beside for row in range(N_BARS)]
        write_columns(folder / name, columns)
    write_columns(folder / "f.csv", funding_columns(31))
    # Too few days are known for estimates, and this is not what is tried here.
    limits: dict[str, PlainValue] = {"leverage_max": 3, "var_daily_max": None, "cvar_daily_max": None}
    document = with_value(make_both(), "data.quality_min", 0)
    return with_value(document, "risk.account", limits | {"liquidation_probability_max": None})


def test_both_markets_run_together_and_coins_are_never_short(tmp_path: Path) -> None:
    path, page = write_document(tmp_path, write_both(tmp_path)), tmp_path / "run.html"

    result = autotrading("backtest", path, "--json", "--report", page)

    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["identity"]["difference"] in {"0", "0.0"}
    bought = [trade for trade in document["trades"] if trade["symbol"] == SPOT]
    assert bought
    assert {trade["side"] for trade in bought} == {"long"}
    assert any(trade["side"] == "short" for trade in document["trades"])
    refused = {reason for each in document["refusals"] if each["symbol"] == SPOT for reason in each["reasons"]}
    assert refused == {"short_not_allowed"}
    assert SPOT in page.read_text(encoding="utf-8")


def test_a_pair_without_rules_ends_with_one_line(tmp_path: Path) -> None:
    document = write_both(tmp_path)
    del document["instruments"]

    line = assert_refused(autotrading("backtest", write_document(tmp_path, document)), 2)

    assert line.endswith(f"instruments.{SPOT}: the rules of {SPOT} are not shipped: describe it under this key")
