"""Every documented ordering rule of every ecosystem, and what is no version."""

from itertools import product

import pytest

from doorward.discovery import members
from doorward.errors import InvalidVersion
from doorward.model.versions import compare, sort_key
from tests.model.versions.chains import CHAINS, CRATES, ranked

ORDERS = members("doorward.model.versions")


@pytest.mark.parametrize(("ecosystem", "chain"), [(name, chain) for name, chains in CHAINS.items() for chain in chains])
def test_documented_order(ecosystem: str, chain: str) -> None:
    versions = ranked(chain)
    wrong = [
        (a, b, answer)
        for (rank, a), (other, b) in product(versions, versions)
        if (answer := compare(ecosystem, a, b)) != (rank > other) - (rank < other)
    ]
    assert wrong == []


def test_sorting_by_key_restores_the_documented_order() -> None:
    for ecosystem, chains in CHAINS.items():
        for chain in chains:
            pairs = ranked(chain)
            shuffled = pairs[1::2] + pairs[::2]
            by_key = sorted(shuffled, key=lambda pair: sort_key(ecosystem, pair[1]))
            assert [rank for rank, _ in by_key] == [rank for rank, _ in pairs]


def test_equal_versions_have_equal_hashable_keys() -> None:
    assert len({sort_key("PyPI", version) for version in ("1", "1.0", "v1.0.0", " 1.0\n")}) == 1
    assert len({sort_key("Debian", "1.0-1"), sort_key("Debian:12", "0:1.0-1")}) == 1


@pytest.mark.parametrize("name", sorted(ORDERS))
def test_every_order_is_written_down_in_a_chain(name: str) -> None:
    ecosystems = {ecosystem.partition(":")[0] for ecosystem in CHAINS}
    assert set(ORDERS[name].ECOSYSTEMS) & ecosystems


def test_no_ecosystem_has_two_orders() -> None:
    names = [name for module in ORDERS.values() for name in module.ECOSYSTEMS]
    assert len(names) == len(set(names))


NONSENSE = {
    "PyPI": ["name==1.2", "1.0-doduo", "2013-01-21T20:33:09", "trunk", "1..2", "1.0.", "٣.1"],
    CRATES: ["1.2.3.4", "01.2.3", "1.2.3-01", "1.2.3-", "1.2.3-a..b", "1.2.3+", "latest", "1.x", "=1.0.0"],
    "npm": ["1.2.3.4", "latest", "1.x", "^1.0.0", "1.2.3-a..b", "file:x"],
    "Go": ["v1.2.3.4", "v01.2.3", "master", "go", "go2", "1.21rc"],
    "Maven": ["[1.0,2.0)", "${revision}", "a/b", "1.0:2", "1 0", "a*"],
    "NuGet": ["1.2.3.4.5", "v1.0", "1.0-", "[1.0]", "1.*"],
    "RubyGems": ["beta", "1..2", "1.0_1", ">= 1.0", "1beta"],
    "Packagist": ["foo", "1.2.3.4.5", "1.0-gamma", "^1.0", "4.3-2RC1", "dev-", "foo-dev"],
    "Pub": ["1.2.3.4", "^1.0.0", "any", "1.2.3-"],
    "Debian": ["not-a-version", "1:", "a:1.0", "1.0-", "1.0_1", ":1.0", "1.0-1-"],
    "Alpine": ["not-a-version", "1.2A", "1.2_gamma", "1.2-r", "1..2", "1.2-1", "1.2~XY", "1.2ab"],
    "Red Hat": ["1.0!", "name=1.0", "1.0 2", "-1", "1:", "1.1.α"],
    "CRAN": ["1.0a", "1..2", "1.0-", "r1"],
    "Hackage": ["1.0-1", "1.0a", ".1", "1."],
    "opam": ["1:2", "1 2", "name=1.0"],
    "ConanCenter": ["[>=1.0 <2]", "1.0/user", "-1", ".1"],
}


@pytest.mark.parametrize(
    ("ecosystem", "version"), [(name, version) for name, many in NONSENSE.items() for version in many]
)
def test_nonsense_is_no_version(ecosystem: str, version: str) -> None:
    with pytest.raises(InvalidVersion):
        sort_key(ecosystem, version)
    with pytest.raises(InvalidVersion):
        compare(ecosystem, "1.0.0", version)
    with pytest.raises(InvalidVersion):
        compare(ecosystem, version, version)


@pytest.mark.parametrize("name", sorted(ORDERS))
@pytest.mark.parametrize("version", ["", " ", "\t\n", "\0", "1.0\0", "1.0.0 1", "1.0\n.0", "1.0.0\x07", "1" * 1_001])
def test_blank_and_broken_strings_are_versions_nowhere(name: str, version: str) -> None:
    for ecosystem in ORDERS[name].ECOSYSTEMS:
        with pytest.raises(InvalidVersion):
            sort_key(ecosystem, version)


@pytest.mark.parametrize("name", sorted(ORDERS))
def test_long_versions_are_read_up_to_the_limit(name: str) -> None:
    ecosystem = ORDERS[name].ECOSYSTEMS[0]
    number = "9" * 99
    assert compare(ecosystem, f"1.{number}1", f"1.{number}2") == -1


@pytest.mark.parametrize(
    "ecosystem", ["", "Android", "OSS-Fuzz", "pypi ", "Debian12", "TuxCare", "Root", "Root:", "X" * 400]
)
def test_an_ecosystem_without_a_documented_order_compares_nothing(ecosystem: str) -> None:
    with pytest.raises(InvalidVersion, match="no order"):
        compare(ecosystem, "1", "2")


def test_the_error_names_version_and_order_in_one_short_line() -> None:
    with pytest.raises(InvalidVersion, match=r"'1\.0\\x1b\[31m' is not a version of PyPI"):
        sort_key("PyPI", "1.0\x1b[31m")
    with pytest.raises(InvalidVersion) as raised:
        sort_key("Debian", "!" * 900)
    assert len(str(raised.value)) < 150
