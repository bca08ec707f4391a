"""Trading rules by date: what each source said from when on, and what holds at an instant.

A source seldom says everything: a published list of filters knows no margin brackets, prices alone show only their
step. So a version states some figures and leaves the others as they were. Where an instant lies before the first
date of a figure, that first one stands in, and the book says so.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, TypeAlias, TypeVar

from attrs import Attribute, evolve, field, fields, frozen, validators

from domain.instrument import FeeSchedule, Instrument, MarginSchedule, is_spot
from domain.numbers import ZERO
from domain.time_units import NS_PER_HOUR, iso_utc

FUNDING_INTERVAL_H: Final = 8
"""How often the venue settles where nobody has said otherwise, hours."""

Figure: TypeAlias = Decimal | int | MarginSchedule
"""One rule: a step, a limit, a rate, hours, or all brackets."""

_Figure = TypeVar("_Figure")

_one = Decimal(1)
_positive = validators.optional(validators.gt(ZERO))
_fraction = validators.optional([validators.gt(ZERO), validators.lt(_one)])
_fee = validators.optional([validators.gt(-_one), validators.lt(_one)])
_cost = validators.optional([validators.ge(ZERO), validators.lt(_one)])


@frozen(kw_only=True)
class RuleFigures:
    """What one source says about one instrument; None where it says nothing.

    Attributes:
        tick_size: Smallest price step, quote per base.
        lot_size: Smallest quantity step, base units.
        quantity_min: Smallest quantity of one order, base units.
        quantity_max: Largest quantity of one order, base units.
        notional_min: Smallest order value, quote currency.
        price_band: Limit prices may lie this far from the mark price, as a fraction of it.
        maker_rate: Fee of an order that rested, fraction of notional; negative is a rebate.
        taker_rate: Fee of an order that took, fraction of notional.
        liquidation_rate: Charged on top when the venue closes a position, fraction of notional.
        brackets: Maintenance-margin brackets.
        funding_interval_h: Hours from one funding settlement to the next.
        funding_cap: Largest funding rate of one settlement, either sign, fraction of notional.
    """

    tick_size: Decimal | None = field(default=None, validator=_positive)
    lot_size: Decimal | None = field(default=None, validator=_positive)
    quantity_min: Decimal | None = field(default=None, validator=_positive)
    quantity_max: Decimal | None = field(default=None, validator=_positive)
    notional_min: Decimal | None = field(default=None, validator=validators.optional(validators.ge(ZERO)))
    price_band: Decimal | None = field(default=None, validator=_fraction)
    maker_rate: Decimal | None = field(default=None, validator=_fee)
    taker_rate: Decimal | None = field(default=None, validator=_cost)
    liquidation_rate: Decimal | None = field(default=None, validator=_cost)
    brackets: MarginSchedule | None = None
    funding_interval_h: int | None = field(
        default=None, validator=validators.optional([validators.ge(1), validators.le(FUNDING_INTERVAL_H)])
    )
    funding_cap: Decimal | None = field(default=None, validator=_fraction)

    @property
    def stated(self) -> tuple[str, ...]:
        """Names of the figures that it states, in the order of the attributes."""
        return tuple(name for name in FIGURE_NAMES if getattr(self, name) is not None)

    def over(self, other: "RuleFigures") -> "RuleFigures":
        """Return these figures, and the other's where these say nothing."""
        return evolve(other, **{name: getattr(self, name) for name in self.stated})

    def only(self, names: Iterable[str]) -> "RuleFigures":
        """Return the figures of these names alone."""
        return RuleFigures(**{name: getattr(self, name) for name in names})


FIGURE_NAMES: Final = tuple(attribute.name for attribute in fields(RuleFigures))
FUNDING_NAMES: Final = ("funding_interval_h", "funding_cap")
"""Figures that are no part of an `Instrument`: settlements happen to a position, whatever may be ordered."""

MARGIN_NAMES: Final = ("liquidation_rate", "brackets")
"""Figures that spot does not have."""

NOTHING: Final = RuleFigures()


@frozen
class RuleVersion:
    """What one source says from one instant on.

    Attributes:
        effective_at_ns: First instant at which these figures are known to hold.
        figures: What it states; everything else stays as it was.
        origin: Where it was read, in words.
    """

    effective_at_ns: int
    figures: RuleFigures = field()
    origin: str = field(validator=validators.min_len(1))

    @figures.validator
    def _states_something(self, _: "Attribute[RuleFigures]", figures: RuleFigures) -> None:
        if not figures.stated:
            raise ValueError(f"the rules of {iso_utc(self.effective_at_ns)} state nothing")


@frozen
class FundingTerms:
    """How often funding is settled, and how much at most.

    Attributes:
        interval_ns: From one settlement to the next.
        rate_cap: Largest rate of one settlement, either sign, fraction of notional; None if not known.
    """

    interval_ns: int
    rate_cap: Decimal | None


@frozen
class InstrumentChanged:
    """From this instant on other trading rules hold for an instrument.

    Attributes:
        at_ns: The instant.
        instrument: All of its rules from then on.
    """

    at_ns: int
    instrument: Instrument

    @property
    def symbol(self) -> str:
        """The instrument."""
        return self.instrument.symbol


def _in_order(versions: Iterable[RuleVersion]) -> tuple[RuleVersion, ...]:
    return tuple(sorted(versions, key=lambda each: (each.effective_at_ns, each.origin, each.figures.stated)))


@frozen
class RuleBook:
    """The rules of one instrument over the years.

    Attributes:
        symbol: Instrument.
        versions: What is known from when on; kept in order of their dates, however they are given.
        everywhere: Figures that hold at all times, over everything dated.

    Raises:
        ValueError: Two versions of one instant contradict each other.
    """

    symbol: str = field(validator=validators.min_len(1))
    versions: tuple[RuleVersion, ...] = field(converter=_in_order)
    everywhere: RuleFigures = field(default=NOTHING)

    @everywhere.validator
    def _spot_has_no_margin(self, _: "Attribute[RuleFigures]", everywhere: RuleFigures) -> None:
        for figures in (everywhere, *(version.figures for version in self.versions)):
            for name in figures.stated if self.is_spot else ():
                if name in (*MARGIN_NAMES, *FUNDING_NAMES):
                    raise ValueError(f"{name}: {self.symbol} is spot, which has no margin, liquidation or funding")

    @versions.validator
    def _versions_agree(self, _: "Attribute[tuple[RuleVersion, ...]]", versions: tuple[RuleVersion, ...]) -> None:
        said: dict[tuple[int, str], RuleVersion] = {}
        for version in versions:
            for name in version.figures.stated:
                other = said.setdefault((version.effective_at_ns, name), version)
                if getattr(other.figures, name) != getattr(version.figures, name):
                    raise ValueError(
                        f"{self.symbol}: {name} of {iso_utc(version.effective_at_ns)} is said to be two things: "
                        f"by {other.origin!r} and by {version.origin!r}"
                    )

    def with_versions(self, added: Iterable[RuleVersion]) -> "RuleBook":
        """Return the book with these versions, too."""
        return evolve(self, versions=(*self.versions, *added))

    def with_everywhere(self, figures: RuleFigures) -> "RuleBook":
        """Return the book with these figures at all times, over those it has already."""
        return evolve(self, everywhere=figures.over(self.everywhere))

    @property
    def missing(self) -> tuple[str, ...]:
        """Figures that an instrument needs and nobody states; nothing can be traded before they are."""
        not_needed = (*self.figures_at(0).stated, *FUNDING_NAMES, *(MARGIN_NAMES if self.is_spot else ()))
        return tuple(name for name in FIGURE_NAMES if name not in not_needed)

    @property
    def is_spot(self) -> bool:
        """Whether these are the rules of a spot pair, which has no margin, no liquidation and no funding."""
        return is_spot(self.symbol)

    def known_at(self, at_ns: int) -> RuleFigures:
        """Return what is known to hold at an instant; None where only later dates say something."""
        known = NOTHING
        for version in self.versions:
            if version.effective_at_ns <= at_ns:
                known = version.figures.over(known)
        return self.everywhere.over(known)

    def figures_at(self, at_ns: int) -> RuleFigures:
        """Return what is taken to hold at an instant: before its first date, the first of a figure stands in."""
        first = NOTHING
        for version in self.versions:
            first = first.over(version.figures)
        return self.known_at(at_ns).over(first)

    def stand_ins_at(self, at_ns: int) -> tuple[str, ...]:
        """Return the names of the figures that are taken to hold at an instant before anybody knew them."""
        known = self.known_at(at_ns).stated
        return tuple(name for name in self.figures_at(at_ns).stated if name not in known and name not in FUNDING_NAMES)

    def at(self, at_ns: int) -> Instrument:
        """Return the trading rules at an instant.

        Raises:
            ValueError: A figure is missing altogether.
        """
        figures = self.figures_at(at_ns)
        return Instrument(
            symbol=self.symbol,
            tick_size=self._given(figures.tick_size, "tick_size"),
            lot_size=self._given(figures.lot_size, "lot_size"),
            quantity_min=self._given(figures.quantity_min, "quantity_min"),
            quantity_max=self._given(figures.quantity_max, "quantity_max"),
            notional_min=self._given(figures.notional_min, "notional_min"),
            price_band=self._given(figures.price_band, "price_band"),
            fees=FeeSchedule(
                self._given(figures.maker_rate, "maker_rate"),
                self._given(figures.taker_rate, "taker_rate"),
                ZERO if self.is_spot else self._given(figures.liquidation_rate, "liquidation_rate"),
            ),
            margins=() if self.is_spot else (self._given(figures.brackets, "brackets"),),
        )

    def _given(self, figure: _Figure | None, name: str) -> _Figure:
        if figure is None:
            raise ValueError(f"{self.symbol}: {name} is not known")
        return figure

    def funding_terms_at(self, at_ns: int) -> FundingTerms:
        """Return the funding terms at an instant; what nobody has said yet is the venue's usual 8 hours, no cap."""
        known = self.known_at(at_ns)
        return FundingTerms((known.funding_interval_h or FUNDING_INTERVAL_H) * NS_PER_HOUR, known.funding_cap)

    def funding_intervals(self) -> tuple[tuple[int, int], ...]:
        """Return since when funding is settled how often, (instant, interval) in time order, ns."""
        dated = ((each.effective_at_ns, each.figures.funding_interval_h) for each in self.versions)
        return tuple((since_ns, hours * NS_PER_HOUR) for since_ns, hours in dated if hours is not None)

    def changes_between(self, start_ns: int, end_ns: int) -> tuple[InstrumentChanged, ...]:
        """Return the changes of the trading rules in (start_ns, end_ns], in time order."""
        changes, before = [], self.at(start_ns)
        for at_ns in self.dates_between(start_ns, end_ns):
            after = self.at(at_ns)
            if after != before:
                changes.append(InstrumentChanged(at_ns, after))
            before = after
        return tuple(changes)

    def dates_between(self, start_ns: int, end_ns: int) -> tuple[int, ...]:
        """Return the different dates of versions in (start_ns, end_ns], in time order."""
        dates = {version.effective_at_ns for version in self.versions}
        return tuple(sorted(at_ns for at_ns in dates if start_ns < at_ns <= end_ns))

    def versions_used(self, start_ns: int, end_ns: int) -> tuple[RuleVersion, ...]:
        """Return the versions with a figure that holds, or stands in, at some instant of [start_ns, end_ns]."""
        instants = (start_ns, *self.dates_between(start_ns, end_ns))
        used = {(name, self._source_of(name, at_ns)) for at_ns in instants for name in FIGURE_NAMES}
        places = {place for _, place in used if place is not None}
        return tuple(self.versions[place] for place in sorted(places))

    def _source_of(self, name: str, at_ns: int) -> int | None:
        """Return the place of the version that a figure is taken from, None if from no dated one."""
        if getattr(self.everywhere, name) is not None:
            return None
        stating = [place for place, each in enumerate(self.versions) if getattr(each.figures, name) is not None]
        before = [place for place in stating if self.versions[place].effective_at_ns <= at_ns]
        return before[-1] if before else next(iter(stating), None)
