"""The command `config schema`."""

import json
import sys


def print_schema(*, of_output: bool) -> None:
    """Print the JSON Schema of the configuration, or of the result document."""
    sys.stdout.write(json.dumps(_schema(of_output=of_output), indent=2, ensure_ascii=False) + "\n")


def _schema(*, of_output: bool) -> object:
    if of_output:
        from adapters.run_documents.json_form import document_schema  # noqa: PLC0415  # brings msgspec, and only that

        return document_schema()
    from entrypoints.configuration.schema import configuration_schema  # noqa: PLC0415

    return configuration_schema()
