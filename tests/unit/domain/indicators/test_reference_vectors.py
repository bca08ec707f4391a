"""Indicators reproduce reference numbers: TA-Lib, StockCharts' sheets and third-party files of the Lean engine.

The files are in the shared folder, with the source of every case. Both forms of an indicator are held to each.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from math import nan, sqrt
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pytest

from domain.market import Float64Array
from tests import indicator_forms as forms
from tests.indicator_forms import Columns, Form

Case: TypeAlias = Mapping[str, Any]
Outputs: TypeAlias = Mapping[str, Float64Array]
Calculation: TypeAlias = tuple[Form, Callable[[Outputs], Outputs]]
"""A form, and how what a case expects is made of its outputs."""

FILES: Final = ("indicators_talib", "indicators_stockcharts", "lean_indicators_index")

TESTED: Final[Mapping[str, tuple[str, ...]]] = {
    "indicators_talib": (
        "sma_5",
        "sma_20",
        "ema_12",
        "ema_26",
        "rsi_14",
        "rsi_7",
        "atr_14",
        "true_range",
        "bollinger_20_2.0",
        "bollinger_10_1.5",
        "adx_14",
        "donchian_20",
        "macd_12_26_9",
        "obv",
        "range_vol",
    ),
    "indicators_stockcharts": ("rsi14", "true_range", "atr14", "bollinger20"),
    "lean_indicators_index": (
        "lean_sma14",
        "lean_ema14",
        "lean_macd",
        "lean_rsi_wilder",
        "lean_rsi_cutler",
        "lean_atr_wilder",
        "lean_atr_sma",
        "lean_bb_mid",
        "lean_bb_upper",
        "lean_bb_lower",
        "lean_bb_bandwidth_pct",
        "lean_bb_percent_b",
        "lean_plus_di14",
        "lean_minus_di14",
        "lean_dx14",
        "lean_adx14",
        "lean_donchian_upper50",
        "lean_donchian_lower50",
        "lean_donchian_mid50",
        "lean_ema14_exact",
        "lean_macd_long",
        "lean_macd_signal_long",
        "lean_vwap50",
    ),
}

LEFT_OUT: Final[Mapping[str, tuple[str, ...]]] = {
    "no strategy uses it: rate of change and price differences": ("roc_10", "lean_mom50"),
    "no strategy uses it: stochastic oscillator and Williams %R": ("stochastic_k_14", "willr_14", "lean_willr14"),
    "no strategy uses it: money flow index": ("mfi_14",),
    "no strategy uses it: commodity channel index": ("cci_20",),
    "no strategy uses it: slope of a rolling regression": ("linreg_slope_14",),
    "informational: what other libraries print, with seeds of their own": (
        "pandas_ta_classic_last_values",
        "ta_last_values",
    ),
}

LEFT_OUT_PARTS: Final[Mapping[tuple[str, str], str]] = {
    ("range_vol", "rogers_satchell"): "a part of Yang-Zhang's volatility, not offered by itself",
}


def all_of(form: Form) -> Calculation:
    return form, dict


def one_of(form: Form, output: str, factor: float = 1.0) -> Calculation:
    return form, lambda got: {"value": got[output] * factor}


def _rsi(inputs: Case) -> Calculation:
    return all_of({"wilder": forms.rsi, "sma": forms.cutler}[inputs["smoothing"]](inputs["period"]))


def _atr(inputs: Case) -> Calculation:
    make = {"wilder": forms.wilder_of_true_range, "sma": forms.simple_of_true_range}[inputs["smoothing"]]
    return all_of(make(inputs["period"]))


def _bollinger(inputs: Case) -> Calculation:
    form = forms.bollinger(inputs["period"], inputs["k"])
    return form, lambda got: {**got, "std": (got["upper"] - got["mid"]) / inputs["k"]}


def _adx(output: str) -> Callable[[Case], Calculation]:
    return lambda inputs: one_of(forms.adx(inputs["period"]), output)


def _bollinger_part(output: str, factor: float = 1.0) -> Callable[[Case], Calculation]:
    return lambda inputs: one_of(forms.bollinger(inputs["period"], inputs["k"]), output, factor)


def _donchian_part(output: str) -> Callable[[Case], Calculation]:
    return lambda inputs: one_of(forms.donchian(inputs["period"]), output)


def _macd_part(output: str) -> Callable[[Case], Calculation]:
    # The line alone does not depend on the signal's length, which its cases do not give.
    return lambda inputs: one_of(forms.macd(inputs["fast"], inputs["slow"], inputs.get("signal", 9)), output)


CALCULATIONS: Final[Mapping[str, Callable[[Case], Calculation]]] = {
    "sma": lambda inputs: all_of(forms.sma(inputs["period"])),
    "ema": lambda inputs: all_of({"sma": forms.ema}[inputs["seed"]](inputs["period"])),
    "rsi": _rsi,
    "true_range": lambda _: all_of(forms.true_range()),
    "atr": _atr,
    "bollinger": _bollinger,
    "bollinger_mid": _bollinger_part("mid"),
    "bollinger_upper": _bollinger_part("upper"),
    "bollinger_lower": _bollinger_part("lower"),
    "bollinger_percent_b": _bollinger_part("percent_b"),
    "bollinger_bandwidth_pct": _bollinger_part("bandwidth", 100.0),
    "adx": lambda inputs: all_of(forms.adx(inputs["period"])),
    "adx_line": _adx("adx"),
    "plus_di": _adx("plus_di"),
    "minus_di": _adx("minus_di"),
    "dx": _adx("dx"),
    "donchian": lambda inputs: all_of(forms.donchian(inputs["period"])),
    "donchian_upper": _donchian_part("upper"),
    "donchian_lower": _donchian_part("lower"),
    "donchian_mid": _donchian_part("mid"),
    "macd": lambda inputs: all_of(forms.macd(inputs["fast"], inputs["slow"], inputs["signal"])),
    "macd_line": _macd_part("macd"),
    "macd_signal": _macd_part("signal"),
    "obv": lambda _: all_of(forms.obv()),
    "rolling_vwap": lambda inputs: all_of(forms.vwap(inputs["period"], inputs["price"])),
}
"""For each function of the files: the form with these parameters, and what of it the case expects."""


def _columns(inputs: Case) -> Columns:
    table = {name: np.array(values) for name, values in inputs.items() if isinstance(values, list)}
    if "open" in table:
        table["ohlc4"] = (table["open"] + table["high"] + table["low"] + table["close"]) / 4.0
    return table


def _range_volatility(inputs: Case, run: Callable[[Form, Columns], Outputs]) -> Outputs:
    # Over all bars at once; those that need a close before them have one bar less.
    table, yearly = _columns(inputs), sqrt(inputs["periods"])
    n_bars = table["close"].size
    asked = {
        "close_to_close": forms.close_volatility(n_bars - 1),
        "parkinson": forms.parkinson(n_bars),
        "garman_klass": forms.garman_klass(n_bars),
        "yang_zhang": forms.yang_zhang(n_bars - 1),
    }
    return {name: run(form, table)["value"][-1:] * yearly for name, form in asked.items()}


def calculate(case: Case, run: Callable[[Form, Columns], Outputs]) -> Outputs:
    """Return what a case expects, by one of the two forms."""
    if case["function"] == "range_volatility":
        return _range_volatility(case["inputs"], run)
    form, pick = CALCULATIONS[case["function"]](case["inputs"])
    return pick(run(form, _columns(case["inputs"])))


def expected_of(case: Case) -> dict[str, Float64Array]:
    """Return the expected columns by name; what is undefined there is NaN."""
    expected = case["expected"] if isinstance(case["expected"], dict) else {"value": case["expected"]}
    return {
        name: np.array([nan if each is None else each for each in (values if isinstance(values, list) else [values])])
        for name, values in expected.items()
        if (case["id"], name) not in LEFT_OUT_PARTS
    }


def check(case: Case, got: Outputs) -> None:
    """Compare within the case's tolerance; what is unknown must be so, but where a file has empty cells."""
    for name, wanted in expected_of(case).items():
        found = got[name]
        if case["sparse"]:
            assert np.count_nonzero(~np.isnan(wanted)) == case["n_compared"]
            found = np.where(np.isnan(wanted), nan, found)
        np.testing.assert_allclose(
            found,
            wanted,
            rtol=case["tol"]["rel"],
            atol=case["tol"]["abs"],
            err_msg=f"{case['id']} {name}; source: {case['source']}",
        )


def _json_cases(document: Case) -> Iterator[Case]:
    datasets = document["datasets"]
    for case in document["cases"]:
        inputs = {
            name: datasets[value["$dataset"]] if isinstance(value, dict) else value
            for name, value in case["inputs"].items()
        }
        yield {**case, "inputs": inputs, "sparse": False}


def _csv_cases(document: Case, folder: Path) -> Iterator[Case]:
    for case in document["cases"]:
        with (folder / case["file"]).open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        # Columns of one file may be of different lengths: the shorter ones end with empty cells.
        rows = [row for row in rows if all(row[column] for column in case["input_columns"].values())]
        inputs = {name: [float(row[column]) for row in rows] for name, column in case["input_columns"].items()}
        wanted = [float(row[case["expected_column"]] or "nan") for row in rows]
        yield {**case, "inputs": {**inputs, **case["params"]}, "expected": wanted, "sparse": True}


@pytest.fixture(scope="module")
def cases(shared_data: Path) -> Mapping[tuple[str, str], Case]:
    folder = shared_data / "reference" / "vectors"
    found = {}
    for name in FILES:
        document = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        listed = _csv_cases(document, folder) if document["schema"] == "refvec-csv-1" else _json_cases(document)
        found.update({(name, case["id"]): case for case in listed})
    return found


@pytest.mark.parametrize("run", [Form.in_batch, Form.one_by_one], ids=["batch", "one_by_one"])
@pytest.mark.parametrize(("file", "case_id"), [(file, case_id) for file in TESTED for case_id in TESTED[file]])
def test_an_indicator_reproduces_the_reference_numbers(
    file: str, case_id: str, run: Callable[[Form, Columns], Outputs], cases: Mapping[tuple[str, str], Case]
) -> None:
    case = cases[file, case_id]

    check(case, calculate(case, run))


def test_every_case_of_the_files_is_tested_or_left_out_for_a_reason(cases: Mapping[tuple[str, str], Case]) -> None:
    named = [*chain.from_iterable(TESTED.values()), *chain.from_iterable(LEFT_OUT.values())]

    assert sorted(named) == sorted(case_id for _, case_id in cases)


def test_nothing_is_left_out_that_an_indicator_could_calculate(cases: Mapping[tuple[str, str], Case]) -> None:
    left_out = {*chain.from_iterable(LEFT_OUT.values())}

    assert not [
        case_id for (_, case_id), case in cases.items() if case_id in left_out and case["function"] in CALCULATIONS
    ]


def test_the_comparison_notices_a_number_that_is_off(cases: Mapping[tuple[str, str], Case]) -> None:
    case = cases["indicators_talib", "rsi_14"]
    got = {"value": calculate(case, Form.in_batch)["value"] * (1.0 + 1e-8)}

    with pytest.raises(AssertionError, match="rsi_14"):
        check(case, got)


def test_a_value_before_its_time_is_noticed(cases: Mapping[tuple[str, str], Case]) -> None:
    case = cases["indicators_talib", "sma_20"]
    got = calculate(case, Form.in_batch)
    got["value"][18] = got["value"][19]

    with pytest.raises(AssertionError, match="sma_20"):
        check(case, got)
