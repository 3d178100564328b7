"""What a file of an installed tree says in another way than most: states, forks, repositories, platforms."""

import json
from pathlib import Path

import pytest

from doorward.model.dependency import Dependency
from doorward.sources.installed import read_installed
from tests.installed.files import parse
from tests.installed.samples import elf, varint

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def told(package: Dependency) -> tuple[str, str, str, str, str]:
    return package.name, package.version, package.source, package.url, package.commit


@pytest.mark.parametrize(
    ("state", "listed", "gaps"),
    [
        ("Status: install ok installed\n", True, 0),
        ("Status: hold ok installed\n", True, 0),
        ("Status: install ok half-configured\n", True, 0),
        ("Status: install ok triggers-pending\n", True, 0),
        ("Status: install reinstreq unpacked\n", True, 0),
        ("Status: deinstall ok config-files\n", False, 0),
        ("Status: purge ok not-installed\n", False, 0),
        ("", False, 1),
    ],
)
def test_a_package_whose_files_are_there_is_listed(state: str, listed: bool, gaps: int) -> None:
    path = "var/lib/dpkg/status"
    other = "Package: other\nStatus: install ok installed\nVersion: 1\n"
    inventory = parse(path, {path: f"{other}\nPackage: x\n{state}Version: 2\n"})
    assert [package.name for package in inventory.packages] == ["debian/other", *["debian/x"] * listed]
    assert [(gap.entry, gap.line) for gap in inventory.gaps] == [("x", 5)] * gaps


def test_what_an_apk_package_stands_in_for_is_not_its_name() -> None:
    path = "lib/apk/db/installed"
    inventory = parse(path, {path: "V:1.0\np:so:libfoo=1\n\n"})
    assert inventory.packages == ()
    assert [(gap.reason, gap.line) for gap in inventory.gaps] == [("neither name nor version", 1)]


def test_branches_that_composer_installed() -> None:
    path = "vendor/composer/installed.json"
    source = {"type": "git", "url": "https://git.example/c/d.git", "reference": COMMIT}
    package = {"name": "C/d", "version": "dev-main", "source": source, "dist": None}
    inventory = parse(path, {path: json.dumps({"packages": [package]})})
    assert [told(found) for found in inventory.packages] == [
        ("c/d", "dev-main", "git", "https://git.example/c/d.git", COMMIT)
    ]


def test_digests_of_a_dotnet_program_are_of_no_file() -> None:
    path = "app.deps.json"
    library = {"type": "package", "sha512": "sha512-" + "AQEB" * 21 + "AQ=="}
    inventory = parse(path, {path: json.dumps({"libraries": {"Client/1.2.0": library}})})
    assert [(found.name, found.digests) for found in inventory.packages] == [("Client", ())]


def test_vendored_modules() -> None:
    path = "vendor/modules.txt"
    text = (
        "# a.example/near v0.0.0 => ../near\r\n## explicit\r\n# b.example/x v1.0.0 => b.example/fork v1.1.0\r\n"
        "# c.example bad\r\n# d.example/unused => d.example/never v9.0.0\r\n"
    )
    inventory = parse(path, {path: text})
    assert [(*told(found)[:3], found.direct) for found in inventory.packages] == [
        ("a.example/near", "v0.0.0", "path", True),
        ("b.example/fork", "v1.1.0", "registry", False),
    ]
    assert [(gap.entry, gap.line) for gap in inventory.gaps] == [("# c.example bad", 4)]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("", ("registry", "", "")),
        ("RemoteType: standard\nRemoteSha: 1.0\n", ("registry", "", "")),
        (
            f"RemoteType: github\nRemoteHost: api.github.com\nRemoteUsername: o\nRemoteRepo: x\nRemoteSha: {COMMIT}\n",
            ("git", "https://github.com/o/x", COMMIT),
        ),
        ("RemoteType: local\n", ("path", "", "")),
        ("RemoteType: url\nRemoteUrl: https://files.example/x.tgz\n", ("url", "https://files.example/x.tgz", "")),
    ],
)
def test_where_an_r_package_came_from(headers: str, expected: tuple[str, str, str]) -> None:
    path = "usr/lib/R/library/x/DESCRIPTION"
    inventory = parse(path, {path: f"Package: x\nVersion: 1.0\nBuilt: R 4.4.0\n{headers}"})
    assert [told(found)[2:] for found in inventory.packages] == [expected]


@pytest.mark.parametrize("place", ["wp-content/plugins/hello.php", "wp-content/mu-plugins/hello.php"])
def test_a_wordpress_plugin_of_one_file(place: str) -> None:
    inventory = parse(place, {place: "<?php\n/*\nPlugin Name: Hello\nVersion: 1.7.2\n*/"})
    assert [told(found)[:2] for found in inventory.packages] == [("hello", "1.7.2")]


def test_what_conda_was_asked_for() -> None:
    path = "env/conda-meta/x-1.0-0.json"
    about = {"name": "x", "version": "1.0", "url": "https://u:p@conda.example/main/noarch/x-1.0-0.conda"}
    inventory = parse(path, {path: json.dumps({**about, "requested_spec": "None", "requested_specs": ["x"]})})
    assert [(found.url, found.direct) for found in inventory.packages] == [("https://conda.example/main", True)]


def test_a_module_that_npm_took_from_a_repository_is_no_release(tmp_path: Path) -> None:
    lock = {
        "lockfileVersion": 3,
        "packages": {"node_modules/x": {"version": "1.0.0", "resolved": f"git+https://git.example/x.git#{COMMIT}"}},
    }
    for path, content in (
        ("a/node_modules/.package-lock.json", lock),
        ("a/node_modules/x/package.json", {"name": "x", "version": "1.0.0"}),
        ("a/node_modules/y/package.json", {"name": "y", "version": "1.0.0"}),
        ("b/node_modules/x/package.json", {"name": "x", "version": "1.0.0"}),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(json.dumps(content))
    found = [(package.path, *told(package)[:3]) for package in read_installed(tmp_path).packages]
    assert found == [
        ("a/node_modules/.package-lock.json", "x", "1.0.0", "git"),
        ("a/node_modules/y/package.json", "y", "1.0.0", "registry"),
        ("b/node_modules/x/package.json", "x", "1.0.0", "registry"),
    ]


def test_a_folder_that_stood_in_for_a_module_of_a_program() -> None:
    modules = (
        "mod\ta.example/app\t(devel)\t\ndep\tb.example/x\tv1.0.0\n=>\t./x\t(devel)\t\ndep\tc.example/y\tv2.0.0\th1:\n"
    )
    noted = b"\xff Go buildinf:" + bytes([8, 2]) + bytes(16) + varint(b"go1.24.1")
    noted += varint(bytes(16) + modules.encode() + bytes(16))
    inventory = parse("x.exe", {"x.exe": elf({b".go.buildinfo": noted})})
    assert [told(found)[:3] for found in inventory.packages] == [
        ("stdlib", "1.24.1", "registry"),
        ("a.example/app", "", "workspace"),
        ("b.example/x", "v1.0.0", "path"),
        ("c.example/y", "v2.0.0", "registry"),
    ]
    assert inventory.gaps == ()
