"""A configuration as text: what was understood, every default filled in."""

from decimal import Decimal

import yaml
from typing_extensions import override

from entrypoints.configuration.sections import RunConfiguration
from entrypoints.configuration.structuring import plain_decimal, unstructure


def configuration_text(configuration: RunConfiguration) -> str:
    """Return YAML that means this configuration."""
    text: str = yaml.dump(unstructure(configuration), Dumper=_ExactDumper, sort_keys=False, allow_unicode=True)
    return text


class _ExactDumper(yaml.SafeDumper):
    """The safe dumper, with decimals as the numbers that they are."""

    @override
    def ignore_aliases(self, data: object) -> bool:
        """Write every value where it stands, even if it is the same object as another one."""
        return True

    def represent_decimal(self, value: Decimal) -> yaml.ScalarNode:
        """Return the scalar of a decimal."""
        text = plain_decimal(value)
        return self.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in text else 'int'}", text)


_ExactDumper.add_representer(Decimal, _ExactDumper.represent_decimal)
