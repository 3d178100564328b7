"""npm's locks in their versions."""

import json
from pathlib import Path
from typing import Any

import pytest

from doorward.errors import ManifestError
from doorward.sources.manifests import read_file
from tests.manifests.build import COMMIT, SRI, SRI_HEX, parse, pins, reasons

HOST = "https://registry.example"


def lock(packages: dict[str, Any], version: int = 3) -> str:
    return json.dumps({"name": "app", "version": "1.0.0", "lockfileVersion": version, "packages": packages}, indent=2)


def entry(name: str, version: str, **more: Any) -> dict[str, Any]:
    base = name.rpartition("/")[2]
    return {
        "version": version,
        "resolved": f"{HOST}/npm/{name}/-/{base}-{version}.tgz",
        "integrity": SRI,
        **more,
    }


TREE = lock({
    "": {
        "name": "app",
        "version": "1.0.0",
        "workspaces": ["packages/*"],
        "dependencies": {"web": "^4", "short": "npm:@scope/real@^2", "lib": "github:o/lib", "tar": f"{HOST}/t.tgz"},
        "devDependencies": {"lint": "^8"},
        "optionalDependencies": {"native": "*"},
    },
    "packages/own": {"name": "@app/own", "version": "0.1.0", "dependencies": {"debug": "^2"}},
    "node_modules/@app/own": {"resolved": "packages/own", "link": True},
    "packages/own/node_modules/debug": entry("debug", "2.0.0", dependencies={"ms": "2"}),
    "node_modules/web": entry("web", "4.1.0", dependencies={"debug": "^4", "ms": "2"}, peerDependencies={"peer": "*"}),
    "node_modules/web/node_modules/ms": entry("ms", "2.0.0"),
    "node_modules/debug": entry("debug", "4.0.0", dependencies={"ms": "^2.1"}),
    "node_modules/ms": entry("ms", "2.1.3"),
    "node_modules/short": {**entry("@scope/real", "2.2.0"), "name": "@scope/real"},
    "node_modules/lib": {"version": "1.0.0", "resolved": f"git+ssh://git@git.example/o/lib.git#{COMMIT}", "integrity": SRI},
    "node_modules/tar": {"version": "5.0.0", "resolved": f"{HOST}/t.tgz", "integrity": SRI},
    "node_modules/lint": entry("lint", "8.0.0", dev=True, dependencies={"native": "*"}),
    "node_modules/native": entry("native", "1.0.0", devOptional=True),
    "node_modules/peer": entry("peer", "6.0.0", peer=True),
    "../near": {"version": "0.0.1"},
    "node_modules/near": {"resolved": "../near", "link": True},
    "node_modules/web/node_modules/inside": {"version": "0.3.0", "inBundle": True},
})  # fmt: skip


def test_a_tree() -> None:
    inventory = parse("package-lock.json", TREE)
    found = {f"{p.name} {p.version}": (p.source, p.direct, p.via, p.groups) for p in inventory.packages}
    assert found == {
        "app 1.0.0": ("workspace", None, (), ()),
        "@app/own 0.1.0": ("workspace", None, (), ()),
        "debug 2.0.0": ("registry", True, (), ()),
        "web 4.1.0": ("registry", True, (), ()),
        "ms 2.0.0": ("registry", False, ("web 4.1.0",), ()),
        "debug 4.0.0": ("registry", False, ("web 4.1.0",), ()),
        "ms 2.1.3": ("registry", False, ("debug 2.0.0",), ()),
        "@scope/real 2.2.0": ("registry", True, (), ()),
        "lib 1.0.0": ("git", True, (), ()),
        "tar 5.0.0": ("url", True, (), ()),
        "lint 8.0.0": ("registry", True, (), ("dev",)),
        "native 1.0.0": ("registry", True, (), ("dev", "optional")),
        "peer 6.0.0": ("registry", False, ("web 4.1.0",), ("peer",)),
        "near 0.0.1": ("path", False, (), ()),
        "inside 0.3.0": ("registry", False, (), ()),
    }
    assert inventory.gaps == ()


def test_origins_digests_and_lines() -> None:
    found = {f"{p.name} {p.version}": p for p in parse("web/package-lock.json", TREE).packages}
    real = found["@scope/real 2.2.0"]
    assert (real.url, str(real.digests[0]), real.digests[0].filename) == (
        f"{HOST}/npm",
        f"sha512:{SRI_HEX}",
        "real-2.2.0.tgz",
    )
    assert (found["lib 1.0.0"].url, found["lib 1.0.0"].commit, found["lib 1.0.0"].digests) == (
        "ssh://git.example/o/lib.git",
        COMMIT,
        (),
    )
    assert (found["tar 5.0.0"].url, found["tar 5.0.0"].digests[0].filename) == (f"{HOST}/t.tgz", "t.tgz")
    lines = TREE.split("\n")
    for name, key in (("web 4.1.0", "node_modules/web"), ("peer 6.0.0", "node_modules/peer")):
        assert f'"{key}": {{' in lines[(found[name].line or 0) - 1]
        assert found[name].path == "web/package-lock.json"


@pytest.mark.parametrize(
    ("resolved", "source", "url"),
    [
        (None, "registry", ""),
        ("", "registry", ""),
        (False, "registry", ""),
        (True, "registry", ""),
        (f"{HOST}/@s/x/-/x-1.0.0.tgz", "registry", HOST),
        (f"{HOST}/@s%2fx/-/x-1.0.0.tgz", "registry", HOST),
        ("https://u:p@registry.example/@s/x/-/x-1.0.0.tgz", "registry", HOST),
        (f"{HOST}/download/@s/x/1.0.0/abc", "registry", HOST),
        (f"{HOST}/elsewhere/x-1.0.0.tgz", "url", f"{HOST}/elsewhere/x-1.0.0.tgz"),
        (f"{HOST}/other/-/x-1.0.0.tgz", "url", f"{HOST}/other/-/x-1.0.0.tgz"),
        ("file:../x.tgz", "path", "../x.tgz"),
        (f"git+https://git.example/x.git#{COMMIT}", "git", "https://git.example/x.git"),
        (f"git@git.example:o/x.git#{COMMIT}", "git", "ssh://git.example/o/x.git"),
        (f"github:o/x#{COMMIT}", "git", "https://github.com/o/x"),
    ],
)
def test_what_resolved_says(resolved: object, source: str, url: str) -> None:
    text = lock({"": {}, "node_modules/@s/x": {"version": "1.0.0", "resolved": resolved, "integrity": SRI}})
    package = parse("package-lock.json", text).packages[0]
    assert (package.name, package.source, package.url) == ("@s/x", source, url)
    assert len(package.digests) == (1 if source in {"registry", "url"} else 0)
    if source == "registry":
        assert package.digests[0].filename == ("abc" if resolved and "download" in str(resolved) else "x-1.0.0.tgz")


@pytest.mark.parametrize(
    ("integrity", "digests", "gaps"),
    [
        (SRI, [f"sha512:{SRI_HEX}"], []),
        (f"sha1-{'AQEB' * 6}AQE= {SRI}?opt", [f"sha1:{'01' * 20}", f"sha512:{SRI_HEX}"], []),
        ("", [], []),
        (None, [], []),
        ("sha512-AQEB", [], ["a sha512 digest that is not 64 bytes"]),
        ("sha512-!!!!", [], ["a sha512 digest that is not base64"]),
        ("sha999-AQEB", [], ["a digest of an unknown algorithm"]),
        ("deadbeef", [], ["an integrity value without an algorithm"]),
    ],
)
def test_integrity(integrity: str | None, digests: list[str], gaps: list[str]) -> None:
    inventory = parse("package-lock.json", lock({"node_modules/x": {"version": "1", "integrity": integrity}}))
    assert [str(d) for d in inventory.packages[0].digests] == digests
    assert [reason for _, reason in reasons(inventory)] == gaps


def test_one_package_for_each_version_wherever_it_lies() -> None:
    text = lock(
        {
            "node_modules/x": entry("x", "1.0.0", dev=True),
            "node_modules/y/node_modules/x": entry("x", "1.0.0"),
            "node_modules/z/node_modules/x": entry("x", "2.0.0"),
        }
    )
    inventory = parse("npm-shrinkwrap.json", text)
    assert pins(inventory) == ["x 1.0.0", "x 2.0.0"]
    assert inventory.packages[0].groups == ()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"version": 5}, "expected `str | null`, got `int` - at `$.version`"),
        ({"resolved": "x"}, ""),
        ([], "expected `object`, got `array`"),
        ({"version": "1", "dependencies": {"a": 3}}, "expected `str`, got `int` at dependencies, which is left out"),
        ({}, "no version"),
        (
            {"version": "1", "resolved": "git+https://git.example/x#main"},
            "a git dependency that is not pinned to a commit",
        ),
    ],
)
def test_a_bad_entry_costs_itself(bad: object, reason: str) -> None:
    inventory = parse("package-lock.json", lock({"node_modules/bad": bad, "node_modules/good": entry("good", "1.0.0")}))
    assert "good 1.0.0" in pins(inventory)
    assert [found for _, found in reasons(inventory)] == ([reason] if reason else [])


FIRST = {
    "name": "app",
    "version": "1.0.0",
    "lockfileVersion": 1,
    "requires": True,
    "dependencies": {
        "web": {
            "version": "4.1.0",
            "resolved": f"{HOST}/web/-/web-4.1.0.tgz",
            "integrity": SRI,
            "requires": {"ms": "2.0.0"},
            "dependencies": {"ms": {"version": "2.0.0", "bundled": True}},
        },
        "ms": {"version": "2.1.3", "dev": True, "requires": False},
        "short": {"version": "npm:@scope/real@2.2.0", "resolved": f"{HOST}/@scope/real/-/real-2.2.0.tgz"},
        "lib": {
            "version": f"git+ssh://git@git.example/o/lib.git#{COMMIT}",
            "from": "git+ssh://git@git.example/o/lib.git",
        },
        "tar": {"version": f"{HOST}/t.tgz", "integrity": SRI},
        "near": {"version": "file:../near", "optional": True},
    },
}


def test_lock_version_one() -> None:
    manifest = json.dumps(
        {"name": "app", "version": "1.0.0", "dependencies": {"web": "^4"}, "devDependencies": {"ms": "2"}}
    )
    inventory = parse("package-lock.json", json.dumps(FIRST), {"package.json": manifest})
    found = {f"{p.name} {p.version}": (p.source, p.direct, p.via, p.groups) for p in inventory.packages}
    assert found == {
        "app 1.0.0": ("workspace", None, (), ()),
        "web 4.1.0": ("registry", True, (), ()),
        "ms 2.1.3": ("registry", True, (), ("dev",)),
        "@scope/real 2.2.0": ("registry", False, (), ()),
        "lib ": ("git", False, (), ()),
        "tar ": ("url", False, (), ()),
        "near ": ("path", False, (), ("optional",)),
        "ms 2.0.0": ("registry", False, ("web 4.1.0",), ()),
    }


def test_lock_version_one_without_its_manifest() -> None:
    alone = parse("package-lock.json", json.dumps(FIRST))
    assert {p.direct for p in alone.packages} == {None}
    broken = parse("package-lock.json", json.dumps(FIRST), {"package.json": "{"})
    assert broken.gaps[0].reason.startswith("what the project itself asks for is not known: package.json: not JSON")


def test_nesting_deeper_than_npm_nests_is_a_gap() -> None:
    deep = "/".join(["node_modules/x"] * 200)
    inventory = parse("package-lock.json", lock({deep: entry("x", "1"), "node_modules/y": entry("y", "1")}))
    assert pins(inventory) == ["y 1"]
    assert reasons(inventory) == [("x", "nested deeper than npm nests")]
    text = (
        '{"lockfileVersion": 1, "dependencies": '
        + '{"x": {"version": "1", "dependencies": ' * 300
        + "{}"
        + "}}" * 300
        + "}"
    )
    inventory = parse("package-lock.json", text)
    assert ("x", "nested deeper than npm nests") in reasons(inventory)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("[]", "Expected `object`, got `array`"),
        ("{}", "neither packages nor dependencies"),
        ('{"packages": 3}', "Expected `object | null`, got `int`"),
        ('{"packages": {', "not JSON"),
        ('{"x": ' + "[" * 100_000, "nested too deeply"),
        ('{"packages": {"a": {}}} trailing', "not JSON"),
    ],
)
def test_what_is_no_lock(text: str, reason: str) -> None:
    with pytest.raises(ManifestError, match=r"^package-lock\.json: ") as error:
        parse("package-lock.json", text)
    assert reason in str(error.value)


def test_a_key_twice_counts_as_npm_counts_it() -> None:
    text = '{"packages": {"node_modules/x": {"version": "1"}, "node_modules/x": {"version": "2"}}}'
    assert pins(parse("package-lock.json", text)) == ["x 2"]


def test_ten_thousand_packages_are_read() -> None:
    packages: dict[str, Any] = {"": {"name": "app", "dependencies": {"p0": "*"}}}
    for number in range(10_000):
        wanted = {f"p{other}": "*" for other in range(number + 1, min(number + 4, 10_000))}
        packages[f"node_modules/p{number}"] = entry(f"p{number}", "1.0.0", dependencies=wanted, license="MIT")
    inventory = parse("package-lock.json", lock(packages))
    assert len(inventory.packages) == 10_001


@pytest.mark.parametrize(
    ("once", "twice"),
    [
        ('"node_modules/debug": {', '"node_modules/debug": {"version": "9.9.9"}, "node_modules/debug": {'),
        ('"lockfileVersion": 3', '"lockfileVersion": 3, "lockfileVersion": 3'),
    ],
)
def test_a_key_that_stands_twice_is_a_gap(tmp_path: Path, once: str, twice: str) -> None:
    text = lock({"node_modules/debug": entry("debug", "2.0.0")})
    (tmp_path / "package-lock.json").write_text(text)
    assert not read_file(tmp_path, "package-lock.json").gaps
    (tmp_path / "package-lock.json").write_text(text.replace(once, twice, 1))
    inventory = read_file(tmp_path, "package-lock.json")
    assert [(item.name, item.version) for item in inventory.packages] == [("debug", "2.0.0")]
    (gap,) = inventory.gaps
    assert "stands twice in one object" in gap.reason
