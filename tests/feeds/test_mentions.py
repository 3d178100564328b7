"""Releases in prose: which words name one, and which only look like it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.model.advisories import Kind
from doorward.sources.feeds import format_of, read_feed
from doorward.sources.feeds._documents import groups
from doorward.sources.feeds._mentions import mentions
from tests.feeds.build import advisories, opened, written

NAMED = {
    "in a sentence": ("The worm came with chalk@5.6.1 on npm.", ["npm chalk 5.6.1"]),
    "several versions": (
        "npm has debug@4.4.2, 4.4.3 and 4.4.4-beta.1, and more.",
        ["npm debug 4.4.2 4.4.3 4.4.4-beta.1"],
    ),
    "a sentence over two lines": ("Published on PyPI\nwas num2words==0.5.15.", ["PyPI num2words 0.5.15"]),
    "a scope": ("Of npm's packages @s/lib@v1.0.0 was one.", ["npm @s/lib 1.0.0"]),
    "two ecosystems": ("Both npm and PyPI had it: lib@1.0.0, other==2.0.", ["npm lib 1.0.0", "PyPI other 2.0"]),
    "a package URL": ("It is pkg:gem/rest-client@1.6.13.", ["RubyGems rest-client 1.6.13"]),
    "a list with an introduction": (
        "These versions on npm are bad:\n\n- `a@1.0.0`\n- b@2.0.0 (gone)\n",
        ["npm a 1.0.0", "npm b 2.0.0"],
    ),
    "a list under a heading": ("# npm\n\nThese are bad:\n\n1. a@1.0.0\n", ["npm a 1.0.0"]),
    "nothing but releases": ("Indicators (npm):\n\na@1.0.0\nb@2.0.0\n", ["npm a 1.0.0", "npm b 2.0.0"]),
    "a command": ("Whoever ran pip install lib==1.2.3 has it", ["PyPI lib 1.2.3"]),
}
UNNAMED = {
    "bare words": "On npm the package chalk 5.6.1 is bad.",
    "no ecosystem": "The worm came with chalk@5.6.1.",
    "the ecosystem of another sentence": "npm is slow. The worm came with chalk@5.6.1.",
    "a list that begins anew": "On npm:\n\n- x\n\nSomething else:\n\n- chalk@5.6.1\n",
    "no version": "On npm chalk@latest and debug@4 and express are bad.",
    "an address": "Write to npm as root@192.0.2.1 or me@example.invalid.",
    "a link": "See https://npm.example/chalk@5.6.1 of npm.",
    "the good version": "On npm, upgrade to chalk@5.6.2. Pin npm's debug to debug@4.4.1.",
    "a scope elsewhere": "PyPI has no @s/lib@1.0.0.",
    "a package URL without version": "pkg:npm/chalk is the victim.",
    "a package URL that is none": "pkg:npm/@1.0.0 and pkg:x/@",
}


@pytest.mark.parametrize("name", NAMED)
def test_what_names_a_release(name: str) -> None:
    text, expected = NAMED[name]
    assert [" ".join((m.ecosystem, m.name, *m.versions)) for m in mentions(text)] == expected


@pytest.mark.parametrize("name", UNNAMED)
def test_what_names_none(name: str) -> None:
    assert list(mentions(UNNAMED[name])) == []


def test_a_report_that_names_only_releases(tmp_path: Path) -> None:
    page = "<h1>npm</h1><p>Bad:</p><ul><li>chalk@5.6.1</li><li>debug@4.4.2</li></ul><p>On npm chalk@5.6.3 too.</p>"
    path = written(tmp_path / "report.html", page)
    found = advisories(opened(read_feed(path)))
    assert {(a.affected[0].name, a.affected[0].versions, a.kind) for a in found} == {
        ("chalk", ("5.6.1", "5.6.3"), Kind.REPORTED),
        ("debug", ("4.4.2",), Kind.REPORTED),
    }
    assert {a.summary for a in found} == {"- chalk@5.6.1", "- debug@4.4.2"}


def test_a_page_without_an_ending_whose_text_comes_late(tmp_path: Path) -> None:
    page = f"\n<!DOCTYPE html><html><head><script>{'x' * 100_000}</script></head><p>npm had evil@1.0.0</p></html>"
    (found,) = advisories(opened(read_feed(written(tmp_path / "incident-of-tuesday", page))))
    assert (found.affected[0].name, found.summary) == ("evil", "npm had evil@1.0.0")


def test_pins_are_no_report(tmp_path: Path) -> None:
    path = written(tmp_path / "requirements.txt", "flask==1.0.0\nclick==2.0.0\n")
    ((document,),) = groups(path)
    found = format_of(document)
    assert found is not None
    assert found.NAME == "list of names"


@given(st.text(alphabet="ab@=.1/-:# \nnpm,pkg", max_size=300))
def test_any_text_does_no_harm(text: str) -> None:
    for mention in mentions(text):
        assert 0 <= mention.start < mention.end <= len(text)
        assert mention.versions


@pytest.mark.parametrize(
    "hostile", ["a" * 200_000, "a@1" * 60_000, "npm a@1.0" + ", 1.0" * 50_000, "pkg:a/" * 40_000, "@a/" * 60_000]
)
def test_a_hostile_text_is_read_to_its_end(hostile: str) -> None:
    assert len(list(mentions(f"npm {hostile} b@2.0.0 "))) <= len(hostile)
