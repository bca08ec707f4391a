"""What is remembered of worst cases is what would be worked out anew, whatever happens in between."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from application.trading.book import InstrumentBook, Purpose, WorkingOrder
from application.trading.share import Share
from application.trading.worst_cases import WorstCases, worst_case_of
from domain.as_of import AsOfView
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
paths: Final = st.lists(st.tuples(kinds, st.integers(-3, 3)), max_size=25)


def make_book() -> InstrumentBook:
    strategy = TrendFollowing(TrendFollowingParameters())
    share = Share("trend", strategy, FixedQuantity(Decimal(1)), AsOfView(SYMBOL, 10), Position(SYMBOL))
    return InstrumentBook(RULES[0], [share])


def send(book: InstrumentBook, number: int, size: int) -> None:
    side, order_id = Side.BUY if size > 0 else Side.SELL, ClientOrderId(f"{number}")
    terms = make_terms(str(1 + abs(size)), side, reduce_only=size % 2 == 0)
    book.working[order_id] = WorkingOrder(Order(order_id, terms, START_NS), Purpose.OPEN, None)
    book.note_orders_changed()


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


@given(path=paths)
def test_a_worst_case_is_that_of_now_whatever_was_asked_before(path: Sequence[Step]) -> None:
    book, remembered, now_ns = make_book(), WorstCases(), START_NS
    for number, (kind, size) in enumerate(path):
        change(book, number, kind, size)
        now_ns = START_NS + abs(size) * NS_PER_HOUR if kind == "time" else now_ns
        found = remembered.of(book, now_ns)
        assert found == worst_case_of(book, now_ns)
        assert found.reach == worst_case_of(book, now_ns).reach


def test_what_has_not_changed_is_not_worked_out_again() -> None:
    book, remembered = make_book(), WorstCases()
    change(book, 0, "mark", 1)

    assert remembered.of(book, START_NS) is remembered.of(book, START_NS + 1)
