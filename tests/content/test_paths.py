"""Paths that installers normalise: what they lead to is read whatever way they are written."""

import json

import pytest

from doorward.sources.content import analyse
from tests.archives.made import Raw, tar_of, zip_by_hand
from tests.content.made import LIMITS, METADATA, hook, wheel

INFO = b"example_lib-1.2.3.dist-info/"
MANIFEST = json.dumps({"name": "example-lib", "version": "1.2.3"})
HOOKED = json.dumps({"name": "example-lib", "version": "1.2.3", "scripts": {"postinstall": "node run.js"}})


def kinds(content) -> set[str]:
    return {anomaly.kind for anomaly in content.anomalies}


@pytest.mark.parametrize(
    "path",
    [
        ".//e.pth",
        "././e.pth",
        "example_lib-1.2.3.data//purelib/e.pth",
        "example_lib-1.2.3.data/./purelib/e.pth",
        "example_lib-1.2.3.data/purelib//e.pth",
    ],
)
def test_a_pth_file_under_an_odd_path_is_a_hook(path: str) -> None:
    content = wheel({path: "import socket\n"})
    assert hook(content, "wheel:pth").reaches == ("network",)
    assert "unnormalised-path" in kinds(content)


def test_entry_points_under_an_odd_path_are_read() -> None:
    points = "[pytest11]\nx = lib.plugin\n"
    content = wheel({"example_lib-1.2.3.dist-info//entry_points.txt": points, "lib/plugin.py": "import socket\n"})
    assert hook(content, "wheel:entry-point").targets == ("lib/plugin.py",)


@pytest.mark.parametrize("path", ["package//package.json", "package/./package.json", "package.json", "x//package.json"])
@pytest.mark.parametrize("first", [True, False])
def test_both_copies_of_a_manifest_are_read(path: str, first: bool) -> None:
    files = [("package/package.json", MANIFEST), (path, HOOKED), ("package/run.js", "fetch(1)\n")]
    files = [files[1], files[0], files[2]] if first else files
    content = analyse(tar_of({name: text.encode() for name, text in files}), "example-lib-1.2.3.tgz", LIMITS)
    assert hook(content, "npm:postinstall").reaches == ("network",)
    assert "duplicate-entry" in kinds(content)
    assert (content.name, content.version) == ("example-lib", "1.2.3")


@pytest.mark.parametrize("path", ["package//binding.gyp", "package/./binding.gyp", "./binding.gyp"])
def test_a_binding_under_an_odd_path_is_a_hook(path: str) -> None:
    files = {"package/package.json": MANIFEST.encode(), path: b"{}"}
    assert hook(analyse(tar_of(files), "example-lib-1.2.3.tgz", LIMITS), "npm:binding.gyp").path == "binding.gyp"


@pytest.mark.parametrize("path", ["lib-1/./setup.py", "lib-1//setup.py", "./lib-1/setup.py"])
def test_a_setup_py_under_an_odd_path_is_a_hook(path: str) -> None:
    files = {"lib-1/PKG-INFO": b"Name: lib\nVersion: 1\n", path: b"import socket\n"}
    assert hook(analyse(tar_of(files), "lib-1.tar.gz", LIMITS), "sdist:setup.py").reaches == ("network",)


def test_both_of_two_files_of_the_same_name_in_a_wheel_are_read() -> None:
    raws = [Raw(INFO + b"METADATA", METADATA.encode()), Raw(INFO + b"WHEEL", b"Wheel-Version: 1.0\n")]
    raws += [Raw(b"a.pth", b"import socket\n"), Raw(b"a.pth", b"import json\n")]
    content = analyse(zip_by_hand(*raws), "example_lib-1.2.3-py3-none-any.whl", LIMITS)
    assert [found.reaches for found in content.hooks] == [(), ("network",)]


def test_too_many_copies_of_a_path_are_said() -> None:
    raws = [Raw(INFO + b"METADATA", METADATA.encode()), *([Raw(b"a.pth", b"import json\n")] * 30)]
    content = analyse(zip_by_hand(*raws), "example_lib-1.2.3-py3-none-any.whl", LIMITS)
    assert any("more than" in reason for reason in content.unread)


@pytest.mark.parametrize("name", ["package\\binding.gyp", "package/.\\binding.gyp"])
def test_a_backslash_parts_folders_on_windows(name: str) -> None:
    manifest = json.dumps({"name": "example-lib", "version": "1.2.3"}).encode()
    content = analyse(tar_of({"package/package.json": manifest, name: b"{}"}), "example-lib-1.2.3.tgz", LIMITS)
    assert hook(content, "npm:binding.gyp").path == "binding.gyp"
    assert "backslash-in-name" in {one.kind for one in content.anomalies}
    assert not content.unread


def test_a_backslash_in_a_wheel_is_a_folder_on_windows() -> None:
    content = wheel({"x.data\\purelib\\x_init.pth": "import os\n"})
    assert ("wheel:pth", "x_init.pth") in {(one.kind, one.name) for one in content.hooks}
