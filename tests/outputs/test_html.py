"""The page: complete by itself, obeyed by nobody, and readable in light, in dark and without pictures."""

import hashlib
import json
import re
import subprocess
import sys
from base64 import b64encode
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from hypothesis import given, settings

from doorward.model.findings import Coverage, Report, Verdict
from doorward.outputs import RenderOptions, charts, html, render
from tests.outputs.reports import JUMP, REPORTS, block, clean, hold, hostile, many, mixed, repository, upgrade
from tests.outputs.runs import RUN, RUNS
from tests.outputs.strategies import reports
from tests.outputs.test_safe import obeyed_by_a_runner, shows_all

PLAIN = RenderOptions()
LIBRARY = "var Plotly = {};"
STYLE = files("doorward.outputs").joinpath("page.css").read_text(encoding="ascii")
VOID = {"meta"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "article", "h2", "h3"),
    *("p", "a", "b", "strong", "span", "code", "dl", "dt", "dd", "div", "ul", "li", "svg", "rect", "script"),
    *("table", "thead", "tbody", "tr", "th", "td", "details", "summary", "figure", "figcaption"),
}
ATTRIBUTES = {
    *("lang", "charset", "content", "http-equiv", "name", "class", "id", "href", "scope", "tabindex", "open", "hidden"),
    *("width", "height", "role", "type", "aria-label", "aria-hidden", "data-figure"),
}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    text: str = ""
    inside: list["Element"] = field(default_factory=list)


class Page(HTMLParser):
    """The elements of a page as a parser finds them; every one that is opened must be closed in its place."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.text = ""
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        element = Element(tag, dict(attrs))
        for outer in self.open:
            outer.inside.append(element)
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data
        if not any(element.tag in {"script", "style"} for element in self.open):
            self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def all(self, tag: str, class_: str = "") -> list[Element]:
        return [
            element
            for element in self.elements
            if element.tag == tag and set(class_.split()) <= set((element.attributes.get("class") or "").split())
        ]

    def one(self, tag: str, class_: str = "") -> Element:
        (found,) = self.all(tag, class_)
        return found


def page(report: Report, *, library: str | None = LIBRARY, **options: int) -> Page:
    return Page(html.page(report, RenderOptions(**options), lambda: library))


def policy(drawn: Page) -> dict[str, list[str]]:
    (meta,) = (e for e in drawn.all("meta") if e.attributes.get("http-equiv") == "Content-Security-Policy")
    rules = [rule.split() for rule in str(meta.attributes["content"]).split(";")]
    return {name: values for name, *values in rules}


def digest(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@settings(max_examples=80, deadline=None)
@given(reports)
def test_no_active_markup_survives(report: Report) -> None:
    for verbosity in (-1, 0, 2):
        drawn = page(report, verbosity=verbosity)
        for element in drawn.elements:
            assert element.tag in TAGS
            assert set(element.attributes) <= ATTRIBUTES
            assert str(element.attributes.get("href", "#")).startswith("#")
        scripts = drawn.all("script")
        code = [script.text for script in scripts if script.attributes.get("type") != "application/json"]
        assert code in ([], [LIBRARY, files("doorward.outputs").joinpath("page.js").read_text(encoding="ascii")])
        assert shows_all(drawn.text.replace("\n", ""))
        assert not obeyed_by_a_runner(html.page(report, RenderOptions(verbosity=verbosity), lambda: None))


@settings(max_examples=80, deadline=None)
@given(reports)
def test_the_page_is_ascii_and_names_nothing_outside(report: Report) -> None:
    source = html.page(report, PLAIN, lambda: LIBRARY)
    assert source.isascii()
    assert not re.search(r"\b(src|srcset|action|formaction|style|on\w+)\s*=\s*[\"']", re.sub(r">[^<]*<", "><", source))
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_labels_of_pictures_are_text() -> None:
    evil = '<a href="https://a.invalid">x</a>&amp;$a$%{y}'
    points = tuple(replace(point, version=evil) for point in JUMP.points)
    report = replace(block(), sizes=(replace(JUMP, points=points, subject=evil, kind=evil),))
    (figures,) = (e for e in page(report).all("script") if e.attributes.get("id") == "figures")
    assert "<a" not in figures.text
    figure = json.loads(figures.text)[0]
    (ring,) = (trace for trace in figure["data"] if trace["name"] == "outside the usual")
    assert ring["text"][0].startswith("&#60;a href=")


@pytest.mark.parametrize("name", REPORTS)
def test_the_policy_allows_what_is_in_the_page_and_nothing_else(name: str) -> None:
    drawn = page(REPORTS[name]())
    rules = policy(drawn)
    code = [script.text for script in drawn.all("script") if script.attributes.get("type") != "application/json"]
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == ["'none'"]
    assert rules["script-src"] == ([digest(text) for text in code] or ["'none'"])
    styles = [digest(drawn.one("style").text)]
    assert rules["style-src"] == ([*styles, digest("")] if code else styles)
    assert set(rules) == {"default-src", "base-uri", "form-action", "script-src", "style-src"}


def test_the_library_is_the_one_of_the_wheel_and_only_where_there_is_a_picture() -> None:
    shipped = pytest.importorskip("plotly.offline").get_plotlyjs()
    assert shipped in render("html", upgrade(), PLAIN)
    assert "</script" not in shipped.lower()
    assert "<!--" not in shipped
    for report in (replace(upgrade(), sizes=()), replace(hold(), sizes=(replace(JUMP, points=JUMP.points[:1]),))):
        assert "<script" not in render("html", report, PLAIN)
    assert "<script" not in render("html", upgrade(), RenderOptions(verbosity=-1))


def test_without_the_extra_the_page_has_its_tables_and_says_how_to_get_pictures() -> None:
    code = (
        "import sys; sys.modules['plotly'] = None\n"
        "from doorward.outputs import render, RenderOptions\n"
        "from tests.outputs.reports import upgrade\n"
        "print(render('html', upgrade(), RenderOptions()))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    drawn = Page(ran.stdout)
    assert drawn.one("p", "hint").text == "For pictures over the tables: pip install 'doorward[html]'"
    assert drawn.all("script") == []
    (table,) = [details for details in drawn.all("details") if "table" in details.text]
    assert "open" in table.attributes
    assert "4.1.1" in table.text
    assert "outside the usual" in table.text
    assert page(upgrade()).all("p", "hint") == []
    assert page(replace(upgrade(), sizes=()), library=None).all("p", "hint") == []


def test_pictures_are_hidden_until_they_are_drawn_and_say_what_they_show() -> None:
    drawn = page(replace(upgrade(), lanes=repository().lanes))
    first, second = drawn.all("div", "chart")
    assert (first.attributes["data-figure"], second.attributes["data-figure"]) == ("0", "1")
    for place in (first, second):
        assert "hidden" in place.attributes
        assert place.attributes["role"] == "img"
    assert first.attributes["aria-label"] == "Sizes of 13 releases; this one has 1.9 MB, outside the usual."
    assert second.attributes["aria-label"] == "5 lanes of people and keys over time, 2 not trusted yet."
    (figures,) = (e for e in drawn.all("script") if e.attributes.get("id") == "figures")
    assert json.loads(figures.text) == [charts.sizes_figure(JUMP), charts.lanes_figure(repository().lanes)]


@pytest.mark.parametrize("name", REPORTS)
def test_the_verdict_comes_first_and_how_far_one_could_look_next(name: str) -> None:
    report = REPORTS[name]()
    for verbosity in (-1, 0):
        drawn = page(report, verbosity=verbosity)
        body = drawn.elements[[element.tag for element in drawn.elements].index("body") + 1]
        assert body.tag == "header"
        assert body.attributes["class"] == f"verdict {report.verdict.value}"
        assert body.text.startswith(report.verdict.value.replace("-", " ").upper())
        assert drawn.all("h2")[0].text == "What was looked at"


def test_what_was_not_looked_at_is_hatched_and_never_colored() -> None:
    lines = (Coverage("source", 0, 80), Coverage("who-published", 20, 80), Coverage("what-changed", 0, 0))
    drawn = page(replace(clean(), coverage=lines))
    bars = [(bar.attributes["class"], bar.inside[0].attributes["width"]) for bar in drawn.all("svg")]
    assert bars == [("reach unanswered", "0.00%"), ("reach unanswered", "25.00%"), ("reach unanswered", "0.00%")]
    assert "0 of 80" in drawn.one("table", "coverage").text


def test_the_worst_comes_first_with_all_that_is_known_of_it() -> None:
    drawn = page(mixed())
    cards = [card for card in drawn.all("article", "card") if "quiet" not in str(card.attributes["class"])]
    order = [str(card.attributes["class"]).split()[1] for card in cards]
    assert order == ["block", "hold", "not-evaluated", "warn"]
    for said in (
        "pkg:pypi/examplelib@4.1.1",
        "The release runs code at interpreter start that the last 12 releases did not.",
        "registry/executable-pth",
        "no .pth in 4.0.0 ... 4.1.0",
        "your-app > richer-cli 1.2.0 > examplelib",
        "uv.lock:412",
        "stay on 4.1.0.",
    ):
        assert said in cards[0].text
    assert "in 67 hours; it ends by itself" in cards[1].text
    assert "so it is not called clean" in cards[2].text
    links = [str(link.attributes["href"])[1:] for link in drawn.all("a")]
    assert set(links) <= {element.attributes.get("id") for element in drawn.elements}
    assert "became native in 2.0.0, announced and reviewed" in drawn.text


def test_every_finding_and_every_gap_is_there() -> None:
    report = many()
    text = page(report).text
    assert [finding.rule for finding in report.findings if finding.rule not in text] == []
    gaps = REPORTS["offline"]()
    assert [gap.subject for gap in gaps.gaps if gap.subject not in page(gaps).text] == []


def test_details_are_open_only_where_more_is_wanted() -> None:
    titles = {"1 allowed by the policy", "1 finding for context"}
    for verbosity, expected in ((0, set()), (1, titles)):
        drawn = page(clean(), verbosity=verbosity)
        found = {d.inside[0].text for d in drawn.all("details") if "open" in d.attributes} & titles
        assert found == expected


def test_hostile_text_stays_visible() -> None:
    text = page(hostile()).text
    assert "<img src=x onerror=a()>" in text
    assert "\\x1b[2J" in text
    assert "\\u202e" in text


def test_a_guarded_run_has_its_connections_the_refused_first() -> None:
    drawn = page(RUNS["guard-block"]())
    assert "Connections" in [title.text for title in drawn.all("h2")]
    rows = [[cell.text for cell in row.inside if cell.tag in {"td", "th"}] for row in drawn.all("table")[1].inside]
    outcomes = [row[0] for row in rows if row and row[0] in {"refused", "observed", "allowed"}]
    assert outcomes == sorted(outcomes, key=["refused", "observed", "allowed"].index)
    assert outcomes[0] == "refused"
    run = replace(RUN, connections=RUN.connections * 400)
    assert "and 701 more" in page(replace(RUNS["guard"](), run=run)).text
    assert "0 connections" in page(replace(RUNS["guard"](), run=replace(RUN, connections=(), local=()))).text


@pytest.mark.parametrize("name", RUNS)
def test_runs_are_text_too(name: str) -> None:
    drawn = page(RUNS[name]())
    assert {element.tag for element in drawn.elements} <= TAGS
    assert shows_all(drawn.text.replace("\n", ""))


# The style sheet


def scheme(source: str) -> dict[str, str]:
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", source))


LIGHT = scheme(STYLE.split("@media screen")[0])
DARK = LIGHT | scheme(STYLE.split("@media screen")[1].split("\n}\n")[0])


def channels(color: str) -> list[float]:
    return [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def luminance(color: str) -> float:
    """The relative luminance of WCAG 2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_can_be_read(colors: dict[str, str]) -> None:
    pairs = [("--ink", "--paper"), ("--ink", "--panel"), ("--quiet", "--paper"), ("--quiet", "--panel")]
    pairs += [("--link", "--paper"), ("--link", "--panel"), ("--ink", "--grey"), ("--ink", "--stripe")]
    pairs += [(f"--on-{name}", f"--{name}") for name in ("block", "hold", "clean")]
    assert [pair for pair in pairs if contrast(colors[pair[0]], colors[pair[1]]) < 4.5] == []
    drawn = [("--usual", "--paper"), ("--hollow", "--paper"), ("--block", "--paper")]
    assert [pair for pair in drawn if contrast(colors[pair[0]], colors[pair[1]]) < 3] == []


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_no_color_is_green_and_grey_is_grey(colors: dict[str, str]) -> None:
    for name in ("--block", "--hold", "--clean", "--usual", "--hollow", "--grey", "--stripe"):
        red, green, blue = channels(colors[name])
        assert green < max(red, blue)
    for name in ("--grey", "--stripe"):
        assert max(channels(colors[name])) - min(channels(colors[name])) < 0.07


def test_every_color_that_is_used_is_defined() -> None:
    roles = re.findall(r"var\((--[\w-]+)\)", STYLE + json.dumps(charts.sizes_figure(JUMP)))
    roles += re.findall(r"var\((--[\w-]+)\)", json.dumps(charts.lanes_figure(repository().lanes)))
    assert set(roles) <= set(LIGHT)


def test_every_verdict_has_its_look() -> None:
    for verdict in Verdict:
        assert f".{verdict.value}.verdict" in STYLE
        assert f".{verdict.value}.badge" in STYLE
