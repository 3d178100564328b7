"""conda's explicit lists, pixi's locks, workspaces of Go, and Bun's binary form."""

from pathlib import Path

import pytest

from doorward.errors import ManifestError
from doorward.sources.manifests import read_file, read_project
from tests.manifests.build import COMMIT, A, B, by_name, parse, pins, reasons, shown
from tests.manifests.samples_conda import CHANNEL, CONDA, EXPLICIT, GO_WORK, MODULES, PIXI, PIXI5, M


def test_an_explicit_list() -> None:
    inventory = parse("conda-linux-64.lock", EXPLICIT)
    found = by_name(inventory)
    assert pins(inventory) == [
        "_libgcc_mutex 0.1", "bare 3.0", "client 1.2.0", "far 1.0", "lib ", "own 1.0", "short 4.0", "two-part 2.0",
    ]  # fmt: skip
    assert [(digest.algorithm, digest.value) for digest in found["_libgcc_mutex"].digests] == [("md5", M)]
    assert [(digest.algorithm, digest.filename) for digest in found["two-part"].digests] == [
        ("sha256", "two-part-2.0-py_0.tar.bz2")
    ]
    assert (found["bare"].digests, found["bare"].url) == ((), CHANNEL)
    assert (found["own"].source, found["own"].url) == ("path", "")
    assert (found["client"].type, found["client"].source, found["client"].digests[0].value) == ("pypi", "registry", A)
    assert (found["lib"].source, found["lib"].commit) == ("git", COMMIT)
    assert (found["far"].source, found["far"].digests[0].value) == ("url", B)
    assert found["two-part"].url == "https://conda.example/forge"
    assert [(gap.entry, gap.reason, gap.line) for gap in inventory.gaps] == [
        ("short", "a sha256 digest that is not 64 hex digits: short-4.0-0.conda", 7),
        (f"{CHANNEL}/noarch/no-package", "not the address of a package of conda", 9),
    ]


def test_an_explicit_list_under_the_name_of_a_requirements_file() -> None:
    assert pins(parse("requirements.txt", EXPLICIT)) == pins(parse("explicit.txt", EXPLICIT))


@pytest.mark.parametrize("text", ["", "name==1", "# @EXPLICIT"])
def test_what_is_no_explicit_list(text: str) -> None:
    with pytest.raises(ManifestError, match="no @EXPLICIT"):
        parse("spec-file.txt", text)


def test_pixi() -> None:
    inventory = parse("pixi.lock", PIXI)
    assert shown(inventory) == [
        "bzip2@1.0.8 registry ? main",
        "py-test@9.0.2 registry ? test",
        "near@0.1.0 path ? main",
        "client@1.2.0 registry ? main",
        "own-index@2.0 registry ? main",
        "far@1.0 url ? main",
        "lib@1.0 git ? main",
        "open@ git ? main",
        "app@0.1.0 workspace ? main",
    ]
    found = by_name(inventory)
    assert [(digest.algorithm, digest.value) for digest in found["bzip2"].digests] == [("sha256", A), ("md5", M)]
    assert [(digest.value, digest.filename) for digest in found["client"].digests] == [
        (A, "client-1.2.0-py3-none-any.whl")
    ]
    assert (found["lib"].commit, found["lib"].url, found["lib"].digests) == (COMMIT, "https://git.example/lib", ())
    assert found["app"].digests == ()
    assert inventory.indexes == ("https://index.example/simple",)
    assert reasons(inventory) == [
        ("py-test", "a sha256 digest that is not 64 hex digits: py-test-9.0.2-pyhc_0.conda"),
        ("packages[3]", "an entry that does not name a package"),
        ("open", "a git dependency that is not pinned to a commit"),
    ]


def test_what_pixi_builds_from_sources() -> None:
    text = "version: 7\nplatforms:\n- name: linux-64\npackages:\n" + "".join(
        f"- conda_source: {source}\n"
        for source in (
            "near[00d04f06] @ ./near",
            f"lib[1] @ git+https://git.example/o/lib.git?rev=v1#{COMMIT}",
            "open @ git+https://git.example/o/open",
            "far[2] @ https://f.example/far.tar.gz",
            "strange",
        )
    )
    inventory = parse("pixi.lock", text)
    assert [(package.name, package.source, package.url, package.commit) for package in inventory.packages] == [
        ("near", "path", "", ""),
        ("lib", "git", "https://git.example/o/lib.git", COMMIT),
        ("open", "git", "https://git.example/o/open", ""),
        ("far", "url", "https://f.example/far.tar.gz", ""),
    ]
    assert [entry for entry, _ in reasons(inventory)] == ["open", "packages[4]"]


def test_pixi_before_version_six() -> None:
    inventory = parse("pixi.lock", PIXI5)
    assert shown(inventory) == [
        "bzip2@1.0.8 registry ? main",
        "client@1.2.0 registry ? main",
        "wheel@1 path ? main",
    ]
    assert all(package.digests for package in inventory.packages)


def test_a_bad_entry_of_pixi_is_told_by_its_name() -> None:
    text = f"version: 6\npackages:\n- conda: {CHANNEL}/noarch/bad-1-0.conda\n  version: []\n- pypi: []\n  name: worse\n- 5\n"
    assert reasons(parse("pixi.lock", text)) == [
        ("bad", "expected `str`, got `array` - at `$.version`"),
        ("worse", "expected `str`, got `array` - at `$.pypi`"),
        ("packages[2]", "expected `object`, got `str`"),
    ]


@pytest.mark.parametrize("text", ["version: 8\npackages: []", "version: 1\npackage: []", "", "packages: []"])
def test_a_pixi_lock_of_an_unknown_version_is_refused(text: str) -> None:
    with pytest.raises(ManifestError, match=r"^pixi\.lock: "):
        parse("pixi.lock", text)


def test_a_workspace_of_go() -> None:
    inventory = parse("go.work", GO_WORK, MODULES)
    assert [(package.path, f"{package.name} {package.version} {package.source}") for package in inventory.packages] == [
        ("app/go.mod", "example.com/app  workspace"),
        ("app/go.mod", "example.org/fork v1.0.1 registry"),
        ("app/go.mod", "example.org/log v2.0.0 path"),
        ("lib/go.mod", "example.com/lib  workspace"),
        ("lib/go.mod", "example.org/net v0.3.0 registry"),
    ]
    assert reasons(inventory) == [
        ("strange", "a directive that go.work does not have"),
        ("./gone", "a module that is not there, or lies outside"),
        ("../outside", "a module that is not there, or lies outside"),
        ("./old", "a module that cannot be read: old/go.mod: no module directive: not a go.mod"),
    ]
    assert inventory.files == ("go.work", "app/go.mod", "lib/go.mod")


def test_a_workspace_of_go_and_its_modules_are_one_project(tmp_path: Path) -> None:
    for path, text in {"go.work": "go 1.22\nuse ./lib\n", "lib/go.mod": MODULES["lib/go.mod"]}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    inventory = read_project(tmp_path)
    assert pins(inventory) == ["example.com/lib ", "example.org/net v0.3.0"]
    assert inventory.gaps == ()


def test_the_binary_lock_of_bun_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "bun.lockb").write_bytes(b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n\xff\x00")
    with pytest.raises(ManifestError, match=r"^bun\.lockb: Bun's binary form.*--save-text-lockfile"):
        read_file(tmp_path, "bun.lockb")
    assert [gap.path for gap in read_project(tmp_path).gaps] == ["bun.lockb"]
    (tmp_path / "bun.lock").write_text('{"lockfileVersion": 1, "packages": {}}')
    assert read_project(tmp_path).gaps == ()


def test_samples_are_all_told() -> None:
    assert set(CONDA) == {"conda_explicit", "pixi_lock", "go_work"}
