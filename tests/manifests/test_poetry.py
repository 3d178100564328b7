"""Poetry's lock in its versions."""

import pytest

from doorward.errors import ManifestError
from tests.manifests.build import COMMIT, A, by_name, parse, pins, reasons

PYPROJECT = """
[tool.poetry]
name = "app"

[tool.poetry.dependencies]
python = "^3.11"
client = { version = "*", extras = ["socks"] }
plot = { version = "*", optional = true }

[tool.poetry.extras]
draw = ["plot"]

[tool.poetry.group.dev.dependencies]
tester = "*"
"""

LOCK = f"""
[[package]]
name = "Client"
version = "1.2.0"
description = ""
optional = false
python-versions = ">=3.8"
files = [
    {{file = "client-1.2.0.tar.gz", hash = "sha256:{A}"}},
]

[package.dependencies]
core = "==1.*"
Socksio = {{version = "==1.*", optional = true, markers = "extra == \\"socks\\""}}
unused = [{{version = "*", optional = true}}]

[package.extras]
socks = ["Socksio (==1.*)"]

[[package]]
name = "core"
version = "1.0"
optional = false

[[package]]
name = "socksio"
version = "1.0.0"
optional = false

[[package]]
name = "plot"
version = "3.0"
optional = true

[package.dependencies]
colours = {{version = "*", markers = "sys_platform == \\"win32\\""}}

[[package]]
name = "colours"
version = "0.4"
optional = true

[[package]]
name = "tester"
version = "9.0"
optional = false

[package.dependencies]
colours = "*"

[extras]
draw = ["plot"]

[metadata]
lock-version = "2.0"
python-versions = "^3.11"
content-hash = "{A}"
"""


def test_the_project_is_read_from_pyproject() -> None:
    found = by_name(parse("poetry.lock", LOCK, {"pyproject.toml": PYPROJECT}))
    assert {name: (p.direct, p.via, p.groups) for name, p in found.items()} == {
        "client": (True, (), ()),
        "core": (False, ("client 1.2.0",), ()),
        "socksio": (False, ("client 1.2.0",), ()),
        "plot": (True, (), ("extra:draw",)),
        "colours": (False, ("tester 9.0",), ("extra:draw",)),
        "tester": (True, (), ("dev",)),
    }
    assert [(str(d), d.filename) for d in found["client"].digests] == [(f"sha256:{A}", "client-1.2.0.tar.gz")]


def test_without_pyproject_what_is_direct_is_unknown() -> None:
    found = by_name(parse("poetry.lock", LOCK))
    assert {p.direct for p in found.values()} == {None}
    assert found["plot"].groups == ("optional",)


def test_a_broken_pyproject_is_a_gap() -> None:
    inventory = parse("poetry.lock", LOCK, {"pyproject.toml": "["})
    assert len(inventory.packages) == 6
    assert inventory.gaps[0].reason.startswith(
        "what the project itself asks for is not known: pyproject.toml: not TOML"
    )


def test_standard_tables_and_included_groups() -> None:
    pyproject = """
[project]
dependencies = ["client[socks]>=1 ; python_version > '3'"]
optional-dependencies = { draw = ["plot"] }
[dependency-groups]
test = ["tester"]
dev = [{ include-group = "Test" }, { include-group = "dev" }]
"""
    found = by_name(parse("poetry.lock", LOCK, {"pyproject.toml": pyproject}))
    assert found["tester"].groups == ("test", "dev")
    assert found["socksio"].via == ("client 1.2.0",)


def test_groups_that_the_lock_states_count() -> None:
    text = LOCK.replace('name = "tester"', 'groups = ["dev", "docs"]\nname = "tester"').replace(
        'name = "core"', 'groups = ["main", "dev"]\nname = "core"'
    )
    found = by_name(parse("poetry.lock", text))
    assert (found["tester"].groups, found["core"].groups) == (("dev", "docs"), ())


OLD = f"""
[[package]]
name = "client"
version = "1.2.0"
category = "main"
optional = false

[[package]]
name = "tester"
version = "9.0"
category = "dev"
optional = false

[metadata]
lock-version = "1.1"

[metadata.files]
client = [
    {{file = "client-1.2.0.tar.gz", hash = "sha256:{A}"}},
]
tester = 3

[metadata.hashes]
Tester = ["{A}"]
"""


def test_old_locks_keep_files_and_categories_apart() -> None:
    inventory = parse("poetry.lock", OLD)
    found = by_name(inventory)
    assert (found["client"].groups, found["tester"].groups) == ((), ("dev",))
    assert found["client"].digests[0].filename == "client-1.2.0.tar.gz"
    assert [str(d) for d in found["tester"].digests] == [f"sha256:{A}"]
    assert reasons(inventory) == [("tester", "expected `array`, got `int`")]


@pytest.mark.parametrize(
    ("source", "kind", "url", "commit"),
    [
        (
            f'type = "git"\nurl = "git@git.example:o/lib.git"\nreference = "main"\nresolved_reference = "{COMMIT}"',
            "git",
            "ssh://git.example/o/lib.git",
            COMMIT,
        ),
        ('type = "url"\nurl = "https://u:p@f.example/lib.zip"', "url", "https://f.example/lib.zip", ""),
        ('type = "file"\nurl = "../lib.zip"', "path", "../lib.zip", ""),
        ('type = "directory"\nurl = "../lib"', "path", "", ""),
        (
            'type = "legacy"\nurl = "https://registry.example/simple"\nreference = "own"',
            "registry",
            "https://registry.example/simple",
            "",
        ),
    ],
)
def test_sources(source: str, kind: str, url: str, commit: str) -> None:
    text = f'[[package]]\nname = "lib"\nversion = "1"\n[package.source]\n{source}\n[metadata]\n'
    package = parse("poetry.lock", text).packages[0]
    assert (package.source, package.url, package.commit) == (kind, url, commit)


def test_a_branch_and_an_unknown_source_are_gaps() -> None:
    text = (
        '[[package]]\nname = "a"\nversion = "1"\n[package.source]\ntype = "git"\nurl = "https://g.example/a"\n'
        'reference = "main"\n[[package]]\nname = "b"\nversion = "1"\n[package.source]\ntype = "new"\n'
        '[[package]]\nname = "c"\n[metadata]\n'
    )
    inventory = parse("poetry.lock", text)
    assert pins(inventory) == ["a 1", "b 1"]
    assert reasons(inventory) == [
        ("a", "a git dependency that is not pinned to a commit"),
        ("b", "a source of an unknown kind"),
        ("c", "object missing required field `version`"),
    ]


@pytest.mark.parametrize("text", ["", "package = 3\n[metadata]", "[[package]]\nname = 'x'"])
def test_what_is_no_lock(text: str) -> None:
    with pytest.raises(ManifestError, match=r"^poetry\.lock: "):
        parse("poetry.lock", text)
