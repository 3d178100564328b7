"""What every member of the folder promises, whatever its format."""

import inspect
import re
import warnings
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.discovery import members
from doorward.errors import ManifestError
from doorward.model.dependency import SOURCES, Inventory
from doorward.sources.manifests import format_of
from tests.manifests.build import parse
from tests.manifests.samples import SAMPLES

MEMBERS = {**members("doorward.sources.manifests"), **members("doorward.sources.declared")}
each_member = pytest.mark.parametrize("name", list(MEMBERS))


@each_member
def test_a_member_says_what_it_is(name: str) -> None:
    module: ModuleType = MEMBERS[name]
    assert re.match(r"[\w.+ -]+\Z", module.NAME)
    assert module.FILES
    assert all(not pattern.startswith("/") for pattern in module.FILES)
    assert all(re.match(r".*\.(\w+|\*)\Z|[A-Z][a-z]+\Z", pattern) for pattern in module.FILES)
    assert re.match(r"[a-z]*\Z", module.TYPE)
    assert (inspect.getdoc(module) or "").strip()
    assert list(inspect.signature(module.parse).parameters) == ["text", "path", "read"]


@each_member
def test_a_literal_file_name_leads_to_its_member(name: str) -> None:
    for pattern in MEMBERS[name].FILES:
        assert format_of("some/folder/" + pattern.replace("*", "name"), declared=True) is MEMBERS[name]


@each_member
def test_its_sample_is_read(name: str) -> None:
    sample = SAMPLES[name]
    inventory = parse("sub/" + sample.path, sample.text, {f"sub/{path}": text for path, text in sample.beside.items()})
    assert len(inventory.packages) == sample.count, inventory
    check(inventory)
    assert inventory.files[0] == "sub/" + sample.path
    assert all(package.path.startswith("sub/") for package in inventory.packages)
    if MEMBERS[name].TYPE:
        assert MEMBERS[name].TYPE in {package.type for package in inventory.packages}


def test_no_sample_without_its_member() -> None:
    assert sorted(SAMPLES) == sorted(MEMBERS)


def check(inventory: Inventory) -> None:
    """Check what holds for every inventory, however hostile the file was."""
    seen = set()
    for package in inventory.packages:
        assert package.name
        assert package.source in SOURCES
        assert package.version or package.source != "registry" or any(g.entry == package.name for g in inventory.gaps)
        assert not re.match(r"[a-z+]*://[^/?#]*@", package.url)
        purl = str(package.purl)
        assert purl not in seen
        seen.add(purl)
    assert all(gap.reason and gap.path for gap in inventory.gaps)


def read(name: str, text: str) -> None:
    sample = SAMPLES[name]
    try:
        inventory = parse(sample.path, text, {**sample.beside, sample.path: text})
    except ManifestError as error:
        reason = str(error)
    else:
        check(inventory)
        return
    assert reason.startswith(sample.path + ": ")


hostile = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
#: What stands for a value in the formats at hand.
TOKEN = re.compile(r'"[^"\n]*"|\'[^\'\n]*\'|[A-Za-z0-9_.:/@+-]+|[\[\]{}=,:#]')
LITERALS = (
    '"x"', "''", "5", "-1", "1e999", "true", "null", "[]", "{}", "[[", "{", "}", "]", "=", ":", ",", "\\", "\n", "  ",
    '"\\ud800"', '"\\u0000"', "2020-01-01", "&a *a", "!!python/object:x", "@", "#", '"' + "a" * 300 + '"', "<!DOCTYPE x>",
    "../../x", "https://[", "sha256:zz", "- - -", "\u2028", "\x00",
)  # fmt: skip


@each_member
@hostile
@given(text=st.text(max_size=200))
def test_arbitrary_text_raises_nothing_else(name: str, text: str) -> None:
    read(name, text)


@each_member
@hostile
@given(data=st.data())
def test_a_mutated_sample_raises_nothing_else(name: str, data: st.DataObject) -> None:
    text = SAMPLES[name].text
    for _ in range(data.draw(st.integers(1, 4))):
        tokens = list(TOKEN.finditer(text))
        if not tokens:
            break
        token = tokens[data.draw(st.integers(0, len(tokens) - 1))]
        action = data.draw(st.sampled_from(("replace", "delete", "double", "cut")))
        if action == "replace":
            literal = data.draw(st.sampled_from(LITERALS))
            text = text[: token.start()] + literal + text[token.end() :]
        elif action == "delete":
            text = text[: token.start()] + text[token.end() :]
        elif action == "double":
            text = text[: token.end()] + token.group() + text[token.end() :]
        else:
            text = text[: token.start()]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read(name, text)
