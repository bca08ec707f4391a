"""From a file and the environment to a checked configuration."""

from collections.abc import Mapping
from pathlib import Path

from domain.risk.snapshot import Environment
from entrypoints.configuration.cross_checks import cross_check
from entrypoints.configuration.environment import Overrides, override
from entrypoints.configuration.keys import KeyProblem, PlainValue
from entrypoints.configuration.risk_caps import check_caps
from entrypoints.configuration.risk_checks import check_risk
from entrypoints.configuration.sections import RunConfiguration
from entrypoints.configuration.source import ConfigurationSource
from entrypoints.configuration.structuring import structure
from entrypoints.configuration.yaml_text import YamlTextError, read_yaml
from entrypoints.errors import ConfigurationError
from entrypoints.own_code.output import prints_to_stderr


def load_configuration(
    path: Path, environment: Mapping[str, str], where: Environment = Environment.BACKTEST
) -> tuple[RunConfiguration, ConfigurationSource]:
    """Read and check a configuration, environment variables over the file.

    Args:
        path: The file.
        environment: Variables of the process.
        where: What is to be traded with it: anywhere but in a backtest there have to be hard caps.

    Raises:
        ConfigurationError: One line naming file (or variable), key and value.
        BeyondCapsError: A setting is looser than its hard cap.
    """
    overrides = override(_read_document(path), environment)
    try:
        with prints_to_stderr():
            configuration = structure(overrides.value, path.absolute().parent)
        cross_check(configuration)
        check_risk(configuration)
    except KeyProblem as problem:
        raise ConfigurationError(_line(path, overrides, problem)) from problem
    check_caps(configuration.risk, str(path), configuration.symbols, environment, where)
    return configuration, ConfigurationSource(str(path), path.absolute().parent, environment, overrides.value)


def _read_document(path: Path) -> PlainValue:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path}: there is no such file") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text: {error.reason} at byte {error.start}") from error
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        document = read_yaml(text)
    except YamlTextError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    if not isinstance(document, dict):
        what = "is empty" if document is None else "holds no keys"
        raise ConfigurationError(f"{path}: {what}; see config.example.yaml")
    return document


def _line(path: Path, overrides: Overrides, problem: KeyProblem) -> str:
    variable = overrides.variable_of(problem.path)
    source = str(path) if variable is None else f"environment variable {variable}"
    return f"{source}: {problem.path}: {problem.problem}" if problem.path else f"{source}: {problem.problem}"
