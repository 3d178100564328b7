"""What is installed: every format's sample, the traps of each, and that no file of a hostile tree does more than be read."""

import base64
import hashlib
import inspect
import json
import os
import re
import sqlite3
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.discovery import members
from doorward.engine.gather.intelligence import Asked
from doorward.errors import ManifestError, SourceError
from doorward.model.dependency import SOURCES, Inventory
from doorward.model.purl import parse_purl
from doorward.sources.installed import format_of, read_installed, readable
from doorward.sources.settings import configured
from tests.conftest import Ran
from tests.feeds.build import osv, span
from tests.feeds.build import zipped as zipped_feed
from tests.installed.files import Memory, parse
from tests.installed.samples import (
    AUDIT,
    GO,
    GO_PURLS,
    HEADERS,
    METADATA,
    ROCKY,
    RPM_PURLS,
    RUST_PURLS,
    SAMPLES,
    VENV,
    elf,
    header,
    macho,
    pe,
    properties,
    rpm_ndb,
    rpm_sqlite,
    zipped,
)
from tests.world import World

MEMBERS = members("doorward.sources.installed")
each_member = pytest.mark.parametrize("name", list(MEMBERS))
hostile = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def purls(inventory: Inventory) -> list[str]:
    return sorted(str(package.purl) for package in inventory.packages)


def reasons(inventory: Inventory) -> list[str]:
    return [gap.reason for gap in inventory.gaps]


def test_every_member_has_a_sample() -> None:
    assert sorted(SAMPLES) == sorted(MEMBERS)


@each_member
def test_a_member_says_what_it_is(name: str) -> None:
    module = MEMBERS[name]
    assert module.NAME
    assert module.FILES
    assert re.match(r"[a-z-]*\Z", module.TYPE)
    assert (inspect.getdoc(module) or "").strip()
    assert list(inspect.signature(module.parse).parameters) == ["files", "path"]


@each_member
def test_its_sample_is_read(name: str) -> None:
    sample = SAMPLES[name]
    for prefix in ("", "some/root/"):
        files = {prefix + path: content for path, content in sample.files.items()}
        path = prefix + sample.path
        assert format_of(path) is MEMBERS[name]
        inventory = parse(path, files)
        check(inventory)
        assert purls(inventory) == sample.purls
        assert {package.path.partition("!")[0] for package in inventory.packages} == {path}


def check(inventory: Inventory) -> None:
    for package in inventory.packages:
        assert package.name
        assert package.source in SOURCES
        assert not re.match(r"[a-z+]*://[^/?#]*@", package.url)
        assert str(package.purl)
    assert all(gap.reason and gap.path for gap in inventory.gaps)


def read(name: str, content: bytes) -> None:
    sample = SAMPLES[name]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            check(MEMBERS[name].parse(Memory({**sample.files, sample.path: content}), sample.path))
    except SourceError as error:
        assert str(error)  # noqa: PT017 - any other error fails the test


@each_member
@hostile
@given(content=st.binary(max_size=300))
def test_arbitrary_bytes_raise_nothing_else(name: str, content: bytes) -> None:
    read(name, content)


@each_member
@hostile
@given(data=st.data())
def test_a_mutated_sample_raises_nothing_else(name: str, data: st.DataObject) -> None:
    text = SAMPLES[name].content
    content = bytearray(text if isinstance(text, bytes) else text.encode())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, max(len(content) - 1, 0)))
        match data.draw(st.sampled_from(("flip", "cut", "insert", "ones", "double"))):
            case "flip":
                content[at : at + 1] = bytes([data.draw(st.integers(0, 255))])
            case "cut":
                del content[at:]
            case "insert":
                content[at:at] = data.draw(
                    st.sampled_from((b'"', b"{", b"[" * 50, b"\0", b"\xff", b"\n\n", b"\xed\xa0\x80"))
                )
            case "ones":
                content[at : at + 8] = b"\xff" * 8
            case _:
                content[at:at] = content[at : at + 64]
    read(name, bytes(content))


@each_member
def test_a_file_that_is_not_there(name: str) -> None:
    with pytest.raises(ManifestError):
        MEMBERS[name].parse(Memory({}), SAMPLES[name].path)


def test_what_is_direct_and_where_it_came_from() -> None:
    sample = SAMPLES["python_distribution"]
    (package,) = parse(sample.path, sample.files).packages
    assert (package.direct, package.source, list(map(str, package.digests))) == (True, "url", ["sha256:" + "a" * 64])
    folder = sample.path.removesuffix("/METADATA")
    for text, source, commit in (
        (
            '{"url": "https://u:p@git.example/x.git", "vcs_info": {"vcs": "git", "commit_id": "%s"}}' % ("0" * 40),
            "git",
            "0" * 40,
        ),
        ('{"url": "file:///home/me/x", "dir_info": {"editable": true}}', "path", ""),
    ):
        (package,) = parse(sample.path, {sample.path: METADATA, f"{folder}/direct_url.json": text}).packages
        assert (package.source, package.commit, package.direct, ":p@" in package.url) == (source, commit, None, False)
    inventory = parse(sample.path, {sample.path: METADATA, f"{folder}/direct_url.json": "{"})
    assert purls(inventory) == ["pkg:pypi/example-lib@1.2.0"]
    assert reasons(inventory)[0].startswith("where it came from is not known")


def test_an_egg_outside_of_an_environment_is_the_projects_own() -> None:
    (package,) = parse("src/example_lib.egg-info/PKG-INFO", {"src/example_lib.egg-info/PKG-INFO": METADATA}).packages
    assert package.source == "workspace"


@pytest.mark.parametrize("make", [elf, macho])
def test_programs_of_go_and_rust(make) -> None:
    go = parse("x.exe", {"x.exe": make({b".go.buildinfo" if make is elf else b"__go_buildinfo": GO})})
    assert purls(go) == GO_PURLS
    rust = parse("x.exe", {"x.exe": make({b".dep-v0": AUDIT})})
    assert purls(rust) == RUST_PURLS
    assert {p.name: (p.source, p.groups) for p in rust.packages}["builder"] == ("registry", ("build",))
    assert len(rust.gaps) == 1
    assert purls(parse("x.exe", {"x.exe": make({b".text": b"x"})})) == []


def test_windows_programs_are_searched() -> None:
    decoy = b"\xff Go buildinf:" + bytes([8, 2]) + bytes(18)
    content = pe({b".text": bytes(100), b".data": decoy + bytes(7) + GO, b".dep-v0": AUDIT})
    assert purls(parse("x.exe", {"x.exe": content})) == sorted([*GO_PURLS, *RUST_PURLS])


def test_an_old_program_of_go_is_a_gap() -> None:
    inventory = parse("x.exe", {"x.exe": elf({b".go.buildinfo": b"\xff Go buildinf:" + bytes([8, 0]) + bytes(16)})})
    assert reasons(inventory) == ["built by a Go before 1.18, whose list of modules is not read"]


def test_rpms_own_database() -> None:
    path = "usr/lib/sysimage/rpm/Packages.db"
    assert purls(parse(path, {path: rpm_ndb(HEADERS), **ROCKY})) == RPM_PURLS
    damaged = rpm_ndb(HEADERS).replace(b"BlbS", b"Blb?", 1)
    inventory = parse(path, {path: damaged, **ROCKY})
    assert (purls(inventory), len(inventory.gaps)) == (RPM_PURLS[1:], 1)


def test_rpm_databases_that_cannot_be_read() -> None:
    path = "var/lib/rpm/rpmdb.sqlite"
    with pytest.raises(ManifestError, match="none of the forms"):
        parse("var/lib/rpm/Packages", {"var/lib/rpm/Packages": bytes(12) + struct.pack("<I", 0x53162) + bytes(600)})
    with pytest.raises(ManifestError, match="damaged"):
        parse(path, {path: rpm_sqlite(HEADERS)[:5000]})
    # The name of the table in SQLite's message is no text.
    with pytest.raises(ManifestError, match="damaged"):
        parse(path, {path: rpm_sqlite(HEADERS).replace(b"tablePackages", b"table\xff\xff\xffkages")})
    inventory = parse(path, {path: rpm_sqlite([*HEADERS, b"short", header(name="x")]), f"{path}-wal": b"x", **ROCKY})
    assert purls(inventory) == RPM_PURLS
    assert sorted(reasons(inventory)) == [
        "a header that is cut off",
        "a header without name or version",
        "the newest changes stand in its write-ahead log, which is not read",
    ]


def test_a_database_that_never_ends_is_ended(tmp_path: Path) -> None:
    made = sqlite3.connect(tmp_path / "x")
    made.execute(
        "CREATE VIEW Packages (blob) AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0"
    )
    made.commit()
    made.close()
    with pytest.raises(ManifestError, match="interrupted"):
        parse("rpm/rpmdb.sqlite", {"rpm/rpmdb.sqlite": (tmp_path / "x").read_bytes()})


def test_archives_in_archives_have_an_end() -> None:
    content = zipped({"x.class": b""})
    for depth in range(8):
        content = zipped({**properties("g", f"a{depth}", "1"), "deeper.jar": content})
    inventory = parse("x.jar", {"x.jar": content})
    assert "nested too deeply" in reasons(inventory)
    assert len(inventory.packages) == 5
    assert [len(package.digests) for package in inventory.packages] == [1] * 5


def test_what_a_jar_does_not_tell_is_a_gap() -> None:
    files = {"x.jar": zipped({"a/B.class": b"\xca\xfe", "broken.jar": b"PK"})}
    assert reasons(parse("x.jar", files)) == ["truncated: the zip archive has no end record"]
    assert reasons(parse("y.jar", {"y.jar": zipped({"a/B.class": b""})})) == [
        "an archive that does not say which artifact it is"
    ]


def test_a_bomb_in_a_jar_costs_a_gap() -> None:
    made = zipped({"inner.jar": bytes(1 << 20)})
    lying = made.replace(struct.pack("<I", 1 << 20), struct.pack("<I", 1 << 30))
    assert len(parse("x.jar", {"x.jar": lying}).gaps) == 1


def test_a_tree_on_disk(tmp_path: Path) -> None:
    site = tmp_path / ".venv" / VENV / "client-1.0.dist-info"
    site.mkdir(parents=True)
    (site / "METADATA").write_text("Name: client\nVersion: 1.0\n")
    broken = site.parent / "broken-1.0.dist-info"
    broken.mkdir()
    (broken / "METADATA").write_text("nothing")
    for index, folder in enumerate(("node_modules/@scope/real", "node_modules/a/node_modules/@scope/real")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "package.json").write_text('{"name": "@scope/real", "version": "2.0.0"}')
        (tmp_path / f"node_modules/link{index}").symlink_to(tmp_path / folder)
    tool = tmp_path / "bin" / "tool"
    tool.parent.mkdir()
    tool.write_bytes(elf({b".go.buildinfo": GO}) + bytes(4096))
    tool.chmod(0o755)
    (tmp_path / "bin" / "data").write_bytes(elf({b".go.buildinfo": GO}) + bytes(4096))
    os.mkfifo(site / "direct_url.json")
    (site.parent / "out-1.dist-info").symlink_to("/etc")
    inventory = read_installed(tmp_path)
    distributions = ["pkg:pypi/broken@1.0", "pkg:pypi/client@1.0"]
    assert purls(inventory) == sorted([*GO_PURLS, "pkg:npm/%40scope/real@2.0.0", *distributions])
    (real,) = [package for package in inventory.packages if package.type == "npm"]
    assert (real.path, len(real.also_in)) == ("node_modules/@scope/real/package.json", 1)
    assert sorted((gap.path.rpartition("/")[2], gap.reason) for gap in inventory.gaps) == [
        ("METADATA", "its METADATA tells neither name nor version: both are those of its folder"),
        (
            "METADATA",
            f"where it came from is not known: {site.relative_to(tmp_path)}/direct_url.json: not a regular file",
        ),
    ]
    assert purls(read_installed(tmp_path, lambda path: path == "node_modules")) == sorted([*GO_PURLS, *distributions])


def test_a_file_that_is_too_large_costs_a_gap(tmp_path: Path) -> None:
    status = tmp_path / "var/lib/dpkg/status"
    status.parent.mkdir(parents=True)
    with status.open("wb") as file:
        file.truncate(600_000_000)
    assert reasons(read_installed(tmp_path)) == ["larger than 512000000 bytes"]


def test_what_is_no_zip_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "x.jar").write_bytes(b"no zip")
    with zipfile.ZipFile(tmp_path / "y.vsix", "w") as archive:
        archive.writestr("x", "")
    assert len(read_installed(tmp_path).gaps) == 2


def test_one_file(tmp_path: Path, project: Path, doorward: Callable[..., Ran]) -> None:
    (tmp_path / "app.jar").write_bytes(zipped(properties("g", "a", "1")))
    (tmp_path / "tool").write_bytes(elf({b".go.buildinfo": GO}))
    (tmp_path / "text").write_text("x")
    for name, count in (("app.jar", 1), ("tool", 4)):
        ran = doorward("inventory", "--installed", str(tmp_path / name), "--format", "json")
        assert (ran.code, len(ran.json["packages"])) == (0, count)
    assert doorward("inventory", "--installed", str(tmp_path / "text")).code == 3
    assert doorward("inventory", "--installed", str(tmp_path / "missing")).code == 2


def test_an_environment_is_judged(world: World, project: Path, doorward: Callable[..., Ran]) -> None:
    for version in ("1.0", "1.1"):
        world.publish_wheel("alpha", version)
    info = project / ".venv" / VENV / "alpha-1.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: alpha\nVersion: 1.1\n")
    (project / "requirements.txt").write_text("beta==1\n")
    ran = doorward("scan", "--installed", ".venv", "--format", "json")
    assert (ran.code, ran.json["counts"]["packages"]) == (0, 1), ran.out
    assert [item["subject"] for item in ran.json["subjects"]] == ["pkg:pypi/alpha@1.1"]
    assert "installed" in doorward("scan", "--installed", ".venv").out.splitlines()[0]
    assert doorward("scan", "--installed", "--since", "HEAD").code == 2
    assert doorward("scan", "--installed", "missing").code == 2


@pytest.mark.parametrize(
    ("purl", "package"),
    [
        ("pkg:deb/debian/libssl3@3?distro=debian-12&upstream=openssl%403", ("Debian:12", "openssl")),
        ("pkg:deb/ubuntu/curl@8?distro=ubuntu-22.04", ("Ubuntu:22.04", "curl")),
        ("pkg:apk/alpine/ssl_client@1?distro=alpine-3.20.1&upstream=busybox", ("Alpine:v3.20", "busybox")),
        ("pkg:rpm/rocky/perl-libs@4?distro=rocky-9.3&upstream=perl", ("Rocky Linux:9", "perl-libs")),
        ("pkg:rpm/opensuse/x@4", ("openSUSE", "x")),
    ],
)
def test_what_advisories_call_a_package_of_a_system(purl: str, package: tuple[str, str]) -> None:
    asked = Asked(parse_purl(purl)).package
    assert (asked.ecosystem, asked.name) == package


def test_a_package_of_a_system_is_held_against_advisories(project: Path, doorward: Callable[..., Ran]) -> None:
    records = {
        "a.json": osv("MAL-1", "openssl", ecosystem="Debian:12", ranges=span("introduced 0", "fixed 3.0.12-1")),
        "b.json": osv("MAL-2", "openssl", ecosystem="Debian:11", ranges=span("introduced 0")),
    }
    zipped_feed(project / "all.zip", records)
    doorward("intel", "import", "all.zip")
    for path, content in SAMPLES["dpkg_status"].files.items():
        (project / "image" / path).parent.mkdir(parents=True, exist_ok=True)
        (project / "image" / path).write_text(str(content))
    ran = doorward("scan", "--installed", "image", "--format", "json")
    assert ran.out, ran.err
    (found,) = [item for item in ran.json["findings"] if item["rule"] == "intelligence/known-malicious-release"]
    assert (ran.code, found["subject"]) == (1, SAMPLES["dpkg_status"].purls[0])
    assert "MAL-1" in str(found["evidence"])


def test_every_type_has_an_index_or_none(tmp_path: Path) -> None:
    types = {package.type for name in SAMPLES for package in parse(SAMPLES[name].path, SAMPLES[name].files).packages}
    for type_ in sorted(types):
        configured(type_, {}, tmp_path, root=tmp_path)


def test_the_files_that_are_installed_are_held_against_hashes(project: Path, doorward: Callable[..., Ran]) -> None:
    bad = hashlib.sha256(b"inert payload").digest()
    info = project / ".venv" / VENV / "alpha-1.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: alpha\nVersion: 1.1\n")
    rows = [
        f"alpha/__init__.py,sha256={base64.urlsafe_b64encode(bad).decode().rstrip('=')},13",
        f"alpha/empty.py,sha256={base64.urlsafe_b64encode(hashlib.sha256(b'').digest()).decode().rstrip('=')},0",
        '"alpha/a,b.py",sha256=short,5',
        "alpha-1.1.dist-info/RECORD,,",
    ]
    (info / "RECORD").write_text("\n".join(rows) + "\n")
    (project / "bad.txt").write_text(bad.hex() + "\n")
    (package,) = read_installed(project).packages
    assert [(str(digest), digest.filename) for digest in package.members] == [
        (f"sha256:{bad.hex()}", "alpha/__init__.py")
    ]
    doorward("intel", "import", "bad.txt")
    ran = doorward("scan", "--installed", ".venv", "--offline", "--format", "json")
    (found,) = [item for item in ran.json["findings"] if item["rule"] == "intelligence/known-member-hash"]
    assert (ran.code, found["subject"]) in {(1, "pkg:pypi/alpha@1.1"), (3, "pkg:pypi/alpha@1.1")}
    assert "alpha/__init__.py" in str(found["evidence"])


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    for name in ("left-pad", "@scope/one", "@scope/two"):
        folder = tmp_path / "node_modules" / name
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(json.dumps({"name": name, "version": "1.0.0"}))
    return tmp_path


PAD, ONE, TWO = (f"pkg:npm/{name}@1.0.0" for name in ("left-pad", "%40scope/one", "%40scope/two"))


@pytest.mark.parametrize(
    ("begins", "expected"),
    [
        (".", {PAD, ONE, TWO}),
        ("node_modules", {PAD, ONE, TWO}),
        ("node_modules/left-pad", {PAD}),
        ("node_modules/@scope", {ONE, TWO}),
    ],
)
def test_modules_are_met_wherever_the_look_begins(
    modules: Path, project: Path, doorward: Callable[..., Ran], begins: str, expected: set[str]
) -> None:
    ran = doorward("inventory", "--installed", str(modules / begins), "--format", "json")
    assert {package["purl"] for package in ran.json["packages"]} == expected


def test_what_is_left_out_is_so_below_the_folder_that_was_named(modules: Path) -> None:
    inventory = read_installed(*readable(modules / "node_modules", lambda path: path == "@scope/two"))
    assert {str(package.purl) for package in inventory.packages} == {PAD, ONE}
