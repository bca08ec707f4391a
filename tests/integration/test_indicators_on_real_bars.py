"""Every indicator on real hourly bars: both forms agree, and cut anywhere nothing before the cut changes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from adapters.market_data.loading import load_history
from application.market_request import HistoryRequest, SymbolFiles
from domain.time_units import NS_PER_HOUR, to_ns
from tests.indicator_forms import PRICE, Columns, forms

PERIOD: Final = 20


@pytest.fixture(scope="module")
def table(shared_data: Path) -> Columns:
    """Bars and funding of the first quarter of 2021; the middle of a bar stands in for an index."""
    folder = shared_data / "data" / "um"
    files = SymbolFiles(
        bars=folder / "1h" / "BTCUSDT-1h.parquet", funding=folder / "funding" / "BTCUSDT-funding.parquet"
    )
    start_ns, end_ns = (to_ns(datetime(2021, month, 1, tzinfo=UTC)) for month in (1, 4))
    request = HistoryRequest(files={"BTCUSDT": files}, interval_ns=NS_PER_HOUR, start_ns=start_ns, end_ns=end_ns)
    history = load_history(request)
    bars, funding = history.bars["BTCUSDT"], history.funding["BTCUSDT"]
    columns = {name: getattr(bars, name) for name in ("opened_at_ns", "open", "high", "low", "close", "volume")}
    settled_at_ns = np.array([event.settled_at_ns for event in funding])
    return {
        **columns,
        "index": (bars.high + bars.low) / 2.0,
        "rates": np.array([float(event.rate) for event in funding[1:]]),
        "interval_h": np.diff(settled_at_ns) / NS_PER_HOUR,
    }


def test_both_forms_agree_on_real_bars(table: Columns) -> None:
    assert table["close"].size > 2_000
    largest = float(table["high"].max())

    for form in forms(PERIOD):
        batch, one_by_one = form.in_batch(table), form.one_by_one(table)
        for output, unit in zip(form.outputs, form.units, strict=True):
            scale = largest if unit == PRICE else float(unit)
            np.testing.assert_allclose(
                one_by_one[output], batch[output], rtol=1e-12, atol=1e-12 * scale, err_msg=f"{form.name} {output}"
            )


@pytest.mark.parametrize("n_bars", [1, 19, 500, 1_777])
def test_real_bars_that_come_later_change_nothing(table: Columns, n_bars: int) -> None:
    before = {name: column[:n_bars] for name, column in table.items()}

    for form in forms(PERIOD):
        whole, cut = form.in_batch(table), form.in_batch(before)
        for output in form.outputs:
            np.testing.assert_array_equal(cut[output], whole[output][:n_bars], err_msg=f"{form.name} {output}")
