"""Caches, logs and repositories that are damaged or hostile: an entry that cannot be read is told, and nothing else happens."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.errors import SourceError
from doorward.sources.archives.source import open_blob
from doorward.sources.caches import caches
from doorward.sources.caches.npm import _bucket
from doorward.sources.caches.pip import release_in
from tests.conftest import Ran
from tests.repositories.gitbox import Box
from tests.world import sdist, wheel

Doorward = Callable[..., Ran]
hostile = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
BODIES = [wheel("client", "1.0", {"client.py": ""}), b"cc=4," + sdist("client", "1.0", {"x.py": ""})]
LINE = b"0" * 40 + b"\t" + json.dumps({
    "key": "make-fetch-happen:request-cache:https://registry.example/client/-/client-1.0.0.tgz", "integrity": "sha512-AA==", "time": 1,
}).encode()  # fmt: skip


def mutated(data: st.DataObject, content: bytes) -> bytes:
    made = bytearray(content)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, max(len(made) - 1, 0)))
        made[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    return bytes(made[: data.draw(st.integers(0, len(made)))] if data.draw(st.booleans()) else made)


@hostile
@given(data=st.data())
def test_bodies_of_pip(data: st.DataObject) -> None:
    with open_blob(mutated(data, data.draw(st.sampled_from(BODIES)))) as blob:
        try:
            found = release_in(blob)
        except SourceError as error:
            assert str(error)  # noqa: PT017 - any other error fails the test
            return
    assert found is None or all(isinstance(part, str) for part in found)


@hostile
@given(data=st.data())
def test_buckets_of_npm(data: st.DataObject) -> None:
    for entry in _bucket(mutated(data, LINE), "x"):
        assert bool(entry.unread) is not bool(entry.names)


@hostile
@given(
    names=st.lists(
        st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=40),
        max_size=5,
    )
)
def test_names_in_caches(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    folder = tmp_path_factory.mktemp("cache")
    for name in names:
        for place in ("wheels-v6/pypi", "v6", "wheels", "http", "_cacache/index-v5", "index"):
            path = folder / place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name not in {".", ".."} and len(name.encode()) < 200 and not path.exists():
                path.write_bytes(b"x")
    for cache in caches():
        assert all(entry.unread or entry.names for entry in cache.entries(folder))


def test_links_and_pipes_in_a_cache_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "http").mkdir()
    os.mkfifo(tmp_path / "http/pipe")
    (tmp_path / "http/link").symlink_to("/dev/zero")
    (tmp_path / "http/loop").symlink_to(tmp_path / "http")
    pip = next(cache for cache in caches() if cache.NAME == "pip")
    assert list(pip.entries(tmp_path)) == []


def test_a_version_that_the_repository_lost_is_no_no(project: Path, doorward: Doorward) -> None:
    box = Box(project)
    first = box.commit({"requirements.txt": b"other==1\n"})
    lost = box.git("rev-parse", f"{first}:requirements.txt")
    box.commit({"requirements.txt": b"other==2\n"}, parents=[first])
    box.loose(lost).unlink()
    ran = doorward("exposed", "pkg:pypi/examplelib@1.0", "--offline", "--format", "json")
    assert ran.code == 3
    assert [gap["where"] for gap in ran.json["gaps"] if gap["required"]] == ["requirements.txt, in its history"]


def test_a_damaged_history_is_no_no(project: Path, doorward: Doorward) -> None:
    box = Box(project)
    first = box.commit({"requirements.txt": b"other==1\n"})
    second = box.commit({"requirements.txt": b"other==2\n"}, parents=[first])
    box.loose(first).write_bytes(b"damaged")
    ran = doorward("exposed", "pkg:pypi/examplelib@1.0", "--offline", "--format", "json")
    assert (ran.code, ran.err) == (3, "")
    assert any("the history of its lock files" in gap["reason"] for gap in ran.json["gaps"])
    assert second


def test_an_empty_repository_has_no_history(project: Path, doorward: Doorward) -> None:
    Box(project)
    (project / "requirements.txt").write_text("other==1\n")
    ran = doorward("exposed", "pkg:pypi/examplelib@1.0", "--offline", "--format", "json")
    assert (ran.code, ran.json["gaps"]) == (0, [])
    assert doorward("exposed", "pkg:pypi/other@1", "--offline").code == 1


@pytest.mark.parametrize("content", [gzip.compress(b"examplelib==1.0\n")[:-4], b"\x1f\x8b\x08"])
def test_a_log_that_ends_early(project: Path, doorward: Doorward, content: bytes) -> None:
    (project / "x.log").write_bytes(content)
    ran = doorward("exposed", "pkg:pypi/other@1.0", "--offline", "--log", "x.log", "--format", "json")
    assert (ran.code, [gap["required"] for gap in ran.json["gaps"]]) == (3, [True])


def test_one_endless_line_of_a_log(project: Path, doorward: Doorward) -> None:
    (project / "x.log").write_bytes(b"examplelib " * 1_000_000 + b"examplelib==1.0\n")
    assert doorward("exposed", "pkg:pypi/examplelib@1.0", "--offline", "--log", "x.log").code == 1
