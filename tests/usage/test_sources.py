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
    "try:\n    import yaml\nexcept ImportError:\n    yaml = None": {"": 2},
}


@pytest.mark.parametrize("source", PYTHON)
def test_python(source: str) -> None:
    found: dict[str, int] = {}
    for module, name, line in python_uses(source.encode(), YAML):
        assert module == "yaml"
        found.setdefault(name, line)
    assert found == PYTHON[source]


CSRF = "example.invalid/fiber/v2/middleware/csrf"
GO = {
    f'package a\n\nimport "{CSRF}"\n\nfunc f() {{ csrf.New() }}\n': {"": 3, "New": 5},
    f'package a\nimport (\n  "fmt"\n  other "{CSRF}"\n)\nvar x = other . New\n': {"": 4, "New": 6},
    f'package a\nimport . "{CSRF}"\nvar x = New()': {"": 2, "New": 3},
    f'package a\nimport _ "{CSRF}"\nvar x = csrf.New()': {"": 2},
    f'package a\nimport "{CSRF}"\n// csrf.New()\n/* csrf.New() */ var s = "csrf.New()" + `csrf.New()`\n': {"": 2},
    f'package a\nimport "{CSRF}"\nvar m csrf.Manager': {"": 2, "Manager.Get": 3},
    f'package a\nimport "{CSRF}"\nvar m = made().Get("x")': {"": 2, "Manager.Get": 3},
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


@pytest.mark.parametrize("content", [b"import yaml\n(", b"yaml\0", b"yaml = " + b"(" * 100_000, b"yaml" * 600_000])
def test_what_cannot_be_read_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.py").write_bytes(content)
    (tmp_path / "b.py").write_text("import yaml")
    found, unread = find_uses(tmp_path, "PyPI", {"yaml": []})
    assert found == {("yaml", ""): "b.py:1"}
    assert unread.startswith("a.py ")
