"""Own strategies are found by file, module or entry point; what is none is refused in one line that says where."""

import decimal
import signal
import sys
from collections.abc import Callable
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.cli.process import _WithoutFrames
from entrypoints.own_code.errors import OwnCodeError
from entrypoints.own_code.finding import find_own, installed_names
from entrypoints.own_code.own_strategy import OwnStrategy
from entrypoints.own_code.parameters import WHAT_MAY_BE, NoParameters
from tests.own_strategies import HIGHEST_CLOSE, WITHOUT_PARAMETERS, write_code

ADVICE = "everything is rounded by it; use decimal.localcontext() for your own arithmetic"
CLASS = "class Mine:\n    lookback_bars = 1\n"
ON_BAR = "    def on_bar(self, view):\n        return None\n"
TAKES = "    def __init__(self, {}):\n        pass\n"
ATTRS = "from attrs import frozen\n@frozen\nclass P:\n    key: {}\n"


def found(written: str, folder: Path) -> OwnStrategy:
    own = find_own(written, folder)
    assert own is not None
    return own


def refusal(text: str, folder: Path, written: str = "mine.py:Mine") -> str:
    write_code(folder, text)
    with pytest.raises(OwnCodeError) as refused:
        find_own(written, folder)
    said = str(refused.value)
    assert "\n" not in said
    return said.replace(f"{folder}/", "")


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, *entries: tuple[str, str]) -> None:
    """Make a distribution known that says what its strategies are called."""
    for place, (name, value) in enumerate(entries):
        about = folder / f"package{place}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: package{place}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[autotrading.strategies]\n{name} = {value}\n")
    monkeypatch.syspath_prepend(folder)


def test_a_file_is_found_from_the_folder_that_names_it(tmp_path: Path) -> None:
    path = write_code(tmp_path)

    own = found("mine.py:HighestClose", tmp_path)

    assert own.path == path
    assert own.sha256 == sha256(HIGHEST_CLOSE.encode()).hexdigest()
    assert own.parameters.__name__ == "HighestCloseParameters"
    assert own.summary == "Enters at the highest close of the last bars and leaves at the lowest."
    assert own.make(own.parameters()).lookback_bars == 100
    assert own.make(own.parameters()) is not own.make(own.parameters())


def test_an_absolute_path_is_found_from_anywhere(tmp_path: Path) -> None:
    path = write_code(tmp_path)

    assert found(f"{path}:HighestClose", Path("/")).path == path


def test_a_file_with_one_strategy_needs_no_name_of_it(tmp_path: Path) -> None:
    write_code(tmp_path)

    assert found("mine.py", tmp_path).cls is found("mine.py:HighestClose", tmp_path).cls


def test_of_several_one_has_to_be_named(tmp_path: Path) -> None:
    said = refusal(HIGHEST_CLOSE + WITHOUT_PARAMETERS, tmp_path, "mine.py")

    assert said == "mine.py: holds several strategies, HighestClose, Nothing: name one as mine.py:HighestClose"


def test_strategies_that_are_only_imported_are_not_those_of_a_file(tmp_path: Path) -> None:
    imported = "from domain.strategies.trend_following import TrendFollowing\n"
    write_code(tmp_path, imported + WITHOUT_PARAMETERS)

    assert found("mine.py", tmp_path).cls.__name__ == "Nothing"


def test_a_strategy_may_take_no_parameters(tmp_path: Path) -> None:
    write_code(tmp_path, WITHOUT_PARAMETERS)

    own = found("mine.py:Nothing", tmp_path)

    assert own.parameters is NoParameters
    assert own.make(NoParameters()).lookback_bars == 1


def test_a_file_is_run_once_and_again_when_it_has_changed(tmp_path: Path) -> None:
    path = write_code(tmp_path)
    before = found("mine.py", tmp_path)
    # As long and as old as before: byte code that was cached would be taken for it.
    write_code(tmp_path, HIGHEST_CLOSE.replace("default=20", "default=30"))

    assert found("mine.py", tmp_path).parameters().bars == 30  # type: ignore[attr-defined]  # of its own class
    assert before.parameters().bars == 20  # type: ignore[attr-defined]  # of its own class
    write_code(tmp_path)
    assert found("mine.py", tmp_path).cls is before.cls
    assert not list(path.parent.glob("__pycache__"))


@given(comment=st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=20))
def test_whatever_changes_in_a_file_changes_its_hash(comment: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("own")
    write_code(folder, f"{WITHOUT_PARAMETERS}# {comment}\n")
    own = found("mine.py", folder)
    write_code(folder, f"{WITHOUT_PARAMETERS}# {comment}.\n")

    assert found("mine.py", folder).sha256 != own.sha256


def test_a_module_comes_from_the_environment_or_else_from_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(tmp_path)
    path = write_code(tmp_path, name="of_the_current_directory.py")
    # A namesake of what is installed does not take its place.
    write_code(tmp_path, WITHOUT_PARAMETERS, "attrs.py")

    assert found("of_the_current_directory:HighestClose", Path("/")).path == path
    assert found("domain.strategies.mean_reversion:MeanReversion", Path("/")).parameters.__name__
    with pytest.raises(OwnCodeError, match="there is no class Nothing"):
        find_own("attrs:Nothing", Path("/"))


def test_an_entry_point_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_code(tmp_path, name="installed_package.py")
    install(tmp_path, monkeypatch, ("highest", "installed_package:HighestClose"))

    assert found("highest", Path("/")).cls.__name__ == "HighestClose"
    assert "highest" in installed_names()


def test_an_entry_point_of_two_packages_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, ("twice", "one:A"), ("twice", "two:B"))

    with pytest.raises(OwnCodeError, match="several packages call a strategy twice: one:A, two:B"):
        find_own("twice", Path("/"))


def test_an_entry_point_has_to_name_a_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, ("whole", "installed_package"))

    with pytest.raises(OwnCodeError, match="whole: its entry point names the module installed_package and no class"):
        find_own("whole", Path("/"))


def test_a_constructor_that_would_end_the_process_is_refused(tmp_path: Path) -> None:
    write_code(tmp_path, CLASS + "    def __init__(self):\n        raise SystemExit(0)\n" + ON_BAR)
    own = found("mine.py:Mine", tmp_path)

    with pytest.raises(OwnCodeError, match=r"mine.py:4: SystemExit"):
        own.make(own.parameters())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("decimal.getcontext().prec = 13", "mine.py:5: DecimalContextError: sets prec of the decimal context"),
        ("decimal.setcontext(decimal.Context(13))", "mine.py: DecimalContextError: replaces the decimal context"),
    ],
)
def test_a_constructor_leaves_the_decimal_context_alone(line: str, said: str, tmp_path: Path) -> None:
    write_code(tmp_path, f"import decimal\n{CLASS}    def __init__(self):\n        {line}\n{ON_BAR}")
    own = found("mine.py:Mine", tmp_path)
    before = decimal.getcontext()

    with pytest.raises(OwnCodeError, match=said):
        own.make(own.parameters())
    assert decimal.getcontext() is before


HANGS = f"""import time
{CLASS}    def __init__(self):
        while True:
            time.sleep(0.01)
{ON_BAR}"""
KEEPS_IT = f"""import time
{CLASS}    def __init__(self):
        try:
            time.sleep(60.0)
        except BaseException:
            pass
{ON_BAR}"""
HANGS_LATER = """import time
class Mine:
    @property
    def lookback_bars(self):
        time.sleep(60.0)
    def on_bar(self, view):
        return None
"""


@pytest.mark.parametrize(("text", "line"), [(HANGS, 6), (KEEPS_IT, 6), (HANGS_LATER, 5)])
def test_a_constructor_that_does_not_come_back_is_interrupted(text: str, line: int, tmp_path: Path) -> None:
    write_code(tmp_path, text)
    own = evolve(found("mine.py:Mine", tmp_path), limit_s=0.1)

    with pytest.raises(OwnCodeError, match=rf"mine.py:{line}: Mine is not made within 0.1 s$"):
        own.make(own.parameters())
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_number_of_bars_that_cannot_be_asked_for_is_told_with_its_line(tmp_path: Path) -> None:
    property_that_raises = "    @property\n    def lookback_bars(self):\n        raise ValueError('not yet')\n"
    write_code(tmp_path, f"class Mine:\n{property_that_raises}{ON_BAR}")
    own = found("mine.py:Mine", tmp_path)

    with pytest.raises(OwnCodeError, match=r"mine.py:4: ValueError: not yet$"):
        own.make(own.parameters())


@pytest.mark.parametrize("written", ["mine.py", "mine.py:Mine"])
def test_one_that_decides_for_pairs_is_told_that_own_code_cannot(written: str, tmp_path: Path) -> None:
    said = refusal(CLASS + ON_BAR.replace("on_bar", "on_pair"), tmp_path, written)

    assert said == (
        "mine.py: Mine decides for pairs, by on_pair: own code decides for one instrument, by on_bar(self, view); "
        "hedged carry is funding_arbitrage with hedge"
    )


def test_who_decides_for_pairs_too_decides_bar_by_bar(tmp_path: Path) -> None:
    write_code(tmp_path, CLASS + ON_BAR + ON_BAR.replace("on_bar", "on_pair"))

    assert found("mine.py", tmp_path).cls.__name__ == "Mine"


@pytest.mark.parametrize("written", [":S", "..:S", "a..b:S", "my-module:S", ".mine:S", "mine.py :S"])
def test_a_name_that_no_module_can_have_is_said_to_be_none(written: str) -> None:
    with pytest.raises(OwnCodeError, match=r"^'.*' is no name of a module; own code is FILE.py, "):
        find_own(written, Path("/"))


def test_what_own_code_says_is_one_printable_line(tmp_path: Path) -> None:
    said = refusal("raise ValueError('\\x1b[2J cleared\\n' + 'x' * 500)\n", tmp_path)

    assert said.startswith("mine.py:1: ValueError: ?[2J cleared xxx")
    assert len(said) < 400


def test_a_word_that_nobody_has_installed_is_no_own_code() -> None:
    assert find_own("trend_folowing", Path("/")) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\nclass Mine\n", "mine.py:2: expected ':'"),
        ("\n\nimport nosuchmodule\n", "mine.py:3: ModuleNotFoundError: No module named 'nosuchmodule'"),
        ("raise SystemExit\n", "mine.py:1: SystemExit"),
        ("x = 1\n", "mine.py: there is no class Mine; no class in it has on_bar(self, view)"),
        (WITHOUT_PARAMETERS, "mine.py: there is no class Mine; strategies in it: Nothing"),
        ("Mine = 3\n", "mine.py: Mine is no class"),
        (
            "import decimal\ndecimal.getcontext().prec = 13\n",
            f"mine.py:2: DecimalContextError: sets prec of the decimal context: {ADVICE}",
        ),
        (
            "import decimal\ndecimal.setcontext(decimal.Context(13))\n",
            f"mine.py: DecimalContextError: replaces the decimal context: {ADVICE}",
        ),
        (CLASS, "mine.py: Mine is no strategy: it has no on_bar(self, view)"),
        (
            CLASS + "    def on_bar(self):\n        pass\n",
            "mine.py: Mine is no strategy: on_bar has to take the view and nothing else",
        ),
        (
            CLASS + TAKES.format("parameters") + ON_BAR,
            "mine.py: Mine: its argument parameters has to be annotated with an attrs class of parameters",
        ),
        (
            CLASS + TAKES.format("n: int") + ON_BAR,
            "mine.py: Mine: its argument has to be annotated with an attrs class of parameters, is <class 'int'>",
        ),
        (
            CLASS + TAKES.format("n: 'Nowhere'") + ON_BAR,
            "mine.py: Mine: n: name 'Nowhere' is not defined",
        ),
        (
            CLASS + TAKES.format("a, b") + ON_BAR,
            "mine.py: Mine: its constructor takes more than one attrs class of parameters",
        ),
        (
            ATTRS.format("list[int]") + CLASS + TAKES.format("p: P") + ON_BAR,
            f"mine.py: Mine: parameter key is list[int]; it may be {WHAT_MAY_BE}",
        ),
    ],
    ids=lambda value: value[-30:],
)
def test_what_is_no_strategy_is_refused_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    assert refusal(text, tmp_path) == said


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OwnCodeError, match=r"nowhere.py: there is no such file"):
        find_own("nowhere.py:Mine", tmp_path)


def test_a_module_that_is_not_there_is_told_from_one_that_it_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    write_code(tmp_path, "import nosuchmodule\n", "imports_nothing.py")

    with pytest.raises(OwnCodeError, match=r"^there is no module nowhere in the environment or in "):
        find_own("nowhere.at_all:Mine", tmp_path)
    with pytest.raises(
        OwnCodeError, match=r"imports_nothing.py:1: ModuleNotFoundError: No module named 'nosuchmodule'"
    ):
        find_own("imports_nothing:Mine", tmp_path)


@pytest.mark.parametrize(
    ("lookback", "said"),
    [
        ("pass", "Mine is no strategy: it has no lookback_bars"),
        ("lookback_bars = 0", "Mine.lookback_bars has to be a whole number of at least 1, is 0"),
        ("lookback_bars = 2.5", "Mine.lookback_bars has to be a whole number of at least 1, is 2.5"),
        ("lookback_bars = True", "Mine.lookback_bars has to be a whole number of at least 1, is True"),
    ],
)
def test_how_many_bars_it_needs_is_asked_of_what_is_made(lookback: str, said: str, tmp_path: Path) -> None:
    write_code(tmp_path, f"class Mine:\n    {lookback}\n{ON_BAR}")
    own = found("mine.py", tmp_path)

    with pytest.raises(OwnCodeError) as refused:
        own.make(own.parameters())
    assert str(refused.value).endswith(said)


@pytest.mark.parametrize("annotation", ["int", "float | None", "tuple[str, ...]", "'bool'", "P0", "Decimal", "Way"])
def test_parameters_may_be_all_that_a_configuration_can_say(annotation: str, tmp_path: Path) -> None:
    imports = "from decimal import Decimal\nfrom enum import Enum\nclass Way(Enum):\n    UP = 'up'\n"
    inner = ATTRS.format("int").replace("class P", "class P0")
    write_code(tmp_path, imports + inner + ATTRS.format(annotation) + CLASS + TAKES.format("p: P") + ON_BAR)

    assert found("mine.py", tmp_path).parameters.__name__ == "P"


def test_what_a_constructor_refuses_is_told_with_its_line(tmp_path: Path) -> None:
    write_code(tmp_path)
    own = found("mine.py", tmp_path)
    make: Callable[..., object] = own.parameters

    with pytest.raises(OwnCodeError, match=r"mine.py:27: RuntimeError: 66 is too much"):
        own.make(make(bars=66))  # type: ignore[arg-type]  # is of its own class


def test_own_code_may_import_what_a_command_does_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [_WithoutFrames(), *sys.meta_path])
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    with pytest.raises(ModuleNotFoundError):
        find_spec("pandas")

    write_code(tmp_path, f"import importlib.util\nassert importlib.util.find_spec('pandas')\n{CLASS}{ON_BAR}")

    assert found("mine.py:Mine", tmp_path).written == "mine.py:Mine"
