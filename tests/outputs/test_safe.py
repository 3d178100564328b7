"""Whatever a stranger writes, no place that shows it obeys it."""

import json
import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from doorward.outputs import safe
from tests.outputs.strategies import texts

MANY = settings(max_examples=300, deadline=None)
#: Zero-width space, with which our Markdown parts what GitHub would link.
BREAK = "\u200b"
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def shows_all(text: str) -> bool:
    """Whether every character is on the screen, and none of them steers it."""
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    ignorable = re.compile(
        "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
    )
    return not any(unicodedata.category(char) in hidden for char in text) and not ignorable.search(text)


def obeyed_by_a_runner(text: str) -> bool:
    """Whether a CI runner finds a command in a log (GitHub, Azure Pipelines, TeamCity)."""
    return any(line.lstrip().startswith("::") for line in text.split("\n")) or bool(re.search(r"##\w*\[", text))


@MANY
@given(texts, st.integers(3, 60))
def test_a_terminal_gets_one_short_line_of_visible_text(text: str, limit: int) -> None:
    shown = safe.terminal(text, limit)
    assert shows_all(shown)
    assert len(shown) <= limit


@pytest.mark.parametrize(
    ("text", "shown"),  # at most ten characters
    [
        ("plain", "plain"),
        ("漢字 é", "漢字 é"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\u202eb", "a\\u202eb"),
        ("a\U000e0041", "a\\U000e0041"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\ud800", "\\ud800"),
        ("x" * 20, "xxxxxxx..."),
        ("x" * 10, "x" * 10),
        ("\u200b" * 9, "\\u200b\\..."),
    ],
)
def test_what_is_disarmed_stays_visible(text: str, shown: str) -> None:
    assert safe.terminal(text, 11 if "a\U000e0041" in text else 10) == shown


@MANY
@given(st.lists(texts, max_size=4))
def test_no_line_of_a_screen_is_a_command(lines: list[str]) -> None:
    assert not obeyed_by_a_runner(safe.screen("\n".join(map(safe.visible, lines))))


@MANY
@given(texts)
def test_a_workflow_command_stays_one(text: str) -> None:
    data, value = safe.github_data(text), safe.github_property(text)
    assert shows_all(data)
    assert not obeyed_by_a_runner("x" + data)
    assert re.sub("%25", "", data).count("%") == 0
    assert not set(value) & {",", ":", "\n", "\r"}


class Reader(HTMLParser):
    """Collects what an HTML parser takes for text, and for anything else."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.rest: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.rest.append(f"{tag} {attrs}")

    def handle_endtag(self, tag: str) -> None:
        self.rest.append(tag)

    def handle_comment(self, data: str) -> None:
        self.rest.append(data)

    def handle_decl(self, decl: str) -> None:
        self.rest.append(decl)


@MANY
@given(texts)
def test_html_is_text_between_tags_and_in_attributes(text: str) -> None:
    reader = Reader()
    reader.feed(safe.html(text))
    reader.close()
    assert (reader.text, reader.rest) == (safe.visible(text), [])
    attribute = Reader()
    attribute.feed(f'<a title="{safe.html(text)}">')
    attribute.close()
    assert attribute.rest == [f"a {[('title', safe.visible(text))]}"]


@MANY
@given(texts, st.integers(3, 60))
def test_a_label_of_a_chart_has_no_tag_no_entity_and_no_formula(text: str, limit: int) -> None:
    label = safe.chart(text, limit)
    assert not set(label) & set("<>$")
    assert re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), label) == safe.terminal(text, limit)


@MANY
@given(st.recursive(texts, lambda inner: st.lists(inner, max_size=3)))
def test_json_in_a_script_does_not_end_it(value: object) -> None:
    document = safe.json_script(json.dumps(value, ensure_ascii=False))
    reader = Reader()
    reader.feed(f'<script type="application/json">{document}</script>')
    reader.close()
    assert reader.text == document
    assert reader.rest == [f"script {[('type', 'application/json')]}", "script"]
    assert json.loads(document) == without_surrogates(value)


def parsed(source: str) -> tuple[str, list[str]]:
    """Return the text that Markdown shows, and the types of what is more than text."""
    shown, active = "", []
    for token in MARKDOWN.parse(source):
        for child in token.children or ():
            if child.type in {"text", "code_inline"}:
                shown += child.content
            elif child.type not in {"softbreak", "html_inline"} or child.content not in {"<code>", "</code>", ""}:
                active.append(child.type)
        if token.type not in {"inline", "paragraph_open", "paragraph_close"}:
            active.append(token.type)
    return shown, active


LINKED = re.compile(r"@\w|#\d|gh-\d|www\.|://|:[\w+-]+:", re.IGNORECASE)


@MANY
@given(texts)
def test_markdown_prose_is_only_text(text: str) -> None:
    prose = safe.markdown(text)
    for source in ("{}", "x {} x"):
        shown, active = parsed(source.format(prose))
        assert active == []
        assert not LINKED.search(shown)
        assert shown.replace(BREAK, "").split() == source.format(safe.visible(text)).split()


@MANY
@given(texts)
def test_markdown_prose_in_a_list_or_a_cell_stays_there(text: str) -> None:
    prose = safe.markdown(text)
    items = [token.type for token in MARKDOWN.parse(f"- {prose}\n")]
    assert items.count("list_item_open") == 1
    assert "heading_open" not in items
    cells = [token.type for token in MARKDOWN.parse(f"| a | b |\n| --- | --- |\n| {prose} | {prose} |\n")]
    assert (cells.count("td_open"), cells.count("tr_open")) == (2, 2)
    assert "$" not in re.sub(r"\\\$", "", prose)


@MANY
@given(texts)
def test_markdown_code_is_only_code(text: str) -> None:
    code = safe.markdown_code(text)
    shown, active = parsed(f"x {code} x")
    assert active == []
    assert shown.split() == f"x {safe.visible(text)} x".split()
    assert "|" not in code
    if code.startswith("<code>"):
        assert not re.search(r"[^\w<>&#; /]", code.replace("&#", "").replace(";", ""), re.ASCII) or not code.isascii()
    else:
        assert code == "" or code.count("`") == 2


@MANY
@given(st.recursive(texts, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)))
def test_json_means_the_same_in_plain_ascii(value: object) -> None:
    document = safe.json_document(json.dumps(value, ensure_ascii=False, indent=2))
    assert document.isascii()
    assert document.replace("\n", "").isprintable()
    assert not obeyed_by_a_runner(document)
    assert json.loads(document) == without_surrogates(value)
    document.encode()


def without_surrogates(value: object) -> object:
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\ufffd", value)
    if isinstance(value, list):
        return [without_surrogates(item) for item in value]
    assert isinstance(value, dict)
    return {without_surrogates(key): without_surrogates(item) for key, item in value.items()}


@MANY
@given(texts)
def test_a_sarif_message_has_no_link_and_no_placeholder(text: str) -> None:
    message = safe.sarif(text)
    assert shows_all(message)
    rest = re.sub(r"\\[\\\[\]]|\{\{|\}\}", "", message)
    assert not set(rest) & set("[]{}\\")
