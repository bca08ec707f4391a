"""Whether the numbers of a snapshot are numbers at all: without that nothing may be opened."""

from collections.abc import Mapping
from decimal import Decimal

from domain.numbers import ZERO
from domain.risk.snapshot import AccountState, InstrumentState, Projection, RiskSnapshot


def are_numbers_known(snapshot: RiskSnapshot) -> bool:
    """Return whether every number is finite, and none is negative that never can be."""
    return (
        _is_instrument_known(snapshot.instrument)
        and _is_account_known(snapshot.account)
        and _nothing(snapshot.projection) + _nothing(snapshot.projection_before) == 0.0
    )


# One number after the other, each by methods that take no time: loops, sums and comparisons take three times as
# long, for every order.


def _is_instrument_known(state: InstrumentState) -> bool:
    mark, last, buys, sells = state.mark_price, state.last_price, state.working_buys, state.working_sells
    return (
        state.held_quantity.is_finite()
        and state.isolated_equity.is_finite()
        and (mark is None or mark.is_finite())
        and (last is None or last.is_finite())
        and (state.resting_buy_max is None or state.resting_buy_max.is_finite())
        and (state.resting_sell_min is None or state.resting_sell_min.is_finite())
        and buys.is_finite()
        and sells.is_finite()
        and (not (buys.is_signed() or sells.is_signed()) or min(buys, sells) >= ZERO)
    )


def _is_account_known(account: AccountState) -> bool:
    longs, shorts, gross = account.long_notional, account.short_notional, account.gross_notional
    long_kept, short_kept = account.long_kept, account.short_kept
    if_long, if_short, margin = account.alike_if_long, account.alike_if_short, account.maintenance_margin
    return (
        account.equity.is_finite()
        and longs.is_finite()
        and shorts.is_finite()
        and gross.is_finite()
        and long_kept.is_finite()
        and short_kept.is_finite()
        and if_long.is_finite()
        and if_short.is_finite()
        and margin.is_finite()
        and account.spot_notional.is_finite()
        and account.spot_notional >= ZERO
        and (account.cash is None or account.cash.is_finite())
        and (not (longs.is_signed() or shorts.is_signed()) or min(longs, shorts) >= ZERO)
        and (not (gross.is_signed() or margin.is_signed()) or min(gross, margin) >= ZERO)
        and (not (long_kept.is_signed() or short_kept.is_signed()) or min(long_kept, short_kept) >= ZERO)
        and (not (if_long.is_signed() or if_short.is_signed()) or min(if_long, if_short) >= ZERO)
        and account.clock_offset_s * 0.0 == 0.0
        and _are_finite(account.strategy_notional)
        and _are_finite(account.strategy_notional_before)
    )


def _are_finite(notionals: Mapping[str, Decimal]) -> bool:
    for notional in notionals.values():  # noqa: SIM110  # all() of a generator takes twice the time
        if not notional.is_finite():
            return False
    return True


def _nothing(projection: Projection) -> float:
    """Return zero, or not-a-number where an estimate is not finite."""
    total = 0.0
    if projection.var_daily is not None:
        total += projection.var_daily * 0.0
    if projection.cvar_daily is not None:
        total += projection.cvar_daily * 0.0
    if projection.liquidation_probability is not None:
        total += projection.liquidation_probability * 0.0
    if projection.capital_at_risk is not None:
        total += projection.capital_at_risk * 0.0
    return total
