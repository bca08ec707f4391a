"""Which strategy is to be tried, with which parameters: by its name as in a configuration, or by its class."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import AttrsInstance, evolve, frozen

from application.backtest import MakeStrategy
from application.held_decimals import held_decimals
from application.ports.decision_watch import DECISION_LIMIT_S
from application.strategy_kit.subject import NotElsewhereError
from entrypoints.configuration.keys import KeyProblem, PlainValue, joined
from entrypoints.configuration.strategy_kinds import AnyKind, StrategyKind, make_strategy, parameters_of, unknown_kind
from entrypoints.configuration.structuring import structure_as, unstructure_as
from entrypoints.errors import ConfigurationError
from entrypoints.own_code.errors import OwnCodeError
from entrypoints.own_code.finding import find_own
from entrypoints.own_code.own_strategy import OwnStrategy, own_strategy
from entrypoints.own_code.source_loading import LoadedCode, told


@frozen
class NamedSubject:
    """A strategy with its parameters.

    Attributes:
        kind: Which.
        parameters: Of the class of its kind.
    """

    kind: AnyKind
    parameters: AttrsInstance

    @property
    def make(self) -> MakeStrategy:
        """What builds it; it looks at no history."""
        return lambda _: make_strategy(self.kind, self.parameters)

    @property
    def plain_parameters(self) -> Mapping[str, Any]:
        """Its parameters as plain values."""
        return unstructure_as(self.parameters)


def make_subject(name: str, parameters: PlainValue, folder: Path, limit_s: float = DECISION_LIMIT_S) -> NamedSubject:
    """Return a strategy by its name.

    Args:
        name: A known kind, an entry point, ``FILE.py``, ``FILE.py:CLASS`` or ``MODULE:CLASS``.
        parameters: Plain values.
        folder: At which relative paths start.
        limit_s: Seconds that making one may take, where it is an own one.

    Raises:
        ConfigurationError: There is no such strategy, it has no such parameters, or it is not made in time.
    """
    try:
        kind = _kind_of(name, folder, limit_s)
        with held_decimals():
            made = structure_as(parameters_of(kind), parameters)
            make_strategy(kind, made)
    except KeyProblem as problem:
        raise ConfigurationError(f"{name}: {joined('parameters', problem.path)}: {problem.problem}") from problem
    except OwnCodeError as error:
        raise ConfigurationError(str(error)) from error
    except Exception as error:
        # Validators and converters of own parameters may raise anything.
        raise ConfigurationError(f"{name}: parameters: {told(error, None)}") from error
    return NamedSubject(kind, made)


def _kind_of(name: str, folder: Path, limit_s: float) -> AnyKind:
    known = {kind.value: kind for kind in StrategyKind}
    if name in known:
        return known[name]
    own = find_own(name, folder)
    if own is None:
        raise OwnCodeError(unknown_kind(name))
    return evolve(own, limit_s=limit_s)


def subject_of_class(cls: type, parameters: AttrsInstance | None) -> NamedSubject:
    """Return a strategy by its class.

    Raises:
        OwnCodeError: It is none.
    """
    own = own_strategy(cls.__name__, cls, LoadedCode.of_class(cls))
    return NamedSubject(own, own.parameters() if parameters is None else parameters)


def name_of(kind: AnyKind) -> str:
    """Return how another process finds a strategy.

    Raises:
        NotElsewhereError: It was written where no other process can find it: in a function, or in a notebook.
    """
    if not isinstance(kind, OwnStrategy):
        return kind.value
    cls = kind.cls
    if cls.__qualname__ != cls.__name__:
        raise NotElsewhereError(f"{cls.__qualname__} is no class of a file")
    if not kind.path.is_file():
        raise NotElsewhereError(f"{cls.__name__} has no file")
    return f"{kind.path.resolve()}:{cls.__name__}"
