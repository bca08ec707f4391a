"""The simulated venue keeps the promises of the port."""

from typing_extensions import override

from adapters.simulated.venue import SimulatedVenue
from application.ports.backtest_venue import BacktestVenue
from tests.contract.stepped_venue import SYMBOL, BacktestVenueContract
from tests.plans import FRICTIONLESS, plain_instrument


class TestSimulatedVenue(BacktestVenueContract):
    @override
    def make_venue(self) -> BacktestVenue:
        return SimulatedVenue([plain_instrument(SYMBOL)], FRICTIONLESS)
