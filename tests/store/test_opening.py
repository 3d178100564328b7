"""Opening the file: where it lies, who may read it, what is refused, and who shares it."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from doorward.errors import StoreError
from doorward.model.content import ArtifactContent, Member
from doorward.model.registry import ArtifactRecord, PackageRecord, VersionRecord
from doorward.store import Store, open_store
from doorward.store.schema import APPLICATION, VERSION, _data_folder, default_path

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def refused(path: Path) -> str:
    """Return the one line with which a file is refused, and check that it was left alone."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError) as raised:
        open_store(path, environ={})
    message = str(raised.value)
    assert "\n" not in message
    assert str(path) in message
    if before is not None:
        assert path.read_bytes() == before
    return message


PLACES = {
    "DOORWARD_HOME": ({"DOORWARD_HOME": "/d", "XDG_DATA_HOME": "/x", "HOME": "/h"}, "/d/doorward.sqlite3"),
    "XDG_DATA_HOME": ({"XDG_DATA_HOME": "/x", "HOME": "/h"}, "/x/doorward/doorward.sqlite3"),
}


@pytest.mark.parametrize("name", PLACES)
def test_default_places(name: str) -> None:
    environ, place = PLACES[name]
    assert default_path(environ) == Path(place)


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {"HOME": "/h"}, "/h/.local/share"),
        ("linux", {"HOME": "/h", "XDG_DATA_HOME": "relative"}, "/h/.local/share"),
        ("darwin", {"HOME": "/h"}, "/h/Library/Application Support"),
        ("win32", {"LOCALAPPDATA": "/l", "HOME": "/h"}, "/l"),
    ],
)
def test_the_platforms_folder_of_data(platform: str, environ: dict[str, str], folder: str) -> None:
    assert _data_folder(environ, platform) == Path(folder)


def test_a_new_store_is_for_this_user_alone(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    with open_store(None, environ={"DOORWARD_HOME": str(home)}) as store:
        store.put_meta("a", "b")
        assert store.folder == home
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        modes = {stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()}
        assert modes == {0o600}
        assert (home / "doorward.sqlite3-wal").exists()
    with open_store(None, environ={"DOORWARD_HOME": str(home)}) as again:
        assert again.meta("a") == "b"


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.write_text("not a database, but long enough to have a header of a hundred bytes" * 4)
    assert "file is not a database" in refused(path)


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store"
    open_store(path, environ={}).close()
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 8_000)
    refused(path)


def test_a_database_whose_names_are_damaged_is_refused_or_fails(tmp_path: Path) -> None:
    """SQLite tells the damaged name in its own message, which then is no text."""
    path = tmp_path / "store"
    open_store(path, environ={}).close()
    other = sqlite3.connect(path)
    other.execute("PRAGMA journal_mode = DELETE")
    other.close()
    sound = path.read_bytes()
    assert b"tablemeta" in sound
    path.write_bytes(sound.replace(b"tablemeta", b"table\xff\xffta"))
    refused(path)
    path.write_bytes(sound)
    with open_store(path, environ={}) as store:
        other = sqlite3.connect(path)
        other.execute("PRAGMA writable_schema = ON")
        other.execute("UPDATE sqlite_master SET name = CAST(x'ffff7461' AS TEXT) WHERE name = 'meta'")
        other.execute("PRAGMA schema_version = 1000")
        other.commit()
        other.close()
        with pytest.raises(StoreError, match="failed"):
            store.meta("a")


def test_the_database_of_another_application_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE theirs (a)")
    other.close()
    assert "another application" in refused(path)


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store"
    open_store(path, environ={}).close()
    other = sqlite3.connect(path)
    other.execute(f"PRAGMA user_version = {VERSION + 6}")
    other.close()
    assert f"schema {VERSION + 6}" in refused(path)


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.touch()
    with open_store(str(path), environ={}) as store:
        assert store.meta("a") is None
    other = sqlite3.connect(path)
    assert other.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
    assert other.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()


def test_a_folder_or_a_place_below_a_file_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path)
    (tmp_path / "file").touch()
    assert refused(tmp_path / "file" / "below" / "store")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter (pytest's own are for one user)."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.name != "posix", reason="permission bits are of POSIX")
def test_permission_denied_is_one_line(open_folder: Path) -> None:
    path = open_folder / "store"
    open_store(path, environ={}).close()
    path.chmod(0o000)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        with pytest.raises(StoreError) as raised:
            open_store(path, environ={})
    finally:
        os.seteuid(user)
    assert str(raised.value) == f"the store {path} cannot be opened: Permission denied"


def test_a_store_that_fails_later_says_so_in_one_line(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store", environ={})
    store.close()
    with pytest.raises(StoreError, match=r"the store .* failed"):
        store.meta("a")


def fail_halfway(store: Store) -> None:
    with store._database.writing() as transaction:
        transaction.run("INSERT INTO meta VALUES ('a', 'b')")
        transaction.run("nonsense")


def test_an_error_takes_the_transaction_back(tmp_path: Path) -> None:
    with open_store(tmp_path / "store", environ={}) as store:
        with pytest.raises(StoreError, match="near"):
            fail_halfway(store)
        assert store.meta("a") is None
        store.put_meta("a", "c")
        assert store.meta("a") == "c"


WORKER = """
import sys
from datetime import UTC, datetime, timedelta
from doorward.model.content import ArtifactContent
from doorward.store import HostProfile, open_store

number = int(sys.argv[2])
now = datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=number)
with open_store(sys.argv[1], environ={}) as store:
    seen = []
    for step in range(60):
        digest = f"sha256:{number:032x}{step:032x}"
        store.put_content(ArtifactContent("wheel", "x", "1", (), digests=(digest,)), "1")
        seen.append(store.first_seen([f"pkg:pypi/x@{step}"], now)[f"pkg:pypi/x@{step}"].isoformat())
        store.put_host_profile("registry.example", HostProfile(frozenset({f"{number}-{step}"})))
print("\\n".join(seen))
"""


def test_processes_share_one_file_from_its_first_moment(tmp_path: Path) -> None:
    path = tmp_path / "store"
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(path), str(number)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    answers = [worker.communicate(timeout=60) for worker in workers]
    assert [error for _, error in answers] == [""] * 4
    # All agree on who met a subject first, and nobody's facts are lost.
    assert len({output for output, _ in answers}) == 1
    with open_store(path, environ={}) as store:
        digests = [f"sha256:{number:032x}{step:032x}" for number in range(4) for step in range(60)]
        assert len(store.contents(digests, "1")) == 240
        assert len(store.host_profile("registry.example").carries) == 240


def test_threads_share_one_store(tmp_path: Path) -> None:
    def work(number: int) -> ArtifactContent:
        content = ArtifactContent("wheel", f"x{number}", "1", (), digests=(f"sha256:{number:064x}",))
        store.put_content(content, "1")
        return store.contents(content.digests, "1")[content.digests[0]]

    with open_store(tmp_path / "store", environ={}) as store, ThreadPoolExecutor(16) as pool:
        assert [content.name for content in pool.map(work, range(300))] == [f"x{number}" for number in range(300)]


def test_a_second_scan_of_80_packages_finds_all_facts(tmp_path: Path) -> None:
    member = Member("examplelib/some/module.py", 4_000, b"a" * 32, b"b" * 20, b"c" * 16, "text")
    file = ArtifactRecord("x-1.0-py3-none-any.whl", "https://registry.example/x", "wheel", "wheel:any::py3:none", 9)
    versions = tuple(VersionRecord(f"1.{n}", (file, file, file), NOW - timedelta(days=n)) for n in range(80))
    digests = [f"sha256:{number:064x}" for number in range(240)]
    with open_store(tmp_path / "store", environ={}) as store:
        for digest in digests:
            store.put_content(ArtifactContent("wheel", "x", "1", (member,) * 100, digests=(digest,)), "1")
        for number in range(80):
            store.put_package(PackageRecord("pypi", f"x{number}", "https://registry.example/", NOW, versions))
    with open_store(tmp_path / "store", environ={}) as store:
        assert len(store.contents(digests, "1")) == 240
        assert all(store.package("https://registry.example/", "pypi", f"x{number}") for number in range(80))
