"""What the kit needs of the world: a time limit, another process, a strategy by its name."""

import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from application.strategy_kit.markets import START_NS
from application.strategy_kit.refusing_venue import RefusingVenue
from application.strategy_kit.subject import Bench, NotElsewhereError
from application.venue_messages import OrderRejected, PlaceOrder
from domain.order import ClientOrderId
from entrypoints.configuration.strategy_kinds import StrategyKind
from entrypoints.errors import ConfigurationError
from entrypoints.strategy_kit.checking import assert_passes, bench_with
from entrypoints.strategy_kit.elsewhere import said_elsewhere
from entrypoints.strategy_kit.subjects import make_subject, name_of, subject_of_class
from entrypoints.strategy_kit.time_limit import TimeLimit
from tests import kit_strategies
from tests.own_strategies import WITHOUT_PARAMETERS, write_code
from tests.plans import plain_instrument
from tests.support import make_bar


def test_work_that_is_done_in_time_is_done() -> None:
    done: list[int] = []

    assert TimeLimit(30.0)(lambda: done.append(1))
    assert done == [1]


def test_work_that_does_not_come_back_is_ended_and_its_loop_stops() -> None:
    begun, ended = threading.Event(), threading.Event()

    def work() -> None:
        try:
            begun.set()
            while True:
                pass
        finally:
            ended.set()

    assert not TimeLimit(0.2)(work)
    assert begun.is_set()
    assert ended.wait(30.0)


def test_a_strategy_of_a_file_is_made_elsewhere(tmp_path: Path) -> None:
    path = write_code(tmp_path, WITHOUT_PARAMETERS)
    heard = said_elsewhere(name_of(make_subject("mine.py", {}, tmp_path).kind), {}, Path("/"), 10.0)

    assert set(heard) == {"trends", "swings", "trends and swings"}
    assert {text for texts in heard.values() for text in texts} == {"None"}
    assert name_of(make_subject("mine.py", {}, tmp_path).kind) == f"{path}:Nothing"


def test_what_cannot_be_made_elsewhere_says_why(tmp_path: Path) -> None:
    with pytest.raises(NotElsewhereError, match=r"it cannot be made there: .*nowhere.py: there is no such file"):
        said_elsewhere("nowhere.py", {}, tmp_path, 10.0)


def test_a_class_within_a_function_is_not_looked_for_elsewhere() -> None:
    class Inner(kit_strategies.Honest):
        pass

    with pytest.raises(NotElsewhereError, match="is no class of a file"):
        name_of(subject_of_class(Inner, None).kind)


def test_known_strategies_are_named_as_in_a_configuration() -> None:
    subject = make_subject("trend_following", {"fast_bars": 5, "strength_min": Decimal("0.2")}, Path())

    assert name_of(subject.kind) == StrategyKind.TREND_FOLLOWING.value
    assert (subject.plain_parameters["fast_bars"], subject.plain_parameters["strength_min"]) == (5, Decimal("0.2"))
    with pytest.raises(ConfigurationError, match=r"trend_following: parameters.slow_bars: slow_bars must be above"):
        make_subject("trend_following", {"fast_bars": 60}, Path())


def test_a_test_of_ones_own_fails_with_what_was_found() -> None:
    with pytest.raises(AssertionError) as failed:
        assert_passes(kit_strategies.SaysNothing)

    assert str(failed.value).startswith("SaysNothing fails the test kit:\nsignals: says nothing;")


def test_the_rules_of_another_instrument_are_refused() -> None:
    venue: Callable[[], Any] = bench_with(dict).make_venue

    with pytest.raises(ValueError, match="the kit's markets are of BTCUSDT, the rules of ETHUSDT"):
        Bench(instrument=plain_instrument("ETHUSDT"), make_venue=venue, in_time=TimeLimit(), elsewhere=dict)


@pytest.mark.parametrize(("every", "n_refused"), [(1, 6), (3, 2), (7, 0)])
def test_every_nth_order_is_refused_at_the_next_bar_and_never_reaches_the_venue(every: int, n_refused: int) -> None:
    venue = RefusingVenue(_Ledger(), every)  # type: ignore[arg-type]  # what of a venue is asked for here
    for number in range(1, 7):
        venue.execute(PlaceOrder(ClientOrderId(f"o-{number}"), None, START_NS))  # type: ignore[arg-type]  # not looked at

    reports = list(venue.open_bar(make_bar()))
    assert [report.client_order_id for report in reports if isinstance(report, OrderRejected)] == [
        f"o-{number}" for number in range(1, 7) if number % every == 0
    ]
    assert (venue.n_refused, len(venue.inner.taken)) == (n_refused, 6 - n_refused)  # type: ignore[attr-defined]  # as above
    assert list(venue.open_bar(make_bar())) == []


class _Ledger:
    """Notes what reaches it."""

    def __init__(self) -> None:
        self.taken: list[object] = []

    def execute(self, command: object) -> None:
        self.taken.append(command)

    def open_bar(self, _: object) -> list[object]:
        return []


def test_one_that_is_never_made_is_refused_after_the_time_of_a_walk(tmp_path: Path) -> None:
    write_code(tmp_path, WITHOUT_PARAMETERS + "    def __init__(self):\n        while True:\n            pass\n")

    with pytest.raises(ConfigurationError, match=r"mine.py:\d: Nothing is not made within 0.1 s"):
        make_subject("mine.py", {}, tmp_path, 0.1)


def test_what_a_strategy_prints_elsewhere_is_no_answer(tmp_path: Path) -> None:
    prints = 'import atexit\nprint("{}")\natexit.register(print, "bye")\n'
    write_code(tmp_path, prints + WITHOUT_PARAMETERS.replace("return None", "print(b'\\xff'.decode('latin-1'))"))

    heard = said_elsewhere("mine.py", {}, tmp_path, 10.0)

    assert {text for texts in heard.values() for text in texts} == {"None"}


def test_who_ends_the_process_elsewhere_gives_no_answer(tmp_path: Path) -> None:
    write_code(
        tmp_path, "import os\nif os.environ.get('PYTHONHASHSEED') == '4711':\n    os._exit(0)\n" + WITHOUT_PARAMETERS
    )

    with pytest.raises(NotElsewhereError, match="it ended there without an answer"):
        said_elsewhere("mine.py", {}, tmp_path, 10.0)
