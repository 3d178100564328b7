"""uv's lock."""

import pytest

from doorward.errors import ManifestError
from tests.manifests.build import COMMIT, A, B, by_name, parse, pins, reasons

HEAD = 'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n'
INDEX = '{ registry = "https://user:secret@registry.example/simple" }'
PROJECT = f"""{HEAD}
[[package]]
name = "app"
version = "0.1"
source = {{ editable = "." }}
dependencies = [
    {{ name = "client", extra = ["socks"] }},
    {{ name = "lib" }},
]

[package.optional-dependencies]
web = [
    {{ name = "server" }},
]

[package.dev-dependencies]
dev = [
    {{ name = "tester" }},
]

[package.metadata]
requires-dist = [{{ name = "client", extras = ["socks"], specifier = ">=1" }}]

[[package]]
name = "client"
version = "1.2.0"
source = {INDEX}
dependencies = [
    {{ name = "core" }},
]
sdist = {{ url = "https://f.example/p/client-1.2.0.tar.gz", hash = "sha256:{A}", size = 10 }}
wheels = [
    {{ url = "https://f.example/p/client-1.2.0%2Bx-py3-none-any.whl", hash = "sha256:{B}", size = 10 }},
]

[package.optional-dependencies]
socks = [
    {{ name = "socksio" }},
]

[[package]]
name = "core"
version = "3.0"
source = {INDEX}
dependencies = [
    {{ name = "colours", marker = "sys_platform == 'win32'" }},
]

[[package]]
name = "colours"
version = "0.4"
source = {INDEX}

[[package]]
name = "lib"
version = "0.2"
source = {{ git = "https://u:p@git.example/o/lib?rev=main#{COMMIT}" }}

[[package]]
name = "server"
version = "2.0"
source = {{ url = "https://f.example/server-2.0.tar.gz" }}
dependencies = [
    {{ name = "core" }},
]
sdist = {{ hash = "sha256:{A}" }}

[[package]]
name = "socksio"
version = "1.0.0"
source = {INDEX}

[[package]]
name = "tester"
version = "9.0"
source = {{ directory = "tools/tester" }}
dependencies = [
    {{ name = "colours" }},
    {{ name = "pluggy" }},
]

[[package]]
name = "pluggy"
version = "1.0"
source = {{ registry = "../wheelhouse" }}
"""


def test_a_project() -> None:
    inventory = parse("uv.lock", PROJECT)
    found = by_name(inventory)
    assert {name: (p.source, p.direct, p.via, p.groups) for name, p in found.items()} == {
        "app": ("workspace", None, (), ()),
        "client": ("registry", True, (), ()),
        "core": ("registry", False, ("client 1.2.0",), ()),
        "colours": ("registry", False, ("tester 9.0",), ()),
        "lib": ("git", True, (), ()),
        "server": ("url", True, (), ("extra:web",)),
        "socksio": ("registry", False, ("client 1.2.0",), ()),
        "tester": ("path", True, (), ("dev",)),
        "pluggy": ("path", False, ("tester 9.0",), ("dev",)),
    }
    assert inventory.gaps == ()


def test_origins_and_digests() -> None:
    found = by_name(parse("uv.lock", PROJECT))
    assert found["client"].url == "https://registry.example/simple"
    assert [(str(d), d.filename) for d in found["client"].digests] == [
        (f"sha256:{A}", "client-1.2.0.tar.gz"),
        (f"sha256:{B}", "client-1.2.0+x-py3-none-any.whl"),
    ]
    assert (found["lib"].url, found["lib"].commit) == ("https://git.example/o/lib", COMMIT)
    assert (found["server"].url, found["server"].digests[0].filename) == (
        "https://f.example/server-2.0.tar.gz",
        "server-2.0.tar.gz",
    )
    assert found["pluggy"].url == ""
    assert [found[name].line for name in ("app", "client", "pluggy")] == [5, 27, 85]


def test_members_of_a_workspace_are_its_own_and_its_roots() -> None:
    text = f"""{HEAD}
[manifest]
members = ["app", "other"]

[[package]]
name = "app"
version = "1"
source = {{ virtual = "." }}

[[package]]
name = "other"
version = "1"
source = {{ editable = "packages/other" }}
dependencies = [{{ name = "lib" }}]

[[package]]
name = "lib"
version = "2"
source = {INDEX}
"""
    found = by_name(parse("uv.lock", text))
    assert {name: p.source for name, p in found.items()} == {
        "app": "workspace",
        "other": "workspace",
        "lib": "registry",
    }
    assert found["lib"].direct is True


def test_a_script_and_the_groups_of_a_workspace_without_project() -> None:
    text = f"""{HEAD}
[manifest]
requirements = [{{ name = "lib", specifier = ">=1" }}]

[manifest.dependency-groups]
dev = [{{ name = "tool" }}]

[[package]]
name = "lib"
version = "2"
source = {INDEX}

[[package]]
name = "tool"
version = "3"
source = {INDEX}
"""
    found = by_name(parse("uv.lock", text))
    assert [(p.direct, p.groups) for p in found.values()] == [(True, ()), (True, ("dev",))]


def test_two_versions_of_a_name_are_two_packages() -> None:
    text = f"""{HEAD}
[[package]]
name = "app"
version = "1"
source = {{ virtual = "." }}
dependencies = [
    {{ name = "lib", version = "1.0", source = {INDEX}, marker = "python_full_version < '3.12'" }},
    {{ name = "tool" }},
]

[[package]]
name = "lib"
version = "1.0"
source = {INDEX}

[[package]]
name = "lib"
version = "2.0"
source = {INDEX}

[[package]]
name = "tool"
version = "1"
source = {INDEX}
dependencies = [{{ name = "lib", version = "2.0" }}]
"""
    inventory = parse("uv.lock", text)
    ways = {p.version: (p.direct, p.via) for p in inventory.packages if p.name == "lib"}
    assert ways == {"1.0": (True, ()), "2.0": (False, ("tool 1",))}


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ('name = "bad"\nversion = 5', "expected `str`, got `int` - at `$.version`"),
        ("version = '5'", "object missing required field `name`"),
        (f'name = "bad"\nsource = {INDEX}', "no version"),
        ('name = "bad"\nversion = "1"\nsource = 3', "expected `object`, got `int` - at `$.source`"),
    ],
)
def test_a_bad_entry_costs_itself(entry: str, reason: str) -> None:
    text = f'{HEAD}\n[[package]]\n{entry}\n\n[[package]]\nname = "good"\nversion = "1"\nsource = {INDEX}\n'
    inventory = parse("uv.lock", text)
    assert pins(inventory) == ["good 1"]
    assert [gap.reason for gap in inventory.gaps] == [reason]
    assert (inventory.gaps[0].line, inventory.packages[0].line) == (5, 5 + entry.count("\n") + 3)


def test_a_git_source_without_commit_is_a_gap() -> None:
    text = f'{HEAD}\n[[package]]\nname = "x"\nversion = "1"\nsource = {{ git = "https://git.example/x?rev=main" }}\n'
    inventory = parse("uv.lock", text)
    assert (inventory.packages[0].source, inventory.packages[0].commit) == ("git", "")
    assert reasons(inventory) == [("x", "a git dependency that is not pinned to a commit")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("version = 1\nversion = 2", "not TOML"),
        ("version = 1\npackage = 3", "Expected `array`"),
        ("version = 1\nx = " + "[" * 5000, "nested too deeply"),
        ("a." * 3000 + "b = 1", "more than 2000 dots"),
        ("{", "not TOML"),
    ],
)
def test_what_is_no_lock(text: str, reason: str) -> None:
    with pytest.raises(ManifestError, match=r"^uv\.lock: ") as error:
        parse("uv.lock", text)
    assert reason in str(error.value)


def test_a_chain_of_extras_is_followed_however_long() -> None:
    count = 3000
    entries = "".join(
        f'[[package]]\nname = "p{n}"\nversion = "1"\nsource = {INDEX}\n'
        f'[package.optional-dependencies]\nx = [{{ name = "p{n + 1}", extra = ["x"] }}]\n'
        for n in range(count)
    )
    root = '[[package]]\nname = "app"\nsource = { virtual = "." }\ndependencies = [{ name = "p0", extra = ["x"] }]\n'
    inventory = parse("uv.lock", f"{HEAD}{root}{entries}")
    last = inventory.packages[-1]
    assert (last.name, last.direct, len(last.via)) == (f"p{count - 1}", False, 50)
