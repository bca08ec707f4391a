"""Every limit is stated, each once, in its form."""

from decimal import Decimal

import pytest
from attrs import evolve, fields

from application.results.stated_limits import Form, form_of, stated_limits
from domain.risk.hard_caps import limit_keys
from domain.risk.limits import AccountLimits, MarketLimits, OrderLimits, PositionLimits
from domain.risk.loss_limits import LossLimits
from domain.risk.settings import RiskSettings

SETTINGS = RiskSettings(order=OrderLimits(notional_max=Decimal(5)), account=AccountLimits(leverage_max=Decimal(3)))


def test_every_limit_is_stated_once() -> None:
    keys = [limit.key for limit in stated_limits(SETTINGS)]

    losses = [f"losses.{attribute.name}" for attribute in fields(LossLimits)]
    assert keys == [*limit_keys(), *losses]


def test_a_limit_by_instrument_is_stated_for_each() -> None:
    position = PositionLimits(notional_max={"ETHUSDT": Decimal(2), "BTCUSDT": Decimal(1)})
    values = {limit.key: limit.value for limit in stated_limits(evolve(SETTINGS, position=position))}

    assert values["position.notional_max.BTCUSDT"] == 1
    assert values["position.notional_max.ETHUSDT"] == 2
    assert "position.notional_max" not in values
    assert values["order.quantity_max"] is None


def test_instruments_that_may_be_opened_are_named() -> None:
    settings = evolve(SETTINGS, market=MarketLimits(symbols=frozenset({"BTCUSDT"})))

    assert {limit.key: limit.value for limit in stated_limits(settings)}["market.symbols"] == ("BTCUSDT",)


@pytest.mark.parametrize(
    ("key", "form"),
    [
        ("order.notional_max", Form.MONEY),
        ("position.notional_max.BTCUSDT", Form.MONEY),
        ("losses.daily_amount", Form.MONEY),
        ("order.price_collar", Form.FRACTION),
        ("position.concentration_max", Form.FRACTION),
        ("position.correlation_threshold", Form.PLAIN),
        ("account.cvar_daily_max", Form.FRACTION),
        ("account.leverage_max", Form.TIMES),
        ("order.intent_age_max_s", Form.SECONDS),
        ("activity.orders_per_fill_max", Form.PLAIN),
        ("losses.losing_days_max", Form.PLAIN),
        ("drawdown.threshold_next", Form.FRACTION),
    ],
)
def test_each_limit_is_written_in_its_form(key: str, form: Form) -> None:
    assert form_of(key) is form
