"""The trading rules of a run: the shipped table, what the configuration changes in it, and what it adds."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

from attrs import evolve, fields

from adapters.instrument_rules.catalog import instrument, known_symbols
from domain.instrument import BracketRow, FeeSchedule, Instrument, MarginSchedule
from entrypoints.configuration.sections import InstrumentSection, RunConfiguration, VenueSection
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.errors import ConfigurationError

_Given = TypeVar("_Given")


def instruments_in_force(configuration: RunConfiguration, source: ConfigurationSource) -> Mapping[str, Instrument]:
    """Return the trading rules of every instrument of a run.

    Raises:
        ConfigurationError: An instrument is unknown and not fully described, or its rules contradict each other.
    """
    found = {}
    for symbol in configuration.symbols:
        try:
            rules = _with_changes(symbol, configuration.instruments.get(symbol))
        except ValueError as error:
            raise ConfigurationError(f"{source.name}: instruments.{symbol}: {error}") from error
        _check_leverage(rules, configuration.account.leverage, source)
        found[symbol] = evolve(rules, fees=_with_venue_fees(rules.fees, configuration.venue))
    return found


def _with_changes(symbol: str, section: InstrumentSection | None) -> Instrument:
    if symbol not in known_symbols():
        if section is None:
            raise ValueError(f"the rules of {symbol} are not shipped: describe it under this key")
        return _described(symbol, section)
    shipped = instrument(symbol)
    return shipped if section is None else _changed(shipped, section)


def _described(symbol: str, section: InstrumentSection) -> Instrument:
    for attribute in fields(InstrumentSection):
        if getattr(section, attribute.name) is None:
            raise ValueError(f"{attribute.name} is missing, and the rules of {symbol} are not shipped")
    return Instrument(
        symbol=symbol,
        tick_size=_given(section.tick_size),
        lot_size=_given(section.lot_size),
        quantity_min=_given(section.quantity_min),
        quantity_max=_given(section.quantity_max),
        notional_min=_given(section.notional_min),
        price_band=_given(section.price_band),
        fees=FeeSchedule(_given(section.maker_fee), _given(section.taker_fee), _given(section.liquidation_fee)),
        margins=(_brackets(section),),
    )


def _changed(shipped: Instrument, section: InstrumentSection) -> Instrument:
    fees = shipped.fees
    return evolve(
        shipped,
        tick_size=_or(section.tick_size, shipped.tick_size),
        lot_size=_or(section.lot_size, shipped.lot_size),
        quantity_min=_or(section.quantity_min, shipped.quantity_min),
        quantity_max=_or(section.quantity_max, shipped.quantity_max),
        notional_min=_or(section.notional_min, shipped.notional_min),
        price_band=_or(section.price_band, shipped.price_band),
        fees=FeeSchedule(
            _or(section.maker_fee, fees.maker_rate),
            _or(section.taker_fee, fees.taker_rate),
            _or(section.liquidation_fee, fees.liquidation_rate),
        ),
        margins=shipped.margins if section.brackets is None else (_brackets(section),),
    )


def _brackets(section: InstrumentSection) -> MarginSchedule:
    rows: list[BracketRow] = [
        (row.notional_floor, row.notional_cap, row.maintenance_rate, row.leverage_max)
        for row in _given(section.brackets)
    ]
    return MarginSchedule.from_rows(rows)


def _with_venue_fees(fees: FeeSchedule, venue: VenueSection) -> FeeSchedule:
    return FeeSchedule(
        _or(venue.maker_fee, fees.maker_rate), _or(venue.taker_fee, fees.taker_rate), fees.liquidation_rate
    )


def _check_leverage(rules: Instrument, leverage: int, source: ConfigurationSource) -> None:
    allowed = min(schedule.brackets[0].leverage_max for schedule in rules.margins)
    if leverage > allowed:
        raise ConfigurationError(
            f"{source.name}: account.leverage: {leverage} is more than {rules.symbol} allows, at most {allowed}"
        )


def _or(changed: Decimal | None, shipped: Decimal) -> Decimal:
    return shipped if changed is None else changed


def _given(value: _Given | None) -> _Given:
    if value is None:
        raise ValueError("a key is missing")
    return value
