"""A strategy of one's own run from Python, in a script or a notebook: a configuration without the file.

What is left out of it has the values that suit a first look. It is put together by the container, as every run is.
"""

import os
import warnings
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from attrs import evolve

from application.results.failure_wording import all_failed, failure_text
from application.results.result import RunResult
from entrypoints.configuration.cross_checks import cross_check
from entrypoints.configuration.keys import KeyProblem, shown
from entrypoints.configuration.own_kinds import limit_of
from entrypoints.configuration.risk_caps import check_caps
from entrypoints.configuration.risk_checks import check_risk
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.configuration.structuring import structure
from entrypoints.container import plan_backtest
from entrypoints.errors import ConfigurationError
from entrypoints.own_code.errors import OwnCodeError
from entrypoints.own_code.own_strategy import own_strategy
from entrypoints.own_code.source_loading import LoadedCode
from entrypoints.own_code_run import run_with_own_code

_NAME: Final = "embedded"
_MODELED: Final = ("BTCUSDT", "ETHUSDT", "XRPUSDT")
_SIZING: Final = {"equity_fraction": 0.3}
_USUAL: Final[Mapping[str, Any]] = {
    "name": _NAME,
    "account": {"equity": 100_000},
    "risk": {
        "order": {"notional_max": 1_000_000},
        "position": {"concentration_max": 1},
        "account": {"leverage_max": 2},
    },
}


def backtest(
    strategy: type,
    parameters: Mapping[str, Any] | None = None,
    *,
    sizing: Mapping[str, Any] | None = None,
    **sections: Mapping[str, Any] | str | float | None,
) -> RunResult:
    """Run a strategy on a market and return what came out, its books balanced and its certificate made.

    In a script that judges regimes the call belongs below ``if __name__ == "__main__":``, because models are fitted in
    other processes, which import the script.

    Args:
        strategy: Its class; it trades every instrument of the market.
        parameters: Its parameters as a configuration says them; those left out have their defaults.
        sizing: How entries are sized, as in a configuration; by default three tenths of equity.
        sections: Of a configuration, among them ``synthetic`` or ``data``; paths start at the current directory.

    A strategy that fails, and decisions that depended on later data, are told as a `RuntimeWarning`; they are in the
    log and the certificate of the result as well.

    Raises:
        ConfigurationError: Something about these is wrong; one line naming the key.
        DataError: A file of market data is bad.
        UntrustworthyResultError: The strategy replaces the decimal context other than in an answer.
    """
    source = ConfigurationSource(_NAME, Path.cwd(), os.environ)
    try:
        configuration = _configured(strategy, parameters, sizing or _SIZING, {**_USUAL, **sections})
        cross_check(configuration)
        check_risk(configuration)
    except KeyProblem as problem:
        raise ConfigurationError(f"{_NAME}: {problem.path}: {problem.problem}") from problem
    except OwnCodeError as error:
        raise ConfigurationError(f"{_NAME}: {error}") from error
    check_caps(configuration.risk, _NAME, configuration.symbols, source.environment)
    result = run_with_own_code(plan_backtest(configuration, source), configuration)
    for doubt in _doubts(result):
        warnings.warn(f"{_NAME}: {doubt}", RuntimeWarning, stacklevel=2)
    return result


def _doubts(result: RunResult) -> Iterator[str]:
    """Yield what a command would say of a run beside its result."""
    for failure in result.log.failures:
        yield failure_text(failure, result)
    if not result.certificate.is_clean:
        yield f"decisions depended on later data: {result.certificate.first_difference}"
    if all_failed(result.log.failures):
        yield "every strategy failed: the run proves nothing"


def _configured(
    strategy: type, parameters: Mapping[str, Any] | None, sizing: Mapping[str, Any], sections: Mapping[str, Any]
) -> RunConfiguration:
    if not isinstance(strategy, type):
        raise OwnCodeError(f"strategy has to be a class, is {shown(strategy)}; its parameters go beside it")
    if "strategies" in sections:
        raise KeyProblem("is made of the class that is given: leave this out", "strategies")
    kind = own_strategy(strategy.__name__, strategy, LoadedCode.of_class(strategy))
    section = {
        "name": strategy.__name__,
        "kind": evolve(kind, limit_s=limit_of(_plain(sections))),
        "symbols": _symbols(sections),
        "parameters": parameters or {},
        "sizing": sizing,
    }
    return structure(_plain({**sections, "strategies": [section]}))


def _symbols(sections: Mapping[str, Any]) -> list[str]:
    """Return the instruments of the market; the model's own where a synthetic one names none."""
    market = sections.get("data") or sections.get("synthetic")
    named = market.get("symbols") if isinstance(market, Mapping) else None
    # What is no list of names is refused where the market gets its meaning.
    return list(named) if isinstance(named, Mapping | list | tuple) else list(_MODELED)


def _plain(value: Any) -> Any:  # noqa: ANN401  # any value of a configuration
    """Return a value as a file of a configuration would have it: numbers exact, lists and mappings plain."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
