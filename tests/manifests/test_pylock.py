"""PEP 751's lock."""

import pytest

from doorward.errors import ManifestError
from tests.manifests.build import COMMIT, A, B, by_name, parse, pins, reasons

HEAD = 'lock-version = "1.0"\ncreated-by = "hand"\nextras = ["draw"]\ndefault-groups = ["default"]\n'
LOCK = f"""{HEAD}
[[packages]]
name = "client"
version = "1.2.0"
index = "https://u:p@registry.example/simple"
dependencies = [{{ name = "core" }}]
sdist = {{ url = "https://f.example/client-1.2.0.tar.gz", size = 1, hashes = {{ sha256 = "{A}", sha512 = "no" }} }}
wheels = [{{ name = "client-1.2.0-py3-none-any.whl", url = "https://f.example/x", hashes = {{ sha256 = "{B}" }} }}]

[[packages]]
name = "core"
version = "1.0"
marker = "'default' in dependency_groups or 'dev' in dependency_groups"

[[packages]]
name = "plot"
version = "3.0"
marker = "'draw' in extras or \\"dev\\" in dependency_groups"

[[packages]]
name = "lib"
vcs = {{ type = "git", url = "https://u:p@git.example/lib", requested-revision = "main", commit-id = "{COMMIT}" }}

[[packages]]
name = "far"
version = "2"
archive = {{ url = "https://f.example/far-2.zip", hashes = {{ sha256 = "{A}" }} }}

[[packages]]
name = "near"
archive = {{ path = "wheels/near-1-py3-none-any.whl", hashes = {{ sha256 = "{B}" }} }}

[[packages]]
name = "app"
directory = {{ path = ".", editable = true }}

[[packages]]
name = "tool"
directory = {{ path = "./tools" }}
"""


def test_packages_and_their_origins() -> None:
    inventory = parse("pylock.toml", LOCK)
    found = by_name(inventory)
    assert {name: (p.version, p.source, p.url, p.groups) for name, p in found.items()} == {
        "client": ("1.2.0", "registry", "https://registry.example/simple", ()),
        "core": ("1.0", "registry", "", ()),
        "plot": ("3.0", "registry", "", ("extra:draw", "dev")),
        "lib": ("", "git", "https://git.example/lib", ()),
        "far": ("2", "url", "https://f.example/far-2.zip", ()),
        "near": ("", "path", "wheels/near-1-py3-none-any.whl", ()),
        "app": ("", "workspace", "", ()),
        "tool": ("", "path", "", ()),
    }
    assert found["lib"].commit == COMMIT
    assert [(str(d), d.filename) for d in found["client"].digests] == [
        (f"sha256:{A}", "client-1.2.0.tar.gz"),
        (f"sha256:{B}", "client-1.2.0-py3-none-any.whl"),
    ]
    assert reasons(inventory) == [("client", "a sha512 digest that is not 128 hex digits: client-1.2.0.tar.gz")]
    assert {p.direct for p in found.values()} == {None}


def test_a_named_lock_and_the_project_beside_it() -> None:
    found = by_name(parse("x/pylock.dev.toml", LOCK, {"x/pyproject.toml": '[project]\ndependencies = ["client"]'}))
    assert (found["client"].direct, found["core"].direct, found["core"].via) == (True, False, ("client 1.2.0",))


def test_a_project_that_does_not_say_what_it_asks_for() -> None:
    found = by_name(parse("pylock.toml", LOCK, {"pyproject.toml": '[project]\ndynamic = ["dependencies"]'}))
    assert found["client"].direct is None


def test_bad_entries() -> None:
    text = (
        f'{HEAD}[[packages]]\nname = "a"\n[[packages]]\nname = "b"\nversion = []\n[[packages]]\nname = "c"\nversion = "1"\n'
        '[[packages]]\nname = "d"\nvcs = { url = "https://git.example/d", commit-id = "main" }\n'
    )
    inventory = parse("pylock.toml", text)
    assert pins(inventory) == ["c 1", "d "]
    assert [reason for _, reason in sorted(reasons(inventory))] == [
        "no version",
        "expected `str`, got `array` - at `$.version`",
        "a source repository that is not pinned to a commit",
    ]


@pytest.mark.parametrize("text", ["", 'lock-version = "1.0"', "packages = []", "lock-version = 1\npackages = []"])
def test_what_is_no_lock(text: str) -> None:
    with pytest.raises(ManifestError, match=r"^pylock\.toml: "):
        parse("pylock.toml", text)
