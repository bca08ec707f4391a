"""How a command ends, for scripts: the meaning of each exit status, and which error leads to it."""

from enum import IntEnum

import typer

from application.errors import DataError, NetworkError, RunReferenceError
from application.ports.parallel_work import WorkerLostError
from domain.errors import InvalidMarketDataError
from entrypoints.errors import BeyondCapsError, ConfigurationError, UnsafeGateError, UntrustworthyResultError


class ExitCode(IntEnum):
    """Exit status of every command. The values are documented and stay."""

    DONE = 0
    INTERNAL_ERROR = 1
    USAGE = 2
    DATA = 3
    REFUSED = 4
    VENUE = 5
    INTERRUPTED = 130


EXIT_CODES_HELP = """Exit codes: 0 done, 1 internal error, 2 usage or configuration, 3 data,
4 refused by risk or safety, 5 venue or network, 130 interrupted."""


def exit_code_of(error: BaseException) -> ExitCode:
    """Return the status with which a command ends that failed with this error."""
    match error:
        case KeyboardInterrupt() | typer.Abort():
            return ExitCode.INTERRUPTED
        # Too many workers, or too much work for the memory there is: both are configured.
        case typer.TyperException() | ConfigurationError() | RunReferenceError() | WorkerLostError():
            return ExitCode.USAGE
        case DataError() | InvalidMarketDataError():
            return ExitCode.DATA
        case NetworkError():
            return ExitCode.VENUE
        case UntrustworthyResultError() | BeyondCapsError() | UnsafeGateError():
            return ExitCode.REFUSED
        case _:
            return ExitCode.DATA if _is_missing_funding(error) else ExitCode.INTERNAL_ERROR


def _is_missing_funding(error: BaseException) -> bool:
    # Its module brings NumPy along, which a mistyped option must not wait for.
    from domain.funding_schedule import MissingFundingError  # noqa: PLC0415

    return isinstance(error, MissingFundingError)
