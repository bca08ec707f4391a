"""What a configuration says, section by section. The docstrings are also the descriptions in its schema.

A key without a default must be given. Costs of the venue default to what the venue itself takes for the
unfavorable plausible case.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from attrs import Attribute, Factory, field, fields, frozen, validators

from adapters.simulated.rules import VenueRules
from application.market_request import PeriodMode
from application.market_series import Market
from application.ports.decision_watch import DECISION_LIMIT_S
from application.ports.regime_fitting import FitSettings
from application.regimes.refit_schedule import RefitSchedule
from domain.allocation.allocation_settings import AllocationSettings
from domain.allocation.alpha_lifecycle import LifecyclePolicy
from domain.allocation.performance_tilt import TiltPolicy
from domain.allocation.scenario import SCENARIOS
from domain.allocation.strategy_matrix import DEFAULT_MATRIX, StrategyMatrix
from domain.allocation.strategy_weights import WEIGHT_MIN
from domain.exits import Breakeven, ExitPlan, FixedStop, Rung, TrailingStop, ladder_problem
from domain.funding_schedule import FundingHolePolicy, RefuseHoles
from domain.instrument import InstrumentKind
from domain.margin import MarginMode
from domain.numbers import ONE, ZERO
from domain.regimes.detector import DetectorSettings
from domain.risk.settings import RiskSettings
from domain.sizing import Sizing
from domain.time_units import NS_PER_MS, parse_interval
from entrypoints.configuration.strategy_kinds import AnyKind, StrategyParameters, parameters_of

_RULES: Final = VenueRules()
_RULE_FIELDS: Final = fields(VenueRules)

_positive = validators.gt(ZERO)
_a_fee = [validators.gt(Decimal(-1)), validators.lt(ONE)]
_a_cost = [validators.ge(ZERO), validators.lt(ONE)]
_a_fraction = [validators.gt(ZERO), validators.lt(ONE)]
_a_limit_of_time = [validators.ge(0.1), validators.le(86_400.0)]
_DECISION_LIMIT_S: Final[float | None] = DECISION_LIMIT_S


def _an_interval(_: object, attribute: "Attribute[str]", value: str) -> None:
    try:
        parse_interval(value)
    except ValueError as error:
        raise ValueError(f"{attribute.name}: {error}") from error


def _duration_ns(text: str | None) -> int:
    return 0 if text is None else parse_interval(text)


@frozen(kw_only=True)
class AccountSection:
    """The account that trades.

    Attributes:
        equity: Deposited before the first bar, quote currency.
        margin_mode: Whether positions share the wallet (cross) or each has its own (isolated).
        leverage: The venue's leverage setting of every instrument.
    """

    equity: Decimal = field(validator=_positive)
    margin_mode: MarginMode = _RULES.margin_mode
    leverage: int = field(default=_RULES.leverage, validator=[validators.ge(1), validators.le(125)])


@frozen(kw_only=True)
class SymbolData:
    """Data of one instrument: files, or the word catalog, or a market of the catalogue.

    Files are .parquet, .csv or .csv.gz; relative paths start at data.root. A spot pair, such as BTCUSDT-SPOT, has
    neither funding nor a mark price; in the catalogue it is BTCUSDT of the market spot.

    Attributes:
        catalog: Take bars, funding and mark prices from the catalogue: um or spot. No files are named then.
        bars: Traded bars at data.interval.
        funding: Funding rates.
        mark: Bars of the mark price at data.interval; without them the last price is the mark.
        detail: Finer traded bars on which orders are matched.
        detail_interval: Length of the detail bars, such as 1m; must divide data.interval. With the catalogue this
            alone asks for detail.
    """

    catalog: Market | None = None
    bars: str | None = None
    funding: str | None = None
    mark: str | None = None
    detail: str | None = None
    detail_interval: str | None = field(default=None, validator=validators.optional(_an_interval))


@frozen(kw_only=True)
class DataSection:
    """Market data from files or the catalogue.

    Attributes:
        root: Folder of the files; by default that of the configuration. May begin with ~ or one $VARIABLE.
        interval: Length of the bars that strategies decide on, such as 1m, 1h or 1d.
        start: Trade from here on, UTC; by default from the first bar.
        end: Trade until here, UTC, exclusive; by default until the last bar.
        period: Where histories differ, the stretch that all cover (common) or that any covers (union).
        missing_funding: Where funding rates are missing: refuse to run, skip the stretch, or {assume: RATE}.
        allow_no_funding: Whether an instrument may come without funding rates; none are paid then.
        quality_min: Lowest quality score that bars and mark prices may have, 0 to 1; 0 refuses none.
        symbols: Data by instrument.
    """

    root: str | None = None
    interval: str = field(validator=_an_interval)
    start: datetime | None = None
    end: datetime | None = None
    period: PeriodMode = PeriodMode.COMMON
    missing_funding: FundingHolePolicy = Factory(RefuseHoles)
    allow_no_funding: bool = False
    quality_min: float = field(default=0.9, validator=[validators.ge(0), validators.le(1)])
    symbols: Mapping[str, SymbolData] = field(validator=validators.min_len(1))


@frozen(kw_only=True)
class SyntheticSection:
    """A generated market. Every output says that it is one.

    Attributes:
        seed: The same seed makes the same market.
        bars: Bars per instrument.
        interval: Length of a bar, one second to one day.
        symbols: Instruments of the model.
    """

    seed: int = field(default=7, validator=[validators.ge(0), validators.lt(2**63)])
    bars: int = field(default=8_760, validator=[validators.ge(1), validators.le(20_000_000)])
    interval: str = field(default="1h", validator=_an_interval)
    symbols: tuple[str, ...] = field(default=("BTCUSDT", "ETHUSDT", "XRPUSDT"), validator=validators.min_len(1))


@frozen(kw_only=True)
class ExitsSection:
    """How a strategy leaves positions beside its own signals; without it, by the stop and target of the signal alone.

    Attributes:
        stop: The stop that a trade begins with.
        trailing: A stop that follows the best price and never goes back.
        breakeven: Once the price has moved far enough in favor, the stop goes to the entry price plus costs.
        take_profit: Targets, each for a share of the quantity, nearest first; they replace the signal's target.
        holding_max: Closed at the first bar that ends so long after the entry, such as 168h.
        holding_min: Until so long after the entry a signal to leave or to turn around waits, such as 2h; stops,
            targets, limits of risk and liquidations never do.
    """

    stop: FixedStop = Factory(FixedStop)
    trailing: TrailingStop | None = None
    breakeven: Breakeven | None = None
    take_profit: tuple[Rung, ...] | None = None
    holding_max: str | None = field(default=None, validator=validators.optional(_an_interval))
    holding_min: str | None = field(default=None, validator=validators.optional(_an_interval))

    def __attrs_post_init__(self) -> None:
        problem = ladder_problem(self.take_profit or ())
        if problem is not None:
            raise ValueError(f"take_profit: {problem}")
        if self.holding_max is not None and parse_interval(self.holding_max) <= _duration_ns(self.holding_min):
            raise ValueError(f"holding_min: {self.holding_min} is not below holding_max ({self.holding_max})")

    @property
    def moves_stops(self) -> bool:
        """Whether stops move after the entry."""
        return self.trailing is not None or self.breakeven is not None

    @property
    def plan(self) -> ExitPlan:
        """The plan that this means."""
        return ExitPlan(
            stop=self.stop,
            trailing=self.trailing,
            breakeven=self.breakeven,
            take_profit=self.take_profit or (),
            holding_max_ns=None if self.holding_max is None else parse_interval(self.holding_max),
            holding_min_ns=_duration_ns(self.holding_min),
        )


@frozen(kw_only=True)
class StrategySection:
    """One strategy on one or more instruments.

    Attributes:
        name: Unique within the run.
        kind: Which strategy: one of those that come with it, or own code as FILE.py:CLASS (relative to this file),
            MODULE:CLASS, or the name of an entry point in the group autotrading.strategies. Own code is run.
        symbols: Instruments it trades; each gets an instance of its own.
        parameters: Settings of this kind of strategy.
        sizing: How entries are sized: {fixed_quantity: Q}, {equity_fraction: F} or
            {risk_fraction: {fraction: F, leverage_max: L}}.
        exits: How it leaves positions beside its own signals.
    """

    name: str = field(validator=validators.min_len(1))
    kind: AnyKind
    symbols: tuple[str, ...] = field(validator=validators.min_len(1))
    parameters: StrategyParameters = field()
    sizing: Sizing
    exits: ExitsSection = Factory(ExitsSection)

    @parameters.default
    def _those_of_its_kind(self) -> StrategyParameters:
        return parameters_of(self.kind)()

    @parameters.validator
    def _are_of_its_kind(self, _: "Attribute[StrategyParameters]", value: StrategyParameters) -> None:
        wanted = parameters_of(self.kind)
        if not isinstance(value, wanted):
            raise TypeError(f"parameters: {self.kind.value} has {wanted.__name__}, got {type(value).__name__}")


@frozen(kw_only=True)
class RegimesSection:
    """How the market of each instrument is judged: bull, bear, sideways or neutral, and how much it moves.

    Attributes:
        detector: How regimes are told, bar by bar.
        schedule: When models are fitted anew.
        fit: What is fitted and how hard it is tried.
        workers: Processes that fit at once.
    """

    detector: DetectorSettings = Factory(DetectorSettings)
    schedule: RefitSchedule = Factory(RefitSchedule)
    fit: FitSettings = Factory(FitSettings)
    workers: int = field(default=2, validator=[validators.ge(1), validators.le(64)])


@frozen(kw_only=True)
class AllocationSection:
    """How the account is shared among strategies. Without it each may use all of it, as far as limits leave.

    Attributes:
        matrix: Weights of kinds of strategies, one row for each of bull_low, bull_high, bear_low, bear_high,
            sideways_low, sideways_high, neutral_low and neutral_high; each row sums to one. The keys of a row are the
            kinds of the strategies as they are written there, own code too, such as breakout.py:Breakout; null means
            the weights that come with the product, which are of its own kinds alone.
        tilt: How far what signals have earned moves weights; null leaves them.
        lifecycle: How much an edge has to have shown before it gets its whole weight; null trusts all alike.
        weight_min: Who would get no more than this gets nothing.
        disabled: Strategies by name that may open nothing.
    """

    matrix: Mapping[str, Mapping[str, float]] | None = None
    tilt: TiltPolicy | None = Factory(TiltPolicy)
    lifecycle: LifecyclePolicy | None = None
    weight_min: float = field(default=WEIGHT_MIN, validator=[validators.ge(0.0), validators.lt(1.0)])
    disabled: frozenset[str] | None = None

    def __attrs_post_init__(self) -> None:
        try:
            _ = self.settings
        except ValueError as error:
            raise ValueError(f"matrix: {error}") from error

    @property
    def settings(self) -> AllocationSettings:
        """The settings that this means."""
        return AllocationSettings(
            matrix=DEFAULT_MATRIX if self.matrix is None else _matrix_of(self.matrix),
            tilt=self.tilt,
            lifecycle=self.lifecycle,
            weight_min=self.weight_min,
            disabled=self.disabled or frozenset(),
        )


def _matrix_of(rows: Mapping[str, Mapping[str, float]]) -> StrategyMatrix:
    by_code = {scenario.code: scenario for scenario in SCENARIOS}
    strange = [code for code in rows if code not in by_code]
    if strange:
        raise ValueError(f"{strange[0]} is none of {', '.join(by_code)}")
    return StrategyMatrix({by_code[code]: row for code, row in rows.items()})


@frozen(kw_only=True)
class VenueSection:
    """What the simulated venue assumes.

    Attributes:
        latency_ms: From sending an order to its arrival, milliseconds.
        half_spread_bps: Paid by every taker, basis points of the price.
        impact_coefficient: Multiplies volatility per bar × √(quantity / mean volume per bar); 0 switches impact off.
        volatility_window_bars: Closed bars that volatility and mean volume are estimated from.
        touch_fill: Whether a resting limit order fills when price only touches it.
        volume_share_max: Largest fraction of a bar's volume that resting orders of one side can get.
        taker_volume_share_max: Largest fraction of a bar's volume that orders that take can get together.
        maker_fee: Replaces the maker fee of every instrument, fraction of notional; negative is a rebate.
        taker_fee: Replaces the taker fee of every instrument, fraction of notional.
    """

    latency_ms: int = field(
        default=_RULES.latency_ns // NS_PER_MS, validator=[validators.ge(0), validators.le(86_400_000)]
    )
    half_spread_bps: Decimal = field(default=_RULES.half_spread_bps, validator=_RULE_FIELDS.half_spread_bps.validator)
    impact_coefficient: Decimal = field(
        default=_RULES.impact_coefficient, validator=_RULE_FIELDS.impact_coefficient.validator
    )
    volatility_window_bars: int = field(
        default=_RULES.volatility_window_bars, validator=_RULE_FIELDS.volatility_window_bars.validator
    )
    touch_fill: bool = _RULES.touch_fill
    volume_share_max: Decimal = field(
        default=_RULES.volume_share_max, validator=_RULE_FIELDS.volume_share_max.validator
    )
    taker_volume_share_max: Decimal = field(
        default=_RULES.taker_volume_share_max, validator=_RULE_FIELDS.taker_volume_share_max.validator
    )
    maker_fee: Decimal | None = field(default=None, validator=validators.optional(_a_fee))
    taker_fee: Decimal | None = field(default=None, validator=validators.optional(_a_cost))


@frozen(kw_only=True)
class BracketSection:
    """One maintenance-margin bracket.

    Attributes:
        notional_floor: Where the bracket begins, quote currency; the first one at 0.
        notional_cap: Where the next one begins, quote currency.
        maintenance_rate: Fraction of notional needed to stay open.
        leverage_max: Largest leverage setting allowed here.
    """

    notional_floor: Decimal = field(validator=validators.ge(ZERO))
    notional_cap: Decimal = field(validator=_positive)
    maintenance_rate: Decimal = field(validator=_a_fraction)
    leverage_max: int = field(validator=validators.ge(1))


@frozen(kw_only=True)
class InstrumentSection:
    """Trading rules of one instrument. What is not given comes from the shipped table, if that knows the instrument.

    Attributes:
        kind: Perpetual contract, or spot pair: paid in full, only held long. The name says it as well: that of a spot
            pair, and of nothing else, ends with -SPOT. Of spot no rules are shipped.
        tick_size: Price step, quote per base.
        lot_size: Quantity step, base units.
        quantity_min: Smallest quantity of one order, base units.
        quantity_max: Largest quantity of one order, base units.
        notional_min: Smallest order value, quote currency.
        price_band: How far limit prices may lie from the mark price, as a fraction of it.
        maker_fee: Fraction of notional, in quote currency; negative is a rebate.
        taker_fee: Fraction of notional, in quote currency.
        liquidation_fee: Charged on top when the venue closes a position, fraction of notional; not of spot.
        brackets: Maintenance-margin brackets, ascending; not of spot.
    """

    kind: InstrumentKind | None = None
    tick_size: Decimal | None = field(default=None, validator=validators.optional(_positive))
    lot_size: Decimal | None = field(default=None, validator=validators.optional(_positive))
    quantity_min: Decimal | None = field(default=None, validator=validators.optional(_positive))
    quantity_max: Decimal | None = field(default=None, validator=validators.optional(_positive))
    notional_min: Decimal | None = field(default=None, validator=validators.optional(validators.ge(ZERO)))
    price_band: Decimal | None = field(default=None, validator=validators.optional(_a_fraction))
    maker_fee: Decimal | None = field(default=None, validator=validators.optional(_a_fee))
    taker_fee: Decimal | None = field(default=None, validator=validators.optional(_a_cost))
    liquidation_fee: Decimal | None = field(default=None, validator=validators.optional(_a_cost))
    brackets: tuple[BracketSection, ...] | None = None


@frozen(kw_only=True)
class CertificateSection:
    """The look-ahead check of every run.

    Attributes:
        samples: Moments of decision that are made again on history cut there.
        seed: Which moments; another seed checks others.
    """

    samples: int = field(default=20, validator=[validators.ge(1), validators.le(10_000)])
    seed: int = field(default=0, validator=[validators.ge(0), validators.lt(2**63)])


@frozen(kw_only=True)
class RunConfiguration:
    """One run. The market comes either from data or from a model (synthetic).

    Attributes:
        name: Name of the run, for reports.
        account: The account that trades.
        data: Market data from files or the catalogue.
        synthetic: A generated market.
        strategies: What trades.
        allocation: How the account is shared among strategies.
        regimes: How the market of each instrument is judged; without it nothing is known of any.
        risk: How the account is protected: limits, loss limits, drawdown ladder, estimates.
        venue: What the simulated venue assumes.
        instruments: Trading rules that differ from the shipped table or are missing there, by instrument.
        certificate: The look-ahead check.
        decision_limit_s: A strategy that takes longer for one decision is asked no more, seconds; null for no limit.
            An own one that takes longer to be made is refused.
    """

    name: str = field(validator=validators.min_len(1))
    account: AccountSection
    data: DataSection | None = None
    synthetic: SyntheticSection | None = None
    strategies: tuple[StrategySection, ...] = field(validator=validators.min_len(1))
    allocation: AllocationSection | None = None
    regimes: RegimesSection | None = None
    risk: RiskSettings
    venue: VenueSection = Factory(VenueSection)
    instruments: Mapping[str, InstrumentSection] = Factory(dict)
    certificate: CertificateSection = Factory(CertificateSection)
    decision_limit_s: float | None = field(default=_DECISION_LIMIT_S, validator=validators.optional(_a_limit_of_time))

    @property
    def symbols(self) -> tuple[str, ...]:
        """Instruments of the market in alphabetical order."""
        if self.data is not None:
            return tuple(sorted(self.data.symbols))
        return tuple(sorted(self.synthetic.symbols)) if self.synthetic is not None else ()
