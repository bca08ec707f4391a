"""The outcome of a fit as JSON text. Numbers are written so that they read back as the same ones, to the last bit."""

from typing import Any, Final

from adapters.model_cache.sealed_text import WrittenFormError, sealed, shortest, unsealed
from application.ports.regime_fitting import FitFailure
from application.regimes.model_chain import FitOutcome
from domain.regime import MarketRegime
from domain.regimes.features import FeatureScale
from domain.regimes.garch_forecast import GarchModel
from domain.regimes.gaussian_hmm import GaussianHmm
from domain.regimes.regime_model import RegimeModel
from domain.risk.volatility import VarianceRecursion

SCHEMA: Final = "autotrading.regime-fit"
SCHEMA_VERSION: Final = 1
_PART: Final = "outcome"

_PLAIN: Final = ("fitted_from_ns", "fitted_until_ns", "n_bars", "log_likelihood", "bic", "seed", "n_starts")


def encode(outcome: FitOutcome, key: str) -> bytes:
    """Return the text of an outcome, UTF-8.

    Args:
        outcome: Model or failure.
        key: Of the fit, so that a file under another name is noticed.
    """
    plain = _from_failure(outcome) if isinstance(outcome, FitFailure) else _from_model(outcome)
    return sealed(SCHEMA, SCHEMA_VERSION, key, _PART, plain)


def decode(content: bytes, key: str) -> FitOutcome:
    """Return the outcome of a text.

    Raises:
        WrittenFormError: It is damaged, of another version or fit, or no valid model.
    """
    return _outcome(unsealed(content, SCHEMA, SCHEMA_VERSION, key, _PART))


def checked_text(content: bytes, key: str) -> bytes:
    """Return a text that is whole and of this fit, without making anything of it.

    Raises:
        WrittenFormError: It is not.
    """
    unsealed(content, SCHEMA, SCHEMA_VERSION, key, _PART)
    return content


def plain_model(model: RegimeModel) -> str:
    """Return the text by which one model is told from another."""
    return shortest(_from_model(model))


def _outcome(plain: Any) -> FitOutcome:  # noqa: ANN401  # any JSON
    try:
        if "why" in plain:
            return FitFailure(int(plain["fitted_until_ns"]), str(plain["why"]))
        return _model(plain)
    except (KeyError, TypeError, ValueError) as error:
        raise WrittenFormError(f"no valid outcome: {' '.join(repr(error).split())}") from error


def _from_failure(failure: FitFailure) -> dict[str, Any]:
    return {"fitted_until_ns": failure.fitted_until_ns, "why": failure.why}


def _from_model(model: RegimeModel) -> dict[str, Any]:
    step = model.garch.recursion
    return {
        "hmm": {name: getattr(model.hmm, name).tolist() for name in ("start", "transition", "means", "covariances")},
        "scale": {"means": list(model.scale.means), "deviations": list(model.scale.deviations)},
        "labels": [label.value for label in model.labels],
        "garch": {"weights": [step.constant, step.reaction, step.persistence], "mean": model.garch.mean},
        **{name: getattr(model, name) for name in _PLAIN},
    }


def _model(plain: dict[str, Any]) -> RegimeModel:
    return RegimeModel(
        hmm=GaussianHmm(**plain["hmm"]),
        scale=FeatureScale(tuple(plain["scale"]["means"]), tuple(plain["scale"]["deviations"])),
        labels=tuple(MarketRegime(value) for value in plain["labels"]),
        garch=GarchModel(VarianceRecursion(*plain["garch"]["weights"]), plain["garch"]["mean"]),
        **{name: plain[name] for name in _PLAIN},
    )
