"""A strategy of a user: a class with `lookback_bars` and `on_bar`, made from an attrs class of parameters or none."""

import inspect
from pathlib import Path
from typing import Any, get_type_hints

from attrs import AttrsInstance, frozen

from application.held_decimals import held_decimals
from application.ports.decision_watch import DECISION_LIMIT_S, StrategyBlockedError
from application.ports.strategy import Strategy
from entrypoints.own_code.errors import NoStrategyMadeError, OwnCodeError
from entrypoints.own_code.making_limit import make_within
from entrypoints.own_code.parameters import NoParameters, check_parameters
from entrypoints.own_code.source_loading import LoadedCode, place_of, told


@frozen
class OwnStrategy:
    """A strategy that does not come with the product.

    Attributes:
        written: How it is named in a configuration.
        cls: Its class.
        parameters: Class of its settings, by the annotation of its constructor's one argument.
        path: File that the class is in.
        sha256: Of the text of the file, as hexadecimal text.
        limit_s: Time that making one may take, seconds; None for no limit.
    """

    written: str
    cls: type
    parameters: type[AttrsInstance]
    path: Path
    sha256: str
    limit_s: float | None = DECISION_LIMIT_S

    @property
    def value(self) -> str:
        """How it is named, as the values of known kinds are."""
        return self.written

    @property
    def summary(self) -> str:
        """What it does, by the first line of its docstring; empty without one."""
        return (self.cls.__doc__ or "").strip().partition("\n")[0]

    def make(self, parameters: AttrsInstance) -> Strategy:
        """Build one for one instrument from settings of its class.

        Raises:
            OwnCodeError: Its constructor raises or takes too long, or what it makes has no usable `lookback_bars`.
        """
        made, lookback_bars = self._made(parameters)
        if lookback_bars is None:
            raise NoStrategyMadeError(f"{self.path}: {self.cls.__name__} is no strategy: it has no lookback_bars")
        if isinstance(lookback_bars, bool) or not isinstance(lookback_bars, int) or lookback_bars < 1:
            problem = f"{self.cls.__name__}.lookback_bars has to be a whole number of at least 1, is {lookback_bars!r}"
            raise NoStrategyMadeError(f"{self.path}: {problem}")
        strategy: Strategy = made
        return strategy

    def _made(self, parameters: AttrsInstance) -> tuple[Any, Any]:
        """Return an instance and its `lookback_bars`, both of which run own code; None where it has none."""

        def make() -> tuple[Any, Any]:
            made: Any = self.cls() if self.parameters is NoParameters else self.cls(parameters)
            return made, getattr(made, "lookback_bars", None)

        try:
            with held_decimals():
                return make_within(self.limit_s, make)
        except KeyboardInterrupt:
            raise
        except StrategyBlockedError as error:
            problem = f"{self.cls.__name__} is not made within {self.limit_s:g} s"
            raise NoStrategyMadeError(f"{place_of(error, self.path)}{problem}") from error
        except BaseException as error:
            # Its own, whatever it is.
            raise OwnCodeError(told(error, self.path)) from error


def own_strategy(written: str, cls: type, code: LoadedCode) -> OwnStrategy:
    """Return what a class is as a strategy.

    Args:
        written: How it is named.
        cls: Of the loaded code.
        code: That it is of.

    Raises:
        OwnCodeError: It is no strategy, or nobody could say what to make it from.
    """
    owner = f"{code.path}: {cls.__name__}"
    _check_on_bar(cls, owner)
    return OwnStrategy(written, cls, _parameters_of(cls, owner), code.path, code.sha256)


def looks_like_strategy(cls: type) -> bool:
    """Whether a class decides bar by bar, as far as its name of a method tells."""
    return callable(getattr(cls, "on_bar", None)) and not getattr(cls, "_is_protocol", False)


def decides_for_pairs(cls: type) -> bool:
    """Whether a class decides for a contract and its coins as one, which own code cannot do."""
    is_meant = callable(getattr(cls, "on_pair", None)) and not getattr(cls, "_is_protocol", False)
    return is_meant and not looks_like_strategy(cls)


def _check_on_bar(cls: type, owner: str) -> None:
    if decides_for_pairs(cls):
        instead = (
            "own code decides for one instrument, by on_bar(self, view); hedged carry is funding_arbitrage with hedge"
        )
        raise OwnCodeError(f"{owner} decides for pairs, by on_pair: {instead}")
    if not looks_like_strategy(cls):
        raise OwnCodeError(f"{owner} is no strategy: it has no on_bar(self, view)")
    if inspect.isabstract(cls):
        raise OwnCodeError(f"{owner} is no strategy: it leaves methods abstract")
    try:
        inspect.signature(cls.on_bar).bind(object(), object())  # type: ignore[attr-defined]  # has been looked for
    except TypeError as error:
        raise OwnCodeError(f"{owner} is no strategy: on_bar has to take the view and nothing else") from error


def _parameters_of(cls: type, owner: str) -> type[AttrsInstance]:
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    taken = [each for each in inspect.signature(cls).parameters.values() if each.kind not in variable]
    if not taken:
        return NoParameters
    if len(taken) > 1 or taken[0].kind is inspect.Parameter.KEYWORD_ONLY:
        raise OwnCodeError(f"{owner}: its constructor takes more than one attrs class of parameters")
    name = taken[0].name
    try:
        annotation = get_type_hints(getattr(cls, "__init__")).get(name)  # noqa: B009  # of the class, as mypy cannot know
    except (NameError, TypeError) as error:
        raise OwnCodeError(f"{owner}: {name}: {error}") from error
    if annotation is None:
        raise OwnCodeError(f"{owner}: its argument {name} has to be annotated with an attrs class of parameters")
    return check_parameters(annotation, owner)
