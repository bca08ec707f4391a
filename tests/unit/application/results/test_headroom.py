"""What is in use of each limit and what is left."""

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from application.results.headroom import Headroom, headroom
from application.trading.risk_use import RiskUse
from domain.risk.drawdown_levels import DrawdownLevel, LadderPolicy
from domain.risk.limits import AccountLimits, OrderLimits, PositionLimits
from domain.risk.loss_limits import LossLimits
from domain.risk.settings import RiskSettings
from tests.risk import only_limits
from tests.risk_records import make_instrument_use, make_risk_use

SETTINGS = RiskSettings(order=OrderLimits(notional_max=None), account=AccountLimits(leverage_max=Decimal(3)))
amounts = st.decimals("0", "100000", places=2)


def rooms(use: RiskUse, settings: RiskSettings = SETTINGS) -> dict[str, Headroom]:
    return {room.key: room for room in headroom(settings, use)}


@given(gross=amounts, equity=st.decimals("0.01", "100000", places=2), limit=st.decimals("0.1", "20", places=1))
def test_a_limit_is_passed_just_where_less_than_nothing_is_left(
    gross: Decimal, equity: Decimal, limit: Decimal
) -> None:
    settings = evolve(SETTINGS, account=AccountLimits(leverage_max=limit))
    room = rooms(make_risk_use(equity=str(equity), gross=str(gross)), settings)["account.leverage_max"]

    assert room.is_beyond == (gross / equity > limit)
    assert room.left == limit - gross / equity


@given(gross=amounts, more=amounts)
def test_more_in_use_never_leaves_more(gross: Decimal, more: Decimal) -> None:
    little = rooms(make_risk_use(gross=str(gross)))["account.leverage_max"].left
    much = rooms(make_risk_use(gross=str(gross + more)))["account.leverage_max"].left

    assert little is not None
    assert much is not None
    assert much <= little


def test_an_account_by_hand() -> None:
    # Equity 1000: BTC 300 held of worst 400, ETH short 150, both alike 550; a day that lost 20 of 1020.
    use = make_risk_use(
        gross="550",
        net="400",
        margin_ratio="0.01",
        var_daily=0.015,
        capital_at_risk=0.1,
        day_pnl="-20",
        day_loss="0.0196",
        losing_days=3,
        drawdown="0.06",
        level=DrawdownLevel.MODERATE,
        instruments=(
            make_instrument_use("300", symbol="BTCUSDT", worst="400", alike="550", distance="0.9"),
            make_instrument_use("-150", symbol="ETHUSDT", distance="0.3"),
        ),
        strategies={"fast": Decimal(450), "slow": Decimal(100)},
    )
    limits = PositionLimits(notional_max={"BTCUSDT": Decimal(350)}, strategy_leverage_max=Decimal(1))
    found = rooms(use, evolve(SETTINGS, position=limits))

    assert (found["account.leverage_max"].used, found["account.leverage_max"].left) == (
        Decimal("0.55"),
        Decimal("2.45"),
    )
    assert found["position.notional_max.BTCUSDT"].left == -50
    assert found["position.notional_max.BTCUSDT"].is_beyond
    assert (found["position.concentration_max"].used, found["position.concentration_max"].subject) == (
        Decimal("0.4"),
        "BTCUSDT",
    )
    assert found["position.concentration_max"].is_beyond
    assert found["position.correlated_max"].left == Decimal("0.45")
    assert found["position.strategy_leverage_max"].subject == "fast"
    # The nearest of the two, of at least 5 %: 25 points are left.
    assert found["account.liquidation_distance_min"].subject == "ETHUSDT"
    assert found["account.liquidation_distance_min"].left == Decimal("0.25")
    assert found["account.var_daily_max"].left == pytest.approx(0.005)
    assert found["losses.daily_fraction"].left == Decimal("0.0304")
    assert found["losses.losing_days_max"].left == 4
    # From 6 % to the severe level at 10 %.
    assert (found["drawdown.threshold_next"].left, found["drawdown.threshold_next"].subject) == (
        Decimal("0.04"),
        "severe",
    )


def test_a_gain_uses_nothing_of_a_loss_limit() -> None:
    settings = evolve(SETTINGS, losses=LossLimits(daily_amount=Decimal(50)))
    found = rooms(make_risk_use(day_pnl="30", day_loss="-0.03"), settings)

    assert found["losses.daily_fraction"].used == 0
    assert (found["losses.daily_amount"].used, found["losses.daily_amount"].left) == (0, 50)


def test_the_unknown_leaves_nothing_that_could_be_named() -> None:
    found = rooms(make_risk_use(equity="0", margin_ratio=None, var_daily=None, day_loss=None))

    for key in ("account.leverage_max", "account.margin_ratio_max", "account.var_daily_max", "losses.daily_fraction"):
        assert (found[key].used, found[key].left, found[key].is_beyond) == (None, None, False)


def test_where_nothing_is_limited_nothing_is_left_or_passed() -> None:
    found = rooms(make_risk_use(gross="99999"), only_limits(None, None))

    assert found["account.leverage_max"].used == Decimal("99.999")
    assert (found["account.leverage_max"].limit, found["account.leverage_max"].left) == (None, None)
    assert not found["account.leverage_max"].is_beyond


def test_below_the_deepest_level_there_is_no_next_one() -> None:
    room = rooms(make_risk_use(drawdown="0.2", level=DrawdownLevel.LIMIT))["drawdown.threshold_next"]

    assert (room.limit, room.left) == (None, None)


def test_the_next_level_is_the_one_that_the_policy_names() -> None:
    for level in DrawdownLevel:
        room = rooms(make_risk_use(level=level))["drawdown.threshold_next"]
        assert room.limit == LadderPolicy().threshold_below(level)
