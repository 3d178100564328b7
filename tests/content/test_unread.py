"""What is read for what it says and cannot be read is told, never passed over."""

from __future__ import annotations

import pytest

from tests.content.made import sdist, wheel

INFO = "example_lib-1.2.3.dist-info"
BIG = "# " + "x" * (1 << 20) + "\n"
PKG_INFO = b"Metadata-Version: 2.1\nName: example-lib\nVersion: 1.2.3\n\n"


@pytest.mark.parametrize(
    "path", ["pyproject.toml", "setup.cfg", "hatch.toml", ".vscode/tasks.json", "example_lib.egg-info/requires.txt"]
)
def test_a_large_manifest_of_an_sdist_is_a_gap(path: str) -> None:
    content = sdist({"PKG-INFO": PKG_INFO, path: BIG})
    assert any(reason.startswith(f"{path} is no text of at most 1 MB") for reason in content.unread)


@pytest.mark.parametrize("path", [f"{INFO}/entry_points.txt", "x.pth", "sitecustomize.py", ".claude/settings.json"])
def test_a_large_file_of_a_wheel_that_runs_by_itself_is_a_gap(path: str) -> None:
    content = wheel({f"{INFO}/METADATA": PKG_INFO, f"{INFO}/WHEEL": b"Wheel-Version: 1.0\n", path: BIG})
    assert any(reason.startswith(f"{path} is no text of at most 1 MB") for reason in content.unread)


SETUP_CFG = [
    ("[options]\nsetup_requires: evil @ https://a.invalid/e.whl\n", [("evil", "build")]),
    ("[options]\nsetup-requires = evil\n", [("evil", "build")]),
    ("[options]\nsetup_requires = setuptools; evil\n", [("setuptools", "build"), ("evil", "build")]),
    ("[options]\ninstall_requires = a; b\n", [("a", "runtime"), ("b", "runtime")]),
    ("[options]\ninstall_requires = file: need.txt\n", [("evil", "runtime")]),
    ("[options.extras_require]\nx = file: need.txt\n", [("evil", "optional")]),
    ("[bdist_wheel]\nuniversal: 1\n[metadata]\nname: example-lib\n", []),
]


@pytest.mark.parametrize(("text", "expected"), SETUP_CFG)
def test_setup_cfg_is_read_as_setuptools_reads_it(text: str, expected: list[tuple[str, str]]) -> None:
    content = sdist({"PKG-INFO": PKG_INFO, "setup.cfg": text, "need.txt": "# needed\nevil  # and why\n"})
    assert [(one.name, one.group) for one in content.requirements] == expected
    assert content.unread == ()


def test_a_file_of_requirements_that_is_not_there_is_a_gap() -> None:
    content = sdist({"PKG-INFO": PKG_INFO, "setup.cfg": "[options]\ninstall_requires = file: no.txt\n"})
    assert content.unread == ("setup.cfg takes requirements from no.txt, which could not be read",)


def test_dynamic_requirements_of_pyproject_are_read() -> None:
    text = """[tool.setuptools.dynamic]
dependencies = {file = ["need.txt"]}
optional-dependencies.x = {file = "need.txt"}
"""
    content = sdist({"PKG-INFO": PKG_INFO, "pyproject.toml": text, "need.txt": "evil @ https://a.invalid/e.whl\n"})
    assert [(one.name, one.group, one.source) for one in content.requirements] == [
        ("evil", "runtime", "url"),
        ("evil", "optional", "url"),
    ]


@pytest.mark.parametrize("path", ["x.pth", "src/x.pth", "data/deep/x.pth"])
def test_a_pth_that_a_build_installs_is_a_hook(path: str) -> None:
    setup = "setup(data_files=[('lib/site-packages', ['data/deep/x.pth'])])"
    content = sdist({"PKG-INFO": PKG_INFO, "setup.py": setup, path: "import socket; socket.socket()\n"})
    assert ("wheel:pth", "x.pth", ("network",)) in [(one.kind, one.name, one.reaches) for one in content.hooks]


def test_a_pth_of_the_tests_is_none() -> None:
    content = sdist({"PKG-INFO": PKG_INFO, "lib/fixtures/x.pth": "import socket\n"})
    assert content.hooks == ()


def test_sitecustomize_of_an_sdist_is_a_hook() -> None:
    content = sdist({"PKG-INFO": PKG_INFO, "src/sitecustomize.py": "import socket\n"})
    assert [(one.kind, one.reaches) for one in content.hooks] == [("sdist:sitecustomize", ("network",))]


@pytest.mark.parametrize(
    "text",
    [
        '{"tasks": [{"command": "sh x", "runOptions": {"runOn": "folder\\u004fpen"}}]}',
        '{"tasks": [{"command": "sh x", "runOptions": {"runOn" /* when */ : "folderOpen"}}]}',
        '{"tasks": [{"command": "sh x", "runOptions": {"runOn": // when\n "folderOpen"}}]}',
    ],
)
def test_tasks_are_found_however_they_are_written(text: str) -> None:
    content = sdist({"PKG-INFO": PKG_INFO, ".vscode/tasks.json": text})
    assert [hook.kind for hook in content.hooks] == ["editor:vscode-task"]
