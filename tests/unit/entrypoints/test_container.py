"""Every setting of the venue and the account reaches the simulated venue."""

from decimal import Decimal

import pytest
from attrs import asdict

from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.structuring import structure
from entrypoints.container import _venue_rules
from tests.unit.entrypoints.documents import make_document, with_value


@pytest.mark.parametrize(
    ("path", "value", "rule", "expected"),
    [
        ("venue.latency_ms", 7, "latency_ns", 7_000_000),
        ("venue.half_spread_bps", 3, "half_spread_bps", Decimal(3)),
        ("venue.impact_coefficient", 2, "impact_coefficient", Decimal(2)),
        ("venue.volatility_window_bars", 5, "volatility_window_bars", 5),
        ("venue.touch_fill", True, "touch_fill", True),
        ("venue.volume_share_max", Decimal("0.05"), "volume_share_max", Decimal("0.05")),
        ("venue.taker_volume_share_max", Decimal("0.4"), "taker_volume_share_max", Decimal("0.4")),
        ("account.leverage", 3, "leverage", 3),
    ],
)
def test_a_setting_changes_the_rule_it_names_and_no_other(
    path: str, value: PlainValue, rule: str, expected: object
) -> None:
    before = asdict(_venue_rules(structure(make_document())))

    after = asdict(_venue_rules(structure(with_value(make_document(), path, value))))

    assert after == before | {rule: expected}
    assert before[rule] != expected


def test_the_margin_mode_reaches_the_venue() -> None:
    isolated = _venue_rules(structure(with_value(make_document(), "account.margin_mode", "isolated")))

    assert isolated.is_isolated("BTCUSDT")
    assert not _venue_rules(structure(make_document())).is_isolated("BTCUSDT")
