"""What every run store promises."""

from abc import abstractmethod
from decimal import Decimal

import pytest
from attrs import evolve

from application.errors import DataError
from application.results.result import RunResult
from application.results.run_store import RunStore
from domain.time_units import NS_PER_HOUR
from tests.support import START_NS
from tests.unit.adapters.run_documents.records import difference, make_record
from tests.unit.adapters.run_documents.results import make_result

LATER_NS = START_NS + NS_PER_HOUR


def named(run_id: str) -> RunResult:
    return evolve(make_result(), run_id=run_id)


class RunStoreContract:
    """Promises of the port, checked against one adapter."""

    @abstractmethod
    def make_store(self) -> RunStore: ...

    def test_what_is_saved_comes_back(self) -> None:
        store, record = self.make_store(), make_record(tags=("good", "first"))

        assert store.save(record)

        assert difference(store.load(record.result.run_id), record) is None

    def test_an_empty_store_keeps_nothing(self) -> None:
        assert self.make_store().kept().runs == ()

    def test_the_list_says_what_was_saved(self) -> None:
        store, result = self.make_store(), make_result()
        store.save(make_record(result, tags=("good",)))

        (summary,) = store.kept().runs

        assert (summary.run_id, summary.name, summary.tags) == (result.run_id, result.name, ("good",))
        assert (summary.start_ns, summary.end_ns, summary.symbols) == (result.start_ns, result.end_ns, result.symbols)
        assert (summary.total_return, summary.max_drawdown) == (0.25, 0.125)
        assert (summary.created_at_ns, summary.last_made_at_ns) == (START_NS, START_NS)

    def test_the_run_that_was_made_last_comes_first(self) -> None:
        store = self.make_store()
        store.save(make_record(named("bt-a"), created_at_ns=START_NS))
        store.save(make_record(named("bt-b"), created_at_ns=START_NS + 2))
        store.save(make_record(named("bt-c"), created_at_ns=START_NS + 1))

        assert [summary.run_id for summary in store.kept().runs] == ["bt-b", "bt-c", "bt-a"]

    def test_the_same_run_again_stays_as_it_was_and_counts_as_made_again(self) -> None:
        store, first = self.make_store(), make_record(tags=("good",))
        store.save(first)

        assert not store.save(make_record(created_at_ns=LATER_NS, tags=("more",)))

        (summary,) = store.kept().runs
        assert (summary.created_at_ns, summary.last_made_at_ns) == (START_NS, LATER_NS)
        assert difference(store.load(summary.run_id), evolve(first, tags=("good", "more"))) is None

    def test_another_run_with_the_same_name_is_refused(self) -> None:
        store, result = self.make_store(), make_result()
        store.save(make_record(result))

        with pytest.raises(DataError, match="another run has this name"):
            store.save(make_record(evolve(result, hashes=evolve(result.hashes, data="f" * 64))))

    def test_tags_are_added_once_and_taken_away(self) -> None:
        store, run_id = self.make_store(), make_result().run_id
        store.save(make_record())

        assert store.tag(run_id, ["good", "draft"]) == ("good", "draft")
        assert store.tag(run_id, ["draft", "old"]) == ("good", "draft", "old")
        assert store.untag(run_id, ["draft", "never given"]) == ("good", "old")
        assert store.load(run_id).tags == ("good", "old")

    def test_a_deleted_run_is_gone_and_can_be_saved_anew(self) -> None:
        store, run_id = self.make_store(), make_result().run_id
        store.save(make_record(tags=("good",)))

        store.delete(run_id)

        assert store.kept().runs == ()
        with pytest.raises(DataError, match="there is no such run"):
            store.load(run_id)
        assert store.save(make_record())
        assert store.load(run_id).tags == ()

    @pytest.mark.parametrize("run_id", ["bt-unknown", "", ".", "..", "../runs", "a/b", ".saving-x", "a" * 100])
    def test_what_is_not_there_is_refused_in_one_line(self, run_id: str) -> None:
        store = self.make_store()
        store.save(make_record())

        for attempt in (store.load, store.document, store.delete, lambda each: store.tag(each, ["good"])):
            with pytest.raises(DataError) as refused:
                attempt(run_id)
            assert "\n" not in str(refused.value)

    def test_the_document_is_the_published_one(self) -> None:
        store = self.make_store()
        store.save(make_record())

        assert b'"end_equity": "1000"' in store.document(make_result().run_id)
        assert make_result().identity.end_equity == Decimal(1000)
