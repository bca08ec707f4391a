"""The `rules` commands as a user meets them, against a venue of our own on 127.0.0.1."""

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from attrs import define, field

from entrypoints.cli.commands import main
from tests.unit.adapters.instrument_rules.venue_answers import make_brackets, make_contract, make_exchange_info


@define(eq=False)
class Venue:
    """Serves one exchangeInfo, in a thread of its own.

    Attributes:
        answer: Status and body.
        url: Address.
        asked: Paths that were asked for.
    """

    answer: tuple[int, bytes] = (200, make_exchange_info())
    url: str = ""
    asked: list[str] = field(factory=list)
    _loop: asyncio.AbstractEventLoop = field(factory=asyncio.new_event_loop)
    _runner: web.AppRunner | None = None

    def start(self) -> threading.Thread:
        """Start serving on a free port."""
        self._loop.run_until_complete(self._set_up())
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        return thread

    def stop(self, thread: threading.Thread) -> None:
        """Stop serving and close everything."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        thread.join(timeout=10)
        assert self._runner is not None
        self._loop.run_until_complete(self._runner.cleanup())
        self._loop.close()

    async def _set_up(self) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._respond)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def _respond(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        status, body = self.answer
        return web.Response(status=status, body=body, content_type="application/json")


@pytest.fixture
def venue() -> Iterator[Venue]:
    server = Venue()
    thread = server.start()
    yield server
    server.stop(thread)


@pytest.fixture(autouse=True)
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the user's table will be."""
    monkeypatch.setenv("AUTOTRADING_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "data" / "rules" / "rules.json"


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that succeeds and return what it prints."""
    code = main(["rules", *arguments])
    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    return said.out


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:  # noqa: ANN401  # any JSON
    """Run a command that succeeds and return its JSON document."""
    return json.loads(printed(capsys, *arguments, "--json"))


def refusal(capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> str:
    """Run a command that fails and return its one line."""
    assert main(["rules", *arguments]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err.removeprefix("autotrading: ").rstrip("\n")


def test_the_list_names_every_shipped_instrument(capsys: pytest.CaptureFixture[str]) -> None:
    listed = document(capsys, "list")

    assert [each["symbol"] for each in listed] == sorted(each["symbol"] for each in listed)
    bitcoin = next(each for each in listed if each["symbol"] == "BTCUSDT")
    assert (bitcoin["first_at"], bitcoin["last_at"]) == ("2019-09-08T17:00:00Z", "2026-09-01T00:00:00Z")
    assert all(each["symbol"] in printed(capsys, "list") for each in listed)


def test_the_rules_of_a_date_are_shown_with_what_is_assumed(capsys: pytest.CaptureFixture[str]) -> None:
    shown = document(capsys, "show", "BTCUSDT", "--at", "2022-02-15T03:59Z")

    assert shown["at"] == "2022-02-15T03:59:00Z"
    assert shown["rules"]["tick_size"] == "0.01"
    assert shown["rules"]["funding_interval_h"] == 8
    assert shown["assumed"] == ["maker_rate", "taker_rate", "brackets"]
    assert document(capsys, "show", "BTCUSDT", "--at", "2022-02-15T04:00Z")["rules"]["tick_size"] == "0.1"
    text = printed(capsys, "show", "BTCUSDT", "--at", "2022-02-16")
    assert "assumed, from 2023-08-01" not in text  # Brackets have a table of their own.
    assert "assumed, from 2026-01-01" in text
    assert "exchangeInfo of fapi.binance.com, fetched 2021-07-22" in text


def test_an_unknown_instrument_or_time_is_a_mistake_of_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, 2, "show", "btcusd") == (
        "no trading rules are known for 'btcusd'; the nearest known is BTCUSDT"
    )
    assert "expected a UTC time such as 2024-01-01" in refusal(capsys, 2, "show", "BTCUSDT", "--at", "soon")
    assert "with its Z" in refusal(capsys, 2, "show", "BTCUSDT", "--at", "2024-01-01T08:00")


def test_a_refresh_records_what_has_changed_and_says_it(
    capsys: pytest.CaptureFixture[str], venue: Venue, table: Path
) -> None:
    told = document(capsys, "refresh", "--url", venue.url + "/")

    assert venue.asked == ["/fapi/v1/exchangeInfo"]
    changes = {each["figure"]: (each["before"], each["after"]) for each in told["changes"]}
    # Of the rules of 2026-03-31 these differ from what the server lists.
    assert changes == {
        "lot_size": ("0.0001", "0.001"),
        "quantity_min": ("0.0001", "0.001"),
        "liquidation_rate": ("0.02", "0.0125"),
    }
    assert "ETHUSDT" in told["not_listed"]
    (row,) = json.loads(table.read_text(encoding="utf-8"))["rows"]
    assert row["origin"] == f"{venue.url}/fapi/v1/exchangeInfo"
    assert row["effective_at"] == told["at"]
    shown = document(capsys, "show", "BTCUSDT")
    assert shown["rules"]["lot_size"] == "0.001"
    assert shown["versions"][-1]["origin"] == row["origin"]
    # What held before holds still.
    assert document(capsys, "show", "BTCUSDT", "--at", "2026-09-02")["rules"]["lot_size"] == "0.0001"


def test_a_second_refresh_without_news_writes_nothing(
    capsys: pytest.CaptureFixture[str], venue: Venue, table: Path
) -> None:
    first = printed(capsys, "refresh", "--url", venue.url)
    before = (table.read_bytes(), table.stat().st_ino)

    second = printed(capsys, "refresh", "--url", venue.url)

    assert "lot_size" in first
    assert "Nothing has changed" in second
    assert (table.read_bytes(), table.stat().st_ino) == before


def test_a_saved_list_is_dated_by_its_server_time(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, table: Path
) -> None:
    saved = tmp_path / "info.json"
    saved.write_bytes(make_exchange_info([make_contract(changes={"MIN_NOTIONAL__notional": "50"})]))

    told = document(capsys, "refresh", "--from-file", str(saved))

    assert told["at"] == "2023-11-14T22:13:20Z"
    assert table.is_file()
    assert document(capsys, "show", "BTCUSDT", "--at", "2023-11-15")["rules"]["notional_min"] == "50"
    assert document(capsys, "show", "BTCUSDT", "--at", "2023-11-14")["rules"]["notional_min"] == "5"
    # The shipped list of 2026-03-31 goes on holding from its date.
    assert document(capsys, "show", "BTCUSDT", "--at", "2026-04-01")["rules"]["notional_min"] == "100"


def test_brackets_come_from_a_file_alone(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    saved = tmp_path / "brackets.json"
    saved.write_text(json.dumps([make_brackets()]), encoding="utf-8")

    told = document(capsys, "refresh", "--brackets-from-file", str(saved), "--at", "2025-01-01")

    assert [each["figure"] for each in told["changes"]] == ["brackets"]
    shown = document(capsys, "show", "BTCUSDT", "--at", "2025-01-02")
    assert shown["rules"]["brackets"] == [["0", "300000", "0.004", 125], ["300000", "800000", "0.005", 100]]


def test_an_instrument_that_is_not_shipped_can_be_asked_for(capsys: pytest.CaptureFixture[str], venue: Venue) -> None:
    venue.answer = (200, make_exchange_info([make_contract("NEWUSDT")]))

    printed(capsys, "refresh", "--url", venue.url, "--symbol", "NEWUSDT")

    shown = document(capsys, "show", "NEWUSDT")
    assert shown["missing"] == ["maker_rate", "taker_rate", "brackets"]
    assert "NEWUSDT" in printed(capsys, "list")
    assert refusal(capsys, 2, "refresh", "--url", venue.url, "--symbol", "NOUSDT").startswith("--symbol NOUSDT: is not")


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        ((404, b""), 5, "answered 404 Not Found"),
        ((418, b'{"code": -1003, "msg": "banned"}'), 5, "answered 418 "),
        ((200, make_exchange_info()[:-9]), 3, "is not whole JSON"),
        ((200, b'{"code": -1003, "msg": "slow down"}'), 3, "the venue answered error -1003: slow down"),
        (
            (200, make_exchange_info([make_contract(changes={"LOT_SIZE": None})])),
            3,
            "BTCUSDT.filters: LOT_SIZE is missing",
        ),
        (
            (200, make_exchange_info([make_contract(changes={"LOT_SIZE__stepSize": []})])),
            3,
            "BTCUSDT.LOT_SIZE.stepSize: expected a number, got []",
        ),
    ],
)
def test_a_venue_that_misbehaves_changes_nothing(
    capsys: pytest.CaptureFixture[str], venue: Venue, table: Path, answer: tuple[int, bytes], code: int, said: str
) -> None:
    venue.answer = answer

    line = refusal(capsys, code, "refresh", "--url", venue.url)

    assert line.startswith(f"{venue.url}/fapi/v1/exchangeInfo: {said}")
    assert not table.exists()


def test_a_list_from_the_future_or_from_before_the_last_one_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, table: Path
) -> None:
    saved = tmp_path / "info.json"
    saved.write_bytes(make_exchange_info())
    printed(capsys, "refresh", "--from-file", str(saved))
    before = table.read_bytes()

    future = refusal(capsys, 3, "refresh", "--from-file", str(saved), "--at", "2200-01-01")
    earlier = refusal(capsys, 3, "refresh", "--from-file", str(saved), "--at", "2022-06-01")

    assert future == f"{saved}: is dated 2200-01-01T00:00:00Z, in the future"
    assert earlier.endswith("and rules of 2023-11-14T22:13:20Z are recorded already")
    assert table.read_bytes() == before


def test_a_table_with_a_slip_is_named_by_every_command(
    capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path
) -> None:
    table.parent.mkdir(parents=True)
    table.write_text('{"schema": "autotrading.rules", "version": 1, "rows": [{"symbol": 5}]}', encoding="utf-8")
    saved = tmp_path / "info.json"
    saved.write_bytes(make_exchange_info())

    for arguments in (["list"], ["show", "BTCUSDT"], ["refresh", "--from-file", str(saved)]):
        assert refusal(capsys, 3, *arguments) == f"{table}: rows[0].symbol: expected text on one line, got 5"


def test_missing_files_and_two_sources_at_once_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    missing = str(tmp_path / "none.json")

    assert refusal(capsys, 3, "refresh", "--from-file", missing) == f"{missing}: there is no such file"
    assert "exclude each other" in refusal(capsys, 2, "refresh", "--from-file", missing, "--url", "http://127.0.0.1:1")
    assert refusal(capsys, 5, "refresh", "--url", "http://127.0.0.1:1").startswith(
        "http://127.0.0.1:1/fapi/v1/exchangeInfo: Cannot connect"
    )


@pytest.mark.parametrize("address", ["", "ftp://127.0.0.1:1", "fapi.binance.com"])
def test_what_is_no_address_is_a_mistake_of_use_and_nobody_else_is_asked(
    capsys: pytest.CaptureFixture[str], address: str
) -> None:
    assert "expected an address with http:// or https://" in refusal(capsys, 2, "refresh", "--url", address)


def test_the_real_list_of_2021_can_be_read(
    capsys: pytest.CaptureFixture[str], shared_data: Path, tmp_path: Path
) -> None:
    import gzip  # noqa: PLC0415

    capture = shared_data / "data" / "raw" / "ws_rest_2021" / "BINANCE_FUTURES.0.gz"
    if not capture.is_file():
        pytest.skip(f"not at hand: {capture}")
    saved = tmp_path / "info.json"
    saved.write_text(gzip.decompress(capture.read_bytes()).decode().splitlines()[0].partition(": ")[2], "utf-8")

    told = document(capsys, "refresh", "--from-file", str(saved), "--at", "2021-07-23")

    # It is what the shipped rules of that time were taken from.
    assert told["changes"] == []
    assert told["not_listed"] == []
    assert datetime.fromisoformat(told["at"]) == datetime(2021, 7, 23, tzinfo=UTC)
