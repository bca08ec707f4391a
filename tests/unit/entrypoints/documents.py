"""Small configurations as plain values; only what a test is about has to be said."""

from decimal import Decimal
from pathlib import Path

import yaml

from entrypoints.configuration.keys import PlainValue
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.configuration.structuring import structure


def make_document(**sections: PlainValue) -> dict[str, PlainValue]:
    """Return a valid configuration on a synthetic market, with these sections instead of its own."""
    document: dict[str, PlainValue] = {
        "name": "test",
        "account": {"equity": 100_000},
        "synthetic": {"seed": 3, "bars": 300, "symbols": ["BTCUSDT"]},
        "strategies": [
            {
                "name": "trend",
                "kind": "trend_following",
                "symbols": ["BTCUSDT"],
                "parameters": {"fast_bars": 5, "slow_bars": 20},
                "sizing": {"equity_fraction": Decimal("0.3")},
            }
        ],
        "risk": {"order": {"notional_max": 1_000_000}, "account": {"leverage_max": 3}},
    }
    return document | sections


def make_data_document(symbols: PlainValue, **keys: PlainValue) -> dict[str, PlainValue]:
    """Return the same on files."""
    document = make_document(data={"interval": "1h", "symbols": symbols, **keys})
    del document["synthetic"]
    return document


def with_value(document: dict[str, PlainValue], path: str, value: PlainValue) -> dict[str, PlainValue]:
    """Set one value in place, by its dotted path; whole numbers are places in lists."""
    *parents, last = path.split(".")
    node: PlainValue = document
    for key in parents:
        if isinstance(node, dict):
            node = node.setdefault(key, {})
        elif isinstance(node, list):
            node = node[int(key)]
    if isinstance(node, dict):
        node[last] = value
    elif isinstance(node, list):
        node[int(last)] = value
    return document


def make_configuration(**sections: PlainValue) -> RunConfiguration:
    """Return the structured form of `make_document`."""
    return structure(make_document(**sections))


def write_document(folder: Path, document: object, name: str = "config.yaml") -> Path:
    """Write a document as YAML and return its path."""
    path = folder / name
    path.write_text(yaml.safe_dump(_for_yaml(document), sort_keys=False), encoding="utf-8")
    return path


def _for_yaml(value: object) -> object:
    if isinstance(value, dict):
        return {key: _for_yaml(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_for_yaml(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value
