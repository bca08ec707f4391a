"""What was said of the bars of an instrument before, by everything that it depends on."""

from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from adapters.model_cache.kept_files import KeptFiles
from adapters.model_cache.sealed_text import WrittenFormError, sealed, unsealed
from application.regimes.judged_bars import JudgedBars, ScenarioChange
from domain.allocation.scenario import Scenario
from domain.market import BarSeries
from domain.regime import MarketRegime, VolatilityState

SCHEMA: Final = "autotrading.judged-bars"
SCHEMA_VERSION: Final = 1
_PART: Final = "judgement"


@frozen
class Judgement:
    """What was said of all bars of an instrument, and by which fits.

    Attributes:
        judged: What was said.
        fits: Keys of the fits, in the order in which they were done.
        n_failed: How many of them failed.
        why: Why the last one did that failed; empty where none did.
    """

    judged: JudgedBars
    fits: tuple[str, ...]
    n_failed: int
    why: str


@frozen
class KeptJudgements:
    """Keeps them in files beside the fits. Like those a file that is damaged is named and missed.

    Attributes:
        folder: Where they are kept; made when the first is.
        tell: Is told in one line what is wrong with a file.
    """

    folder: Path
    tell: Callable[[str], None]

    def kept(self, key: str, bars: BarSeries) -> Judgement | None:
        """Return what was said of these bars, None where nothing that can be believed is kept."""
        return self._files.read(
            self._path(key), lambda content: _judgement(unsealed(content, SCHEMA, SCHEMA_VERSION, key, _PART), bars)
        )

    def keep(self, key: str, judgement: Judgement) -> None:
        """Keep what was said, if the disk takes it."""
        self._files.write(self._path(key), _encoded(judgement, key))

    @property
    def _files(self) -> KeptFiles:
        return KeptFiles("judged again", self.tell)

    def _path(self, key: str) -> Path:
        return self.folder / "judged" / key[:2] / f"{key}.json"


def _encoded(judgement: Judgement, key: str) -> bytes:
    judged = judgement.judged
    plain = {
        "confidence": judged.confidence.tolist(),
        "changes": [[row, *_plain_change(change)] for row, change in judged.changes],
        "fits": list(judgement.fits),
        "n_failed": judgement.n_failed,
        "why": judgement.why,
    }
    return sealed(SCHEMA, SCHEMA_VERSION, key, _PART, plain)


def _plain_change(change: ScenarioChange) -> tuple[str, str, float, float | None, str]:
    scenario = change.scenario
    return scenario.regime.value, scenario.volatility.value, change.confidence, change.volatility, change.reason


def _judgement(plain: Any, bars: BarSeries) -> Judgement:  # noqa: ANN401  # any JSON
    try:
        return Judgement(
            JudgedBars(
                bars,
                array("d", plain["confidence"]),
                tuple((int(row), _change(*rest)) for row, *rest in plain["changes"]),
            ),
            tuple(map(str, plain["fits"])),
            int(plain["n_failed"]),
            str(plain["why"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WrittenFormError(f"no valid judgement: {' '.join(repr(error).split())}") from error


def _change(
    regime: str, volatility_state: str, confidence: float, volatility: float | None, reason: str
) -> ScenarioChange:
    scenario = Scenario(MarketRegime(regime), VolatilityState(volatility_state))
    return ScenarioChange(scenario, float(confidence), None if volatility is None else float(volatility), str(reason))
