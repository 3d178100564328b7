"""What holds for every string: an order is an order, and nothing but InvalidVersion comes out."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import InvalidVersion as ReferenceInvalid
from packaging.version import Version

from doorward.discovery import members
from doorward.errors import InvalidVersion
from doorward.model.versions import compare, is_prerelease, major_line, satisfies, sort_key
from tests.model.versions.chains import CHAINS, ranked

ECOSYSTEMS = [*sorted(module.ECOSYSTEMS[0] for module in members("doorward.model.versions").values()), "Root:npm"]

#: The property itself bounds time where it matters; a busy machine must not fail the others.
SOME = settings(deadline=None, max_examples=80)

#: Pieces of which versions are made, so that many drawn strings are versions and many nearly are.
PIECES = (
    *(
        "0",
        "1",
        "2",
        "10",
        "007",
        "20240101",
        ".",
        ".",
        ".",
        "-",
        "-",
        "_",
        "~",
        "^",
        "+",
        "!",
        ":",
        "v",
        "=",
        "r",
        "p",
    ),
    *("a", "b", "m", "c", "rc", "pre", "alpha", "beta", "dev", "post", "snapshot", "final", "ga", "sp", "x", "Z", "el"),
    *(
        "_alpha",
        "_p",
        "-r",
        "-dev",
        ".post",
        ".dev",
        "+incompatible",
        "dev-",
        "go",
        "1.0",
        "1.2.3",
        "1.2.3-",
        " ",
        "ß",
        "٣",
    ),
)
made = st.lists(st.sampled_from(PIECES), max_size=9).map("".join)
numbered = st.tuples(st.sampled_from(["1", "1.0", "1.0.0", "0.1", "2.10.3", "v1.0.0"]), made).map("".join)
known = {
    name: st.sampled_from([version for chain in chains for _, version in ranked(chain)])
    for name, chains in CHAINS.items()
}


def strings(ecosystem: str) -> st.SearchStrategy[str]:
    """Versions of the ecosystem, strings that resemble versions, and any text."""
    own = next((strategy for name, strategy in known.items() if name.partition(":")[0] == ecosystem), made)
    return st.one_of(own, st.tuples(own, made).map("".join), numbered, made, st.text(max_size=40))


def key_or_none(ecosystem: str, version: str) -> object | None:
    """Return the key, None where it is no version; anything else that is raised fails the test."""
    try:
        key = sort_key(ecosystem, version)
    except InvalidVersion:
        return None
    assert isinstance(is_prerelease(ecosystem, version), bool)
    line = major_line(ecosystem, version)
    assert isinstance(line, tuple)
    hash((key, line))
    return key


@pytest.mark.parametrize("ecosystem", ECOSYSTEMS)
@SOME
@given(data=st.data())
def test_an_order_is_total_antisymmetric_and_transitive(ecosystem: str, data: st.DataObject) -> None:
    drawn = data.draw(st.lists(strings(ecosystem), min_size=3, max_size=6))
    versions = [version for version in drawn if key_or_none(ecosystem, version) is not None]
    for a in versions:
        assert compare(ecosystem, a, a) == 0
        for b in versions:
            assert compare(ecosystem, a, b) == -compare(ecosystem, b, a)
            for c in versions:
                if compare(ecosystem, a, b) <= 0 and compare(ecosystem, b, c) <= 0:
                    assert compare(ecosystem, a, c) <= 0


@pytest.mark.parametrize("ecosystem", ECOSYSTEMS)
@SOME
@given(data=st.data())
def test_equal_versions_agree_in_everything(ecosystem: str, data: st.DataObject) -> None:
    a, b = data.draw(strings(ecosystem)), data.draw(strings(ecosystem))
    key = key_or_none(ecosystem, a)
    if key is not None and key == key_or_none(ecosystem, b):
        assert is_prerelease(ecosystem, a) == is_prerelease(ecosystem, b)
        assert major_line(ecosystem, a) == major_line(ecosystem, b)


def reference(version: str) -> Version | None:
    """Return packaging's reading."""
    try:
        return Version(version)
    except ReferenceInvalid:
        return None


@SOME
@given(a=strings("PyPI"), b=strings("PyPI"))
def test_pep_440_is_packaging(a: str, b: str) -> None:
    left, right = reference(a), reference(b)
    assert (key_or_none("PyPI", a) is None) == (left is None)
    if left is None:
        return
    assert is_prerelease("PyPI", a) == left.is_prerelease
    assert major_line("PyPI", a) == (left.epoch, left.release[0])
    if right is not None:
        assert compare("PyPI", a, b) == (left > right) - (left < right)


specifiers = st.lists(
    st.sampled_from(
        [*PIECES, ">=", "<", "~=", "==", "!=", "^", "~", "||", " || ", " - ", ",", "*", ".x", ">=1.2", "<2.0.0"]
    ),
    max_size=8,
).map("".join)


@pytest.mark.parametrize("ecosystem", ["PyPI", "npm"])
@SOME
@given(version=numbered, specifier=st.one_of(specifiers, st.text(max_size=40)))
def test_ranges_answer_or_say_that_they_are_none(ecosystem: str, version: str, specifier: str) -> None:
    with contextlib.suppress(InvalidVersion):
        assert satisfies(ecosystem, version, specifier) in {True, False}


@pytest.mark.parametrize("ecosystem", ECOSYSTEMS)
def test_hostile_repetition_has_an_answer(ecosystem: str) -> None:
    """A key that needs more than linear time would keep this from ending."""
    for start in ("", "1.0.0-", "dev-"):
        for unit in ("1", "a", ".", "-", "1.", "a1", "-1", ".a", "_p1", "~", "1-", "=", ".post1"):
            for end in ("", "!", "dev"):
                version = (start + unit * 1_000)[: 1_000 - len(end)] + end
                assert key_or_none(ecosystem, version) == key_or_none(ecosystem, version)
