"""Code of an sdist that its build backend runs, and sdists with more than one top folder."""

import pytest

from doorward.sources.content import analyse
from tests.archives.made import tar_of
from tests.content.made import LIMITS, hook, sdist

INFO = "Metadata-Version: 2.2\nName: example-lib\nVersion: 1.2.3\n"
SYSTEM = "[build-system]\nrequires = []\nbuild-backend = 'backend'\n"
LOUD = "import socket\n"


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ("[tool.hatch.build.hooks.custom]\n", "hatch_build.py"),
        ("[tool.hatch.build.targets.wheel.hooks.custom]\npath = 'tools/b.py'\n", "tools/b.py"),
        ("[tool.hatch.metadata.hooks.custom]\n", "hatch_build.py"),
        ("[tool.hatch.version]\nsource = 'code'\npath = 'v.py'\n", "v.py"),
        ("[tool.poetry.build]\nscript = 'build.py'\n", "build.py"),
        ("[tool.poetry]\nbuild = 'build.py'\n", "build.py"),
        ("[tool.pdm.build]\ncustom-hook = 'x.py'\n", "x.py"),
        ("", "pdm_build.py"),
        ("[tool.setuptools]\ncmdclass = {build_py = 'lib.cmd.B'}\n", "lib/cmd.py"),
        ("[tool.setuptools]\ncmdclass = {build_py = 'lib.cmd.B'}\n", "src/lib/cmd.py"),
    ],
)
def test_build_code_is_a_hook(config: str, path: str) -> None:
    content = sdist({"PKG-INFO": INFO, "pyproject.toml": SYSTEM + config, path: LOUD})
    found = hook(content, "sdist:backend-path")
    assert (found.targets, found.reaches) == ((path,), ("network",))


def test_hatch_has_a_file_of_its_own() -> None:
    files = {"PKG-INFO": INFO, "hatch.toml": "[build.hooks.custom]\n", "hatch_build.py": LOUD}
    assert hook(sdist(files), "sdist:backend-path").targets == ("hatch_build.py",)
    assert "hatch.toml" in sdist({**files, "hatch.toml": "["}).unread[0]


def test_setup_cfg_names_classes_and_attributes() -> None:
    config = "[metadata]\nversion = attr: lib.v\n[options]\ncmdclass =\n  build_py = lib.cmd.B\n"
    content = sdist({"PKG-INFO": INFO, "setup.cfg": config, "lib/__init__.py": LOUD, "lib/cmd.py": ""})
    assert hook(content, "sdist:backend-path").targets == ("lib/__init__.py", "lib/cmd.py")
    assert hook(content, "sdist:setup.py", "lib.v").reaches == ("network",)


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("v = '1.2.3'\n", False),
        ("v: str = '1.2.3'  # now\n", False),
        ("v = (1, 2)\n", False),
        ("from other import v\n", True),
        ("v = get()\n", True),
        ("v = '1'\nv = '2'\n", True),
    ],
)
def test_an_attribute_that_is_a_literal_is_read_without_running(text: str, runs: bool) -> None:
    config = SYSTEM + "[tool.setuptools.dynamic]\nversion = {attr = 'lib.v'}\n"
    content = sdist({"PKG-INFO": INFO, "pyproject.toml": config, "lib/__init__.py": text})
    assert any(found.name == "lib.v" for found in content.hooks) == runs


@pytest.mark.parametrize("stray", ["stray", "other/a.txt", "._lib-1"])
def test_several_roots_are_said_and_each_is_read(stray: str) -> None:
    files = {"lib-1/PKG-INFO": INFO.encode(), "lib-1/setup.py": b"import help_me\n", "lib-1/help_me.py": LOUD.encode()}
    content = analyse(tar_of({stray: b"x", **files}), "lib-1.tar.gz", LIMITS)
    found = hook(content, "sdist:setup.py")
    assert (found.path, found.targets) == ("lib-1/setup.py", ("lib-1/setup.py", "lib-1/help_me.py"))
    assert found.reaches == ("network",)
    assert [anomaly.kind for anomaly in content.anomalies] == ["several-roots"]
