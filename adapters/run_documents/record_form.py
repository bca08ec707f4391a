"""Everything of a run that is no table, as JSON and back, without losing anything: floats and decimals as text."""

import json
from decimal import Decimal
from typing import Any, Final, TypeVar

from attrs import frozen
from cattrs import Converter
from cattrs.errors import ForbiddenExtraKeysError

from adapters.run_documents.series_tables import BarsPart, bar_parts
from application.replay.certificate import Certificate
from application.results.accounting import AccountingIdentity
from application.results.result import Assumption, ExposureFigures, Hashes, RunResult, TradeFigures
from application.results.run_record import Provenance, RunRecord
from application.trading.records import RunLog
from application.trading.risk_use import RiskUse
from domain.performance import Performance

_Any = TypeVar("_Any")


@frozen(kw_only=True)
class RecordHead:
    """What `RunRecord` and `RunResult` hold beside tables and tags; the names are theirs."""

    run_id: str
    name: str
    is_synthetic: bool
    start_ns: int
    end_ns: int
    n_bars: int
    symbols: tuple[str, ...]
    identity: AccountingIdentity
    certificate: Certificate
    performance: Performance
    trade_figures: TradeFigures
    exposure: ExposureFigures
    assumptions: tuple[Assumption, ...]
    hashes: Hashes
    provenance: Provenance
    bars: tuple[BarsPart, ...]
    risk_use: RiskUse | None


def head_of(record: RunRecord) -> RecordHead:
    """Return what of a record is no table."""
    result = record.result
    return RecordHead(
        run_id=result.run_id,
        name=result.name,
        is_synthetic=result.is_synthetic,
        start_ns=result.start_ns,
        end_ns=result.end_ns,
        n_bars=result.n_bars,
        symbols=result.symbols,
        identity=result.identity,
        certificate=result.certificate,
        performance=result.performance,
        trade_figures=result.trade_figures,
        exposure=result.exposure,
        assumptions=result.assumptions,
        hashes=result.hashes,
        provenance=record.provenance,
        bars=bar_parts(record.prices),
        risk_use=result.risk_use,
    )


def result_of(head: RecordHead, log: RunLog, open_trades: list[Any], excursions: list[Any]) -> RunResult:
    """Put a result together again."""
    return RunResult(
        run_id=head.run_id,
        name=head.name,
        is_synthetic=head.is_synthetic,
        start_ns=head.start_ns,
        end_ns=head.end_ns,
        n_bars=head.n_bars,
        symbols=head.symbols,
        identity=head.identity,
        certificate=head.certificate,
        performance=head.performance,
        trade_figures=head.trade_figures,
        exposure=head.exposure,
        assumptions=head.assumptions,
        open_trades=tuple(open_trades),
        log=log,
        hashes=head.hashes,
        excursions=tuple(excursions),
        risk_use=head.risk_use,
    )


def encode_head(head: RecordHead) -> bytes:
    """Return JSON in ASCII, indented; so written, even a path that is no UTF-8 comes back."""
    return json.dumps(_CONVERTER.unstructure(head), indent=2).encode() + b"\n"


def decode_head(content: bytes) -> RecordHead:
    """Read it strictly.

    Raises:
        ValueError: It is something else.
    """
    try:
        return _CONVERTER.structure(json.loads(content), RecordHead)
    except (KeyError, TypeError, ArithmeticError, RecursionError, ForbiddenExtraKeysError) as error:
        raise ValueError(f"not the head of a run: {error!r}") from error


def _exactly(value: object, cls: type[_Any]) -> _Any:
    if type(value) is not cls:
        raise TypeError(f"{value!r} is no {cls.__name__}")
    return value


def _decimal(value: object, _: type[Decimal]) -> Decimal:
    return Decimal(_exactly(value, str))


def _float(value: object, _: type[float]) -> float:
    return float(_exactly(value, str))


def _converter() -> Converter:
    converter = Converter(detailed_validation=False, forbid_extra_keys=True)
    for cls in (str, int, bool):
        converter.register_structure_hook(cls, _exactly)
    converter.register_structure_hook(Decimal, _decimal)
    # JSON knows neither NaN nor infinity.
    converter.register_structure_hook(float, _float)
    converter.register_unstructure_hook(Decimal, str)
    converter.register_unstructure_hook(float, lambda value: repr(float(value)))
    return converter


_CONVERTER: Final = _converter()
