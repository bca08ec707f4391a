"""Saved runs: what was saved comes back in every field, and damage is noticed."""

import json
from array import array
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from attrs import evolve, fields
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.run_documents.json_form import decode
from adapters.run_documents.log_tables import LOG_TABLES
from adapters.run_documents.record_form import RecordHead
from adapters.run_documents.run_files import FILE_NAMES, contents_of, record_of
from adapters.run_documents.run_store import FileRunStore
from adapters.simulated.rules import VenueRules
from adapters.synthetic.market import SyntheticMarket, generate
from application.backtest import run_backtest
from application.errors import DataError
from application.results.excursions import Excursion
from application.results.fingerprint import fingerprint
from application.results.result import RunResult
from application.results.run_record import RunRecord
from application.trading.records import RunLog
from tests.plans import trend_plan
from tests.unit.adapters.run_documents.records import PROVENANCE, difference, make_record, records
from tests.unit.adapters.run_documents.results import make_result
from tests.unit.application.results.run_logs import make_full_log


# Fewer than usual: each draws some hundred values.
@settings(max_examples=20)
@given(record=records())
def test_the_contents_of_the_files_are_the_record_exactly(record: RunRecord) -> None:
    contents = dict(contents_of(record))

    assert contents.keys() == FILE_NAMES
    assert difference(record_of(contents, record.tags, Path("runs")), record) is None


# Few, because each waits for the disk some twenty times.
@settings(max_examples=5)
@given(record=records())
def test_what_is_saved_comes_back_exactly(record: RunRecord) -> None:
    with TemporaryDirectory() as folder:
        store = FileRunStore(Path(folder))
        store.save(record)

        assert difference(store.load(record.result.run_id), record) is None


@pytest.fixture(scope="module")
def real_run() -> RunRecord:
    history = generate(SyntheticMarket(n_bars=1_000), seed=3)
    result = run_backtest(trend_plan(history, rules=VenueRules()))
    return RunRecord(result=result, prices=history.bars, provenance=PROVENANCE)


def test_a_real_run_comes_back_exactly_and_still_has_its_result_hash(real_run: RunRecord, tmp_path: Path) -> None:
    store = FileRunStore(tmp_path)
    store.save(real_run)

    loaded = store.load(real_run.result.run_id)

    assert len(loaded.result.log.trades) > 5
    assert difference(loaded, real_run) is None
    result = loaded.result
    assert fingerprint(result.log, result.identity, result.open_trades) == real_run.result.hashes.result
    assert decode(store.document(result.run_id)).run_id == result.run_id


def test_every_field_of_a_record_has_its_place() -> None:
    def names(cls: type) -> set[str]:
        return {attribute.name for attribute in fields(cls)}

    log_tables = {form.name for form in LOG_TABLES}
    curve = {name for name in names(RunLog) if isinstance(getattr(RunLog(), name), array)}

    assert names(RunResult) - names(RecordHead) == {"log", "open_trades", "excursions"}
    assert names(RunLog) - curve | {"open_trades", "excursions"} == log_tables
    assert names(RunRecord) - names(RecordHead) == {"result", "prices", "tags"}
    for form in LOG_TABLES:
        tops = {path.partition(".")[0] for path in form.kinds}
        assert tops == names(form.row)
        for name, part in form.parts.items():
            assert {path.partition(".")[2] for path in form.kinds if path.startswith(f"{name}.")} == names(part)


@pytest.fixture
def store(tmp_path: Path) -> FileRunStore:
    return FileRunStore(tmp_path)


@pytest.fixture
def folder(store: FileRunStore) -> Path:
    """Save a run with one of everything and return its folder."""
    record = make_record(make_result(make_full_log()))
    store.save(record)
    return store.folder_of(record.result.run_id)


FILES = (
    *("run.json", "record.json", "manifest.json", "equity.parquet", "bars.parquet"),
    *(f"{form.name}.parquet" for form in LOG_TABLES),
)


def refusal(store: FileRunStore, folder: Path) -> str:
    """Try to load a run and return the one line that is said."""
    with pytest.raises(DataError) as refused:
        store.load(folder.name)
    said = str(refused.value)
    assert said.isprintable()
    return said


def test_these_files_and_the_labels_are_all_there_is(folder: Path) -> None:
    assert sorted(each.name for each in folder.iterdir()) == sorted((*FILES, "labels.json"))


@pytest.fixture(scope="module")
def kept_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a run that many examples look at."""
    store, record = FileRunStore(tmp_path_factory.mktemp("runs")), make_record(make_result(make_full_log()))
    store.save(record)
    return store.folder_of(record.result.run_id)


@given(data=st.data())
def test_a_flipped_bit_is_noticed_and_the_file_is_named(kept_folder: Path, data: st.DataObject) -> None:
    path = kept_folder / data.draw(st.sampled_from(FILES))
    content = path.read_bytes()
    place, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 7))
    path.write_bytes(content[:place] + bytes([content[place] ^ (1 << bit)]) + content[place + 1 :])

    try:
        said = refusal(FileRunStore(kept_folder.parent), kept_folder)
    finally:
        path.write_bytes(content)

    # A flip in the manifest may put the blame on the file whose checksum it was.
    assert said.startswith(str(kept_folder if path.name == "manifest.json" else path))


@pytest.mark.parametrize("name", [*FILES, "labels.json"])
def test_a_missing_file_is_named(store: FileRunStore, folder: Path, name: str) -> None:
    (folder / name).unlink()

    assert refusal(store, folder) == f"{folder / name}: No such file or directory"


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_named(store: FileRunStore, folder: Path, name: str) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:-5])

    assert refusal(store, folder).startswith(f"{folder / name}: is damaged: ")


def test_another_version_is_named(store: FileRunStore, folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"format_version": 3', '"format_version": 1'), "utf-8")

    assert refusal(store, folder) == f"{path}: format_version: 1 is not known here, only 2 and 3"


def as_of_version_2(folder: Path) -> None:
    """Make of a saved run what the second version of the format had left."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_bytes())
    for name in ("unheard.parquet", "unhedged.parquet", "weight_changes.parquet", "failures.parquet"):
        (folder / name).unlink()
        del manifest["files"][name]
    path.write_text(json.dumps({**manifest, "format_version": 2}), encoding="utf-8")


def test_a_run_of_the_version_before_is_read_with_nothing_in_what_it_did_not_keep(
    store: FileRunStore, folder: Path
) -> None:
    before = store.load(folder.name)
    as_of_version_2(folder)
    after = store.load(folder.name)

    assert [summary.run_id for summary in store.kept().runs] == [folder.name]
    kept = after.result.log
    assert (kept.unheard, kept.weight_changes, kept.unhedged, kept.failures) == ([], [], [], [])
    before.result.log.failures.clear()
    before.result.log.unheard.clear()
    before.result.log.weight_changes.clear()
    before.result.log.unhedged.clear()
    assert difference(after, before) is None


def test_a_table_that_its_version_does_not_have_is_named(store: FileRunStore, folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"format_version": 3', '"format_version": 2'), "utf-8")

    later = "failures.parquet, unheard.parquet, unhedged.parquet, weight_changes.parquet"
    said = f"files: not those of format version 2: {later}"
    assert refusal(store, folder) == f"{path}: {said}"


def test_a_run_in_the_folder_of_another_is_refused(store: FileRunStore, folder: Path) -> None:
    moved = folder.rename(folder.parent / "bt-other")

    assert refusal(store, moved) == f"{moved / 'manifest.json'}: run_id: is of the run bt-0123456789ab"


def test_a_file_that_the_manifest_does_not_expect_is_named(store: FileRunStore, folder: Path) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_bytes())
    del manifest["files"]["fills.parquet"]
    path.write_text(json.dumps(manifest), encoding="utf-8")

    assert refusal(store, folder) == f"{path}: files: not those of format version 3: fills.parquet"


def replaced(folder: Path, name: str, content: bytes) -> None:
    """Put other content into a file, with a checksum that fits."""
    (folder / name).write_bytes(content)
    path = folder / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["files"][name] = {"bytes": len(content), "sha256": sha256(content).hexdigest()}
    path.write_text(json.dumps(manifest), encoding="utf-8")


def test_a_table_of_other_columns_is_refused_even_if_its_checksum_fits(store: FileRunStore, folder: Path) -> None:
    replaced(folder, "trades.parquet", (folder / "fills.parquet").read_bytes())

    assert refusal(store, folder) == f"{folder / 'trades.parquet'}: its columns are not those of this version"


@pytest.mark.parametrize("content", [b"no table", b""])
def test_what_is_no_table_is_refused_even_if_its_checksum_fits(
    store: FileRunStore, folder: Path, content: bytes
) -> None:
    replaced(folder, "trades.parquet", content)

    assert refusal(store, folder).startswith(f"{folder / 'trades.parquet'}: cannot be read as Parquet: ")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"n_bars": 720', b'"n_bars": "720"'),
        (b'"n_bars": 720', b'"n_bars": true'),
        (b'"n_bars": 720,', b""),
        (b'"n_bars": 720', b'"n_barz": 1, "n_bars": 720'),
        (b'"total_return": "0.25"', b'"total_return": "a lot"'),
        (b'"start_equity": "1000"', b'"start_equity": "a lot"'),
        (b"{", b"["),
    ],
)
def test_a_head_that_is_none_is_refused_even_if_its_checksum_fits(
    store: FileRunStore, folder: Path, old: bytes, new: bytes
) -> None:
    head = (folder / "record.json").read_bytes()
    assert old in head
    replaced(folder, "record.json", head.replace(old, new, 1))

    assert refusal(store, folder).startswith(f"{folder / 'record.json'}: ")


def test_rows_of_bars_without_an_owner_are_refused(store: FileRunStore, tmp_path: Path, real_run: RunRecord) -> None:
    store.save(real_run)
    folder = tmp_path / real_run.result.run_id
    head = (folder / "record.json").read_bytes()
    replaced(folder, "record.json", head.replace(b'"n_bars": 1000', b'"n_bars": 999', 1))

    assert refusal(store, folder) == f"{folder / 'bars.parquet'}: 3000 rows of bars, 2999 expected"


def test_a_damaged_run_is_listed_as_such_beside_the_others_and_can_be_deleted(
    store: FileRunStore, folder: Path
) -> None:
    store.save(make_record(evolve(make_result(), run_id="bt-good")))
    (folder / "record.json").write_bytes(b"{}")

    kept = store.kept()

    assert [summary.run_id for summary in kept.runs] == ["bt-good"]
    assert [each.run_id for each in kept.unreadable] == [folder.name]
    assert kept.unreadable[0].problem.startswith(f"{folder / 'record.json'}: is damaged: ")
    store.delete(folder.name)
    assert store.kept().unreadable == ()


def test_excursions_of_other_trades_are_not_saved(store: FileRunStore) -> None:
    excursion = Excursion(
        adverse=0, favorable=0, adverse_fraction=0, favorable_fraction=0, stop_distance=None, r_multiple=None
    )

    with pytest.raises(ValueError, match="1 excursions are not one for each trade"):
        store.save(make_record(evolve(make_result(), excursions=(excursion,))))
    assert store.kept().runs == ()
