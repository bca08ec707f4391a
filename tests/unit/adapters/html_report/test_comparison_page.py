"""Runs beside each other as a page."""

from attrs import evolve

from adapters.html_report.comparison_page import comparison_page
from application.results.comparing.names import run_names
from tests.unit.adapters.html_report.page_reader import PageReader
from tests.unit.adapters.html_report.records import make_record, real_record
from tests.unit.adapters.html_report.test_page import ATTACK, hostile_record, own_part_of
from tests.unit.adapters.run_documents.results import make_result


def test_two_runs_of_one_configuration_on_two_markets_stand_beside_each_other() -> None:
    reader = PageReader(comparison_page([real_record(), real_record(seed=8)]))

    assert "The runs were made on different data." in reader.text
    assert {run["n"] for run in reader.data["runs"]} == {1_500}
    assert "reversion" in reader.text
    assert reader.text.count("●") > 10


def test_a_run_beside_itself_came_out_alike() -> None:
    reader = PageReader(comparison_page([real_record(), real_record()]))

    assert "The runs came out alike." in reader.text
    assert "●" not in reader.text
    assert reader.text.count("Nothing.") == 2


def test_whatever_runs_are_called_stays_text_and_nothing_points_elsewhere() -> None:
    page = comparison_page([hostile_record(), make_record(make_result())])

    assert b"<script>alert" not in page
    assert ATTACK in PageReader(page).text
    assert "://" not in own_part_of(page)


def test_runs_of_one_name_are_told_apart() -> None:
    one, other = make_record(make_result()), make_record(evolve(make_result(), run_id="bt-1"))

    assert run_names([one, make_record(make_result(name="fast"))]) == ("test", "fast")
    assert run_names([one, other]) == ("test bt-0123456789ab", "test bt-1")
    assert run_names([one, one]) == ("test bt-0123456789ab (1)", "test bt-0123456789ab (2)")
    assert run_names([make_record(make_result(name="")), one]) == ("bt-0123456789ab", "test")
