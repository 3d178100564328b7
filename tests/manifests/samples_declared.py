"""Samples of the formats that pin nothing, and of those that few projects have."""

import json

from tests.manifests.build import COMMIT, SRI, A, B, Sample

PYPROJECT = f"""
[project]
name = "app"
dependencies = ["Client==1.2.0 ; python_version > '3'", "loose>=2,<3", "lib @ git+https://u:p@git.example/lib.git@{COMMIT}"]

[project.optional-dependencies]
socks = ["socksio==1.0.0"]

[dependency-groups]
dev = ["tester==9.0", {{include-group = "docs"}}, "not a requirement ("]

[build-system]
requires = ["builder==3.0"]

[tool.poetry.dependencies]
python = "^3.11"
poet = "^1.0"
exact = {{version = "==2.0.0", extras = ["x"]}}
near = {{path = "../near"}}

[tool.poetry.group.docs.dependencies]
site = "=1.1"
"""

SETUP = """
[options]
install_requires =
    client==1.2.0  # why
    loose>=2
setup_requires = builder==3.0

[options.extras_require]
socks =
    socksio==1.0.0
"""

CARGO = f"""
[package]
name = "app"

[dependencies]
client = "1.2"
exact = {{ version = "=1.0.0", package = "real" }}
shared = {{ workspace = true }}
lib = {{ git = "https://git.example/lib", rev = "{COMMIT}" }}

[dev-dependencies]
tester = "=9.0.0"

[target.'cfg(unix)'.build-dependencies]
builder = {{ path = "../builder" }}

[workspace.dependencies]
shared = "=2.0.0"
"""

CATALOG = """
[versions]
client = "1.2.0"
rich = { strictly = "[1,2[", prefer = "1.1" }

[libraries]
client = { module = "org.example:client", version.ref = "client" }
core = "org.example:core:1.0"
parts = { group = "org.example", name = "parts", version = { require = "3.0" } }
ranged = { module = "org.example:ranged", version.ref = "rich" }
broken = { name = "only" }

[plugins]
tool = { id = "org.example.tool", version = "0.1" }
"""

CSPROJ = """<Project Sdk="Microsoft.NET.Sdk"><ItemGroup>
  <PackageReference Include="Client.Core" Version="1.2.0" />
  <PackageReference Include="Exact" Version="[2.0.0]" />
  <PackageReference Include="Ranged" Version="[1.0,2.0)" />
  <PackageReference Include="Nested"><Version>3.0</Version></PackageReference>
  <PackageReference Version="1" />
</ItemGroup></Project>
"""

PAKET = """source https://registry.example/v3/index.json
nuget Client.Core 1.2.0
nuget Loose >= 2.0
github o/lib src/file.fs
group Test
  nuget Tester == 9.0
"""

PAKET_LOCK = f"""RESTRICTION: == net8.0
NUGET
  remote: https://registry.example/v3/index.json
    Client.Core (1.2.0)
      Core (>= 1.0)
    Core (1.0.1) - restriction: >= net8.0
GITHUB
  remote: o/lib
    src/file.fs ({COMMIT})
GROUP Test
NUGET
  remote: https://registry.example/v3/index.json
    Tester (9.0)
"""

NIMBLE = """version = "0.1"
requires "nim >= 1.6", "client == 1.2.0"
requires:
  "loose >= 2.0"
requires "https://git.example/lib"
"""

ROCKSPEC = """package = "app"
version = "1.0-1"
dependencies = {
   "lua >= 5.1",
   "client == 1.2.0-1", -- "commented == 1"
   "loose >= 2.0"
}
test_dependencies = { "tester" }
"""

OPAM = """opam-version: "2.0"
depends: [
  "ocaml" {>= "4.14"}
  "client" {= "1.2.0"}
  # "commented" {= "1"}
  "tester" {with-test & = "9.0"}
  "builder" {build}
]
"""

VERIFICATION = f"""<?xml version="1.0"?>
<verification-metadata xmlns="https://schema.gradle.org/dependency-verification"><configuration/><components>
  <component group="org.example" name="client" version="1.2.0">
    <artifact name="client-1.2.0.jar"><sha256 value="{A}"><also-trust value="{B}"/></sha256></artifact>
    <artifact name="client-1.2.0.pom"><sha256 value="short"/></artifact>
  </component>
  <component group="org.example" name="nameless"/>
</components></verification-metadata>
"""

SPDX_TAG = f"""SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentComment: <text>over
PackageName: decoy
lines</text>
PackageName: app
SPDXID: SPDXRef-app

PackageName: client
SPDXID: SPDXRef-c
PackageVersion: 1.2.0
PackageFileName: ./client-1.2.0.tar.gz
PackageChecksum: SHA256: {A}
ExternalRef: PACKAGE-MANAGER purl pkg:pypi/client@1.2.0

PackageName: core
SPDXID: SPDXRef-d
ExternalRef: PACKAGE_MANAGER purl pkg:pypi/core@1.0

PackageName: nameless
SPDXID: SPDXRef-n

FileName: ./x.py
SPDXID: SPDXRef-f
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-app
Relationship: SPDXRef-app DEPENDS_ON SPDXRef-c
Relationship: SPDXRef-d RUNTIME_DEPENDENCY_OF SPDXRef-c
"""

SPDX_XML = f"""<?xml version="1.0"?>
<Document><spdxVersion>SPDX-2.3</spdxVersion><documentDescribes>SPDXRef-app</documentDescribes>
<packages><SPDXID>SPDXRef-app</SPDXID><name>app</name></packages>
<packages><SPDXID>SPDXRef-c</SPDXID><name>client</name><versionInfo>1.2.0</versionInfo>
  <checksums><algorithm>SHA256</algorithm><checksumValue>{A}</checksumValue></checksums>
  <externalRefs><referenceType>purl</referenceType><referenceLocator>pkg:pypi/client@1.2.0</referenceLocator></externalRefs></packages>
<packages><SPDXID>SPDXRef-d</SPDXID><name>core</name>
  <externalRefs><referenceType>purl</referenceType><referenceLocator>pkg:pypi/core@1.0</referenceLocator></externalRefs></packages>
<packages><SPDXID>SPDXRef-n</SPDXID><name>nameless</name></packages>
<relationships><spdxElementId>SPDXRef-app</spdxElementId><relationshipType>DEPENDS_ON</relationshipType><relatedSpdxElement>SPDXRef-c</relatedSpdxElement></relationships>
<relationships><spdxElementId>SPDXRef-d</spdxElementId><relationshipType>DEPENDENCY_OF</relationshipType><relatedSpdxElement>SPDXRef-c</relatedSpdxElement></relationships>
</Document>
"""

SPDX3 = json.dumps({
    "@context": "https://spdx.example/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [
        {"type": "CreationInfo", "@id": "_:c", "createdBy": ["x"]},
        {"type": "SpdxDocument", "spdxId": "d", "rootElement": ["app"]},
        {"type": "software_Package", "spdxId": "app", "name": "app"},
        {
            "type": "software_Package", "spdxId": "c", "name": "client", "software_packageVersion": "1.2.0",
            "software_packageUrl": "pkg:pypi/client@1.2.0", "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": A}],
        },
        {
            "type": "software_Package", "spdxId": "k", "name": "core",
            "externalIdentifier": [{"externalIdentifierType": "packageUrl", "identifier": "pkg:pypi/core@1.0"}],
        },
        {"type": "software_Package", "spdxId": "n", "name": "nameless"},
        {"type": "Relationship", "spdxId": "r", "from": "app", "relationshipType": "dependsOn", "to": ["c"]},
        {"type": "LifecycleScopedRelationship", "spdxId": "s", "from": "c", "relationshipType": "dependsOn", "to": ["k"]},
        {"type": "software_File", "name": 5},
        "text",
    ],
})  # fmt: skip

BAZEL = json.dumps({
    "version": "2",
    "artifacts": {
        "org.example:client": {"shasums": {"jar": A, "sources": None}, "version": "1.2.0"},
        "org.example:core:aar": {"version": "1.0"},
        "broken": 3,
    },
})  # fmt: skip
BAZEL1 = json.dumps({"dependency_tree": {"dependencies": [
    {"coord": "org.example:client:1.2.0", "sha256": A}, {"coord": "org.example:core:jar:sources:1.0"}, {"coord": "odd"},
]}})  # fmt: skip

ASSETS = json.dumps({
    "version": 3,
    "targets": {"net8.0": {"Client.Core/1.2.0": {"type": "package", "dependencies": {"Core": "1.0.0"}}, "Core/1.0.1": {"type": "package"}}},
    "libraries": {
        "Client.Core/1.2.0": {"sha512": SRI, "type": "package"}, "Core/1.0.1": {"type": "package"}, "own/1.0.0": {"type": "project"},
        "broken": 3,
    },
    "project": {"frameworks": {"net8.0": {"dependencies": {"Client.Core": {"version": "[1.2.0, )"}}}}},
})  # fmt: skip

CONDA = """
name: app
channels: [conda-forge]
dependencies:
  - python=3.12
  - conda-forge::Client=1.2.0=py312_0
  - loose>=2
  - pip:
      - tester==9.0
"""

SNAPSHOT = """# carton snapshot format: version 1.0
DISTRIBUTIONS
  Client-Core-1.20
    pathname: S/SO/SOMEONE/Client-Core-1.20.tar.gz
    provides:
      Client::Core 1.20
  Other-v2.0.1
    pathname: other.tar.gz
  odd
    pathname: x
"""

#: Member of the folder -> its sample.
GO_SUM = f"""example.invalid/lib v1.2.0 h1:{"A" * 43}=
example.invalid/lib v1.2.0/go.mod h1:{"B" * 43}=
example.invalid/other v1.0.0/go.mod h1:{"C" * 43}=
odd
"""

PACKAGE = json.dumps({
    "name": "app",
    "dependencies": {"client": "1.2.0", "loose": "^1.0.0", "near": "file:../near", "git": "github:o/git"},
    "devDependencies": {"other": "npm:@s/real@2.0.0", "broken": 1},
    "peerDependencies": {"host": "*"},
})  # fmt: skip

DECLARED = {
    "bazel_maven": Sample("maven_install.json", BAZEL, 2),
    "cargo_toml": Sample("Cargo.toml", CARGO, 6),
    "carthage_resolved": Sample(
        "Cartfile.resolved",
        f'github "o/client" "1.2.0"\ngit "https://git.example/lib.git" "{COMMIT}"\nbinary "https://f.example/x.json" "3.0"\nodd\n',
        3,
    ),
    "conda_environment": Sample("environment.yml", CONDA, 4),
    "cpanfile_snapshot": Sample("cpanfile.snapshot", SNAPSHOT, 2),
    "dotnet_project": Sample("app.csproj", CSPROJ, 4),
    "gradle_catalog": Sample("gradle/libs.versions.toml", CATALOG, 5),
    "gradle_verification": Sample("gradle/verification-metadata.xml", VERIFICATION, 1),
    "julia_project": Sample(
        "Project.toml", 'name = "App"\n[deps]\nClient = "u"\nLoose = "v"\n[compat]\nClient = "=1.2.0"\nLoose = "2"\n', 2
    ),
    "go_sum": Sample("go.sum", GO_SUM, 1),
    "package_json": Sample("package.json", PACKAGE, 5),
    "nimble": Sample("app.nimble", NIMBLE, 2),
    "nuget_assets": Sample("obj/project.assets.json", ASSETS, 3),
    "nuget_config": Sample(
        "packages.config",
        '<packages><package id="Client.Core" version="1.2.0" /><package id="Tester" version="9.0" developmentDependency="true"/><package id="x"/></packages>',
        2,
    ),
    "opam_file": Sample("app.opam", OPAM, 4),
    "paket_dependencies": Sample("paket.dependencies", PAKET, 3),
    "paket_lock": Sample("paket.lock", PAKET_LOCK, 4),
    "pyproject": Sample("pyproject.toml", PYPROJECT, 10),
    "requirements_in": Sample("requirements.in", "-r base.in\nclient==1.2.0\nloose\n", 3, {"base.in": "core==1.0\n"}),
    "rockspec": Sample("app-1.0-1.rockspec", ROCKSPEC, 3),
    "setup_cfg": Sample("setup.cfg", SETUP, 4),
    "spdx3_json": Sample("app.spdx3.json", SPDX3, 2),
    "spdx_tag": Sample("app.spdx", SPDX_TAG, 2),
    "spdx_xml": Sample("app.spdx.xml", SPDX_XML, 2),
    "vcpkg_manifest": Sample(
        "vcpkg.json",
        '{"dependencies": ["fmt", {"name": "zlib", "version>=": "1.2"}, 5], "overrides": [{"name": "fmt", "version": "10.1.1"}]}',
        2,
    ),
}
