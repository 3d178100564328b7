"""Names in archives: escapes, collisions, links."""

import pytest

from doorward.sources.archives.names import link_anomaly, name_anomalies, written_anomalies


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("pkg/a.py", []),
        ("pkg/..a/b", []),
        ("../a", ["path-escape"]),
        ("a/../../b", ["path-escape"]),
        ("a\\..\\b", ["path-escape", "backslash-in-name"]),
        ("/etc/passwd", ["absolute-path"]),
        ("C:/windows", ["absolute-path"]),
        ("~/.ssh/config", ["absolute-path"]),
        ("a\0.py", ["nul-in-name"]),
        ("ü/ß.py", []),
        ("./a/b.py", []),
        ("a/.b", []),
        ("a//b", ["unnormalised-path"]),
        ("a/./b", ["unnormalised-path"]),
        (".//b", ["unnormalised-path"]),
        ("././b", ["unnormalised-path"]),
        ("a/b/.", ["unnormalised-path"]),
        ("a\nb", ["control-in-name"]),
        ("a\x1b[2Kb", ["control-in-name"]),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}sj.b", ["control-in-name"]),
    ],
)
def test_one_path(path: str, kinds: list[str]) -> None:
    assert [anomaly.kind for anomaly in written_anomalies(path)] == kinds
    assert [anomaly.kind for anomaly in name_anomalies([(path, path)])] == kinds


@pytest.mark.parametrize(
    ("paths", "kinds"),
    [
        (["a", "b"], []),
        (["a", "a"], ["duplicate-entry"]),
        (["pkg/a", "pkg/./a"], ["unnormalised-path", "duplicate-entry"]),
        (["pkg/a", "pkg//a"], ["unnormalised-path", "duplicate-entry"]),
        (["Pkg/A", "pkg/a"], ["case-collision"]),
        (["stra\N{LATIN SMALL LETTER SHARP S}e", "strasse"], ["case-collision"]),
        (["e\N{COMBINING ACUTE ACCENT}", "\N{LATIN SMALL LETTER E WITH ACUTE}"], ["case-collision"]),
    ],
)
def test_several_paths(paths: list[str], kinds: list[str]) -> None:
    assert [anomaly.kind for anomaly in name_anomalies(zip(paths, paths, strict=True))] == kinds


@pytest.mark.parametrize(
    ("path", "target", "out"),
    [
        ("a/b", "c", False),
        ("a/b", "../c", False),
        ("a/b", "../../c", True),
        ("b", "..", True),
        ("a/b", "/etc/passwd", True),
        ("a/b", "C:\\x", True),
        ("a/b", "..\\..\\c", True),
        ("a/b", "x/../../../c", True),
    ],
)
def test_links(path: str, target: str, out: bool) -> None:
    found = link_anomaly(path, target)
    assert (found is not None and found.kind == "link-out") is out
