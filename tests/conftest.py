"""What every test stands on: exact numbers, Hypothesis profiles, coroutine tests, real market data."""

import asyncio
import decimal
import inspect
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from entrypoints.data_directory import DATA_DIRECTORY_VARIABLE

ROOT: Final = Path(__file__).resolve().parents[1]

# Mixing float and Decimal by accident raises, in this thread and in every later one.
decimal.DefaultContext.traps[decimal.FloatOperation] = True
decimal.getcontext().traps[decimal.FloatOperation] = True

# No deadline: a busy machine is not a counterexample. Never derandomized, which Hypothesis would do by
# itself where CI is set: each run looks somewhere else, and a failure prints the blob that repeats it.
settings.register_profile("fast", max_examples=50, deadline=None, derandomize=False, print_blob=True)
settings.register_profile("thorough", max_examples=60, deadline=None, derandomize=False, print_blob=True)
settings.load_profile("thorough" if os.environ.get("CI") else "fast")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run each coroutine test to its end on an event loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    wanted = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted}))
    return True


@pytest.fixture(scope="session", autouse=True)
def _data_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let everything that tests start keep its runs and data in a temporary folder, never in the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DATA_DIRECTORY_VARIABLE, str(tmp_path_factory.mktemp("data-directory")))
        yield


def shared_folder() -> Path:
    """Return where real market data should be, which may not be there."""
    return Path(os.environ.get("AUTOTRADING_SHARED_DATA", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real market data: ``AUTOTRADING_SHARED_DATA``, else ``shared`` beside the checkout."""
    folder = shared_folder()
    if not folder.is_dir():
        pytest.skip(f"shared market data not found at {folder}")
    return folder
