"""The helpers of the registry rules: how they compare and how they write."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.model.findings import Evidence
from doorward.rules.registry import _words as words
from doorward.rules.registry._compare import Files, is_new, is_opaque, is_patch, numbers, path_key
from doorward.rules.registry._hooks import hook_key
from tests.rules.build import can, hook, member, pth, release, wheel


@pytest.mark.parametrize(
    ("sizes", "text"),
    [
        ([205_000, 231_000], "205-231 kB"),
        ([220_000], "220 kB"),
        ([990_000, 1_200_000], "990 kB to 1.2 MB"),
        ([5, 5], "5 B"),
    ],
)
def test_size_ranges(sizes: list[int], text: str) -> None:
    assert words.size_range(sizes) == text


def test_lists_and_moments() -> None:
    assert words.span(["1.0", "1.1", "1.2"]) == "1.0 ... 1.2"
    assert words.span(["1.0", "1.1"]) == "1.0, 1.1"
    assert words.listed(["network", "decode-exec", "network"]) == "decode-exec and network"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.listed([]) == ""
    assert words.count(1, "file") == "1 file"
    assert words.moment(datetime(2026, 6, 4, 7, tzinfo=UTC)) == "2026-06-04 07:00 UTC"
    assert words.cut("a\n  b") == "a b"
    assert len(words.cut("word " * 1_000)) == 120


def test_long_evidence_is_counted() -> None:
    shown = words.shown([Evidence("file", str(number)) for number in range(40)], "file")
    assert len(shown) == words.SHOWN + 1
    assert shown[-1].value == "35 files more"


@pytest.mark.parametrize(
    ("path", "version", "key"),
    [
        ("lib-1.2.dist-info/METADATA", "1.2", "lib-{version}.dist-info/METADATA"),
        ("lib-11.2.dist-info/METADATA", "1.2", "lib-11.2.dist-info/METADATA"),
        ("lib-1.2.3.dist-info/METADATA", "1.2", "lib-1.2.3.dist-info/METADATA"),
        ("lib/v1.2/x", "1.2", "lib/v{version}/x"),
        ("lib/a+b", "a+b", "lib/{version}"),
        ("lib/x", "", "lib/x"),
    ],
)
def test_the_own_version_in_a_path_is_a_placeholder(path: str, version: str, key: str) -> None:
    assert path_key(path, version) == key


@pytest.mark.parametrize(
    ("old", "new", "patch"),
    [
        ("1.4.0", "1.4.1", True),
        ("1.4", "1.4.1", True),
        ("1.4.0", "1.4.0.post1", True),
        ("v1.4.0", "1.4.9", True),
        ("1.4.0", "1.5.0", False),
        ("1.4.0", "2.0.0", False),
        ("1!1.4.0", "1!1.4.1", True),
        ("", "2.0.0", True),
        ("snapshot", "2.0.0", True),
    ],
)
def test_patches(old: str, new: str, patch: bool) -> None:
    assert is_patch(old, new) is patch


@given(st.text(), st.text())
def test_no_version_and_no_path_is_too_odd(version: str, path: str) -> None:
    assert all(isinstance(number, int) for number in numbers(version))
    assert isinstance(path_key(path, version), str)


def test_a_file_is_new_by_its_bytes_not_by_its_place() -> None:
    old = Files.of(release("1.0.0", wheel(member("lib/a.py", "text"))))
    assert not is_new(member("lib/moved.py", "text"), old)
    assert is_new(member("lib/a.py", "other text"), old)


def test_a_file_is_opaque_where_the_one_before_it_was_not() -> None:
    def opaque(before: dict[str, object], now: dict[str, object], *more: object) -> bool:
        old = Files.of(release("1.0.0", wheel(member("lib/a.js", "old", **before))))
        new = Files.of(release("1.0.1", wheel(member("lib/a.js", "new", **now), *more)))
        return is_opaque(new.by_key["lib/a.js"][0], new, old)

    assert opaque({}, {"longest_line": 2_001})
    assert not opaque({}, {"longest_line": 2_000})
    assert not opaque({"longest_line": 30_000}, {"longest_line": 100_000})
    assert opaque({"longest_line": 600}, {"longest_line": 2_401})
    assert opaque({}, {"opaque": ("off-screen",)})
    assert not opaque({"opaque": ("base64-run",)}, {"opaque": ("base64-run",)})
    assert opaque({}, {}, can("decode-exec", "lib/a.js:7"))


def test_what_tells_hooks_apart() -> None:
    assert hook_key(hook("npm:postinstall", "node x.js")) == "npm:postinstall"
    assert hook_key(pth("import x")) == "wheel:pth:lib_init.pth"
    assert hook_key(hook("sdist:setup.py", "setup()")) == "sdist:setup.py"
