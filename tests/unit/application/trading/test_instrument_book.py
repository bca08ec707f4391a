"""What a book remembers is what would be worked out anew."""

from hypothesis import given
from hypothesis import strategies as st

from application.trading.book import InstrumentBook
from domain.numbers import exact
from tests.support import make_instrument

marks = st.sampled_from([0.0, 0.5, 7.0, 100.0]) | st.floats(1e-6, 1e6)


@given(path=st.lists(st.tuples(marks, st.integers(0, 2)), max_size=20))
def test_the_exact_price_is_that_of_the_mark_whenever_it_is_asked_for(path: list[tuple[float, int]]) -> None:
    book = InstrumentBook(make_instrument(), ())
    assert book.mark_price is None
    for mark, n_asked in path:
        book.mark = mark
        for _ in range(n_asked):
            assert book.mark_price == (exact(mark) if mark > 0.0 else None)
