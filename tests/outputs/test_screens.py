"""Whole screens, as a reader sees them. ``DOORWARD_UPDATE_SCREENS=1`` writes them anew: look at each before you commit."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from doorward.model.findings import Report, Verdict
from doorward.outputs import RenderOptions, formats, inventory_text, render, render_header
from tests.outputs.inventories import INVENTORY
from tests.outputs.reports import HEADER, REPORTS, block, many, mixed
from tests.outputs.runs import RUNS

EVERY = REPORTS | RUNS
SCREENS = Path(__file__).parent / "screens"
PLAIN = RenderOptions()
HUMAN = {name: (name, PLAIN) for name in EVERY} | {
    "block-q": ("block", RenderOptions(verbosity=-1)),
    "clean-v": ("clean", RenderOptions(verbosity=1)),
    "mixed-v": ("mixed", RenderOptions(verbosity=1)),
    "offline-v": ("offline", RenderOptions(verbosity=1)),
    "not-evaluated-vv": ("not-evaluated", RenderOptions(verbosity=2)),
    "hostile-v": ("hostile", RenderOptions(verbosity=1)),
    "mixed-color": ("mixed", RenderOptions(color=True)),
    "upgrade-color": ("upgrade", RenderOptions(color=True)),
    "mixed-narrow": ("mixed", RenderOptions(width=60)),
    "guard-v": ("guard", RenderOptions(verbosity=1)),
    "guard-block-color": ("guard-block", RenderOptions(color=True)),
}
MARKDOWN = (
    "block",
    "clean",
    "first-release",
    "guard",
    "hold",
    "hostile",
    "many",
    "many-moved",
    "mixed",
    "not-evaluated",
    "offline",
    "since",
    "upgrade",
)
GITHUB = ("block", "clean", "hold", "hostile", "many", "mixed", "not-evaluated")


def compare(name: str, drawn: str) -> None:
    path = SCREENS / name
    if os.environ.get("DOORWARD_UPDATE_SCREENS"):
        path.write_text(drawn, encoding="utf-8")
    assert drawn == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", HUMAN)
def test_human(name: str) -> None:
    report, options = HUMAN[name]
    compare(f"human-{name}.txt", render("human", EVERY[report](), options))


@pytest.mark.parametrize("name", MARKDOWN)
def test_markdown(name: str) -> None:
    compare(f"markdown-{name}.md", render("markdown", EVERY[name](), PLAIN))


@pytest.mark.parametrize("name", GITHUB)
def test_github(name: str) -> None:
    compare(f"github-{name}.txt", render("github", EVERY[name](), PLAIN))


def test_inventory() -> None:
    compare("inventory.txt", inventory_text(INVENTORY))


def test_no_screen_is_left_over() -> None:
    wanted = {f"human-{name}.txt" for name in HUMAN} | {f"markdown-{name}.md" for name in MARKDOWN}
    wanted |= {f"github-{name}.txt" for name in GITHUB} | {"inventory.txt"}
    assert {path.name for path in SCREENS.iterdir()} == wanted


def test_the_formats_are_the_files_of_the_folder() -> None:
    assert set(formats()) == {
        "attack-layer",
        "cyclonedx",
        "github",
        "html",
        "human",
        "json",
        "markdown",
        "openvex",
        "sarif",
        "stix",
    }


def test_a_header_shown_before_is_not_shown_again() -> None:
    whole = render("human", block(), PLAIN)
    parts = render_header(HEADER, PLAIN) + render("human", replace(block(), header=()), PLAIN)
    assert whole == parts


@pytest.mark.parametrize("width", [20, 40, 72, 80, 100, 300])
@pytest.mark.parametrize("name", EVERY)
def test_no_line_but_the_last_is_wider_than_the_screen(name: str, width: int) -> None:
    for verbosity in (0, 2):
        options = RenderOptions(width=width, verbosity=verbosity)
        lines = render("human", replace(EVERY[name](), header=()), options).splitlines()
        # A line that a CI runner would obey grows by the escape that stops it.
        assert max(len(line.replace("\\x3a:", "::")) for line in lines[:-1]) <= max(40, min(width, 100))


def test_a_finding_takes_fewer_than_ten_lines() -> None:
    drawn = render("human", many(), PLAIN)
    (finding,) = [block for block in drawn.split("\n\n") if block.startswith("BLOCK  pkg:")]
    first, *others = finding.split("\n  also ")
    assert len(first.splitlines()) < 10
    assert all(len(other.splitlines()) < 10 for other in others)


def test_color_changes_nothing_but_color() -> None:
    colored = render("human", mixed(), RenderOptions(color=True))
    for code in ("0", "1", "2", "1;31", "1;32", "1;33", "1;35"):
        colored = colored.replace(f"\x1b[{code}m", "")
    assert colored == render("human", mixed(), PLAIN)


@pytest.mark.parametrize("name", EVERY)
def test_clean_never_stands_without_its_coverage(name: str) -> None:
    for format_ in ("human", "markdown", "github"):
        for verbosity in (-1, 0, 2):
            drawn = render(format_, EVERY[name](), RenderOptions(verbosity=verbosity))
            if "CLEAN" in drawn:
                assert "kinds of evidence" in drawn


def test_a_report_about_nothing() -> None:
    empty = Report(Verdict.CLEAN, (), (), ())
    assert render("human", empty, PLAIN) == "CLEAN  nothing to judge.   0.1 s\n"
    for name in formats():
        assert render(name, empty, PLAIN)
