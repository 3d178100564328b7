"""The formats beside those of uv, Poetry, pip and npm: what each sample declares, and the traps of its format."""

import json
import subprocess
import sys

import pytest

from doorward.errors import ManifestError
from tests.manifests.build import COMMIT, SRI, SRI_HEX, A, B, Sample, parse, pins, reasons, shown
from tests.manifests.samples_more import BERRY, CONAN1, CYCLONEDX, DENO, GO, MORE, PNPM5, PNPM6, POM, YARN

VARIANTS = {
    "conan_lock (1)": Sample("conan.lock", CONAN1, 3),
    "pnpm_lock (5)": Sample("pnpm-lock.yaml", PNPM5, 6),
    "pnpm_lock (6)": Sample("pnpm-lock.yaml", PNPM6, 4),
    "yarn_lock (berry)": Sample("yarn.lock", BERRY, 10),
}

#: Sample -> name, version, source, whether direct, groups and way of every package; entry and reason of every gap.
EXPECTED = {
    "bun_lock": (
        [
            "app@ workspace ? main",
            "@scope/x@1.2.3 registry direct main",
            "lib@ git direct main",
            "ms@1.0.0 registry direct dev",
            "ms@2.0.0 registry - main @scope/x 1.2.3",
            "native@3.0.0 registry direct optional",
            "near@ path - main",
            "own@ workspace ? main",
            "@scope/real@2.2.0 registry direct main",
            "tar@ url - main",
            "tester@9.0.0 registry direct dev",
        ],
        [],
    ),
    "cabal_freeze": (
        ["client@1.2.0.0 registry ? main", "core@1.0 registry ? main", "tool@2.0 registry ? main"],
        [("loose >=1 && <2", "a constraint that is not one version")],
    ),
    "cargo_lock": (
        [
            "app@0.1.0 workspace ? main",
            "client@1.2.0 registry direct main",
            "core@1.0.0 registry - main client 1.2.0",
            "core@2.0.0 registry - main lib 0.3.0",
            "lib@0.3.0 git direct main",
        ],
        [],
    ),
    "composer_lock": (
        [
            "vendor/client@v1.2.0 registry direct main",
            "vendor/core@1.0.0 registry - main vendor/client v1.2.0",
            "vendor/branch@dev-main git - main",
            "vendor/near@dev-main path - main",
            "vendor/tester@9.0.0 registry - dev",
        ],
        [],
    ),
    "conan_lock": (["zlib@1.2.13 registry ? main", "pkg@1.0 registry ? main", "cmake@3.30.0 registry ? build"], []),
    "conan_lock (1)": (
        ["pkg@1.0 registry direct main", "zlib@1.2.13 registry - main pkg 1.0", "cmake@3.30.0 registry direct build"],
        [],
    ),
    "conda_lock": (["client@1.10 registry ? main", "my-tester@9.0 registry ? dev"], []),
    "cyclonedx_json": (
        [
            "client@1.2.0 registry direct main",
            "org.example:core@1.0 registry - optional client 1.2.0",
            "example.com/lib@v1 git - main",
            "@scope/inside@0.3.0 registry - main",
        ],
        [("nameless 1", "a component without a package URL"), ("pkg:", "not a package URL")],
    ),
    "cyclonedx_xml": (
        [
            "org.example:core@1.0 registry - optional client 1.2.0",
            "client@1.2.0 registry direct main",
            "inside@0.3.0 registry - main",
        ],
        [("nameless", "a component without a package URL")],
    ),
    "deno_lock": (
        [
            "chalk@5.3.0 registry direct main",
            "ansi@6.0.0 registry - main chalk 5.3.0",
            "ms@2.0.0 registry - main chalk 5.3.0",
            "other@1.0.0 registry - main",
            "@std/assert@1.0.0 registry direct main",
            "@std/internal@1.0.1 registry - main @std/assert 1.0.0",
        ],
        [("d.example", "2 modules by address, which belong to no package")],
    ),
    "gemfile_lock": (
        [
            "lib@0.1.0 git direct main",
            "app@0.1.0 workspace ? main",
            "near@0.2.0 path - main",
            "client@1.2.0 registry - main app 0.1.0",
            "core@1.0.0.pre1 registry - main lib 0.1.0",
            "native@3.0.0 registry direct main",
        ],
        [("nameless", "no version")],
    ),
    "github_workflow": (
        [
            "actions/checkout@v4 registry direct main",
            "o/setup@0123456789abcdef0123456789abcdef01234567 registry direct main",
            "o/inline@main registry direct main",
            "alpine@3.20 registry direct main",
            "o/flows@v2 registry direct main",
            "python@3 registry direct main",
        ],
        [("o/loose", "an action without a reference")],
    ),
    "gleam_manifest": (
        [
            "client@1.2.0 registry direct main",
            "core@1.0.0 registry - main client 1.2.0",
            "lib@0.1.0 git direct main",
            "near@0.2.0 path - main",
        ],
        [],
    ),
    "go_mod": (
        [
            "example.com/app@ workspace ? main",
            "example.com/direct@v1.2.3 registry direct main",
            "example.com/quoted@v0.0.0-20240101000000-0123456789ab registry direct main",
            "example.com/far@v2.0.0+incompatible registry - main",
            "example.com/new@v1.1.0 registry - main",
            "example.com/near@v1.0.0 path direct main",
        ],
        [
            ("nonsense", "a directive that go.mod does not have"),
            ("example.com/bad latest", "a requirement without a version"),
        ],
    ),
    "gradle_lock": (
        [
            "org.example:client@1.2.0 registry ? main",
            "org.example:core@1.0.0 registry ? test",
            "org.example:tool@2.0.0 registry ? main",
        ],
        [],
    ),
    "julia_manifest": (
        [
            "Client@1.2.0 registry direct main",
            "Core2@1.0.0+0 registry - main Client 1.2.0",
            "Lib@0.1.0 git - main Client 1.2.0 > Core2 1.0.0+0",
            "Near@0.2.0 path - main",
        ],
        [("Lib", "a git dependency that is not pinned to a commit")],
    ),
    "maven_pom": (
        [
            "org.example:app@1.0 workspace ? main",
            "org.example:own@1.0 workspace direct main",
            "net.example:client@1.2.0 registry direct main",
            "net.example:managed@4.0 registry direct main",
            "net.example:loose@ registry direct main",
            "net.example:tester@9.0 registry direct test+optional",
            "org.apache.maven.plugins:plug@3.0 registry direct build",
        ],
        [("net.example:loose", "not pinned"), ("${nobody}:x", "a dependency whose name is not known")],
    ),
    "mix_lock": (
        [
            "client@1.2.0 registry ? main",
            "core@1.0.0 registry ? main",
            "real_name@2.0.0 registry ? main",
            "lib@ git ? main",
        ],
        [],
    ),
    "nuget_lock": (
        [
            "Client@1.2.0 registry direct main",
            "Core@1.0.0 registry - main Client 1.2.0",
            "own@ workspace ? main",
            "Tool@2.0.0 registry direct main",
            "Core@1.0.1 registry - main",
        ],
        [],
    ),
    "opam_locked": (
        [
            "client@1.2.0 registry ? main",
            "tester@9.0 registry ? test",
            "lib@1.0 git ? main",
            "far@2.0 url ? main",
            "loose@ registry ? main",
        ],
        [("loose", "no version")],
    ),
    "pdm_lock": (
        [
            "client@1.2.0 registry direct main",
            "core@1.0 registry - main client 1.2.0",
            "socksio@1.0.0 registry - main client 1.2.0",
            "lib@0.1 git - dev",
            "app@0.1 workspace ? main",
        ],
        [],
    ),
    "pipfile_lock": (
        [
            "client@1.2.0 registry direct main",
            "lib@ git - main",
            "loose@ registry - main",
            "app@ workspace - main",
            "tester@9.0 registry - dev",
            "far@ url - dev",
            "site@2.0 registry - docs",
        ],
        [("loose", "not pinned")],
    ),
    "pnpm_lock": (
        [
            "@scope/x@1.2.3 registry direct main",
            "@scope/real@2.2.0 registry direct main",
            "lib@0.1.0 git direct main",
            "peer@2.0.0 registry - main @scope/x 1.2.3",
            "native@3.0.0 registry direct optional",
            "tester@9.0.0 registry direct dev",
        ],
        [],
    ),
    "pnpm_lock (5)": (
        [
            "@scope/x@1.2.3 registry direct main",
            "@scope/real@2.2.0 registry direct main",
            "peer@2.0.0 registry - main @scope/x 1.2.3",
            "tester@9.0.0 registry direct dev",
            "lib@0.1.0 git direct main",
            "near@ path direct main",
        ],
        [],
    ),
    "pnpm_lock (6)": (
        [
            "@scope/x@1.2.3 registry direct main",
            "@scope/real@2.2.0 registry direct main",
            "peer@2.0.0 registry - main @scope/x 1.2.3",
            "tester@9.0.0 registry direct dev",
        ],
        [],
    ),
    "podfile_lock": (
        [
            "Client@1.2.0 registry direct main",
            "Core@1.0.0 registry - main Client 1.2.0",
            "Lib@0.1.0 git direct main",
            "Near@0.2.0 path direct main",
        ],
        [],
    ),
    "pubspec_lock": (
        [
            "client@1.2.0 registry direct main",
            "core@1.0.0+2 registry - main",
            "tester@9.0.0 registry direct dev",
            "lib@0.1.0 git direct main",
            "kit@0.0.0 path direct main",
        ],
        [],
    ),
    "renv_lock": (
        ["client@1.2.0 registry ? main", "lib@0.1.0 git ? main", "bio@3.0 registry ? main", "near@0.2 path ? main"],
        [],
    ),
    "spdx_json": (
        ["client@1.2.0 registry direct main", "core@1.0 url - main client 1.2.0"],
        [("nameless NOASSERTION", "a package without a package URL")],
    ),
    "stack_lock": (
        ["client-extra@1.2.0.0 registry direct main", "lib@0.1 git direct main", "far@2.0 url direct main"],
        [("snapshots", "the packages of a snapshot are not listed in the lock")],
    ),
    "swift_resolved": (
        [
            "git.example/o/client@1.2.0 registry ? main",
            "git.example/o/lib@ git ? main",
            "scope/pack@3.0.0 registry ? main",
            "near@ path ? main",
        ],
        [],
    ),
    "yarn_lock": (
        [
            "@scope/x@1.2.3 registry direct main",
            "@scope/real@2.2.0 registry - main",
            "lib@0.1.0 git - main",
            "forge@0.2.0 git - main",
            "ms@2.0.0 registry - main @scope/x 1.2.3",
            "native@3.0.0 registry - main @scope/x 1.2.3",
            "near@0.0.0 path - main",
            "tester@9.0.0 registry - main",
        ],
        [],
    ),
    "yarn_lock (berry)": (
        [
            "@scope/x@1.2.3 registry direct main",
            "app@ workspace ? main",
            "own@ workspace ? main",
            "lib@0.1.0 git - main",
            "ms@2.0.0 registry - main @scope/x 1.2.3",
            "patched@4.0.1 registry - main",
            "@scope/real@2.2.0 registry direct main",
            "tar@5.0.0 url - main",
            "tester@9.0.0 registry direct main",
            "near@ path - main",
        ],
        [],
    ),
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_a_sample_declares(name: str) -> None:
    sample = MORE.get(name) or VARIANTS[name]
    inventory = parse(sample.path, sample.text, sample.beside)
    assert (shown(inventory), reasons(inventory)) == EXPECTED[name]


def test_every_sample_is_checked() -> None:
    assert sorted(EXPECTED) == sorted([*MORE, *VARIANTS])


@pytest.mark.parametrize(
    ("name", "package", "digests"),
    [
        ("bun_lock", "native", [(f"sha512:{SRI_HEX}", "native-3.0.0.tgz")]),
        ("cargo_lock", "client", [(f"sha256:{A}", "client-1.2.0.crate")]),
        ("composer_lock", "vendor/client", [("sha1:" + "c" * 40, "")]),
        (
            "conda_lock",
            "client",
            [
                ("md5:" + "e" * 32, "client-1.10-h0_0.conda"),
                (f"sha256:{A}", "client-1.10-h0_0.conda"),
                (f"sha256:{B}", "client-1.10-h1_0.conda"),
            ],
        ),
        ("cyclonedx_json", "client", [(f"sha256:{A}", ""), (f"sha3_256:{B}", "")]),
        ("cyclonedx_xml", "client", [(f"sha256:{A}", "")]),
        ("deno_lock", "ansi", [(f"sha512:{SRI_HEX}", "ansi-6.0.0.tgz")]),
        (
            "gemfile_lock",
            "native",
            [(f"sha256:{A}", "native-3.0.0.gem"), (f"sha256:{B}", "native-3.0.0-x86_64-linux.gem")],
        ),
        ("gleam_manifest", "client", [(f"sha256:{A}", "client-1.2.0.tar")]),
        ("mix_lock", "real_name", [(f"sha256:{A}", "real_name-2.0.0.tar")]),
        ("pdm_lock", "client", [(f"sha256:{A}", "client-1.2.0.tar.gz")]),
        ("pipfile_lock", "client", [(f"sha256:{A}", "")]),
        ("pnpm_lock", "@scope/real", [(f"sha512:{SRI_HEX}", "real-2.2.0.tgz")]),
        ("pubspec_lock", "client", [(f"sha256:{A}", "client-1.2.0.tar.gz")]),
        ("spdx_json", "client", [(f"sha256:{A}", "client-1.2.0.tar.gz")]),
        ("stack_lock", "far", [(f"sha256:{A}", "")]),
        ("yarn_lock", "@scope/x", [(f"sha512:{SRI_HEX}", "x-1.2.3.tgz"), ("sha1:" + "c" * 40, "x-1.2.3.tgz")]),
    ],
)
def test_digests_of_released_files(name: str, package: str, digests: list[tuple[str, str]]) -> None:
    sample = MORE[name]
    found = next(p for p in parse(sample.path, sample.text, sample.beside).packages if p.name == package)
    assert [(str(digest), digest.filename) for digest in found.digests] == digests


@pytest.mark.parametrize(
    "name",
    ["go_mod", "julia_manifest", "nuget_lock", "podfile_lock", "renv_lock", "swift_resolved", "yarn_lock (berry)"],
)
def test_digests_of_anything_else_are_left_out(name: str) -> None:
    sample = MORE.get(name) or VARIANTS[name]
    assert [p.digests for p in parse(sample.path, sample.text, sample.beside).packages if p.digests] == []


@pytest.mark.parametrize(
    ("name", "package", "url", "commit"),
    [
        ("cargo_lock", "lib", "https://git.example/lib", COMMIT),
        ("cargo_lock", "client", "https://registry.example/index", ""),
        ("composer_lock", "vendor/branch", "ssh://git.example/v/b.git", COMMIT),
        ("conda_lock", "client", "https://conda.example/main", ""),
        ("cyclonedx_json", "example.com/lib", "https://git.example/lib", COMMIT),
        ("gemfile_lock", "lib", "https://git.example/lib.git", COMMIT),
        ("github_workflow", "o/setup", "", COMMIT),
        ("github_workflow", "actions/checkout", "", ""),
        ("julia_manifest", "Lib", "https://git.example/lib.git", ""),
        ("opam_locked", "far", "https://files.example/far.tgz", ""),
        ("opam_locked", "lib", "https://git.example/lib.git", COMMIT),
        ("pdm_lock", "lib", "https://git.example/lib.git", COMMIT),
        ("pipfile_lock", "client", "https://registry.example/simple", ""),
        ("pnpm_lock", "lib", "https://forge.example/o/lib", COMMIT),
        ("renv_lock", "lib", "https://github.com/o/lib", COMMIT),
        ("swift_resolved", "git.example/o/lib", "ssh://git.example/o/lib", COMMIT),
        ("yarn_lock", "forge", "https://forge.example/o/forge", COMMIT),
        ("yarn_lock", "lib", "https://git.example/lib.git", COMMIT),
    ],
)
def test_addresses_and_commits(name: str, package: str, url: str, commit: str) -> None:
    sample = MORE[name]
    found = next(p for p in parse(sample.path, sample.text, sample.beside).packages if p.name == package)
    assert (found.url, found.commit) == (url, commit)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bun_lock", "{"),
        ("bun_lock", "{}"),
        ("cabal_freeze", "index-state: x"),
        ("cargo_lock", "version = 4"),
        ("composer_lock", "{}"),
        ("conan_lock", '{"version": "0.5"}'),
        ("conda_lock", "version: 1"),
        ("conda_lock", ""),
        ("cyclonedx_json", '{"bomFormat": "other"}'),
        ("cyclonedx_xml", "<other/>"),
        ("cyclonedx_xml", "<bom>"),
        ("deno_lock", "[]"),
        ("gemfile_lock", "nothing of it"),
        ("gleam_manifest", "x = 1"),
        ("go_mod", "require x v1.0.0"),
        ("gradle_lock", "what is this"),
        ("julia_manifest", ""),
        ("julia_manifest", 'manifest_format = "2.0"\ndeps = 3'),
        ("maven_pom", "<other/>"),
        ("maven_pom", ""),
        ("mix_lock", "[]"),
        ("opam_locked", ""),
        ("nuget_lock", '{"version": 1}'),
        ("pdm_lock", "package = []"),
        ("pipfile_lock", '{"default": {}}'),
        ("pnpm_lock", "packages: {}"),
        ("pnpm_lock", "a: [b"),
        ("podfile_lock", "DEPENDENCIES: []"),
        ("pubspec_lock", "- a"),
        ("renv_lock", '{"R": {}}'),
        ("spdx_json", '{"spdxVersion": "SPDX-3.0"}'),
        ("stack_lock", "snapshots: []"),
        ("swift_resolved", '{"version": 2}'),
        ("yarn_lock", '"a@^1":\n  version "1"\n'),
    ],
)
def test_what_is_not_of_the_format(name: str, text: str) -> None:
    path = MORE[name].path
    with pytest.raises(ManifestError) as error:
        parse(path, text)
    assert str(error.value).startswith(f"{path}: ")


@pytest.mark.parametrize("text", ["- " * 5000, "[" * 5000, "? " * 5000, "{a: " * 5000])
def test_yaml_does_not_nest_without_end(text: str) -> None:
    with pytest.raises(ManifestError, match="nest"):
        parse("pnpm-lock.yaml", text)


@pytest.mark.parametrize(
    "text",
    [
        "lockfileVersion: '9.0'\na: &a [1]\nb: *a\n",
        "a: &a [x, x]\n" + "".join(f"k{n}: &k{n} [*a, *a]\n" for n in range(50)),
    ],
)
def test_yaml_has_no_anchors(text: str) -> None:
    with pytest.raises(ManifestError, match="anchors"):
        parse("pnpm-lock.yaml", text)


def test_yaml_with_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(ManifestError, match="a key stands twice in one mapping"):
        parse("pnpm-lock.yaml", "packages:\n  lib@1: {version: 1}\n  lib@1: {version: 2}\n")


def test_yaml_makes_no_objects_numbers_or_dates() -> None:
    text = "packages:\n- name: x\n  version: 1.10\nmetadata: {d: 2020-01-01, o: !!python/name:os.system x}\npackage:\n"
    text += "- {name: x, version: 1.10}\n- {name: y, version: 2020-01-01}\n"
    assert pins(parse("conda-lock.yml", text)) == ["x 1.10", "y 2020-01-01"]


def test_without_the_yaml_reader_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['yaml'] = None\n"
        "from doorward.sources.manifests import pnpm_lock\n"
        "try: pnpm_lock.parse('', 'pnpm-lock.yaml', lambda path: None)\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "ManifestError pnpm-lock.yaml: reading YAML needs the extra doorward[yaml]"


@pytest.mark.parametrize("name", ["cyclonedx_xml", "maven_pom"])
@pytest.mark.parametrize(
    ("prefix", "reason"),
    [
        ('<!DOCTYPE x [<!ENTITY a "b">]>', "a document type"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd">', "a document type"),
        ("<x>" * 300, "nested too deeply"),
        ("&undefined;", "not XML"),
    ],
)
def test_xml_has_no_document_type(name: str, prefix: str, reason: str) -> None:
    with pytest.raises(ManifestError, match=reason):
        parse(MORE[name].path, prefix + "<project/>")


def test_variables_of_a_pom_do_not_grow() -> None:
    properties = "".join(f"<p{n}>{'${p' + str(n + 1) + '}' * 1}{'${p' + str(n + 1) + '}'}</p{n}>" for n in range(60))
    text = f"<project><groupId>g</groupId><properties>{properties}<loop>${{loop}}</loop></properties><dependencies>"
    for version in ("${p0}", "${loop}", "${unknown}"):
        text += f"<dependency><groupId>a</groupId><artifactId>b</artifactId><version>{version}</version></dependency>"
    inventory = parse("pom.xml", text + "</dependencies></project>")
    assert [p.version for p in inventory.packages if p.name == "a:b"] == [""]


def test_parents_that_are_their_own_parents() -> None:
    inventory = parse(
        "app/pom.xml",
        POM,
        {"pom.xml": POM.replace("<artifactId>app", "<relativePath>pom.xml</relativePath><artifactId>app")},
    )
    assert "net.example:client 1.2.0" in pins(inventory)


def test_before_go_1_17_the_sums_tell_the_rest() -> None:
    text = GO.replace("go 1.22.0", "go 1.16")
    sums = (
        "example.com/direct v1.2.3 h1:AAAA=\nexample.com/direct v1.0.0/go.mod h1:AAAA=\n"
        "example.com/turn v0.5.0 h1:AAAA=\nexample.com/only v0.1.0/go.mod h1:AAAA=\nbroken\n"
    )
    inventory = parse("x/go.mod", text, {"x/go.sum": sums})
    assert {"example.com/turn v0.5.0", "example.com/direct v1.2.3"} <= set(pins(inventory))
    assert not any("only" in pin for pin in pins(inventory))
    assert inventory.files == ("x/go.mod", "x/go.sum")
    alone = parse("go.mod", text)
    assert ("", "what it requires in turn is not known: there is no go.sum") in reasons(alone)
    assert reasons(parse("go.mod", "module example.com/none\n")) == []


def test_yarn_one_in_a_workspace_does_not_know_what_other_members_ask_for() -> None:
    manifest = json.dumps({"workspaces": ["packages/*"], "devDependencies": {"@scope/x": "^1.0.0"}})
    found = {p.name: (p.direct, p.groups) for p in parse("yarn.lock", YARN, {"package.json": manifest}).packages}
    assert (found["@scope/x"], found["ms"]) == ((True, ()), (None, ()))


def test_yarn_groups_come_from_the_manifests() -> None:
    files = {
        "package.json": '{"dependencies": {"@scope/x": "^1.0.0"}}',
        "packages/own/package.json": '{"devDependencies": {"tester": "^9"}}',
    }
    found = {p.name: (p.direct, p.groups) for p in parse("yarn.lock", BERRY, files).packages}
    assert (found["tester"], found["ms"], found["@scope/real"]) == ((True, ("dev",)), (False, ()), (False, ()))


def test_bun_keeps_what_only_looks_like_a_comment() -> None:
    text = '{"lockfileVersion": 1, /* a */ "packages": {"a": ["a@1.0.0", "", {"x": "// b /* c */ ,}"}, ""], // d\n},}'
    assert pins(parse("bun.lock", text)) == ["a 1.0.0"]
    with pytest.raises(ManifestError):
        parse("bun.lock", '{"lockfileVersion": 1, "packages": {"a": ["' + '\\"' * 1000)


def test_deno_version_three() -> None:
    old = {
        "version": "3",
        "packages": {
            "specifiers": {"npm:chalk@5": "npm:chalk@5.3.0"},
            "npm": {"chalk@5.3.0": {"integrity": SRI, "dependencies": {"ms": "ms@2.0.0"}}, "ms@2.0.0": {}},
        },
        "workspace": {"dependencies": ["npm:chalk@5"]},
    }
    assert shown(parse("deno.lock", json.dumps(old))) == [
        "chalk@5.3.0 registry direct main",
        "ms@2.0.0 registry - main chalk 5.3.0",
    ]
    assert len(parse("deno.lock", DENO).packages) == 6


def test_swift_version_one() -> None:
    pin = {
        "package": "Client",
        "repositoryURL": "https://git.example/o/client.git",
        "state": {"branch": None, "revision": COMMIT, "version": "1.2.0"},
    }
    inventory = parse("Package.resolved", json.dumps({"object": {"pins": [pin, 3]}, "version": 1}))
    assert str(inventory.packages[0].purl) == "pkg:swift/git.example/o/client@1.2.0"
    assert reasons(inventory) == [("pins[1]", "expected `object`, got `int`")]


@pytest.mark.parametrize(
    ("line", "pin"),
    [
        ("      - uses: a/b@v1", "a/b v1"),
        ('      - "uses": "a/b@v1"', "a/b v1"),
        ("        uses:   'a/b/c/d@main'   # why", "a/b main"),
        ("      - {uses: a/b@v1}", "a/b v1"),
        ("      - uses: docker://r.example:5000/x/y:1.0", "r.example:5000/x/y 1.0"),
        (f"      - uses: docker://x@sha256:{A}", f"x sha256:{A}"),
        ("      # - uses: a/b@v1", ""),
        ("      - uses: ./.github/actions/own", ""),
        ("      - run: echo uses: a/b@v1", ""),
    ],
)
def test_uses_of_a_workflow(line: str, pin: str) -> None:
    inventory = parse(".github/workflows/x.yml", f"steps:\n{line}\n")
    assert (pins(inventory), inventory.gaps) == ([pin] if pin else [], ())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("    steps: [{uses: a/b@v1}]", ["a/b v1"]),
        ("  one: {runs-on: x, steps: [{uses: 'a/b@v1'}, {name: n, \"uses\": c/d@v2}]}", ["a/b v1", "c/d v2"]),
        ("    steps: [\n      {uses: a/b@v1}, {uses: &c c/d@v2},\n      {uses: *c}, { uses: e/f@v3 } ]", ["a/b v1", "c/d v2", "e/f v3"]),
        ('{"jobs": {"a": {"steps": [{"uses": "a/b@v1"}, {"uses": "./own"}]}}}', ["a/b v1"]),
        ('      - name: "{uses: a/b@v1}"', []),
        ("      - run: echo [{uses: a/b@v1}]", []),
    ],
)  # fmt: skip
def test_uses_in_tables_of_one_line(text: str, found: list[str]) -> None:
    inventory = parse(".github/workflows/x.yml", text)
    assert (pins(inventory), inventory.gaps) == (found, ())


def test_a_bad_entry_of_a_bill_costs_itself() -> None:
    bill = json.loads(CYCLONEDX)
    bill["components"][0]["purl"] = 5
    inventory = parse("bom.json", json.dumps(bill))
    assert "client 1.2.0" not in pins(inventory)
    assert "org.example:core 1.0" in pins(inventory)
    assert ("components[0]", "expected `str`, got `int` - at `$.purl`") in reasons(inventory)


def test_pnpm_packages_that_nothing_requires_are_kept() -> None:
    text = "lockfileVersion: '9.0'\npackages:\n  a@1.0.0: {}\n  '@s/b@2.0.0': {}\nsnapshots:\n  a@1.0.0(c@1.0.0): {}\n"
    found = parse("pnpm-lock.yaml", text)
    assert sorted(package.name for package in found.packages) == ["@s/b", "a"]
