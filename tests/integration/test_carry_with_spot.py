"""A perpetual sold short against the coins themselves, from files to the balanced result: funding less fees is left."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve

from adapters.market_data.loading import load_history
from adapters.simulated.rules import VenueRules
from adapters.simulated.venue import SimulatedVenue
from application.backtest import BacktestPlan, StrategyPlan, run_backtest
from application.errors import DataError
from application.market_history import MarketHistory
from application.market_request import HistoryRequest, SymbolFiles
from application.trading.account_view import AccountTerms
from domain.instrument import FeeSchedule
from domain.numbers import exact
from domain.signal import Signal
from domain.sizing import FixedQuantity
from domain.time_units import NS_PER_HOUR, NS_PER_MS, to_ns
from tests.plans import FRICTIONLESS, plain_instrument, trend_plan
from tests.support import START_NS
from tests.unit.application.trading.stage import COIN, OUT, Scripted, long, short

SPOT = "COINUSDT-SPOT"
FIVE_TIMES = evolve(FRICTIONLESS, leverage=5)
CARRY = {SPOT: {0: long(), 20: OUT}, COIN: {0: short(), 20: OUT}}

PRICES = (100, 100, 100, 104, 107, 110, 110, 110, 110, 108, 106, 105, 105, 105, 105, 105, 105, 103, 103, 105, 105, 105)
"""Of both markets, hour by hour: entered at 100, left at 105."""


def write_bars(path: Path, prices: tuple[int, ...]) -> Path:
    """Write hourly bars that open where the one before closed."""
    rows = ["open_time,open,high,low,close,volume"]
    for row, (first, last) in enumerate(zip((prices[0], *prices), prices, strict=False)):
        opened_ms = (START_NS + row * NS_PER_HOUR) // NS_PER_MS
        rows.append(f"{opened_ms},{first},{max(first, last)},{min(first, last)},{last},5000")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def write_funding(path: Path, rates: dict[int, str]) -> Path:
    times = {(START_NS + hour * NS_PER_HOUR) // NS_PER_MS: rate for hour, rate in rates.items()}
    rows = [f"{at_ms},{rate}" for at_ms, rate in times.items()]
    path.write_text("\n".join(["funding_time,funding_rate", *rows]) + "\n", encoding="utf-8")
    return path


def carry_history(folder: Path) -> MarketHistory:
    bars = write_bars(folder / "both.csv", PRICES)
    funding = write_funding(folder / "funding.csv", {0: "0.0001", 8: "0.01", 16: "0.003"})
    files = {COIN: SymbolFiles(bars=bars, funding=funding), SPOT: SymbolFiles(bars=bars)}
    return load_history(HistoryRequest(files=files, interval_ns=NS_PER_HOUR))


def carry_plan(
    history: MarketHistory, lines: dict[str, dict[int, Signal]], rules: VenueRules = FIVE_TIMES, equity: str = "2000"
) -> BacktestPlan:
    instruments = {
        COIN: evolve(plain_instrument(COIN), fees=FeeSchedule(Decimal(0), Decimal("0.0005"), Decimal("0.0125"))),
        SPOT: evolve(plain_instrument(SPOT), fees=FeeSchedule(Decimal(0), Decimal("0.001"))),
    }
    strategy = StrategyPlan(
        name="carry", symbols=history.symbols, make=lambda _: Scripted(lines), sizing=FixedQuantity(Decimal(10))
    )
    return evolve(
        trend_plan(history, instruments=instruments),
        strategies=(strategy,),
        start_equity=Decimal(equity),
        make_venue=lambda: SimulatedVenue(instruments.values(), rules),
        terms=AccountTerms(leverage=rules.leverage),
    )


def test_both_legs_together_earn_the_funding_less_the_fees_to_the_cent(tmp_path: Path) -> None:
    history = carry_history(tmp_path)
    result = run_backtest(carry_plan(history, CARRY))

    # 10 coins bought and 10 contracts sold at 100, both closed at 105: prices alone leave nothing.
    assert result.identity.trading_pnl == 0
    # Contracts: (100 + 105) × 10 × 0.0005 = 1.025. Coins: twice that, 2.05.
    assert result.identity.fees == Decimal("3.075")
    # A short receives: 10 × 110 × 0.01 at 08:00 and 10 × 105 × 0.003 at 16:00; nothing was held at midnight.
    assert result.identity.funding == Decimal("14.15")
    assert result.identity.end_equity == Decimal("2011.075")
    assert result.identity.difference == 0
    assert {payment.symbol for payment in result.log.funding} == {COIN}
    assert result.certificate.is_clean
    # What is missing of a perpetual's data is no gap of a spot pair's.
    assert not any(SPOT in note for note in history.notes)


def test_an_account_that_cannot_pay_the_coins_holds_one_leg_and_says_why(tmp_path: Path) -> None:
    # 10 coins take 1,000 and more; the contracts' margin of 200 is not there to pay for them.
    result = run_backtest(carry_plan(carry_history(tmp_path), CARRY, equity="1150"))

    bought = [fill for fill in result.log.fills if fill.symbol == SPOT]
    # 1,150 − 200 of cash at 100 × 1.005 × 1.001 each.
    assert bought[0].quantity == Decimal("9.443")
    decision = next(each for each in result.log.decisions if each.symbol == SPOT)
    assert decision.bound_by == "insufficient_balance"


def test_coins_cannot_be_sold_short_and_the_refusal_has_a_name(tmp_path: Path) -> None:
    lines = {SPOT: {0: short(), 3: long(), 8: short()}, COIN: {}}
    result = run_backtest(carry_plan(carry_history(tmp_path), lines))

    assert [refusal.reasons for refusal in result.log.refusals] == [("short_not_allowed",)] * 2
    # The second one ends the long all the same.
    assert [(trade.symbol, trade.direction) for trade in result.log.trades] == [(SPOT, 1)]
    assert result.open_trades == ()


def test_a_history_with_funding_or_marks_of_spot_is_refused(tmp_path: Path) -> None:
    history = carry_history(tmp_path)
    with pytest.raises(DataError, match="COINUSDT-SPOT: a spot pair has neither funding nor mark prices"):
        evolve(history, funding={**history.funding, SPOT: history.funding[COIN]})
    with pytest.raises(DataError, match="COINUSDT-SPOT: a spot pair has neither"):
        evolve(history, marks={SPOT: history.bars[SPOT]})
    files = {SPOT: SymbolFiles(bars=tmp_path / "both.csv", funding=tmp_path / "funding.csv")}
    with pytest.raises(DataError, match="COINUSDT-SPOT: funding for a spot pair, which has none: "):
        load_history(HistoryRequest(files=files, interval_ns=NS_PER_HOUR))


def test_a_stop_closes_coins_at_the_last_price(tmp_path: Path) -> None:
    lines = {SPOT: {5: long(stop=5.0)}, COIN: {}}
    result = run_backtest(carry_plan(carry_history(tmp_path), lines))

    (trade,) = result.log.trades
    # In at 110, out where 105 is passed: the bar from 106 to 105 reaches it.
    assert (trade.entry_price, trade.exit_price) == (Decimal(110), Decimal(105))


def test_two_years_of_bitcoin_held_against_its_perpetual_earn_the_funding(shared_data: Path) -> None:
    # From the hourly bars of both markets and the funding published, 2020-02 to 2022-02.
    files = {
        COIN: SymbolFiles(
            bars=shared_data / "data/um/1h/BTCUSDT-1h.parquet",
            funding=shared_data / "data/um/funding/BTCUSDT-funding.parquet",
        ),
        SPOT: SymbolFiles(bars=shared_data / "data/spot/1h/BTCUSDT-1h.parquet"),
    }
    start_ns, end_ns = (to_ns(datetime(year, 2, 1, tzinfo=UTC)) for year in (2020, 2022))
    history = load_history(HistoryRequest(files=files, interval_ns=NS_PER_HOUR, start_ns=start_ns, end_ns=end_ns))
    lines = {SPOT: {0: long()}, COIN: {0: short()}}

    result = run_backtest(carry_plan(history, lines, FIVE_TIMES, equity="2000000"))

    identity = result.identity
    assert identity.difference == 0
    assert result.log.liquidations == []
    # Prices of ten bitcoins moved by hundreds of thousands; of both legs together the basis is left.
    first, *_, last = history.bars[SPOT].close[1:].tolist()
    moved = 10 * exact(abs(last - first))
    assert abs(identity.trading_pnl) < Decimal("0.02") * moved
    assert identity.funding > 20 * abs(identity.trading_pnl)
