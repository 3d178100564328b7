"""Reports full of hostile text: whatever is drawn, nobody obeys it."""

import re

from hypothesis import given, settings

from doorward.model.findings import Report
from doorward.outputs import RenderOptions, inventory_json, inventory_text, render
from tests.outputs.inventories import INVENTORY
from tests.outputs.reports import many
from tests.outputs.strategies import reports
from tests.outputs.test_safe import BREAK, LINKED, MARKDOWN, obeyed_by_a_runner, shows_all

SOME = settings(max_examples=60, deadline=None)


@SOME
@given(reports)
def test_a_screen_is_visible_text(report: Report) -> None:
    for verbosity in (-1, 0, 2):
        drawn = render("human", report, RenderOptions(verbosity=verbosity, width=72))
        assert shows_all(drawn.replace("\n", ""))
        assert not obeyed_by_a_runner(drawn)


@SOME
@given(reports)
def test_colors_are_ours(report: Report) -> None:
    drawn = render("human", report, RenderOptions(color=True, verbosity=1))
    rest = re.sub(r"\x1b\[(0|[12](;3[1-5])?)m", "", drawn)
    assert shows_all(rest.replace("\n", ""))
    assert not obeyed_by_a_runner(rest)


@SOME
@given(reports)
def test_annotations_are_ours(report: Report) -> None:
    drawn = render("github", report, RenderOptions(verbosity=1))
    *commands, last, end = drawn.split("\n")
    assert end == ""
    assert last.startswith("doorward: ")
    for command in commands:
        properties, data = re.fullmatch(r"::(?:error|warning|notice) ([^\n]*?)::(.*)", command).groups()
        names = [part.partition("=")[0] for part in properties.split(",")]
        assert names in (["title"], ["file", "line", "title"])
        assert not re.search("%(?!25|3A|2C)", properties)
        assert not re.search("%(?!25|0A)", data)
    assert len(commands) <= 30
    assert shows_all(drawn.replace("\n", ""))
    assert not obeyed_by_a_runner("\n".join(command.removeprefix("::") for command in drawn.split("\n")))


OURS = ("<details>", "<summary>", "</details>", "</summary>", "<code>", "</code>")


@SOME
@given(reports)
def test_a_comment_is_text_and_our_own_markup(report: Report) -> None:
    drawn = render("markdown", report, RenderOptions())
    assert shows_all(drawn.replace("\n", ""))
    assert not obeyed_by_a_runner(drawn)
    for token in MARKDOWN.parse(drawn):
        assert token.type not in {"fence", "code_block", "blockquote_open", "hr"}
        html = token.content if token.type == "html_block" else ""
        for child in token.children or ():
            assert child.type not in {"link_open", "image", "em_open", "s_open"}
            # GitHub looks for nothing in code.
            if child.type == "text" and html.count("<code>") == html.count("</code>"):
                assert not LINKED.search(child.content.replace(f"@{BREAK}", ""))
            html += child.content if child.type == "html_inline" else ""
        rest = html
        for tag in OURS:
            rest = rest.replace(tag, "")
        assert "<" not in rest


def test_a_comment_is_never_longer_than_github_takes() -> None:
    report = many()
    long = [evidence for finding in report.findings for evidence in finding.evidence]
    findings = tuple(
        type(finding)(
            **{name: getattr(finding, name) for name in finding.__slots__}
            | {"evidence": tuple(type(item)(item.label, "`|<" * 200) for item in long), "subject": f"pkg:npm/a{at}@1"}
        )
        for at, finding in enumerate(report.findings * 3)
    )
    subjects = tuple(type(report.subjects[0])(finding.subject, report.verdict) for finding in findings)
    drawn = render(
        "markdown", Report(report.verdict, subjects, findings, (), report.coverage, packages=9), RenderOptions()
    )
    assert len(drawn) < 65_536
    assert "too long for a comment" in drawn
    assert "kinds of evidence" in drawn


def test_inventories_are_visible_text() -> None:
    for drawn in (inventory_text(INVENTORY), inventory_json(INVENTORY)):
        assert shows_all(drawn.replace("\n", ""))
        assert not obeyed_by_a_runner(drawn)
