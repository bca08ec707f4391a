"""Where a run comes from: the series of its history, one by one."""

from decimal import Decimal

from attrs import evolve

from application.market_history import MarketHistory
from application.results.sources import sources_of
from domain.market import FundingEvent
from domain.time_units import NS_PER_HOUR
from tests.support import START_NS, make_bars

HISTORY = MarketHistory(
    bars={symbol: make_bars([100, 101, 102], symbol=symbol) for symbol in ("ETHUSDT", "BTCUSDT")},
    marks={"BTCUSDT": make_bars([100, 101], symbol="BTCUSDT")},
    funding={"BTCUSDT": (FundingEvent("BTCUSDT", START_NS + 1, Decimal("0.0001")),), "ETHUSDT": ()},
)


def test_every_series_that_holds_anything_is_listed_with_its_extent() -> None:
    sources = list(sources_of(HISTORY, lambda symbol, kind: f"{symbol}.{kind}"))

    assert [(each.symbol, each.kind, each.n_rows) for each in sources] == [
        ("BTCUSDT", "bars", 3),
        ("BTCUSDT", "mark", 2),
        ("BTCUSDT", "funding", 1),
        ("ETHUSDT", "bars", 3),
    ]
    assert (sources[0].start_ns, sources[0].end_ns) == (START_NS, START_NS + 3 * NS_PER_HOUR)
    assert (sources[2].start_ns, sources[2].end_ns) == (START_NS + 1, START_NS + 1)
    assert sources[2].origin == "BTCUSDT.funding"


def test_a_hash_tells_other_values_and_nothing_else() -> None:
    def hashes(history: MarketHistory) -> list[str]:
        return [each.sha256 for each in sources_of(history, lambda _symbol, _kind: "")]

    assumed = evolve(
        HISTORY, funding={"BTCUSDT": (FundingEvent("BTCUSDT", START_NS + 1, Decimal("0.0001"), is_assumed=True),)}
    )
    higher = evolve(HISTORY, marks={"BTCUSDT": make_bars([100, 101.5], symbol="BTCUSDT")})

    before = hashes(HISTORY)
    assert len(set(before)) == 4
    assert hashes(evolve(HISTORY)) == before
    assert [now == then for now, then in zip(hashes(assumed), before, strict=True)] == [True, True, False, True]
    assert [now == then for now, then in zip(hashes(higher), before, strict=True)] == [True, False, True, True]
