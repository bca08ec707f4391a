"""What runs were told differently: every key that differs, and none that does not."""

from collections.abc import Iterator
from typing import Any

import yaml
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from application.results.comparing.differences import (
    Difference,
    differing_assumptions,
    differing_configuration,
    keyed_lines,
    remarks_on,
)
from application.results.result import Assumption
from tests.unit.adapters.html_report.records import make_record
from tests.unit.adapters.run_documents.results import make_result

_keys = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True).filter(
    lambda key: key not in {"y", "n", "on", "off", "no", "yes"}
)
_scalars = st.integers(-1000, 1000) | st.from_regex(r"[A-Z]{3,9}", fullmatch=True) | st.booleans()
_documents = st.dictionaries(
    _keys,
    st.recursive(
        _scalars,
        lambda inner: (
            st.lists(_scalars, min_size=1, max_size=3)
            | st.lists(st.dictionaries(_keys, inner, min_size=1, max_size=3), min_size=1, max_size=3)
            | st.dictionaries(_keys, inner, min_size=1, max_size=3)
        ),
        max_leaves=12,
    ),
    min_size=1,
    max_size=4,
)


def flattened(document: Any, path: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401  # any YAML
    if isinstance(document, dict):
        for key, value in document.items():
            yield from flattened(value, f"{path}.{key}" if path else key)
    elif isinstance(document, list):
        for place, value in enumerate(document):
            yield from flattened(value, f"{path}.{place}")
    else:
        yield path, yaml.safe_dump(document).removesuffix("\n...\n")


@given(document=_documents)
def test_keys_are_read_as_a_reader_of_yaml_reads_them(document: dict[str, Any]) -> None:
    text = yaml.safe_dump(document, sort_keys=False)

    assert keyed_lines(text) == dict(flattened(document))


def test_only_what_differs_is_told_with_the_path_to_it() -> None:
    one = "name: a\nstrategies:\n- name: trend\n  sizing:\n    fraction: 0.01\nrisk:\n  gross_leverage_max: 3\n"
    other = one.replace("0.01", "0.02").replace("risk:", "seed: 7\nrisk:")
    records = [make_record(make_result(), configuration=text) for text in (one, other)]

    assert differing_configuration(records) == (
        Difference("strategies.0.sizing.fraction", ("0.01", "0.02")),
        Difference("seed", (None, "7")),
    )


def test_lines_that_are_no_keys_are_not_lost() -> None:
    assert keyed_lines("name: long\n  text goes on\n") == {"name": "long text goes on"}


def test_assumptions_are_told_where_they_differ_and_notes_stay_together() -> None:
    shared = Assumption("leverage", "20", "")
    one = make_result(assumptions=[shared, Assumption("latency_ms", "100", ""), Assumption("data", "A hole.", "")])
    other = make_result(
        assumptions=[shared, Assumption("data", "A hole.", ""), Assumption("data", "Another hole.", "")]
    )

    assert differing_assumptions([one, other]) == (
        Difference("latency_ms", ("100", None)),
        Difference("data", ("A hole.", "A hole. Another hole.")),
    )


def test_runs_that_cannot_be_compared_fairly_are_told_apart() -> None:
    run = make_result()
    shorter = evolve(run, end_ns=run.end_ns - 1, is_synthetic=True, hashes=evolve(run.hashes, data="", code="x"))
    richer = evolve(run, identity=evolve(run.identity, start_equity=run.identity.start_equity * 2))

    assert not list(remarks_on([make_record(run), make_record(run)]))
    assert len(list(remarks_on([make_record(run), make_record(shorter)]))) == 4
    assert len(list(remarks_on([make_record(run), make_record(richer)]))) == 1
