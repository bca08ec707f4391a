"""YAML is read safely, exactly, and without guessing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.configuration.yaml_text import YamlTextError, read_yaml


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**9), max_value=10**9))
def test_a_number_is_read_as_the_decimal_that_is_written(value: Decimal) -> None:
    assert read_yaml(f"x: {value:f}") == {"x": value}


def test_a_fraction_never_passes_through_a_float() -> None:
    (value,) = (read_yaml("x: 0.1") or {}).values()  # type: ignore[union-attr]  # the text is a mapping

    assert value == Decimal("0.1")
    assert isinstance(value, Decimal)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", Decimal("0.0001")),
        ("010", 10),
        ("on", "on"),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        ("true", True),
        ("~", None),
        ("", None),
        ("'1'", "1"),
        ("1_000", "1_000"),
        ("<<", "<<"),
    ],
)
def test_scalars_mean_what_they_look_like(text: str, value: object) -> None:
    assert read_yaml(f"x: {text}") == {"x": value}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3, column 1: key a appears twice"),
        ("a: {b: 1, b: 2}", "line 1, column 11: key b appears twice"),
        ("1: a", "line 1, column 1: key '1' is not text"),
        ("? [a]\n: 1", "line 1, column 3: key [a] is not text"),
        ("a: [1", "line 1, column 6"),
        ("a: 1\n---\nb: 2", "expected a single document"),
        ("a: !!python/object/apply:os.getcwd []", "could not determine a constructor"),
        ("a: !!float text", "does not fit its tag"),
        ("a: !!int text", "does not fit its tag"),
        ("a: \x00", "special characters are not allowed"),
        (f"a: {'9' * 500}", "500 digits are too many"),
        ("[" * 3_000, "nested too deeply"),
    ],
)
def test_what_is_not_yaml_as_we_read_it_is_said_in_one_line(text: str, said: str) -> None:
    with pytest.raises(YamlTextError) as caught:
        read_yaml(text)

    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
