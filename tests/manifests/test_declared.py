"""The formats that pin nothing, and those that few projects have: what each sample declares."""

import json
from pathlib import Path

import pytest

from doorward.sources.manifests import find_files, format_of, read_file, read_project
from tests.manifests.build import COMMIT, Sample, parse, pins, reasons, shown
from tests.manifests.samples_declared import BAZEL1, DECLARED, SPDX3

VARIANTS = {"bazel_maven (1)": Sample("maven_install.json", BAZEL1, 2)}

#: Sample -> name, version, source, whether direct, groups and way of every package; entry and reason of every gap.
EXPECTED = {
    "bazel_maven": (
        ["org.example:client@1.2.0 registry ? main", "org.example:core@1.0 registry ? main"],
        [("broken", "expected `object`, got `int`")],
    ),
    "bazel_maven (1)": (
        ["org.example:client@1.2.0 registry ? main", "org.example:core@1.0 registry ? main"],
        [("odd", "not group:artifact:version")],
    ),
    "cargo_toml": (
        [
            "client@ registry direct main",
            "real@1.0.0 registry direct main",
            "lib@ git direct main",
            "tester@9.0.0 registry direct dev",
            "shared@2.0.0 registry direct main",
            "builder@ path direct build",
        ],
        [("client", "not pinned: 1.2")],
    ),
    "carthage_resolved": (
        ["github.com/o/client@1.2.0 registry ? main", "git.example/lib@ git ? main", "f.example/x.json@3.0 url ? main"],
        [("odd", "a line that is no pin")],
    ),
    "conda_environment": (
        [
            "python@3.12 registry direct main",
            "client@1.2.0 registry direct main",
            "loose@ registry direct main",
            "tester@9.0 registry direct pip",
        ],
        [("loose", "not pinned: >=2")],
    ),
    "cpanfile_snapshot": (
        ["SOMEONE/Client-Core@1.20 registry ? main", "Other@2.0.1 registry ? main"],
        [("odd", "a distribution without a version")],
    ),
    "dotnet_project": (
        [
            "Client.Core@1.2.0 registry direct main",
            "Exact@2.0.0 registry direct main",
            "Ranged@ registry direct main",
            "Nested@3.0 registry direct main",
        ],
        [("Ranged", "not pinned: [1.0,2.0)"), ("", "a reference without a name")],
    ),
    "gradle_catalog": (
        [
            "org.example:client@1.2.0 registry ? main",
            "org.example:core@1.0 registry ? main",
            "org.example:parts@3.0 registry ? main",
            "org.example:ranged@ registry ? main",
            "org.example.tool:org.example.tool.gradle.plugin@0.1 registry ? build",
        ],
        [("org.example:ranged", "not pinned: [1,2["), ("broken", "an entry without group and name")],
    ),
    "gradle_verification": (
        ["org.example:client@1.2.0 registry ? main"],
        [
            ("org.example:client", "a sha256 digest that is not 64 hex digits: client-1.2.0.pom"),
            ("org.example:nameless", "a component without group, name or version"),
        ],
    ),
    "julia_project": (
        ["Client@1.2.0 registry direct main", "Loose@ registry direct main"],
        [("Loose", "not pinned: 2")],
    ),
    "go_sum": (
        ["example.invalid/lib@v1.2.0 registry ? main"],
        [("odd", "a line without module, version and digest")],
    ),
    "package_json": (
        [
            "client@1.2.0 registry direct main",
            "loose@ registry direct main",
            "near@ path direct main",
            "@s/real@2.0.0 registry direct dev",
            "host@ registry direct peer",
        ],
        [
            ("loose", "not pinned: ^1.0.0"),
            ("git", "not from a registry, and not pinned here"),
            ("broken", "a requirement that is no text"),
            ("host", "not pinned: *"),
        ],
    ),
    "nimble": (
        ["client@1.2.0 registry direct main", "loose@ registry direct main"],
        [
            ("loose", "not pinned: >= 2.0"),
            ("https://git.example/lib", "a dependency that is not named by the registry"),
        ],
    ),
    "nuget_assets": (
        [
            "Client.Core@1.2.0 registry direct main",
            "Core@1.0.1 registry - main Client.Core 1.2.0",
            "own@1.0.0 workspace ? main",
        ],
        [("broken", "expected `object`, got `int`")],
    ),
    "nuget_config": (
        ["Client.Core@1.2.0 registry ? main", "Tester@9.0 registry ? dev"],
        [("x", "a package without name or version")],
    ),
    "opam_file": (
        [
            "ocaml@ registry direct main",
            "client@1.2.0 registry direct main",
            "tester@9.0 registry direct test",
            "builder@ registry direct build",
        ],
        [("ocaml", 'not pinned: >= "4.14"'), ("builder", "not pinned: build")],
    ),
    "paket_dependencies": (
        ["Client.Core@1.2.0 registry direct main", "Loose@ registry direct main", "Tester@9.0 registry direct Test"],
        [("Loose", "not pinned: >= 2.0"), ("o/lib", "a dependency from no registry, which is not pinned here")],
    ),
    "paket_lock": (
        [
            "Client.Core@1.2.0 registry ? main",
            "Core@1.0.1 registry ? main",
            "o/lib@ git ? main",
            "Tester@9.0 registry ? Test",
        ],
        [],
    ),
    "pyproject": (
        [
            "client@1.2.0 registry direct main",
            "loose@ registry direct main",
            "lib@ git direct main",
            "socksio@1.0.0 registry direct extra:socks",
            "tester@9.0 registry direct dev",
            "builder@3.0 registry direct build",
            "poet@ registry direct main",
            "exact@2.0.0 registry direct main",
            "near@ path direct main",
            "site@1.1 registry direct docs",
        ],
        [
            ("loose", "not pinned: >=2,<3"),
            ("not a requirement (", "not a requirement that pip could read"),
            ("poet", "not pinned: ^1.0"),
        ],
    ),
    "requirements_in": (
        ["core@1.0 registry ? main", "client@1.2.0 registry ? main", "loose@ registry ? main"],
        [("loose", "not pinned")],
    ),
    "rockspec": (
        ["client@1.2.0-1 registry direct main", "loose@ registry direct main", "tester@ registry direct test"],
        [("loose", "not pinned: >= 2.0"), ("tester", "not pinned")],
    ),
    "setup_cfg": (
        [
            "client@1.2.0 registry direct main",
            "loose@ registry direct main",
            "builder@3.0 registry direct build",
            "socksio@1.0.0 registry direct extra:socks",
        ],
        [("loose", "not pinned: >=2")],
    ),
    "spdx3_json": (
        ["client@1.2.0 registry direct main", "core@1.0 registry - main client 1.2.0"],
        [("nameless", "a package without a package URL")],
    ),
    "spdx_tag": (
        ["client@1.2.0 registry direct main", "core@1.0 registry - main client 1.2.0"],
        [("nameless", "a package without a package URL")],
    ),
    "spdx_xml": (
        ["client@1.2.0 registry direct main", "core@1.0 registry - main client 1.2.0"],
        [("nameless", "a package without a package URL")],
    ),
    "vcpkg_manifest": (
        ["fmt@10.1.1 registry direct main", "zlib@ registry direct main"],
        [("zlib", "not pinned: >= 1.2"), ("[2]", "expected `object`, got `int`")],
    ),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_a_sample_declares(name: str) -> None:
    sample = {**DECLARED, **VARIANTS}[name]
    inventory = parse(sample.path, sample.text, sample.beside)
    assert (shown(inventory), reasons(inventory)) == EXPECTED[name]


def test_every_sample_is_expected() -> None:
    assert sorted(EXPECTED) == sorted({**DECLARED, **VARIANTS})


def test_a_folder_is_read_without_what_pins_nothing(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(DECLARED["pyproject"].text)
    (tmp_path / "requirements.txt").write_text("client==1.2.0\n")
    assert find_files(tmp_path) == ["requirements.txt"]
    assert find_files(tmp_path, everything=True) == ["pyproject.toml", "requirements.txt"]
    assert pins(read_project(tmp_path)) == ["client 1.2.0"]
    assert len(read_file(tmp_path, "pyproject.toml").packages) == 10
    assert format_of("pyproject.toml") is None


def test_digests_are_those_of_the_file() -> None:
    for name, count in (
        ("gradle_verification", 2),
        ("spdx_tag", 1),
        ("spdx_xml", 1),
        ("spdx3_json", 1),
        ("bazel_maven", 1),
    ):
        sample = DECLARED[name]
        assert len(parse(sample.path, sample.text).packages[0].digests) == count, name


def test_the_files_of_one_address_are_one_package_whether_pinned_or_not() -> None:
    """The purl of an address has no commit, so that two entries that differ by it only are one."""
    text = f"GIST\n  remote: https://git.example/o/1\n    a.fs ({COMMIT})\n    b.fs\nGITHUB\n  remote: o/lib\n    c ({COMMIT})\n    d\n"
    inventory = parse("paket.lock", text)
    lib = "pkg:nuget/o/lib?vcs_url=git%2Bhttps://github.com/o/lib"
    assert [(str(package.purl), package.commit) for package in inventory.packages] == [
        ("pkg:nuget/https://git.example/o/1?download_url=https://git.example/o/1", COMMIT),
        (f"{lib}%40{COMMIT}", COMMIT),
        (lib, ""),
    ]
    assert [gap.entry for gap in inventory.gaps] == ["b.fs", "d"]


def test_version_three_under_the_name_of_version_two() -> None:
    assert pins(parse("app.spdx.json", SPDX3)) == ["client 1.2.0", "core 1.0"]


def test_poetry_reads_a_bare_version_as_a_range() -> None:
    text = '[tool.poetry.dependencies]\nclient = "1.2.0"\nlib = {git = "https://git.example/lib.git"}\n'
    assert sorted(reasons(parse("pyproject.toml", text))) == [
        ("client", "not pinned: 1.2.0"),
        ("lib", "a git dependency that is not pinned to a commit"),
    ]


def test_a_large_bill_is_read_in_linear_time() -> None:
    graph = [
        {"type": "software_Package", "spdxId": f"p{n}", "name": f"p{n}", "software_packageUrl": f"pkg:npm/p{n}@1"}
        for n in range(5000)
    ]
    graph += [
        {"type": "Relationship", "from": f"p{n}", "relationshipType": "dependsOn", "to": [f"p{n + 1}"]}
        for n in range(4999)
    ]
    graph.append({"type": "SpdxDocument", "spdxId": "d", "rootElement": ["p0"]})
    assert len(parse("x.spdx3.json", json.dumps({"@graph": graph})).packages) == 5000
