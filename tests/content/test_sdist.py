"""Source distributions: what building one runs, and what it declares."""

import tarfile

import pytest

from tests.archives.made import zip_of
from tests.content.made import LIMITS, analyse, hook, sdist, tar_with_links

PKG_INFO = "Metadata-Version: 2.2\nName: example-lib\nVersion: 1.2.3\nRequires-Dist: idna>=2\n"


def test_a_plain_sdist() -> None:
    files = {"PKG-INFO": PKG_INFO, "src/example_lib/__init__.py": "import json\n", "tests/__init__.py": ""}
    content = sdist(files)
    assert (content.kind, content.name, content.version) == ("sdist", "example-lib", "1.2.3")
    assert [member.path for member in content.members] == list(files)
    assert content.entries == ("src/example_lib/__init__.py",)
    assert [(one.name, one.specifier) for one in content.requirements] == [("idna", ">=2")]
    assert content.hooks == content.anomalies == content.unread == ()


def test_a_zip_is_an_sdist_too() -> None:
    content = analyse(zip_of({"lib-1/PKG-INFO": PKG_INFO.encode(), "lib-1/a.py": b""}), "lib-1.zip", LIMITS)
    assert (content.kind, [member.path for member in content.members]) == ("sdist", ["PKG-INFO", "a.py"])


def test_only_a_single_top_folder_is_removed() -> None:
    content = sdist({"lib-1/PKG-INFO": PKG_INFO, "other/a.py": ""}, root="")
    assert [member.path for member in content.members] == ["lib-1/PKG-INFO", "other/a.py"]


def test_setup_py_is_a_hook_that_follows_what_it_imports() -> None:
    files = {
        "setup.py": "import os, helper\nexec(open('example_lib/_version.py').read())\nfrom setuptools import setup\n",
        "helper.py": "import socket\n",
        "example_lib/_version.py": "V = '1'\n",
    }
    found = hook(sdist(files), "sdist:setup.py")
    assert (found.name, found.targets) == ("setup.py", ("setup.py", "helper.py", "example_lib/_version.py"))
    assert found.reaches == ("network",)
    assert not found.native


def test_a_setup_py_that_is_a_link_is_followed() -> None:
    data = tar_with_links(
        {"lib-1/PKG-INFO": PKG_INFO, "lib-1/real.txt": "import socket\n"},
        {"lib-1/setup.py": (tarfile.SYMTYPE, "real.txt")},
    )
    content = analyse(data, "lib-1.tar.gz", LIMITS)
    assert hook(content, "sdist:setup.py").reaches == ("network",)
    assert [(one.path, one.format) for one in content.members][-1] == ("setup.py", "link")


@pytest.mark.parametrize(
    ("setup", "native"),
    [
        ("setup(ext_modules=[Extension('a', ['a.c'])])\n", True),
        ("setup(cffi_modules=['build.py:ffi'])\n", True),
        ("setup(name='a')\n", False),
        ("import subprocess\nsetup(ext_modules=[])\n", False),
        ("setup(ext_modules=[], cmdclass={'build_ext': X})\n", False),
    ],
)
def test_native_setup_py(setup: str, native: bool) -> None:
    assert hook(sdist({"setup.py": setup}), "sdist:setup.py").native is native


def pyproject(text: str, **files):
    return sdist({"PKG-INFO": PKG_INFO, "pyproject.toml": text, **files})


@pytest.mark.parametrize(
    ("backend", "native"),
    [("setuptools.build_meta", False), ("maturin", True), ("mesonpy", True), ("scikit_build_core.build", True)],
)
def test_the_build_backend_is_a_hook(backend: str, native: bool) -> None:
    content = pyproject(f"[build-system]\nrequires = ['wheel>=1']\nbuild-backend = '{backend}'\n")
    found = hook(content, "sdist:build-backend")
    assert (found.value, found.path, found.targets, found.native) == (backend, "pyproject.toml", (), native)
    assert hook(content, "sdist:build-requires").name == "wheel"
    assert [(one.name, one.group) for one in content.requirements if one.group == "build"] == [("wheel", "build")]


def test_a_backend_in_the_sdist_is_followed() -> None:
    files = {"_build/backend.py": "import helper\nimport socket\n", "_build/helper.py": "import subprocess\n"}
    content = pyproject(
        "[build-system]\nrequires = []\nbuild-backend = 'backend:api'\nbackend-path = ['_build']\n", **files
    )
    assert hook(content, "sdist:build-backend").targets == ("_build/backend.py", "_build/helper.py")
    found = hook(content, "sdist:backend-path")
    assert (found.name, found.targets) == ("_build", ("_build/backend.py", "_build/helper.py"))
    assert found.reaches == ("process", "network")


@pytest.mark.parametrize(
    ("line", "name", "source", "native"),
    [
        ("meson-python>=0.15", "meson-python", "registry", True),
        ("Cython", "cython", "registry", True),
        ("setuptools", "setuptools", "registry", False),
        ("cython @ git+https://git.example/x", "cython", "git", False),
    ],
)
def test_build_requirements(line: str, name: str, source: str, native: bool) -> None:
    content = pyproject(f"[build-system]\nrequires = ['{line}']\n")
    found = hook(content, "sdist:build-requires")
    assert (found.name, found.value, found.native) == (name, line, native)
    assert [one.source for one in content.requirements if one.group == "build"] == [source]


@pytest.mark.parametrize("text", ["[build-system", "x = " + "[" * 5000, "a = 1\na = 2\n"])
def test_a_broken_pyproject_is_unread(text: str) -> None:
    assert "pyproject.toml cannot be parsed" in pyproject(text).unread[0]


@pytest.mark.parametrize(
    "text", ["build-system = 1", "[build-system]\nrequires = 'x'\nbuild-backend = 3\nbackend-path = 'a'\n"]
)
def test_a_strange_pyproject_is_read(text: str) -> None:
    content = pyproject(text)
    assert content.hooks == ()
    assert content.unread == ()


def test_requirements_of_every_place_are_joined() -> None:
    files = {
        "pyproject.toml": "[project]\nname='n'\nversion='2.0'\ndependencies=['a>=1', 'b']\n[project.optional-dependencies]\nx=['c']\n"
        "[project.urls]\nSource = 'https://github.com/o/r'\n",
        "setup.cfg": "[options]\ninstall_requires =\n  a >= 1\n  d; python_version < '3.8'\nsetup_requires = e\n"
        "[options.extras_require]\ny = f\n",
        "src/n.egg-info/requires.txt": "a>=1\n\n[z]\ng\n\n[:sys_platform == 'win32']\nh\n",
    }
    content = sdist(files)
    assert (content.name, content.version, content.repository) == ("n", "2.0", "https://github.com/o/r")
    assert [(one.name, one.specifier, one.group, one.marker) for one in content.requirements] == [
        ("a", ">=1", "runtime", ""),
        ("b", "", "runtime", ""),
        ("c", "", "optional", "extra == 'x'"),
        ("d", "", "runtime", "python_version < '3.8'"),
        ("e", "", "build", ""),
        ("f", "", "optional", "extra == 'y'"),
        ("g", "", "optional", "extra == 'z'"),
        ("h", "", "runtime", "sys_platform == 'win32'"),
    ]


def test_what_is_no_requirement_is_unread() -> None:
    content = sdist({"PKG-INFO": PKG_INFO + "Requires-Dist: ???\n"})
    assert content.unread == ("PKG-INFO: '???' is no dependency that doorward can read",)
