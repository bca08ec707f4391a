"""A strategy run from Python is the run that a configuration of it would be."""

from decimal import Context, Decimal, getcontext, localcontext
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest
from attrs import field, frozen, validators
from typing_extensions import override

from application.backtest import run_backtest
from domain.as_of import AsOfView
from domain.signal import Signal, SignalAction
from entrypoints.configuration.loading import load_configuration
from entrypoints.container import plan_backtest
from entrypoints.embedding import backtest
from entrypoints.errors import BeyondCapsError, ConfigurationError
from entrypoints.own_code.source_loading import LoadedCode
from tests.own_strategies import HIGHEST_CLOSE, write_code
from tests.unit.entrypoints.documents import make_document, write_document

MARKET: Final[dict[str, Any]] = {"synthetic": {"seed": 3, "bars": 300, "symbols": ["BTCUSDT"]}}


@frozen
class UpParameters:
    move: float = field(default=0.01, validator=[validators.gt(0.0), validators.lt(1.0)])


class Up:
    """Enters when a bar has gone up."""

    lookback_bars = 1
    seen: ClassVar[list[float]] = []

    def __init__(self, parameters: UpParameters) -> None:
        self.parameters = parameters
        self.seen.append(parameters.move)

    def on_bar(self, view: AsOfView) -> Signal | None:
        if view.held_quantity or view.bar.close < view.bar.open * (1.0 + self.parameters.move):
            return None
        return Signal(action=SignalAction.ENTER_LONG, reason="up", stop_distance=0.02 * view.bar.close)


def test_it_trades_every_instrument_of_the_market_with_its_parameters() -> None:
    result = backtest(Up, {"move": 0.005}, synthetic={"seed": 3, "bars": 300})

    assert {trade.symbol for trade in result.log.trades} == {"BTCUSDT", "ETHUSDT", "XRPUSDT"}
    assert Up.seen[-1] == 0.005
    assert result.certificate.is_clean
    assert result.identity.difference == 0


def test_it_comes_to_the_same_as_a_configuration(tmp_path: Path) -> None:
    path = write_code(tmp_path)
    namespace: dict[str, Any] = {}
    document = make_document(**MARKET)
    section: dict[str, Any] = {
        "name": "HighestClose",
        "kind": "mine.py",
        "symbols": ["BTCUSDT"],
        "parameters": {"bars": 9},
    }
    document["strategies"] = [section | {"sizing": {"equity_fraction": 0.2}}]
    plan = plan_backtest(*load_configuration(write_document(tmp_path, document), {}))
    exec(compile(HIGHEST_CLOSE, str(path), "exec"), namespace)  # noqa: S102  # a strategy of these tests

    configured = run_backtest(plan)
    embedded = backtest(
        namespace["HighestClose"],
        {"bars": 9},
        sizing={"equity_fraction": 0.2},
        risk={"order": {"notional_max": 1_000_000}, "account": {"leverage_max": 3}},
        **MARKET,
    )
    assert embedded.hashes.result == configured.hashes.result
    assert len(embedded.log.trades) > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            {"parameters": {"bars": 3}},
            r"embedded: strategies\[0\].parameters.bars: unknown key; did you mean move\?|known",
        ),
        ({"parameters": {"move": 2.0}}, r"embedded: strategies\[0\].parameters.move: expected a number above 0"),
        ({"sizing": {"half": 1}}, r"embedded: strategies\[0\].sizing.half: unknown key"),
        ({"synthetic": {"seed": -1}}, r"embedded: synthetic.seed: expected a number at least 0"),
        ({"synthetic": {"symbols": ["NOPEUSDT"]}}, r"embedded: synthetic.symbols"),
        ({"synthetic": "x"}, r"embedded: synthetic: expected keys such as seed, .*, got 'x'"),
        ({"synthetic": {"symbols": 5}}, r"embedded: synthetic.symbols: expected a list, got 5"),
        ({"strategies": []}, r"embedded: strategies: is made of the class that is given"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        backtest(Up, **MARKET | arguments)


def test_what_is_no_strategy_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"UpParameters is no strategy: it has no on_bar"):
        backtest(UpParameters, **MARKET)


class Mixes:
    """Makes a decimal of a float without rounding it, which is no money."""

    lookback_bars = 1

    def on_bar(self, view: AsOfView) -> None:
        Decimal(view.bar.close)


def test_it_has_the_decimal_context_of_every_run_whatever_that_of_the_script_is() -> None:
    with localcontext(Context(prec=9, traps=[])) as theirs:
        result = backtest(Up, {"move": 0.005}, **MARKET)
        with pytest.warns(RuntimeWarning):
            mixed = backtest(Mixes, **MARKET)

        assert getcontext() is theirs
    assert result.hashes.result == backtest(Up, {"move": 0.005}, **MARKET).hashes.result
    assert [failure.error for failure in mixed.log.failures] == ["FloatOperation"]


def test_an_instance_is_no_class() -> None:
    with pytest.raises(ConfigurationError, match=r"embedded: strategy has to be a class, is <tests.unit.entrypoints"):
        backtest(Up(UpParameters()), **MARKET)  # type: ignore[arg-type]  # on purpose


class Slow(Up):
    def __init__(self, parameters: UpParameters) -> None:
        super().__init__(parameters)
        while self.is_slow:
            pass

    is_slow = True


def test_its_making_has_the_time_of_a_decision() -> None:
    with pytest.raises(ConfigurationError, match=r"Slow is not made within 0.2 s"):
        backtest(Slow, decision_limit_s=0.2, **MARKET)


class Peeks(Up):
    """Decides by a clock of its own, which goes on when decisions are made again."""

    asked: ClassVar[list[int]] = []

    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        self.asked.append(view.n_bars)
        return (
            None if view.held_quantity or len(self.asked) % 7 else Signal(action=SignalAction.ENTER_LONG, reason="up")
        )


class Fails(Up):
    @override
    def on_bar(self, view: AsOfView) -> Signal | None:
        raise ValueError(view.symbol)


def test_what_makes_a_result_doubtful_is_warned_of() -> None:
    with pytest.warns(RuntimeWarning, match="embedded: decisions depended on later data") as peeking:
        backtest(Peeks, **MARKET)
    with pytest.warns(RuntimeWarning) as failing:
        backtest(Fails, **MARKET)

    assert [warning.filename for warning in peeking] == [__file__]
    first, last = (str(warning.message) for warning in failing)
    assert first.startswith("embedded: strategy Fails in BTCUSDT failed at ")
    assert last == "embedded: every strategy failed: the run proves nothing"


def test_hard_caps_hold_here_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    caps = tmp_path / "caps.yaml"
    caps.write_text("account: {leverage_max: 1}\n", encoding="utf-8")
    monkeypatch.setenv("AUTOTRADING_RISK_CAPS", str(caps))

    with pytest.raises(BeyondCapsError, match=r"account\.leverage_max"):
        backtest(Up, **MARKET)


def test_a_class_without_a_file_is_known_by_its_text_or_by_nothing() -> None:
    namespace: dict[str, Any] = {}
    exec("class Mine:\n    pass\n", namespace)  # noqa: S102  # as a notebook makes one

    assert LoadedCode.of_class(Up).path == Path(__file__)
    assert len(LoadedCode.of_class(namespace["Mine"]).sha256) == 64
