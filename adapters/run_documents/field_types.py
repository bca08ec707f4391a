"""What fields of the result document hold, each with the pattern and description that its schema publishes."""

from typing import Annotated, TypeAlias

from msgspec import Meta

_PLAIN_DECIMAL = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"
_INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?Z$"
_HASH = r"^([0-9a-f]{64})?$"

Money: TypeAlias = Annotated[
    str, Meta(pattern=_PLAIN_DECIMAL, description="Quote currency, exact, plain decimal text.", examples=["-12.5"])
]
Quantity: TypeAlias = Annotated[
    str, Meta(pattern=_PLAIN_DECIMAL, description="Base units, exact, plain decimal text.", examples=["0.125"])
]
Price: TypeAlias = Annotated[
    str,
    Meta(pattern=_PLAIN_DECIMAL, description="Quote per base, plain decimal text; averages to 12 significant digits."),
]
Rate: TypeAlias = Annotated[str, Meta(pattern=_PLAIN_DECIMAL, description="A fraction, exact, plain decimal text.")]
Instant: TypeAlias = Annotated[str, Meta(pattern=_INSTANT, description="ISO 8601, UTC.")]
Count: TypeAlias = Annotated[int, Meta(ge=0)]
Hash: TypeAlias = Annotated[str, Meta(pattern=_HASH, description="SHA-256, hexadecimal; empty where not taken.")]
Figure: TypeAlias = Annotated[
    float | None, Meta(description="An estimate; null where there was too little to work it out.")
]
