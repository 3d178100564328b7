"""One part of an entry that is not of its format costs that part: the package stays, and is judged."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._entries import Entries
from tests.manifests.build import SRI, A, by_name, parse, reasons
from tests.manifests.samples import SAMPLES

GOOD = f'{{file = "a-1.tar.gz", hash = "sha256:{A}"}}'
BAD_FILES = [
    ("{}", "object missing required field `file` at files[1], which is left out"),
    ('{file = "a-1.whl"}', "object missing required field `hash` at files[1], which is left out"),
    ('{file = "a-1.whl", hash = 5}', "expected `str`, got `int` at files[1], which is left out"),
    ("5", "expected `object`, got `int` at files[1], which is left out"),
    ('{file = "a-1.whl", hash = "sha256:zz"}', "a sha256 digest that is not 64 hex digits: a-1.whl"),
    ('{file = "a-1.whl", hash = "none"}', "a digest without an algorithm: a-1.whl"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD_FILES)
def test_a_bad_file_of_poetry_costs_its_digest(bad: str, reason: str) -> None:
    text = f'[[package]]\nname = "a"\nversion = "1"\nfiles = [{GOOD}, {bad}]\n[metadata]\n'
    inventory = parse("poetry.lock", text)
    assert [digest.value for digest in by_name(inventory)["a"].digests] == [A]
    assert [(gap.entry, gap.reason, gap.line) for gap in inventory.gaps] == [("a", reason, 1)]


def test_a_bad_file_of_the_first_lock_versions_costs_its_digest() -> None:
    text = f'[[package]]\nname = "a"\nversion = "1"\n[metadata.files]\na = [3, {GOOD}]\n'
    inventory = parse("poetry.lock", text)
    assert [digest.value for digest in by_name(inventory)["a"].digests] == [A]
    assert reasons(inventory) == [("a", "expected `object`, got `int` at [0], which is left out")]


UV = 'version = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "https://r.example/simple" }\n'
PYLOCK = 'lock-version = "1.0"\n[[packages]]\nname = "a"\nversion = "1"\n'


@pytest.mark.parametrize(
    ("path", "text", "place"),
    [
        (
            "pdm.lock",
            f'[metadata]\n[[package]]\nname = "a"\nversion = "1"\nfiles = [3, {{file = "a", hash = "sha256:{A}"}}]\n',
            "files[0]",
        ),
        (
            "uv.lock",
            f'{UV}sdist = 3\nwheels = [{{ url = "https://r.example/a.whl", hash = "sha256:{A}" }}]\n',
            "sdist",
        ),
        (
            "uv.lock",
            f'{UV}wheels = [{{ url = "https://r.example/a.whl", hash = "sha256:{A}" }}, {{ hash = [] }}]\n',
            "wheels[1]",
        ),
        (
            "pylock.toml",
            f'{PYLOCK}sdist = {{ name = 3 }}\nwheels = [{{ name = "a.whl", hashes = {{ sha256 = "{A}" }} }}]\n',
            "sdist",
        ),
        (
            "Pipfile.lock",
            json.dumps({"_meta": {}, "default": {"a": {"version": "==1", "hashes": [f"sha256:{A}", 3]}}}),
            "hashes[1]",
        ),
    ],
)
def test_the_other_digests_of_a_package_stay(path: str, text: str, place: str) -> None:
    inventory = parse(path, text)
    package = by_name(inventory)["a"]
    assert (package.version, package.source, [digest.value for digest in package.digests]) == ("1", "registry", [A])
    assert [(entry, reason.rpartition(" at ")[2]) for entry, reason in reasons(inventory)] == [
        ("a", f"{place}, which is left out")
    ]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package-lock.json", '{"packages": {"node_modules/a": {"version": "1", "integrity": 5}}}'),
        ("package-lock.json", '{"packages": {"node_modules/a": {"version": "1", "integrity": "x"}}}'),
        ("package-lock.json", '{"dependencies": {"a": {"version": "1", "integrity": 5}}}'),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages:\n  a@1: {resolution: {integrity: [x]}}\n"),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\npackages:\n  a@1: {resolution: {integrity: x}}\n"),
        ("yarn.lock", '# yarn lockfile v1\na@^1:\n  version "1"\n  integrity zz\n'),
        ("Cargo.lock", '[[package]]\nname = "a"\nversion = "1"\nsource = "registry+https://r.example"\nchecksum = 5\n'),
        ("Cargo.lock", '[[package]]\nname = "a"\nversion = "1"\nsource = "registry+https://r.example"\nchecksum = "x"\n'),
        ("composer.lock", '{"packages": [{"name": "a", "version": "1", "dist": {"type": "zip", "shasum": 5}}]}'),
        ("Gemfile.lock", "GEM\n  remote: https://r.example/\n  specs:\n    a (1)\n\nCHECKSUMS\n  a (1) sha256=zz\n"),
        ("packages.lock.json", '{"version": 1, "dependencies": {"n": {"a": {"type": "Direct", "resolved": "1", "dependencies": 5}}}}'),
        ("deno.lock", '{"version": "5", "npm": {"a@1": {"integrity": 5}}}'),
        ("conda-lock.yml", "package:\n- {name: a, version: '1', url: 'https://r.example/linux-64/a-1.conda', hash: {sha256: [x]}}\n"),
        ("manifest.toml", 'packages = [{name = "a", version = "1", source = "hex", outer_checksum = 5}]\n'),
        ("pubspec.lock", "packages:\n  a: {version: '1', source: hosted, description: {sha256: []}}\n"),
        ("bom.json", '{"bomFormat": "CycloneDX", "components": [{"purl": "pkg:npm/a@1", "hashes": [{"alg": "MD5"}]}]}'),
    ],
)  # fmt: skip
def test_a_bad_digest_costs_no_package(path: str, text: str) -> None:
    inventory = parse(path, text)
    assert [(package.name, package.version, package.source) for package in inventory.packages] == [
        ("a", "1", "registry")
    ]
    assert not inventory.packages[0].digests
    assert inventory.gaps


@pytest.mark.parametrize("source", ['"x"', '{type = "git", url = 5}', "{resolved_reference = []}"])
def test_a_package_whose_source_cannot_be_read_is_not_taken_for_a_release(source: str) -> None:
    inventory = parse("poetry.lock", f'[[package]]\nname = "a"\nversion = "1"\nsource = {source}\n[metadata]\n')
    assert inventory.packages == ()
    assert [gap.entry for gap in inventory.gaps] == ["a"]


def test_many_bad_parts_cost_their_field() -> None:
    entries = Entries("x.lock")
    item = {"good": ["a"], "bad": list(range(100_000))}
    assert [found for _, _, found in entries.each([("a", item)], dict[str, list[str]])] == []
    text = f'[[package]]\nname = "a"\nversion = "1"\nfiles = [{"3, " * 10_000}]\n[metadata]\n'
    inventory = parse("poetry.lock", text)
    assert by_name(inventory)["a"].version == "1"
    assert [gap.reason.split()[-5] for gap in inventory.gaps[-2:]] == ["files[15],", "files,"]


@given(st.recursive(st.none() | st.integers() | st.text(max_size=3), lambda below: st.lists(below, max_size=4)))
def test_what_was_left_out_is_told(files: object) -> None:
    document = {"_meta": {}, "default": {"a": {"version": "==1", "hashes": files}}}
    inventory = parse("Pipfile.lock", json.dumps(document))
    assert by_name(inventory)["a"].version == "1"
    texts = files if isinstance(files, list) else [files]
    assert len(inventory.gaps) >= min(len({repr(text) for text in texts}), 1)


def test_good_digests_beside_a_bad_field_stay() -> None:
    text = json.dumps({"packages": {"node_modules/a": {"version": "1", "integrity": SRI, "dependencies": {"b": 5}}}})
    assert by_name(parse("package-lock.json", text))["a"].digests


#: Formats whose values have types, so that one of another type is damage.
TYPED = (
    "bun_lock", "cargo_lock", "composer_lock", "conan_lock", "cyclonedx_json", "deno_lock", "gleam_manifest",
    "julia_manifest", "nuget_assets", "nuget_lock", "pdm_lock", "pipfile_lock", "poetry_lock", "pylock", "pyproject",
    "renv_lock", "spdx_json", "swift_resolved", "uv_lock",
)  # fmt: skip
#: A text with the sign behind it that makes it a key.
TEXT = re.compile(r'("[^"\n]*")(\s*[:=])?')


def told(inventory: Inventory) -> set[tuple[object, ...]]:
    def about(package: Dependency) -> tuple[object, ...]:
        return package.type, package.name, package.version, package.source, package.commit, package.digests

    return set(map(about, inventory.packages))


@pytest.mark.parametrize("name", TYPED)
@pytest.mark.parametrize("value", ["5", "[]", "{}"])
def test_a_value_of_another_type_is_no_silent_loss(name: str, value: str) -> None:
    sample = SAMPLES[name]
    whole = parse(sample.path, sample.text, {**sample.beside, sample.path: sample.text})
    for found in TEXT.finditer(sample.text):
        if found[2]:
            continue
        text = sample.text[: found.start()] + value + sample.text[found.end() :]
        try:
            inventory = parse(sample.path, text, {**sample.beside, sample.path: text})
        except ManifestError:
            continue
        lost = told(whole) - told(inventory)
        assert not lost or set(inventory.gaps) - set(whole.gaps), (found[0], lost)


def test_a_checksum_of_mix_that_is_no_text_is_told() -> None:
    inventory = parse(
        "mix.lock", f'%{{\n  "x": {{:hex, :x, "1.0", "{A}", [:mix], [{{:y, "1, 2"}}], "hexpm", 5}},\n}}\n'
    )
    assert reasons(inventory) == [("x", "a sha256 digest that is not 64 hex digits: x-1.0.tar")]


@pytest.mark.parametrize("path", ["x.opam", "x.opam.locked"])
@pytest.mark.parametrize(
    ("listed", "gaps"),
    [
        ('"a" {= "1"} # why\n  ("b" {= "2"} | "c") (* "d"\n "e" *)', []),
        ('"a" {= "1"}\n  5', ["5"]),
        ('"a" {= "1"}\n  "b" {= "2" { }}', ["{="]),
        ('"a b"', ['"a b"']),
    ],
)
def test_what_is_no_package_of_opam_is_told(path: str, listed: str, gaps: list[str]) -> None:
    inventory = parse(path, f'opam-version: "2.0"\ndepends: [\n  {listed}\n]\n')
    said = [gap.entry for gap in inventory.gaps if gap.reason == "neither a package nor an address"]
    assert said[:1] == gaps


def test_entries_without_a_name_are_told_by_their_places() -> None:
    inventory = parse("composer.lock", '{"packages": [5, {"name": "v/a", "version": "1"}, 5]}')
    assert [entry for entry, _ in reasons(inventory)] == ["[0]", "[2]"]
