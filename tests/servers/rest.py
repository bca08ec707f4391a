"""A server that answers like Binance's REST interface for market data, and misbehaves as it is told."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from aiohttp import web
from attrs import define, field

from tests.servers.archive import Status
from tests.servers.loopback import serving

Json: TypeAlias = object
Query: TypeAlias = Mapping[str, str]

INTERVALS_MS = {"1m": 60_000, "1h": 3_600_000, "1d": 86_400_000}


def bar_row(open_ms: int, interval_ms: int) -> list[Json]:
    """A bar as the interface sends it; prices follow from its time, so that two answers agree."""
    price = 30_000 + open_ms // 60_000 % 1_000
    prices = [f"{price}.00", f"{price + 2}.50", f"{price - 1}.50", f"{price + 1}.00"]
    return [open_ms, *prices, "12.500", open_ms + interval_ms - 1, "375000.0", 321, "6.2", "186000.0", "0"]


@define(eq=False)
class RestServer:
    """What the venue knows, what time it has, and what it was asked for.

    Attributes:
        now_ms: Its time; bars exist up to the one that is being made now.
        trades: Trades in order, as objects.
        settlements: Funding settlements in order, as objects.
        n_overlap: So many rows before those asked for come along with each page of bars.
        repeats: Sends the first page again and again.
        used_weight: What each next answer says in its header, until one is left.
        script: What happens to the next requests for a path, one each, before it behaves.
        replies: Answers some path with this text and status always.
        asked: Path and parameters of every request.
    """

    now_ms: int
    prefix: str = "/fapi/v1"
    trades: Sequence[dict[str, Json]] = ()
    settlements: Sequence[dict[str, Json]] = ()
    n_overlap: int = 0
    repeats: bool = False
    used_weight: list[int] = field(factory=lambda: [1])
    script: defaultdict[str, list[Status]] = field(factory=lambda: defaultdict(list))
    replies: dict[str, tuple[int, str]] = field(factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(factory=list)

    @contextmanager
    def running(self) -> Iterator[str]:
        """Serve until the end of the block and give the address."""

        def make_application() -> web.Application:
            application = web.Application()
            application.router.add_get("/{path:.*}", self._answer)
            return application

        with serving(make_application) as url:
            yield url

    def questions(self, name: str) -> list[dict[str, str]]:
        """Return the parameters of each request for one name, such as ``klines``."""
        return [parameters for path, parameters in self.asked if path == name]

    async def _answer(self, request: web.Request) -> web.Response:
        name = request.path.removeprefix(f"{self.prefix}/")
        self.asked.append((name, dict(request.query)))
        if self.script[name]:
            act = self.script[name].pop(0)
            return web.Response(status=act.code, headers={"Retry-After": act.retry_after} if act.retry_after else {})
        if name in self.replies:
            status, text = self.replies[name]
            return web.Response(status=status, text=text, content_type="application/json")
        weight = self.used_weight.pop(0) if len(self.used_weight) > 1 else self.used_weight[0]
        headers = {"X-MBX-USED-WEIGHT-1M": str(weight), "Date": "Tue, 05 Mar 2024 12:00:45 GMT"}
        return web.json_response(self._reply(name)(request.query), headers=headers)

    def _reply(self, name: str) -> Callable[[Query], Json]:
        if name.lower().endswith("klines"):
            return self._bars
        known: dict[str, Callable[[Query], Json]] = {
            "time": lambda _: {"serverTime": self.now_ms},
            "aggTrades": self._trades,
            "fundingRate": self._settlements,
        }
        return known[name]

    def _bars(self, query: Query) -> Json:
        interval_ms = INTERVALS_MS[query["interval"]]
        start_ms = -(-int(query["startTime"]) // interval_ms) * interval_ms - self.n_overlap * interval_ms
        if self.repeats:
            start_ms = int(self.questions("klines")[0]["startTime"])
        end_ms = min(int(query["endTime"]), self.now_ms)
        rows = [bar_row(open_ms, interval_ms) for open_ms in range(start_ms, end_ms + 1, interval_ms)]
        return rows[: int(query["limit"])]

    def _trades(self, query: Query) -> Json:
        if "fromId" in query:
            rows = [row for row in self.trades if _number(row["a"]) >= int(query["fromId"])]
        else:
            start_ms, end_ms = int(query["startTime"]), int(query["endTime"])
            assert end_ms - start_ms < 3_600_000, "the interface takes less than an hour"
            rows = [row for row in self.trades if start_ms <= _number(row["T"]) <= end_ms]
        return rows[: int(query["limit"])]

    def _settlements(self, query: Query) -> Json:
        start_ms, end_ms = int(query["startTime"]), int(query["endTime"])
        rows = [row for row in self.settlements if start_ms <= _number(row["fundingTime"]) <= end_ms]
        return rows[: int(query["limit"])]


def _number(value: Json) -> int:
    assert isinstance(value, int)
    return value
