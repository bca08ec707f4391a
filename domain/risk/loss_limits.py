"""What may be lost in a day, in a week, and in a row.

Losses are realized and unrealized together, and money moved in or out is neither gain nor loss. Days and weeks are
UTC; a week begins on Monday. What is broken stays broken until the next day or week, however equity comes back.
"""

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from math import inf, nextafter
from typing import Any, Final

from attrs import evolve, field, frozen, validators

from domain.errors import DomainError
from domain.numbers import ONE, ZERO
from domain.risk.reference_equity import ReferenceEquity, finite_equity
from domain.time_units import NS_PER_DAY, iso_utc

_DAYS_PER_WEEK: Final = 7
_DAYS_FROM_MONDAY_TO_EPOCH: Final = 3
"""1970-01-01 was a Thursday."""

_fraction: Final[Any] = validators.optional([validators.gt(ZERO), validators.lt(ONE)])
_amount: Final[Any] = validators.optional([validators.gt(ZERO), validators.lt(Decimal("Infinity"))])
_count: Final[Any] = validators.optional(validators.ge(1))


class OnLoss(Enum):
    """What a broken limit does while it is broken. Values are stable: they are stored and configured."""

    REDUCING = "reducing"
    HALTED = "halted"

    def is_milder_than(self, other: "OnLoss") -> bool:
        """Whether this lets more be traded."""
        return self is OnLoss.REDUCING and other is OnLoss.HALTED


class LossRule(Enum):
    """Which limit was broken. Values are stable: they are stored and alerted on."""

    DAILY_LOSS = "daily_loss"
    WEEKLY_LOSS = "weekly_loss"
    LOSING_DAYS = "losing_days"
    LOSING_TRADES = "losing_trades"


@frozen(kw_only=True)
class LossLimits:
    """What may be lost; None says: not limited.

    Attributes:
        daily_fraction: Loss of a day that is too much, as a fraction of equity at its start, between 0 and 1.
        daily_amount: The same in quote currency, positive.
        weekly_fraction: Loss of a week that is too much, as a fraction of equity at its start, between 0 and 1.
        weekly_amount: The same in quote currency, positive.
        losing_days_max: Days in a row that may lose; one more is too many.
        losing_trades_max: Trades in a row that may lose; one more is too many.
        on_loss: What a broken limit does until the day, the week or the row is over: reducing opens nothing more and
            lets strategies close; halted closes everything at once, too.
    """

    daily_fraction: Decimal | None = field(default=Decimal("0.05"), validator=_fraction)
    daily_amount: Decimal | None = field(default=None, validator=_amount)
    weekly_fraction: Decimal | None = field(default=Decimal("0.1"), validator=_fraction)
    weekly_amount: Decimal | None = field(default=None, validator=_amount)
    losing_days_max: int | None = field(default=7, validator=_count)
    losing_trades_max: int | None = field(default=None, validator=_count)
    on_loss: OnLoss = field(default=OnLoss.REDUCING, validator=validators.instance_of(OnLoss))


@frozen(kw_only=True)
class LossBreach:
    """A limit was broken just now.

    Attributes:
        rule: Which.
        breached_at_ns: When it was seen.
        lost: In the day or week, or by the last day or trade of the streak; quote currency, positive.
        lost_fraction: Of equity at the start of the day or week; None for a streak, and where there was no
            equity by which to measure.
        streak: Days or trades in a row; zero for a day or a week.
    """

    rule: LossRule
    breached_at_ns: int
    lost: Decimal
    lost_fraction: Decimal | None = None
    streak: int = 0


@frozen(kw_only=True)
class LossPeriod:
    """One day or week.

    Attributes:
        started_at_ns: Its first instant, midnight UTC.
        start_equity: Equity then, quote currency.
        reference: The same in terms of the money that is in the account now; None if equity was negative, which
            breaks every limit at once.
        transfers: Deposits minus withdrawals since, quote currency.
        breached_at_ns: When its limit was broken, None if it was not.
    """

    started_at_ns: int
    start_equity: Decimal
    reference: ReferenceEquity | None
    transfers: Decimal = ZERO
    breached_at_ns: int | None = None

    @classmethod
    def begin(cls, started_at_ns: int, equity: Decimal) -> "LossPeriod":
        """Return a period that begins with this equity.

        Raises:
            DomainError: The equity is not a finite number.
        """
        reference = ReferenceEquity.of(equity) if finite_equity(equity) >= 0 else None
        return cls(started_at_ns=started_at_ns, start_equity=equity, reference=reference)

    def pnl(self, equity: Decimal) -> Decimal:
        """Return what was gained (positive) or lost since the start, quote currency, transfers apart."""
        return equity - self.start_equity - self.transfers

    def loss_fraction(self, equity: Decimal) -> Decimal | None:
        """Return the loss as a fraction of equity at the start, negative for a gain; None if there was none."""
        return None if self.reference is None else self.reference.loss(equity)

    def is_beyond(self, equity: Decimal, fraction: Decimal | None, amount: Decimal | None) -> bool:
        """Whether as much is lost as a limit allows, or more."""
        if fraction is None and amount is None:
            return False
        if self.reference is None:
            return True
        by_fraction = fraction is not None and self.reference.has_lost(equity, fraction)
        return by_fraction or (amount is not None and -self.pnl(equity) >= amount)

    def lowest_quiet_equity(self, fraction: Decimal | None, amount: Decimal | None) -> float:
        """Return the lowest equity that breaks nothing; infinite where that cannot be told by equity alone."""
        if self.breached_at_ns is not None or (fraction is None and amount is None):
            return -inf
        if self.reference is None or self.reference.is_empty:
            return inf
        edges = [] if fraction is None else [self.reference.equity_at(fraction)]
        if amount is not None:
            edges.append(self.start_equity + self.transfers - amount)
        return nextafter(float(max(edges)), inf)

    def refilled(self, equity: Decimal) -> "LossPeriod":
        """Return the period in which money that came into an empty account, by whatever way, can be lost again."""
        if self.reference is None or not self.reference.is_empty or equity <= 0:
            return self
        return evolve(self, reference=self.reference.after_transfer(equity, equity_before=ZERO))

    def after_transfer(self, amount: Decimal, *, equity_before: Decimal) -> "LossPeriod":
        """Return the period after a deposit or withdrawal: neither sum nor fraction lost moves."""
        reference = self.reference
        if reference is not None:
            reference = reference.after_transfer(amount, equity_before=equity_before)
        return evolve(self, reference=reference, transfers=self.transfers + amount)


@frozen(kw_only=True)
class LossRecord:
    """What was lost so far; made by `start`, moved on by `observe`, `close_trade` and `after_transfer`.

    Attributes:
        day: The present day.
        week: The present week.
        last_equity: As observed last, quote currency.
        last_at_ns: When.
        losing_days: Days in a row that lost, up to the last one that ended. A day without any observation neither
            adds nor ends the row: nobody knows what it did.
        losing_trades: Trades in a row that lost.
    """

    day: LossPeriod
    week: LossPeriod
    last_equity: Decimal
    last_at_ns: int
    losing_days: int = 0
    losing_trades: int = 0

    @classmethod
    def start(cls, equity: Decimal, at_ns: int) -> "LossRecord":
        """Return the record of an account that is first seen now; its first day and week began with this equity.

        Raises:
            DomainError: The equity is not a finite number.
        """
        day = LossPeriod.begin(day_start(at_ns), equity)
        return cls(day=day, week=LossPeriod.begin(week_start(at_ns), equity), last_equity=equity, last_at_ns=at_ns)

    @property
    def day_ends_at_ns(self) -> int:
        """The midnight that ends the present day, and the week with it or not; equity of then is to be observed."""
        return self.day.started_at_ns + NS_PER_DAY

    def observe(
        self, equity: Decimal, at_ns: int, *, limits: LossLimits
    ) -> tuple["LossRecord", tuple[LossBreach, ...]]:
        """Take note of the equity of an instant, and tell what it breaks that was not broken before.

        Equity of midnight ends the old day and begins the new one. Where there is none, the old day ends with what
        was seen last, and what came about in between counts to the new day.

        Args:
            equity: Wallet balance plus unrealized PnL, quote currency; can be negative.
            at_ns: When; not before what was seen last.
            limits: What may be lost.

        Raises:
            DomainError: The equity is not a finite number, or time goes backwards.
        """
        if at_ns < self.last_at_ns:
            raise DomainError(f"equity of {iso_utc(at_ns)} after that of {iso_utc(self.last_at_ns)}")
        record, streaks = _rolled(self, finite_equity(equity), at_ns, limits)
        periods = tuple(_period_breaches(record, equity, at_ns, limits))
        day, week = record.day, record.week
        for breach in periods:
            if breach.rule is LossRule.DAILY_LOSS:
                day = evolve(day, breached_at_ns=at_ns)
            else:
                week = evolve(week, breached_at_ns=at_ns)
        return evolve(record, day=day, week=week, last_equity=equity, last_at_ns=at_ns), (*streaks, *periods)

    def close_trade(
        self, net_pnl: Decimal, at_ns: int, *, limits: LossLimits
    ) -> tuple["LossRecord", tuple[LossBreach, ...]]:
        """Count a trade that was closed: a loss makes the row longer, anything else ends it.

        Args:
            net_pnl: After fees and funding, quote currency.
            at_ns: When it was closed.
            limits: What may be lost.

        Raises:
            DomainError: The result is not a finite number.
        """
        losing = self.losing_trades + 1 if finite_equity(net_pnl) < 0 else 0
        record = evolve(self, losing_trades=losing)
        if not _is_above(losing, limits.losing_trades_max):
            return record, ()
        return record, (LossBreach(rule=LossRule.LOSING_TRADES, breached_at_ns=at_ns, lost=-net_pnl, streak=losing),)

    def after_transfer(self, amount: Decimal, *, equity_before: Decimal) -> "LossRecord":
        """Return the record after a deposit (positive) or a withdrawal (negative); nothing is lost by it.

        Args:
            amount: Quote currency.
            equity_before: Wallet balance plus unrealized PnL just before, quote currency; observe it first.

        Raises:
            DomainError: More is withdrawn than there is, or a number is not finite.
        """
        return evolve(
            self,
            day=self.day.after_transfer(amount, equity_before=equity_before),
            week=self.week.after_transfer(amount, equity_before=equity_before),
            last_equity=equity_before + amount,
        )

    def forgive_streaks(self) -> "LossRecord":
        """Return the record with no losing days or trades in a row: what a person decides, nothing else."""
        return evolve(self, losing_days=0, losing_trades=0)

    def broken(self, limits: LossLimits) -> frozenset[LossRule]:
        """Return the rules that are broken now."""
        return frozenset(self._broken(limits))

    def _broken(self, limits: LossLimits) -> Iterator[LossRule]:
        if self.day.breached_at_ns is not None:
            yield LossRule.DAILY_LOSS
        if self.week.breached_at_ns is not None:
            yield LossRule.WEEKLY_LOSS
        if _is_above(self.losing_days, limits.losing_days_max):
            yield LossRule.LOSING_DAYS
        if _is_above(self.losing_trades, limits.losing_trades_max):
            yield LossRule.LOSING_TRADES

    def lowest_quiet_equity(self, limits: LossLimits) -> float:
        """Return the lowest equity that would break nothing if it were observed before the day ends.

        A loop that values the account in ``float64`` compares with it and with `day_ends_at_ns`, and observes only
        what is below and what is at midnight. Holds for this record, so not after a transfer.
        """
        daily = self.day.lowest_quiet_equity(limits.daily_fraction, limits.daily_amount)
        weekly = self.week.lowest_quiet_equity(limits.weekly_fraction, limits.weekly_amount)
        return max(daily, weekly)


def day_start(at_ns: int) -> int:
    """Return the midnight UTC at or before an instant, ns."""
    return at_ns // NS_PER_DAY * NS_PER_DAY


def week_start(at_ns: int) -> int:
    """Return the midnight UTC of the Monday at or before an instant, ns."""
    days = at_ns // NS_PER_DAY
    return (days - (days + _DAYS_FROM_MONDAY_TO_EPOCH) % _DAYS_PER_WEEK) * NS_PER_DAY


def _rolled(
    record: LossRecord, equity: Decimal, at_ns: int, limits: LossLimits
) -> tuple[LossRecord, tuple[LossBreach, ...]]:
    """End the day and the week if they are over, and tell of a row of losing days that is too long by that."""
    today, monday = day_start(at_ns), week_start(at_ns)
    day, week = record.day.refilled(equity), record.week.refilled(equity)
    if day is not record.day or week is not record.week:
        record = evolve(record, day=day, week=week)
    if today == day.started_at_ns:
        return record, ()
    closing = equity if at_ns == today else record.last_equity
    pnl = day.pnl(closing)
    losing_days = record.losing_days + 1 if pnl < 0 else 0
    if monday != week.started_at_ns:
        week = LossPeriod.begin(monday, closing)
    rolled = evolve(record, day=LossPeriod.begin(today, closing), week=week, losing_days=losing_days)
    if not _is_above(losing_days, limits.losing_days_max):
        return rolled, ()
    return rolled, (LossBreach(rule=LossRule.LOSING_DAYS, breached_at_ns=at_ns, lost=-pnl, streak=losing_days),)


def _period_breaches(record: LossRecord, equity: Decimal, at_ns: int, limits: LossLimits) -> Iterator[LossBreach]:
    for rule, period, fraction, amount in (
        (LossRule.DAILY_LOSS, record.day, limits.daily_fraction, limits.daily_amount),
        (LossRule.WEEKLY_LOSS, record.week, limits.weekly_fraction, limits.weekly_amount),
    ):
        if period.breached_at_ns is None and period.is_beyond(equity, fraction, amount):
            yield LossBreach(
                rule=rule,
                breached_at_ns=at_ns,
                lost=-period.pnl(equity),
                lost_fraction=period.loss_fraction(equity),
            )


def _is_above(count: int, count_max: int | None) -> bool:
    return count_max is not None and count > count_max
