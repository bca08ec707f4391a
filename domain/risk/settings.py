"""Everything that one account's risk control is told: limits, budgets, ladder, estimates."""

from functools import cached_property

from attrs import Factory, frozen

from domain.risk.capital_at_risk import StressMove
from domain.risk.drawdown_levels import LadderPolicy
from domain.risk.estimates import EstimateSettings
from domain.risk.kelly import KellyPolicy
from domain.risk.limits import AccountLimits, ActivityLimits, MarketLimits, OrderLimits, PositionLimits, RiskLimits
from domain.risk.loss_limits import LossLimits


@frozen(kw_only=True)
class RiskSettings:
    """How one account is protected.

    Attributes:
        order: Limits on one order.
        position: Limits on what is held in one instrument.
        account: Limits on everything together.
        activity: Limits on how much is sent.
        market: What may be traded, and how fresh what is known has to be.
        losses: Limits on the losses of a day, of a week and in a row.
        drawdown: The ladder of what is done as the account falls from its high.
        estimates: How volatility, correlation and value at risk are estimated.
        stress: The move that capital at risk is worked out for.
        kelly: How a strategy's record becomes a size.
    """

    order: OrderLimits
    position: PositionLimits = Factory(PositionLimits)
    account: AccountLimits
    activity: ActivityLimits = Factory(ActivityLimits)
    market: MarketLimits = Factory(MarketLimits)
    losses: LossLimits = Factory(LossLimits)
    drawdown: LadderPolicy = Factory(LadderPolicy)
    estimates: EstimateSettings = Factory(EstimateSettings)
    stress: StressMove = Factory(StressMove)
    kelly: KellyPolicy = Factory(KellyPolicy)

    @cached_property
    def limits(self) -> RiskLimits:
        """Everything that is judged order by order."""
        return RiskLimits(
            order=self.order,
            position=self.position,
            account=self.account,
            activity=self.activity,
            market=self.market,
        )
