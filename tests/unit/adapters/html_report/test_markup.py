"""HTML from pieces: whatever a run is called, it stays text."""

import json
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from adapters.html_report.markup import Html, element, embedded_json, joined, script, style

# Texts that a parser gives back as they are: it makes a line feed of a carriage return and drops what is no character.
_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"))


class Flat(HTMLParser):
    """Notes what a parser of HTML finds: elements with their attributes, and text."""

    def __init__(self, markup: Html) -> None:
        super().__init__()
        self.found: list[object] = []
        self.text = ""
        self.feed(markup.text)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    @override
    def handle_data(self, data: str) -> None:
        self.text += data


@given(text=_texts)
def test_text_stays_the_same_text_and_becomes_nothing_else(text: str) -> None:
    read = Flat(element("p", text, title=text))

    assert read.text == text
    assert read.found == [("p", {"title": text})]


@given(text=_texts)
def test_no_value_ends_a_data_block_early(text: str) -> None:
    block = embedded_json("data", {text: [text]}).text
    inner = block.removeprefix('<script type="application/json" id="data">').removesuffix("</script>")

    assert "<" not in inner
    assert json.loads(inner) == {text: [text]}


@given(parts=st.lists(_texts))
def test_pieces_follow_each_other(parts: list[str]) -> None:
    assert Flat(joined(element("b", part) for part in parts)).text == "".join(parts)


def test_attributes_are_written_the_way_html_names_them() -> None:
    made = element("data", "1", class_="num", data_figure="net", hidden=True, title=None, open=False)

    assert made.text == '<data class="num" data-figure="net" hidden>1</data>'


def test_an_element_that_holds_nothing_has_no_end() -> None:
    assert element("meta", charset="utf-8").text == '<meta charset="utf-8">'


def test_nothing_is_written_for_nothing() -> None:
    assert element("p", None, [], "").text == "<p></p>"


@pytest.mark.parametrize("make", [script, style])
def test_a_source_that_would_end_its_own_element_is_refused(make: type[Html]) -> None:
    with pytest.raises(ValueError, match="end tag"):
        make("x = '</SCRIPT></STYLE>'")


def test_data_that_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        embedded_json("data", float("nan"))
