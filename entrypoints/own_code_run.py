"""Runs a backtest in which own code may do what no run can go on after, and says whose it was."""

from application.backtest import BacktestPlan, run_backtest
from application.held_decimals import DecimalContextError
from application.replay.driver import Progress, ignore_progress
from application.results.result import RunResult
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.errors import ConfigurationError, UntrustworthyResultError
from entrypoints.own_code.errors import OwnCodeError
from entrypoints.own_code.own_strategy import OwnStrategy


def run_with_own_code(
    plan: BacktestPlan, configuration: RunConfiguration, progress: Progress = ignore_progress
) -> RunResult:
    """Run a plan.

    Args:
        plan: Of the configuration.
        configuration: Says whose code it is.
        progress: Is told how far it is.

    Raises:
        ConfigurationError: An own strategy cannot be made once more; one line naming its file and line.
        UntrustworthyResultError: Own code replaced the decimal context other than in an answer, after which a
            strategy would have failed alone.
    """
    try:
        return run_backtest(plan, progress)
    except OwnCodeError as error:
        raise ConfigurationError(f"{plan.name}: {error}") from error
    except DecimalContextError as error:
        raise UntrustworthyResultError(f"own code ({_own_code(configuration)}) {error}") from error


def _own_code(configuration: RunConfiguration) -> str:
    own = [each.kind for each in configuration.strategies if isinstance(each.kind, OwnStrategy)]
    return ", ".join(dict.fromkeys(kind.written for kind in own)) or "none is configured"
