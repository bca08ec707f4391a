"""How much of what may be risked is in use at one instant: kept with a run, and held against limits later."""

from collections.abc import Mapping
from decimal import Decimal

from attrs import Factory, frozen

from domain.risk.drawdown_levels import DrawdownLevel
from domain.risk.recoveries import Fall, RecoveryRecord
from domain.risk.trading_state import Hold, TradingState


@frozen(kw_only=True)
class InstrumentUse:
    """What is held of one instrument, and what may come to be held once everything that works has filled.

    Attributes:
        symbol: Instrument.
        held_notional: Value of what is held, quote currency; positive long.
        worst_notional: Value of the larger of its two worst cases, quote currency, never negative.
        alike_notional: The same with what may come to be held of instruments that move alike, quote currency.
        liquidation_distance: Move of the mark against the worst case that liquidates it, fraction, the others staying
            where they are; None where nothing is held or working, and where no price liquidates it.
        var_alone: Value at risk of a day of its worst case by itself, over equity; None while too little is known.
        var_part: What it adds to that of everything together, over equity; negative for a hedge. The parts of all
            instruments sum to the whole; None as above.
    """

    symbol: str
    held_notional: Decimal
    worst_notional: Decimal
    alike_notional: Decimal
    liquidation_distance: Decimal | None
    var_alone: float | None = None
    var_part: float | None = None


@frozen(kw_only=True)
class LossUse:
    """What was gained or lost in the present day or week.

    Attributes:
        pnl: Since its start, transfers apart, quote currency; negative is a loss.
        loss_fraction: The loss as a fraction of equity at its start, negative for a gain; None without equity then.
    """

    pnl: Decimal
    loss_fraction: Decimal | None


@frozen(kw_only=True)
class RiskUse:
    """How much of what may be risked is in use.

    Values of positions are at the worst case of what is working. Estimates are None while too little is known.

    Attributes:
        at_ns: When.
        equity: Wallet balance plus unrealized PnL, quote currency.
        gross_notional: Value of all positions, quote currency.
        net_notional: Longs less the shorts that nothing working can close, or the reverse, whichever is larger; quote
            currency.
        margin_ratio: Maintenance margin over equity where positions share the wallet, else the largest of one over its
            own margin; None where nothing backs it.
        var_daily: Value at risk of a day over equity.
        cvar_daily: Expected shortfall of a day over equity.
        var_confidence: Of both.
        liquidation_probability: Largest chance that one instrument, moving alone, liquidates within 24 hours.
        capital_at_risk: Loss if every stop is jumped over in one move, over equity.
        open_orders: How many are working.
        day: Gained or lost today, UTC.
        week: Gained or lost this week.
        losing_days: In a row, up to the last day that ended.
        losing_trades: In a row.
        high: Highest equity, in terms of the money that is in the account now, quote currency.
        drawdown: How far equity is below it, as a fraction.
        level: Of the drawdown ladder.
        state: What may be traded.
        holds: All that holds trading back.
        instruments: What is held or working, by symbol.
        strategies: Value of what each strategy holds or wants, by name, quote currency.
        daily_volatilities: Standard deviation of the daily return of everything traded of which enough is known.
        recoveries: Drawdowns from the mild level on that were made good; None where that was not kept.
        fall: The present drawdown, None at the high. Like the recoveries it is as seen at the turn of days, at new
            highs and where a level begins.
    """

    at_ns: int
    equity: Decimal
    gross_notional: Decimal
    net_notional: Decimal
    margin_ratio: Decimal | None
    var_daily: float | None
    cvar_daily: float | None
    var_confidence: float
    liquidation_probability: float | None
    capital_at_risk: float | None
    open_orders: int
    day: LossUse
    week: LossUse
    losing_days: int
    losing_trades: int
    high: Decimal
    drawdown: Decimal
    level: DrawdownLevel
    state: TradingState
    holds: tuple[Hold, ...]
    instruments: tuple[InstrumentUse, ...]
    strategies: Mapping[str, Decimal]
    daily_volatilities: Mapping[str, float] = Factory(dict)
    recoveries: RecoveryRecord | None = None
    fall: Fall | None = None
