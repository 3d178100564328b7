"""Pre-releases and major lines."""

import pytest

from doorward.errors import InvalidVersion
from doorward.model.versions import is_prerelease, major_line
from tests.model.versions.chains import CRATES

PRERELEASES = {
    "PyPI": (
        ["1.0a1", "1.0.dev3", "1.0.post1.dev2", "1.0-beta", "2!1rc1"],
        ["1.0", "1.0.post1", "1.0+cu118", "2024.1"],
    ),
    CRATES: (["1.0.0-alpha", "0.1.0-0"], ["1.0.0", "1.0.0+dev", "0.0.1"]),
    "npm": (["1.2.3-rc.1", "1.2.3beta"], ["1.2.3", "v1"]),
    "Go": (
        ["v1.0.0-rc.1", "v0.0.0-20210102030405-abcdefabcdef", "go1.21rc2"],
        ["v1.0.0", "v2.0.0+incompatible", "go1.21.3"],
    ),
    "Maven": (
        ["1.0-SNAPSHOT", "1.0.0.Beta1", "1-m3", "1.0-jre-rc1"],
        ["1.0", "1.0.Final", "31-jre", "1.0-sp", "1.0-2"],
    ),
    "NuGet": (["1.0.0-preview", "1.0.0.1-a"], ["1.0", "1.0.0.1", "1.0.0+a"]),
    "RubyGems": (["1.0.a", "1.0.0-1", "1.0.rc1"], ["1.0", "1.0.0.1"]),
    "Packagist": (["dev-main", "1.x-dev", "1.0-alpha", "1.0RC1"], ["1.0", "1.0-p1", "v1.0.0-stable"]),
    "Pub": (["1.0.0-dev.1", "1.0.0-dev.1+2"], ["1.0.0", "1.0.0+2"]),
    "Debian": (["1.0~rc1-1", "2:1.0~beta+dfsg-1"], ["1.0-1", "1.0-1~bpo12+1", "1.0+rc1"]),
    "Alpine": (["1.0_alpha", "1.0_rc1-r2"], ["1.0", "1.0_p1-r2", "1.0_git2024"]),
    "Red Hat": (["1.0~rc1-1.el9", "1:1.0~beta"], ["1.0-1.el9", "1.0^git1", "1.0-1~bootstrap"]),
    "CRAN": ([], ["1.0", "1.0.9000"]),
    "Hackage": ([], ["1.0", "0.1"]),
    "opam": (["1.0~beta1"], ["1.0", "v0.16", "1.0+trunk"]),
    "ConanCenter": (["1.0-rc1"], ["1.0", "1.1.1t", "cci.20200101", "1.0+1"]),
    "Root:npm": (["1.2.3-rc.1.root.io.2"], ["1.2.3.root.io.2"]),
}


@pytest.mark.parametrize(
    ("ecosystem", "version", "expected"),
    [
        (ecosystem, version, expected)
        for ecosystem, both in PRERELEASES.items()
        for versions, expected in zip(both, (True, False), strict=True)
        for version in versions
    ],
)
def test_prereleases(ecosystem: str, version: str, expected: bool) -> None:
    assert is_prerelease(ecosystem, version) is expected


@pytest.mark.parametrize(
    ("ecosystem", "version", "line"),
    [
        ("PyPI", "1.2.3", (0, 1)),
        ("PyPI", "0.4", (0, 0)),
        ("PyPI", "0", (0, 0)),
        ("PyPI", "2!3.1rc1", (2, 3)),
        ("PyPI", "2024.4.1", (0, 2024)),
        (CRATES, "0.9.1", (0,)),
        ("npm", "17.0.2-beta.1", (17,)),
        ("Go", "v11.0.0+incompatible", (11,)),
        ("Maven", "5.3.1.Final", (5,)),
        ("Maven", "0.9-rc1", (0,)),
        ("Maven", "0", (0,)),
        ("Maven", "Finchley.SR1", ("finchley",)),
        ("NuGet", "6.0.0.1", (6,)),
        ("RubyGems", "7.0.4.1", (7,)),
        ("RubyGems", "0.1.a", (0,)),
        ("Packagist", "v6.4.x-dev", (6,)),
        ("Packagist", "dev-main", ("main",)),
        ("Julia", "1.2.3+4", (1,)),
        ("Debian:12", "1:9.2p1-2+deb12u1", (1, 9)),
        ("Alpine:v3.20", "3.1.4_p1-r0", (3,)),
        ("Red Hat", "1:3.0.7-16.el9", (1, 3)),
        ("CRAN", "0.2-20", (0,)),
        ("Hackage", "2.1.1.1", (2,)),
        ("opam", "v0.16.1", (0,)),
        ("ConanCenter", "1.1.1t", (1,)),
        ("ConanCenter", "cci.20200101", ("cci",)),
        ("Echo:npm", "4.17.21+echo.1", (4,)),
    ],
)
def test_major_lines(ecosystem: str, version: str, line: tuple[int | str, ...]) -> None:
    assert major_line(ecosystem, version) == line


def test_nonsense_has_neither() -> None:
    for function in (is_prerelease, major_line):
        with pytest.raises(InvalidVersion):
            function("PyPI", "trunk")
