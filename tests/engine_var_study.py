"""What the engine itself says of value at risk on real perpetuals, hour by hour, against what happened.

Its own code, driven as a run drives it: `MarketRisk` samples the marks of all three instruments at every full hour, and
at each turn of the day `VarForecasts` forecasts for an account that holds one unit, long or short. Settings are the
defaults. Beside it stands what limits reckon with for the same unit: a bound, which ought not to be passed too often.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np
from attrs import evolve, field, frozen

from adapters.market_data.bar_files import read_bars
from application.trading.book import InstrumentBook
from application.trading.market_risk import MarketRisk
from application.trading.records import VarForecast
from application.trading.var_forecasts import VarForecasts
from domain.market import Float64Array
from domain.risk.estimates import EstimateSettings
from domain.risk.value_at_risk import TailForecasts
from domain.time_units import NS_PER_DAY, NS_PER_HOUR
from tests.plans import plain_instrument
from tests.var_study import CONFIDENCES, END_NS, SIDES, START_NS, SYMBOLS, Outcome, judge

FORECAST: Final = "engine, forecast"
LIMITS: Final = "engine, limits"


@frozen(eq=False)
class HourlyCloses:
    """Closes of several instruments at every full hour.

    Attributes:
        at_ns: Hours, shape (n_hours,), ascending.
        prices: Shape (n_hours, n_symbols); 0 before the listing.
        symbols: Instruments.
    """

    at_ns: tuple[int, ...]
    prices: Float64Array
    symbols: tuple[str, ...] = SYMBOLS


def hourly_closes(folder: Path, *, start_ns: int = START_NS, end_ns: int = END_NS) -> HourlyCloses:
    """Read the closes of all instruments.

    Args:
        folder: Shared folder with ``data/um/1h``.
        start_ns: First instant.
        end_ns: First instant after the last bar.
    """
    hours = (end_ns - start_ns) // NS_PER_HOUR
    prices = np.zeros((hours, len(SYMBOLS)))
    for place, symbol in enumerate(SYMBOLS):
        path = folder / "data" / "um" / "1h" / f"{symbol}-1h.parquet"
        bars = read_bars(path, symbol=symbol, interval_ns=NS_PER_HOUR).between(start_ns, end_ns)
        prices[(np.asarray(bars.opened_at_ns) - start_ns) // NS_PER_HOUR, place] = bars.close
    return HourlyCloses(tuple(range(start_ns + NS_PER_HOUR, end_ns + 1, NS_PER_HOUR)), prices)


@frozen(eq=False)
class UnitHolder:
    """An account that holds one unit of one instrument, and forecasts for it.

    Attributes:
        symbol: Instrument.
        direction: +1 long, -1 short.
        market: Of all instruments.
        made: Closed forecasts.
        limits: What limits would have reckoned with instead, for each of them.
    """

    symbol: str
    direction: float
    market: MarketRisk
    made: list[VarForecast] = field(factory=list)
    limits: list[VarForecast] = field(factory=list)
    _forecasts: VarForecasts = field(init=False)
    _book: InstrumentBook = field(init=False)
    _bounds: list[tuple[float, float]] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        book = InstrumentBook(plain_instrument(self.symbol), [])
        book.position.fill(Decimal(int(self.direction)), Decimal(1))
        object.__setattr__(self, "_book", book)
        object.__setattr__(self, "_forecasts", VarForecasts({self.symbol: book}, self.market, self.made))

    def turn_of_day(self, at_ns: int, mark: float) -> None:
        """Close yesterday's forecast and make today's."""
        self._book.mark = mark
        n_before = len(self.made)
        self._forecasts.turn_of_day(at_ns)
        if len(self.made) > n_before and self._bounds:
            var, shortfall = self._bounds[-1]
            self.limits.append(evolve(self.made[-1], value_at_risk=var, expected_shortfall=shortfall))
        model = self.market.model
        if mark > 0.0 and model is not None and model.knows(self.symbol):
            deviation = model.deviation({self.symbol: self.direction * mark})
            self._bounds.append((model.var_factor * deviation, model.cvar_factor * deviation))


def held_units(closes: HourlyCloses, settings: EstimateSettings) -> list[UnitHolder]:
    """Return one long and one short holder of each instrument after all hours."""
    books = {symbol: InstrumentBook(plain_instrument(symbol), []) for symbol in closes.symbols}
    market = MarketRisk(books, settings)
    holders = [UnitHolder(symbol, side, market) for symbol, side in product(closes.symbols, SIDES.values())]
    for at_ns, prices in zip(closes.at_ns, closes.prices.tolist(), strict=True):
        for book, price in zip(books.values(), prices, strict=True):
            book.mark = price
        market.sample(at_ns)
        if at_ns % NS_PER_DAY == 0:
            for holder in holders:
                holder.turn_of_day(at_ns, books[holder.symbol].mark)
    return holders


def engine_outcomes(closes: HourlyCloses, settings: EstimateSettings | None = None) -> Mapping[str, list[Outcome]]:
    """Return the outcomes of the engine's forecasts and of what limits reckon with, by their titles."""
    found: dict[str, list[Outcome]] = {FORECAST: [], LIMITS: []}
    for confidence in CONFIDENCES:
        for holder in held_units(closes, evolve(settings or EstimateSettings(), confidence=confidence)):
            found[FORECAST].append(_outcome(holder, holder.made, confidence))
            found[LIMITS].append(_outcome(holder, holder.limits, confidence))
    return found


def _outcome(holder: UnitHolder, made: list[VarForecast], confidence: float) -> Outcome:
    side = next(name for name, direction in SIDES.items() if direction == holder.direction)
    tails = TailForecasts(*(np.array(column) for column in _columns(made)))
    return judge(holder.symbol, side, confidence, np.array([each.outcome for each in made]), tails)


def _columns(made: list[VarForecast]) -> Iterator[list[float]]:
    yield [each.value_at_risk for each in made]
    yield [each.expected_shortfall for each in made]
