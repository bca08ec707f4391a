"""How vendors write a symbol, and how we do."""

import re
from typing import Final

_PARTS: Final = re.compile(r"[/\-:]")


def plain_symbol(text: str) -> str:
    """Return ``BTCUSDT`` for ``BTC/USDT``, ``btc-usdt`` or ``BTC/USDT:USDT``; other text as it is, in capitals."""
    parts = [part for part in _PARTS.split(text.strip().upper()) if part]
    # Behind the colon stands what it is settled in.
    return "".join(parts[:2]) if ":" in text else "".join(parts)
