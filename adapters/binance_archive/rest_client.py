"""Asks Binance's REST interface for market data, within its request weight.

It imports aiohttp, which takes a while: import it inside the function that needs it.
"""

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlencode

from attrs import frozen

from adapters.binance_archive.connection import Connection, read_body
from adapters.binance_archive.retrying import Retrying
from application.errors import DataError, NetworkError
from domain.time_units import NS_PER_SECOND

_OK: Final = 200
_BAD_REQUEST: Final = 400
_INVALID_SYMBOL: Final = -1121
# The longest page, 1500 bars, takes some 250 kB.
_BODY_BYTES_MAX: Final = 16 << 20
_USED_WEIGHT: Final = "X-MBX-USED-WEIGHT-1M"
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
# Others behind the same address use the same weight; a fifth is left to them, and to what was under way.
_WEIGHT_SHARE: Final = 0.8
_MINUTE_S: Final = 60
_TEXT_MAX: Final = 120


class UnknownSymbolError(DataError):
    """The venue does not trade this instrument, or no longer."""


@frozen
class RestClient:
    """Asks one host.

    Attributes:
        connection: Asks.
        retrying: Tries again; also holds everybody until the next minute where the weight is nearly used up.
        base_url: Address of the host, without a slash at the end.
        weight_max: Request weight that one address may use per minute.
    """

    connection: Connection
    retrying: Retrying
    base_url: str
    weight_max: int

    async def ask(self, path: str, parameters: Mapping[str, str | int]) -> object:
        """Return the answer to a question, read from JSON.

        Raises:
            UnknownSymbolError: The venue does not know the instrument.
            DataError: The venue refuses the question, or the answer is no JSON.
            NetworkError: It fails again and again, or bars us for too long.
        """
        url = f"{self.base_url}{path}"
        query = urlencode(parameters)
        body = await self.retrying.run(url, attempt=lambda: self._ask_once(f"{url}?{query}" if query else url))
        try:
            return json.loads(body)
        except ValueError as error:
            raise DataError(f"{url}: the answer is no JSON: {_shortened(body)}") from error

    async def _ask_once(self, url: str) -> bytes:
        async with self.connection.get(url) as response:
            body = await read_body(response, _BODY_BYTES_MAX)
            self._watch_weight(response.headers)
            if response.status == _OK:
                return body
            if response.status == _BAD_REQUEST:
                raise _refusal(url, body)
            raise NetworkError(f"{url}: answered {response.status} {response.reason}: {_shortened(body)}")

    def _watch_weight(self, headers: Mapping[str, str]) -> None:
        used = headers.get(_USED_WEIGHT, "")
        if _NUMBER.fullmatch(used) and int(used) >= _WEIGHT_SHARE * self.weight_max:
            self.retrying.hold(_until_next_minute_ns(headers))


def _until_next_minute_ns(headers: Mapping[str, str]) -> int:
    """Return how long the server's present minute still lasts, nanoseconds; a whole one where it does not tell.

    Our own clock may be wrong; the weight is counted by the minutes of the server's.
    """
    try:
        second = parsedate_to_datetime(headers.get("Date", "")).second
    except ValueError:
        second = 0
    return (_MINUTE_S - second) * NS_PER_SECOND


def _refusal(url: str, body: bytes) -> DataError:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get("code"), int):
        return DataError(f"{url}: the venue refuses: {_shortened(body)}")
    kind = UnknownSymbolError if answer["code"] == _INVALID_SYMBOL else DataError
    return kind(f"{url}: the venue refuses: {answer['code']} {answer.get('msg', '')}".rstrip())


def _shortened(body: bytes) -> str:
    text = " ".join(body.decode("utf-8", "replace").split())
    return text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]}..."
