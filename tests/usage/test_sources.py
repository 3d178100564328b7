"""What the project's own Python and Go code is seen to use of other packages."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.sources.usage import find_uses
from doorward.sources.usage.golang import go_uses
from doorward.sources.usage.python import python_uses

YAML = {"yaml": frozenset({"load", "Loader.get"})}

PYTHON = {
    "import yaml\n\nyaml.load(x)\n": {"": 1, "load": 3},
    "import yaml as y\ny.load": {"": 1, "load": 2},
    "from yaml import load": {"": 1, "load": 1},
    "from yaml import load as l, dump\nl(x)": {"": 1, "load": 1},
    "from yaml import Loader": {"": 1, "Loader.get": 1},
    "import yaml\nyaml.Loader().get()": {"": 1, "Loader.get": 2},
    "import yaml\nyaml.dump(x)": {"": 1},
    "import yaml.reader": {"": 1},
    "import yamllint\nyamllint.load": {},
    "from .yaml import load": {},
    "def load(): ...\nload()": {},
    "x = 'import yaml'": {},
    "import yaml\ny = yaml\ny.load(x)": {"": 1, "load": 3},
    "import yaml\nL = yaml.Loader\nL(x).get()": {"": 1, "Loader.get": 2},
    "from yaml import *\nload(x)": {"": 1, "*": 1, "load": 2},
    "from yaml import *\nload = 1": {"": 1, "*": 1, "load": 2},
    "from yaml import *\ndump(x)": {"": 1, "*": 1},
    "from json import *\nload(x)": {},
    "import yaml\ngetattr(yaml, 'load')(x)": {"": 1, "load": 2},
    "import yaml\ngetattr(yaml, name)(x)": {"": 1, "*": 2},
    "import yaml\ngetattr(other, name)": {"": 1},
    "import importlib\nimportlib.import_module('yaml')": {"": 2, "*": 2},
    "from importlib import import_module as i\nm = __import__('yaml')\nm.load(x)": {"": 2, "*": 2, "load": 3},
    "__import__('yaml.reader')": {"": 1, "*": 1},
    "__import__('json')": {},
    "pkgutil.resolve_name('yaml:load')": {"": 1, "*": 1},
    "try:\n    import yaml\nexcept ImportError:\n    yaml = None": {"": 2},
}


@pytest.mark.parametrize("source", PYTHON)
def test_python(source: str) -> None:
    found: dict[str, int] = {}
    for module, name, line in python_uses(source.encode(), YAML):
        assert module == "yaml"
        found.setdefault(name, line)
    assert found == PYTHON[source]


#: Modules inside of packages, and a class that an advisory names as a module.
INNER = {"pkg.sub": frozenset({"run"}), "pkg.api.Session": frozenset({"get"})}
RUN, GET = ("pkg.sub", "run"), ("pkg.api.Session", "get")
SUBMODULES = {
    "import pkg.sub\npkg.sub.run()": {RUN},
    "import pkg.sub as s\ns.run()": {RUN},
    "from pkg import sub\nsub.run()": {RUN},
    "from pkg import sub as s\ns.run()": {RUN},
    "from pkg.sub import run as r": {RUN},
    "from pkg import run": {RUN},
    "import pkg\npkg.run()": {RUN},
    "from pkg import *\nsub.run()": {RUN},
    "from pkg import other\nother.run()": set(),
    "from other import run": set(),
    "from pkg.api import Session\nSession().get()": {GET},
    "from pkg import api\napi.Session": {GET},
}


@pytest.mark.parametrize("source", SUBMODULES)
def test_python_submodules(source: str) -> None:
    found = {(module, name) for module, name, _ in python_uses(source.encode(), INNER)}
    assert {pair for pair in found if pair[1] not in {"", "*"}} == SUBMODULES[source]
    assert (("pkg.sub", "") in found) == ("pkg.api" not in source and "other import" not in source)


@pytest.mark.parametrize("source", ["import_module(name)", "__import__(n)", "import importlib as i\ni.import_module()"])
def test_what_only_a_run_imports_may_be_any_module(source: str) -> None:
    assert [(module, name) for module, name, _ in python_uses(source.encode(), YAML)] == [("", "*")]


CSRF = "example.invalid/fiber/v2/middleware/csrf"
GO = {
    f'package a\n\nimport "{CSRF}"\n\nfunc f() {{ csrf.New() }}\n': {"": 3, "New": 5},
    f'package a\nimport (\n  "fmt"\n  other "{CSRF}"\n)\nvar x = other . New\n': {"": 4, "New": 6},
    f'package a\nimport . "{CSRF}"\nvar x = New()': {"": 2, "New": 3},
    f'package a\nimport _ "{CSRF}"\nvar x = csrf.New()': {"": 2},
    f'package a\nimport "{CSRF}"\n// csrf.New()\n/* csrf.New() */ var s = "csrf.New()" + `csrf.New()`\n': {
        "": 2,
        "*": 2,
    },
    f'package a\nimport "{CSRF}"\nvar m csrf.Manager': {"": 2, "Manager.Get": 3},
    f'package a\nimport "{CSRF}"\nvar m = made().Get("x")': {"": 2, "*": 2, "Manager.Get": 3},
    f'//go:build windows\n\npackage a\n\timport "{CSRF}"\nvar x = csrf.New()': {"": 4, "New": 5},
    f'package a; import "{CSRF}"\nvar x = csrf.New()': {"": 1, "New": 2},
    f'package a\nimport\n(\n"fmt"; "{CSRF}"\n)\nvar x = csrf.New[int]()': {"": 4, "New": 6},
    f'package a\nimport ( // the (first)\n"{CSRF}" /* ) */\n)\nvar x = csrf.New()': {"": 3, "New": 5},
    # The package may call itself otherwise than its path does.
    f'package a\nimport "{CSRF}"\nvar x = protect.New()': {"": 2, "*": 2},
    f'package a\n// import "{CSRF}"\nvar x = csrf.New()': {},
    f'package a\nvar s = `\nimport "{CSRF}"\n`\n': {},
    'package a\nimport "example.invalid/csrf"\nvar x = csrf.New()': {},
}


@pytest.mark.parametrize("source", GO)
def test_go(source: str) -> None:
    wanted = {CSRF: frozenset({"New", "Manager.Get"})}
    found = {name: line for _, name, line in go_uses(source.encode(), wanted)}
    assert found == GO[source]


@pytest.mark.parametrize(
    ("path", "call"), [("gopkg.in/yaml.v2", "yaml"), ("x.invalid/go-tar", "tar"), ("x.invalid/m/v3", "m")]
)
def test_the_usual_name_of_a_go_package(path: str, call: str) -> None:
    source = f'package a\nimport "{path}"\nvar x = {call}.Open()'.encode()
    assert [name for _, name, _ in go_uses(source, {path: frozenset({"Open"})})] == ["", "Open"]


@given(st.binary(max_size=300) | st.text(alphabet='import ("/*`.v\n\\)', max_size=300).map(str.encode))
def test_hostile_sources_never_crash(source: bytes) -> None:
    list(go_uses(source, {"v": frozenset({"v", "m.v"})}))
    with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        list(python_uses(source, YAML))


HOSTILE = {
    "open comments": b"/*" * 500_000,
    "open strings": b'"' + b'\\"' * 500_000,
    "open imports": b"import (\n" * 100_000,
    "a long word": b"import " + b"a" * 1_000_000,
    "dots": b"import (" + b"a." * 500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_large_hostile_sources_take_linear_time(name: str) -> None:
    assert list(go_uses(HOSTILE[name], {"v": frozenset({"v"})})) == []


def test_a_project_is_read_without_what_others_wrote(tmp_path: Path) -> None:
    for path in ("app/main.py", ".venv/lib/x.py", "node_modules/x.py", "skipped/x.py", "tests/test_x.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("import yaml\nyaml.load(x)\n")
    found, unread = find_uses(tmp_path, "PyPI", {"yaml": ["load", "dump"], "other": []}, ["skipped/*"])
    assert (found, unread) == ({("yaml", ""): "app/main.py:1", ("yaml", "load"): "app/main.py:2"}, "")
    (tmp_path / "app/main.py").write_text("")
    (tmp_path / "zeta.py").write_text("import yaml\n")
    found, _ = find_uses(tmp_path, "PyPI", {"yaml": ["load"]}, ["skipped/*"])
    # Tests come after all else.
    assert found == {("yaml", ""): "zeta.py:1", ("yaml", "load"): "tests/test_x.py:2"}


def test_a_program_without_an_ending_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import os\n")
    (tmp_path / "tool").write_text("#!/usr/bin/env python3\nimport yaml\nyaml.load(x)\n")
    (tmp_path / "other").write_text("#!/bin/sh\n# python: import yaml\n")
    (tmp_path / "LICENSE").write_text("import yaml\n")
    (tmp_path / "link").symlink_to("/dev/zero")
    assert find_uses(tmp_path, "PyPI", {"yaml": ["load"]}) == ({("yaml", "load"): "tool:3", ("yaml", ""): "tool:2"}, "")


def test_code_that_is_not_read_and_code_that_is_not_there_are_told(tmp_path: Path) -> None:
    assert find_uses(tmp_path, "PyPI", {"yaml": []}) == ({}, "there is no file *.py")
    (tmp_path / "a.py").write_text("import_module(name)")
    (tmp_path / "notes.ipynb").write_text("{}")
    assert find_uses(tmp_path, "PyPI", {"yaml": []}) == ({("", "*"): "a.py:1"}, "notes.ipynb is not read")
    assert find_uses(tmp_path, "Go", {"x.invalid/m": []}) == ({}, "there is no file *.go")


@pytest.mark.parametrize("content", [b"import yaml\n(", b"yaml\0", b"yaml = " + b"(" * 100_000, b"yaml" * 600_000])
def test_what_cannot_be_read_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.py").write_bytes(content)
    (tmp_path / "b.py").write_text("import yaml")
    found, unread = find_uses(tmp_path, "PyPI", {"yaml": []})
    assert found == {("yaml", ""): "b.py:1"}
    assert unread.startswith("a.py ")
