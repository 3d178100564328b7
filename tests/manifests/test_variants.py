"""Entries of lock files that are written in another way than most: aliases, addresses, peers, programs, folders."""

import json

import pytest

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency
from doorward.model.purl import parse_purl
from tests.manifests.build import COMMIT, SRI, A, B, parse, reasons

FILES = "https://files.example"
INDEX = "https://registry.example"


def told(package: Dependency) -> tuple[str, str, str, str, str]:
    return package.name, package.version, package.source, package.url, package.commit


def test_pnpm_keys_of_addresses_name_what_stands_before_them() -> None:
    inventory = parse(
        "pnpm-lock.yaml",
        f"""lockfileVersion: '9.0'

packages:

  shell@git+ssh://git@git.example/o/shell.git#{COMMIT}:
    resolution: {{commit: {COMMIT}, repo: git+ssh://git@git.example/o/shell.git, type: git}}
    version: 2.0.0

  '@s/tar@{FILES}/@s/tar/-/tar-1.0.0.tgz':
    resolution: {{tarball: {FILES}/@s/tar/-/tar-1.0.0.tgz}}
    version: 1.0.0

  swapped@1.0.0:
    resolution: {{integrity: {SRI}, tarball: {FILES}/other.tgz}}

  node@runtime:22.1.0:
    resolution:
      type: variations
      variants: []
    version: 22.1.0
""",
    )
    assert [told(package) for package in inventory.packages] == [
        ("shell", "2.0.0", "git", "ssh://git.example/o/shell.git", COMMIT),
        ("@s/tar", "1.0.0", "url", f"{FILES}/@s/tar/-/tar-1.0.0.tgz", ""),
        ("swapped", "1.0.0", "url", f"{FILES}/other.tgz", ""),
    ]
    assert reasons(inventory) == [("node 22.1.0", "a program that comes from no registry")]


def test_pnpm_keys_of_older_versions() -> None:
    inventory = parse(
        "pnpm-lock.yaml",
        f"""lockfileVersion: '6.0'

packages:

  /string_decoder@1.3.0:
    resolution: {{integrity: {SRI}}}

  /@types/a_b@2.0.0(react@18.0.0):
    resolution: {{integrity: {SRI}}}

  /old_name/1.0.0_react@18.0.0:
    resolution: {{integrity: {SRI}}}

  registry.example/@s/hosted/1.0.0_x@1.0.0:
    resolution: {{integrity: {SRI}, tarball: {INDEX}/@s/hosted/-/hosted-1.0.0.tgz}}

  '@files.example/far-3.0.0.tgz':
    resolution: {{tarball: {FILES}/far-3.0.0.tgz}}
    name: far
    version: 3.0.0
""",
    )
    assert [told(package) for package in inventory.packages] == [
        ("string_decoder", "1.3.0", "registry", "", ""),
        ("@types/a_b", "2.0.0", "registry", "", ""),
        ("old_name", "1.0.0", "registry", "", ""),
        ("@s/hosted", "1.0.0", "registry", INDEX, ""),
        ("far", "3.0.0", "url", f"{FILES}/far-3.0.0.tgz", ""),
    ]


@pytest.mark.parametrize(
    ("address", "source", "url"),
    [
        ("https%3A%2F%2Ffiles.example%2Fother.tgz", "url", f"{FILES}/other.tgz"),
        ("https%3A%2F%2Fregistry.example%2F%40s%2Fx%2F-%2F%40s%2Fx-1.0.0.tgz", "registry", INDEX),
    ],
)
def test_yarn_tells_from_where_it_fetched(address: str, source: str, url: str) -> None:
    inventory = parse(
        "yarn.lock",
        f"""__metadata:
  version: 8

"@s/x@npm:^1.0.0":
  version: 1.0.0
  resolution: "@s/x@npm:1.0.0::__archiveUrl={address}"
""",
    )
    assert [told(package) for package in inventory.packages] == [("@s/x", "1.0.0", source, url, "")]


def test_bun_packed_release_in_the_project() -> None:
    inventory = parse(
        "bun.lock", f'{{"lockfileVersion": 1, "packages": {{"near": ["near@./near.tgz", {{}}, "{SRI}"]}}}}'
    )
    assert [told(package) for package in inventory.packages] == [("near", "", "path", "./near.tgz", "")]
    assert inventory.gaps == ()


def test_requirement_of_a_branch_with_a_slash() -> None:
    inventory = parse("requirements.txt", "x @ git+https://u:p@git.example/o/x.git@feature/y#subdirectory=z\n")
    assert [told(package) for package in inventory.packages] == [("x", "", "git", "https://git.example/o/x.git", "")]


def test_requirement_that_the_environment_fills_in() -> None:
    inventory = parse("requirements.txt", "x==${VERSION}\ny==1.0\n")
    assert [package.name for package in inventory.packages] == ["y"]
    assert reasons(inventory) == [("x==${VERSION}", "a requirement that the environment fills in")]


def test_uv_folder_of_releases_is_no_registry() -> None:
    inventory = parse(
        "uv.lock",
        f"""version = 1

[[package]]
name = "flat"
version = "1.0"
source = {{ registry = "wheels" }}
wheels = [{{ path = "flat-1.0-py3-none-any.whl", hash = "sha256:{A}" }}]
""",
    )
    assert [told(package) for package in inventory.packages] == [
        ("flat", "1.0", "path", "wheels/flat-1.0-py3-none-any.whl", "")
    ]


def test_pipenv_packed_release_in_the_project() -> None:
    inventory = parse("Pipfile.lock", '{"_meta": {}, "default": {"near": {"path": "./near-1.0-py3-none-any.whl"}}}')
    assert [told(package) for package in inventory.packages] == [
        ("near", "", "path", "./near-1.0-py3-none-any.whl", "")
    ]


def test_bundler_sections_and_digests_that_are_none() -> None:
    inventory = parse(
        "Gemfile.lock",
        f"""GEM
  remote: {INDEX}/
  specs:
    client (1.0)
    core (2.0)
<<<<<<< ours
    lost (1.0)

DEPENDENCIES
  client

CHECKSUMS
  client (1.0) sha256=zz,sha512=zz
  core (2.0) sha256={A}
""",
    )
    assert [(p.name, len(p.digests)) for p in inventory.packages] == [("client", 0), ("core", 1)]
    assert reasons(inventory) == [
        ("<<<<<<< ours", "a section that Bundler does not have: what stands in it is not read"),
        ("client", "a sha256 digest that is not 64 hex digits: client-1.0.gem"),
        ("client", "a sha512 digest that is not 128 hex digits: client-1.0.gem"),
    ]


def test_gradle_locks_the_plugins_of_its_settings() -> None:
    inventory = parse("settings-gradle.lockfile", "org.example:plug:1.0=classpath\nempty=\n")
    assert [(p.name, p.version, p.groups) for p in inventory.packages] == [("org.example:plug", "1.0", ("build",))]


PROFILES = """<project>
  <parent>
    <groupId>org.example</groupId><artifactId>parent</artifactId><version>3.2.0</version>
  </parent>
  <artifactId>app</artifactId>
  <dependencyManagement><dependencies>
    <dependency><groupId>${project.groupId}</groupId><artifactId>managed</artifactId><version>1.2</version></dependency>
    <dependency><groupId>org.bom</groupId><artifactId>bom</artifactId><version>1.0</version><scope>import</scope></dependency>
  </dependencies></dependencyManagement>
  <dependencies>
    <dependency><groupId>org.example</groupId><artifactId>managed</artifactId></dependency>
    <dependency><groupId>a</groupId><artifactId>b</artifactId><version>${project.parent.version}</version></dependency>
    <dependency><groupId>a</groupId><artifactId>near</artifactId><version>1</version><scope>system</scope></dependency>
  </dependencies>
  <build>
    <pluginManagement><plugins>
      <plugin><artifactId>compiler</artifactId><version>3.11.0</version></plugin>
    </plugins></pluginManagement>
    <plugins><plugin>
      <artifactId>compiler</artifactId>
      <dependencies><dependency>
        <groupId>a</groupId><artifactId>part</artifactId><version>1</version>
      </dependency></dependencies>
    </plugin></plugins>
  </build>
  <profiles><profile>
    <dependencies><dependency><groupId>p</groupId><artifactId>q</artifactId><version>1</version></dependency></dependencies>
    <build><plugins><plugin><groupId>p</groupId><artifactId>r</artifactId><version>1</version></plugin></plugins></build>
  </profile></profiles>
</project>
"""


@pytest.mark.parametrize("beside", [{}, {"pom.xml": "<project><artifactId>another</artifactId></project>"}])
def test_maven_parents_profiles_and_managed_versions(beside: dict[str, str]) -> None:
    inventory = parse("app/pom.xml", PROFILES, beside)
    assert [(p.name, p.version, p.source, p.groups) for p in inventory.packages] == [
        ("org.example:app", "3.2.0", "workspace", ()),
        ("org.example:parent", "3.2.0", "registry", ("build",)),
        ("org.example:managed", "1.2", "registry", ()),
        ("a:b", "3.2.0", "registry", ()),
        ("a:near", "1", "path", ("system",)),
        ("org.bom:bom", "1.0", "registry", ("import",)),
        ("org.apache.maven.plugins:compiler", "3.11.0", "registry", ("build",)),
        ("a:part", "1", "registry", ("build",)),
        ("p:q", "1", "registry", ()),
        ("p:r", "1", "registry", ("build",)),
    ]
    assert inventory.gaps == ()


@pytest.mark.parametrize(
    ("steps", "used", "gaps"),
    [
        ("- {name: x, uses: a/flow@v1, with: {y: z}}", ["a/flow"], []),
        ("- name: x\n  uses: >-\n    a/folded@v1\n- uses: a/b@v1", ["a/folded", "a/b"], []),
        ("- uses:\n    a/next@v1", ["a/next"], []),
        ("- uses: &it a/anchored@v1\n- uses: *it", ["a/anchored"], []),
        ("- uses: *other", [], [("*other", "an action without a reference")]),
        ("- uses:", [], [("", "an action without a reference")]),
        ("# - uses: a/b@v1\n- run: echo, uses: a/b@v1", [], []),
    ],
)
def test_notations_of_a_workflow(steps: str, used: list[str], gaps: list[tuple[str, str]]) -> None:
    inventory = parse(".forgejo/workflows/ci.yml", steps)
    assert [package.name for package in inventory.packages] == used
    assert reasons(inventory) == gaps


def test_deno_tells_from_where_it_fetched() -> None:
    inventory = parse(
        "deno.lock",
        f'{{"version": "5", "npm": {{"far@1.0.0": {{"integrity": "{SRI}", "tarball": "{FILES}/other.tgz"}}}}}}',
    )
    assert [told(package) for package in inventory.packages] == [("far", "1.0.0", "url", f"{FILES}/other.tgz", "")]
    assert [digest.filename for digest in inventory.packages[0].digests] == ["other.tgz"]


def test_deno_counts_what_members_ask_for_as_direct() -> None:
    inventory = parse(
        "deno.lock",
        """{"version": "4", "specifiers": {"npm:a@1": "1.0.0"}, "npm": {"a@1.0.0": {}},
        "workspace": {"members": {"m": {"packageJson": {"dependencies": ["npm:a@1"]}}}}}""",
    )
    assert [(package.name, package.direct) for package in inventory.packages] == [("a", True)]


def test_deno_locks_of_older_versions() -> None:
    second = parse("deno.lock", f'{{"version": "2", "npm": {{"packages": {{"a@1.0.0": {{"integrity": "{SRI}"}}}}}}}}')
    assert [told(package) for package in second.packages] == [("a", "1.0.0", "registry", "", "")]
    first = parse("deno.lock", f'{{"{FILES}/a.ts": "{A}"}}')
    assert reasons(first) == [("files.example", "1 modules by address, which belong to no package")]
    with pytest.raises(ManifestError, match="neither a version nor addresses"):
        parse("deno.lock", '{"npm": {}}')


def test_dart_name_on_the_server() -> None:
    inventory = parse(
        "pubspec.lock",
        f"""packages:
  mine:
    dependency: "direct main"
    description: {{name: theirs, sha256: {A}, url: "{INDEX}"}}
    source: hosted
    version: "1.0.0"
""",
    )
    assert [told(package) for package in inventory.packages] == [("theirs", "1.0.0", "registry", INDEX, "")]
    assert [digest.filename for digest in inventory.packages[0].digests] == ["theirs-1.0.0.tar.gz"]


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("api.github.com", "https://github.com/o/b"),
        ("git.example/api/v3", "https://git.example/o/b"),
        ("", "https://github.com/o/b"),
    ],
)
def test_renv_hosts(host: str, url: str) -> None:
    inventory = parse(
        "renv.lock",
        f"""{{"Packages": {{"B": {{"Package": "B", "Version": "1.0", "Source": "GitHub", "RemoteHost": "{host}",
        "RemoteUsername": "o", "RemoteRepo": "b", "RemoteSha": "{COMMIT}"}}}}}}""",
    )
    assert [told(package) for package in inventory.packages] == [("B", "1.0", "git", url, COMMIT)]


def test_paket_repository_as_a_whole() -> None:
    inventory = parse("paket.lock", f"GIT\n  remote: https://git.example/o/r.git\n     ({COMMIT})\n      build: x\n")
    assert [(p.source, p.url, p.commit) for p in inventory.packages] == [("git", "https://git.example/o/r.git", COMMIT)]


def test_cocoapods_description_by_address() -> None:
    inventory = parse("Podfile.lock", f"PODS:\n  - H (1.0)\nEXTERNAL SOURCES:\n  H:\n    :podspec: {FILES}/h.podspec\n")
    assert [told(package) for package in inventory.packages] == [("H", "1.0", "url", f"{FILES}/h.podspec", "")]


@pytest.mark.parametrize(
    ("lines", "expected", "gaps"),
    [
        (f"  url: git+https://git.example/o/x.git@{COMMIT}", ("git", "https://git.example/o/x.git", COMMIT), 0),
        ("  url: git+https://git.example/o/x.git", ("git", "https://git.example/o/x.git", ""), 1),
        (f"  url: {FILES}/x.zip\n  source: {{type: url}}", ("url", f"{FILES}/x.zip", ""), 0),
        (f"  url: {FILES}/x.whl\n  source: null", ("registry", "", ""), 0),
    ],
)
def test_conda_lock_packages_of_pip(lines: str, expected: tuple[str, str, str], gaps: int) -> None:
    inventory = parse("conda-lock.yml", f"package:\n- name: x\n  version: 1.0.0\n  manager: pip\n{lines}\n")
    assert [(p.source, p.url, p.commit) for p in inventory.packages] == [expected]
    assert len(inventory.gaps) == gaps


@pytest.mark.parametrize(
    ("purl", "expected"),
    [
        (
            "pkg:deb/debian/libssl3@3.0?arch=amd64&distro=debian-12&upstream=openssl%403.0&package-id=1",
            "pkg:deb/debian/libssl3@3.0?arch=amd64&distro=debian-12&upstream=openssl%403.0",
        ),
        (
            "pkg:rpm/rocky/perl-libs@5.32-1?arch=x86_64&epoch=4&upstream=perl-5.32-1.src.rpm&distro=rocky-9.3",
            "pkg:rpm/rocky/perl-libs@4:5.32-1?arch=x86_64&distro=rocky-9.3&upstream=perl",
        ),
        ("pkg:rpm/rocky/bash@5.1-1?epoch=0", "pkg:rpm/rocky/bash@5.1-1"),
        ("pkg:maven/g/a@1?type=jar&arch=x", "pkg:maven/g/a@1"),
    ],
)
def test_bills_of_materials_tell_of_which_system_a_package_is(purl: str, expected: str) -> None:
    text = json.dumps({"bomFormat": "CycloneDX", "components": [{"name": "x", "purl": purl}]})
    assert [package.purl for package in parse("sbom.json", text).packages] == [parse_purl(expected)]


def test_a_bill_of_materials_by_its_content() -> None:
    reference = {"referenceType": "purl", "referenceLocator": "pkg:npm/x@1.0.0"}
    package = {"SPDXID": "a", "name": "x", "externalRefs": [reference]}
    inventory = parse("image.sbom.json", json.dumps({"spdxVersion": "SPDX-2.3", "packages": [package, 5]}))
    assert [told(package) for package in inventory.packages] == [("x", "1.0.0", "registry", "", "")]
    assert reasons(inventory) == [("packages[1]", "expected `object`, got `int`")]
    with pytest.raises(ManifestError):
        parse("sbom.json", "{}")


def test_a_damaged_checksum_of_a_tag_value_document() -> None:
    inventory = parse(
        "x.spdx",
        """SPDXVersion: SPDX-2.3
PackageName: x
SPDXID: SPDXRef-x
PackageChecksum: SHA256: zz
ExternalRef: PACKAGE-MANAGER purl pkg:npm/x@1.0.0
""",
    )
    assert [told(package) for package in inventory.packages] == [("x", "1.0.0", "registry", "", "")]
    assert reasons(inventory) == [("x", "a sha256 digest that is not 64 hex digits")]


def test_opam_lists_end_where_they_end() -> None:
    inventory = parse(
        "x.opam",
        """opam-version: "2.0"
depends: ["client" {= "1.0"} "near"]
depopts: ["perhaps" {= "2.0"}]
build: ["dune" "build"]
pin-depends: [["near.1.0" "git+https://u:p@git.example/near.git"]]
""",
    )
    assert [(p.name, p.version, p.groups) for p in inventory.packages] == [
        ("client", "1.0", ()),
        ("perhaps", "2.0", ("optional",)),
    ]
    assert reasons(inventory) == [("near", "not from the registry: git+https://git.example/near.git")]


@pytest.mark.parametrize(
    ("entry", "digests", "gaps"),
    [
        (f'{{:hex, :x, "1.0", "{A}", [:mix], [], "hexpm", "{B}"}}', [B], []),
        (f'{{:hex, :x, "1.0", "{A}", [:mix], []}}', [], []),
        (f'{{:hex, :x, "1.0", "{A}"}}', [], []),
        (
            f'{{:hex, :x, "1.0", "{A}", [:mix], [], "hexpm", "zz"}}',
            [],
            [("x", "a sha256 digest that is not 64 hex digits: x-1.0.tar")],
        ),
    ],
)
def test_only_the_outer_checksum_of_mix_is_of_a_file(
    entry: str, digests: list[str], gaps: list[tuple[str, str]]
) -> None:
    inventory = parse("mix.lock", f'%{{\n  "x": {entry},\n}}\n')
    assert [[digest.value for digest in package.digests] for package in inventory.packages] == [digests]
    assert reasons(inventory) == gaps


def test_a_damaged_line_of_go_sum_is_told_with_its_place() -> None:
    inventory = parse(
        "a/go.mod",
        "module m.example\ngo 1.16\n",
        {"a/go.sum": "x.example v1.0.0 h1:x=\nx.example v1.0.0/go.mod h1:x=\ny.example v1\n"},
    )
    assert [told(package)[:2] for package in inventory.packages] == [("m.example", ""), ("x.example", "v1.0.0")]
    assert [(gap.path, gap.line, gap.entry) for gap in inventory.gaps] == [("a/go.sum", 3, "y.example v1")]


def test_what_pnpm_loads_before_it_installs() -> None:
    inventory = parse(
        "pnpm-lock.yaml",
        f"""---
lockfileVersion: '9.0'
importers:
  .:
    configDependencies:
      hooks: {{specifier: 1.0.0, version: 1.0.0}}
    packageManagerDependencies:
      pnpm: {{specifier: 11.0.0, version: 11.0.0}}
packages:
  hooks@1.0.0:
    resolution: {{integrity: {SRI}}}
  pnpm@11.0.0:
    resolution: {{integrity: {SRI}}}
---
lockfileVersion: '9.0'
importers:
  .: {{}}
""",
    )
    assert [(p.name, p.direct, p.groups) for p in inventory.packages] == [
        ("hooks", True, ("config",)),
        ("pnpm", True, ("config",)),
    ]


def test_the_image_that_an_action_is() -> None:
    inventory = parse("action.yml", "runs:\n  using: docker\n  image: 'docker://tool:3.19'\n")
    assert [(p.type, p.name, p.version, p.line) for p in inventory.packages] == [("docker", "tool", "3.19", 3)]
    assert parse("action.yml", "runs:\n  using: docker\n  image: Dockerfile\n").packages == ()
