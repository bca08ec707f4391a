"""What is remembered of worst cases and legs is what would be worked out anew, whatever happens in between."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from application.trading.book import InstrumentBook, Purpose, WorkingOrder
from application.trading.share import Share
from application.trading.share_exits import ShareExits
from application.trading.share_exposure import KnownLegs, StressedAccount, Wanted
from application.trading.worst_cases import WorstCases, worst_case_of
from domain.as_of import AsOfView
from domain.exit_state import ExitState
from domain.exits import ExitPlan
from domain.numbers import ZERO
from domain.order import ClientOrderId, Order, Side
from domain.position import Position
from domain.sizing import FixedQuantity
from domain.strategies.trend_following import TrendFollowing, TrendFollowingParameters
from domain.time_units import NS_PER_HOUR
from tests.support import BRACKET_ROWS, START_NS, SYMBOL, make_instrument, make_schedule, make_terms

STEEP_ROWS: Final = tuple(
    (floor, cap, rate + Decimal("0.001") * place, leverage)
    for place, (floor, cap, rate, leverage) in enumerate(BRACKET_ROWS, 1)
)
RULES: Final = (
    make_instrument(margins=(make_schedule(), make_schedule(STEEP_ROWS, effective_at_ns=START_NS + NS_PER_HOUR))),
    make_instrument(margins=(make_schedule(STEEP_ROWS),)),
)

Step: TypeAlias = tuple[str, int]
kinds: Final = st.sampled_from(["mark", "position", "send", "end", "target", "settle", "rules", "time", "nothing"])
share_kinds: Final = st.sampled_from(["share", "share", "stop", "exits", "wanted", "mark", "send", "time"])
paths: Final = st.lists(st.tuples(kinds, st.integers(-3, 3)), max_size=25)
share_paths: Final = st.lists(st.tuples(share_kinds, st.integers(-3, 3)), min_size=5, max_size=25)


def make_book() -> InstrumentBook:
    strategy = TrendFollowing(TrendFollowingParameters())
    share = Share("trend", strategy, FixedQuantity(Decimal(1)), AsOfView(SYMBOL, 10), Position(SYMBOL))
    return InstrumentBook(RULES[0], [share])


def send(book: InstrumentBook, number: int, size: int) -> None:
    side, order_id = Side.BUY if size > 0 else Side.SELL, ClientOrderId(f"{number}")
    terms = make_terms(str(1 + abs(size)), side, reduce_only=size % 2 == 0)
    book.working[order_id] = WorkingOrder(Order(order_id, terms, START_NS), Purpose.OPEN, None)
    book.note_orders_changed()


def make_exits(stop_distance: Decimal) -> ShareExits:
    exits = ShareExits(ExitPlan())
    exits.state = ExitState(
        direction=1,
        entered_at_ns=START_NS,
        entry_price=Decimal(30_000),
        stop_distance=stop_distance,
        target_distance=None,
        best_price=Decimal(30_000),
    )
    return exits


def change(book: InstrumentBook, number: int, kind: str, size: int) -> None:
    """Let one thing of a book become another, of the kind and about as large as said."""
    if kind == "mark":
        book.mark = 30_000.0 * (4 + size)
    elif kind == "position" and size:
        book.position.fill(Decimal(size), Decimal(30_000))
    elif kind == "send":
        send(book, number, size)
    elif kind == "end" and book.working:
        del book.working[next(iter(book.working))]
        book.note_orders_changed()
    elif kind == "target":
        book.shares[0].target, book.is_unsettled = Decimal(size), True
    elif kind == "settle":
        book.shares[0].target, book.is_unsettled = ZERO, False
    elif kind == "rules":
        book.instrument = RULES[size % 2]
    else:
        change_share(book.shares[0], number, kind, size)


def change_share(share: Share, number: int, kind: str, size: int) -> None:
    if kind == "stop":
        share.stop_distance = 1_000.0 * abs(size) if size else None
    elif kind == "wanted":
        share.target = Decimal(size)
    elif kind == "exits":
        share.exits = make_exits(Decimal(100 * abs(size))) if size else None
    elif kind == "share" and size:
        # Some cost another price: then only the entry becomes another where as much is closed and opened.
        share.position.fill(Decimal(size), Decimal(30_000 + 1_000 * (number % 3)))


@given(path=paths)
def test_a_worst_case_is_that_of_now_whatever_was_asked_before(path: Sequence[Step]) -> None:
    book, remembered, now_ns = make_book(), WorstCases(), START_NS
    for number, (kind, size) in enumerate(path):
        change(book, number, kind, size)
        now_ns = START_NS + abs(size) * NS_PER_HOUR if kind == "time" else now_ns
        found = remembered.of(book, now_ns)
        assert found == worst_case_of(book, now_ns)
        assert found.reach == worst_case_of(book, now_ns).reach


@given(path=paths | share_paths, leverage=st.sampled_from([0, 5]))
def test_legs_are_those_of_now_whatever_was_asked_before(path: Sequence[Step], leverage: int) -> None:
    book, remembered, now_ns = make_book(), KnownLegs(), START_NS
    books = {SYMBOL: book}
    change(book, 0, "mark", 0)
    for number, (kind, size) in enumerate(path):
        change(book, number, kind, size)
        now_ns = START_NS + abs(size) * NS_PER_HOUR if kind == "time" else now_ns
        if (number + size) % 2:
            continue  # Nobody asks after every change.
        move = 0.4 if kind == "nothing" else 0.2
        found = StressedAccount(books, leverage, now_ns, move, remembered)
        assert found.legs() == StressedAccount(books, leverage, now_ns, move).legs()
        judged = Wanted(book, make_terms(str(1 + abs(size)), Side.BUY if size > 0 else Side.SELL))
        assert found.legs(judged) == StressedAccount(books, leverage, now_ns, move).legs(judged)


def test_what_has_not_changed_is_not_worked_out_again() -> None:
    book, remembered = make_book(), WorstCases()
    change(book, 0, "mark", 1)

    assert remembered.of(book, START_NS) is remembered.of(book, START_NS + 1)
    legs = KnownLegs()
    first, second = (StressedAccount({SYMBOL: book}, 0, START_NS + number, 0.2, legs) for number in (0, 1))
    assert legs.of(book, first) is legs.of(book, second)
