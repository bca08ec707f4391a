"""Hard caps: no limit may be looser than its cap, whichever way that is."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from domain.risk.hard_caps import TIGHTER, BeyondCap, Tighter, beyond_caps, limit_at, limit_keys
from domain.risk.limits import AccountLimits, OrderLimits, RiskLimits
from tests.risk_cases import CAREFUL, UNLIMITED
from tests.unit.domain.risk.limit_edges import EDGES

LIMITS = {edge.key: edge.limit for edge in EDGES} | {"position.correlation_threshold": 0.7}
CAPS_FOR_ALL = RiskLimits(
    order=OrderLimits(notional_max=Decimal(2_000)), account=AccountLimits(leverage_max=Decimal(3))
)


def with_limit(key: str, value: Any) -> RiskLimits:  # noqa: ANN401  # of whatever kind the limit is
    group, name = key.split(".")
    change: dict[str, Any] = {name: value}
    return evolve(UNLIMITED, **{group: evolve(getattr(UNLIMITED, group), **change)})


def looser(key: str, limit: Any) -> list[Any]:  # noqa: ANN401
    """Return values of a limit that are looser, as its direction says."""
    match TIGHTER[key]:
        case Tighter.FALSE:
            return [True]
        case Tighter.FEWER:
            return [limit | {"OTHERUSDT"}, None]
        case Tighter.LOWER_BY_INSTRUMENT:
            return [{symbol: value + 1 for symbol, value in limit.items()}]
        case Tighter.LOWER:
            return [type(limit)(limit * 2) if limit < 1 else limit + 1]
        case Tighter.HIGHER:
            return [limit / 2]


def test_of_every_limit_it_is_said_which_way_it_gets_tighter() -> None:
    assert set(TIGHTER) == set(limit_keys()) == set(LIMITS)


@pytest.mark.parametrize("key", limit_keys())
def test_a_limit_at_its_cap_is_allowed_and_a_looser_one_is_not(key: str) -> None:
    caps = with_limit(key, LIMITS[key])

    assert beyond_caps(caps, caps) == ()
    for value in looser(key, _at_most_one(key, LIMITS[key])):
        capped = with_limit(key, _at_most_one(key, LIMITS[key]))
        found = beyond_caps(with_limit(key, value), capped)
        assert [each.key.split(".")[1] for each in found] == [key.split(".")[1]]
        # The other way round it is tighter.
        assert beyond_caps(capped, with_limit(key, value)) == ()


def _at_most_one(key: str, limit: Any) -> Any:  # noqa: ANN401
    """Return a limit with room above it: shares of one are halved."""
    return limit / 2 if key in {"position.correlation_threshold", "activity.reserved_fraction"} else limit


@pytest.mark.parametrize("key", [key for key in limit_keys() if limit_at(UNLIMITED, key) in (None, {})])
def test_unlimited_is_beyond_any_cap(key: str) -> None:
    assert [each.value for each in beyond_caps(UNLIMITED, with_limit(key, LIMITS[key]))] == [None]


def test_no_cap_caps_nothing() -> None:
    no_caps = evolve(UNLIMITED, position=evolve(UNLIMITED.position, correlation_threshold=1.0))

    assert beyond_caps(CAREFUL, evolve(no_caps, activity=CAREFUL.activity)) == ()


def test_an_instrument_that_is_not_listed_is_unlimited() -> None:
    caps = with_limit("order.quantity_max", {"BTCUSDT": Decimal(5), "ETHUSDT": Decimal(50)})
    limits = with_limit("order.quantity_max", {"BTCUSDT": Decimal(6), "SOLUSDT": Decimal(10**6)})

    assert beyond_caps(limits, caps) == (
        BeyondCap("order.quantity_max.BTCUSDT", Decimal(6), Decimal(5)),
        BeyondCap("order.quantity_max.ETHUSDT", None, Decimal(50)),
    )


def test_each_line_names_the_key_the_value_and_the_cap() -> None:
    limits = evolve(CAPS_FOR_ALL, account=evolve(CAPS_FOR_ALL.account, leverage_max=Decimal(10)))
    listed = with_limit("market.symbols", frozenset({"BTCUSDT", "ETHUSDT"}))

    assert [each.text for each in beyond_caps(limits, CAPS_FOR_ALL)] == [
        "account.leverage_max: 10 is beyond the hard cap 3"
    ]
    (found,) = beyond_caps(UNLIMITED, listed)
    assert found.text == "market.symbols: unlimited is beyond the hard cap BTCUSDT, ETHUSDT"


def test_a_limit_of_which_nothing_is_said_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {key: tighter for key, tighter in TIGHTER.items() if key != "account.leverage_max"}
    monkeypatch.setattr("domain.risk.hard_caps.TIGHTER", known)

    with pytest.raises(KeyError, match="leverage_max"):
        beyond_caps(CAREFUL, CAREFUL)
