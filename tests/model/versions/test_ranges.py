"""Ranges: npm's by node-semver's documented grammar, PyPI's by packaging."""

import pytest

from doorward.errors import InvalidVersion
from doorward.model.versions import satisfies

#: range -> versions in it, versions not in it.
NPM = {
    "": ("0.0.1 1.2.3", "1.2.3-beta"),
    "*": ("0.0.1 9.9.9", "1.0.0-0"),
    "1.2.3": ("1.2.3 1.2.3+build", "1.2.4 1.2.3-rc.1"),
    "=1.2.3": ("1.2.3", "1.2.2"),
    "v1.2.3": ("1.2.3", "1.2.2"),
    ">1.2.3": ("1.2.4 2.0.0", "1.2.3 1.2.2 1.2.4-beta"),
    ">= 1.2.3": ("1.2.3 1.3.0", "1.2.2"),
    "<2": ("1.9.9 0.0.0", "2.0.0 2.0.0-rc.1"),
    "<=2": ("2.0.0 2.9.9", "3.0.0"),
    ">1": ("2.0.0", "1.0.0 1.9.9"),
    ">=1.2": ("1.2.0 1.3.0", "1.1.9"),
    ">1.2": ("1.3.0", "1.2.0 1.2.9"),
    "<=1.2": ("1.2.9", "1.3.0"),
    "<1.2": ("1.1.9", "1.2.0"),
    ">*": ("", "0.0.0 1.0.0"),
    "<x": ("", "0.0.0 1.0.0"),
    ">=*": ("0.0.0 1.0.0", ""),
    "1 - 2": ("1.0.0 2.9.9", "0.9.9 3.0.0"),
    "1.2.3 - 2.3.4": ("1.2.3 2.3.4", "1.2.2 2.3.5"),
    "1.2 - 2.3": ("1.2.0 2.3.9", "1.1.9 2.4.0"),
    "* - 2": ("0.0.0 2.9.9", "3.0.0"),
    "1 - *": ("1.0.0 9.0.0", "0.9.9"),
    "1.x": ("1.0.0 1.9.9", "2.0.0 0.9.9"),
    "1.2.X": ("1.2.0 1.2.9", "1.3.0"),
    "1.2": ("1.2.0 1.2.9", "1.3.0 1.1.0"),
    "~1.2.3": ("1.2.3 1.2.9", "1.2.2 1.3.0 1.2.4-beta"),
    "~>1.2.3": ("1.2.9", "1.3.0"),
    "~1.2": ("1.2.0 1.2.9", "1.3.0"),
    "~1": ("1.0.0 1.9.9", "2.0.0"),
    "~0.2.3": ("0.2.3 0.2.9", "0.3.0"),
    "~1.2.3-beta.2": ("1.2.3-beta.2 1.2.3-beta.4 1.2.3 1.2.4", "1.2.3-beta.1 1.2.4-beta.2 1.3.0"),
    "^1.2.3": ("1.2.3 1.9.0", "1.2.2 2.0.0 2.0.0-rc.1 1.3.0-beta"),
    "^0.2.3": ("0.2.3 0.2.9", "0.2.2 0.3.0"),
    "^0.0.3": ("0.0.3", "0.0.4 0.0.2"),
    "^1.2.3-beta.2": ("1.2.3-beta.2 1.2.3-rc.1 1.2.3 1.9.0", "1.2.3-beta.1 1.2.4-beta.2 2.0.0"),
    "^0.0.3-beta": ("0.0.3-beta 0.0.3", "0.0.4"),
    "^1.2.x": ("1.2.0 1.9.0", "1.1.9 2.0.0"),
    "^0.0": ("0.0.0 0.0.9", "0.1.0"),
    "^0.x": ("0.0.0 0.9.9", "1.0.0"),
    "^ 1.2": ("1.2.0", "2.0.0"),
    "^*": ("0.0.0 4.0.0", ""),
    ">=1.2.7 <1.3.0": ("1.2.7 1.2.99", "1.2.6 1.3.0"),
    ">=1.0.0  <2  ": ("1.5.0", "2.0.0"),
    "1.2.7 || >=1.2.9 <2.0.0": ("1.2.7 1.2.9 1.4.6", "1.2.8 2.0.0"),
    "1.0.0||2.0.0": ("1.0.0 2.0.0", "1.5.0"),
    ">1.2.3-alpha.3": ("1.2.3-alpha.7 3.4.5", "3.4.5-alpha.9 1.2.3-alpha.3"),
    "1.2.3-rc.1 || *": ("1.2.3", "1.2.3-rc.1"),
}


@pytest.mark.parametrize("specifier", NPM)
def test_npm_ranges(specifier: str) -> None:
    inside, outside = NPM[specifier]
    assert [version for version in inside.split() if not satisfies("npm", version, specifier)] == []
    assert [version for version in outside.split() if satisfies("npm", version, specifier)] == []


@pytest.mark.parametrize(
    "specifier",
    [
        "latest",
        "1.2.3.4",
        "^",
        ">=",
        "01.2.3",
        "1 -2",
        "1 - 2 - 3",
        "1.2.3 - ",
        "| 1",
        "1,2",
        "npm:other@1",
        "file:../x",
        "1.2.-",
        "git+ssh://git@host.invalid/x",
        "> 1.x.3",
        ">=1.2.3 and",
        "1" * 5000,
    ],
)
def test_what_is_no_npm_range(specifier: str) -> None:
    with pytest.raises(InvalidVersion):
        satisfies("npm", "1.2.3", specifier)


#: specifiers -> versions in them, versions not in them.
PYPI = {
    "": ("1.0 2.0.post1", "1.0rc1"),
    ">=1.2,<2": ("1.2 1.99", "1.1 2.0 1.5rc1"),
    "~=2.2": ("2.2 2.9", "2.1 3.0"),
    "~=2.2.0": ("2.2.5", "2.3"),
    "==1.1.*": ("1.1 1.1.9 1.1.post1", "1.2"),
    "==1.0": ("1.0 1.0.0 1.0+cu118", "1.0.1"),
    "!=1.5": ("1.4", "1.5 1.5.0"),
    ">1.7": ("1.7.1 1.8", "1.7 1.7.post1 1.7+local"),
    ">=1.0rc1": ("1.0rc1 1.0 2.0b1", "1.0b1"),
    "===1.0": ("1.0", "1.0.1"),
    " >= 1.0 , < 2 ": ("1.5", "2"),
}


@pytest.mark.parametrize("specifier", PYPI)
def test_pypi_specifiers(specifier: str) -> None:
    inside, outside = PYPI[specifier]
    assert [version for version in inside.split() if not satisfies("PyPI", version, specifier)] == []
    assert [version for version in outside.split() if satisfies("PyPI", version, specifier)] == []


@pytest.mark.parametrize("specifier", ["1.0", "^1.0", ">=", "==1.*.2", "foo", ">=1.0;", "~=1"])
def test_what_is_no_pypi_specifier(specifier: str) -> None:
    with pytest.raises(InvalidVersion):
        satisfies("PyPI", "1.0", specifier)


def test_a_range_needs_a_version_and_an_ecosystem_whose_ranges_are_read() -> None:
    with pytest.raises(InvalidVersion, match="'trunk'"):
        satisfies("PyPI", "trunk", ">=1.0")
    with pytest.raises(InvalidVersion, match="does not read version ranges of 'Maven'"):
        satisfies("Maven", "1.0", "[1.0,2.0)")
