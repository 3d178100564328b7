"""What every scan found, and where a package ever was."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from doorward import __version__
from doorward.model.dependency import Dependency, Inventory
from doorward.model.findings import Coverage
from doorward.model.release import LockedDigest
from doorward.store import Sighting, Store, StoredInventory, StoredPackage, open_store

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
COVERAGE = (Coverage("what-changed", 2, 2, "against the release before"), Coverage("source", 0, 2))
HEX = "a" * 64


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "store.sqlite3", environ={}) as opened:
        yield opened


def inventory(*versions: str, name: str = "alpha") -> Inventory:
    locked = (LockedDigest("sha256", HEX, "alpha.whl"),)
    return Inventory(
        tuple(
            Dependency("pypi", name, version, path="uv.lock", digests=locked, also_in=("requirements.txt",))
            for version in versions
        )
    )


def package(version: str, name: str = "alpha") -> StoredPackage:
    return StoredPackage(f"pkg:pypi/{name}@{version}", (f"sha256:{HEX}",), ("uv.lock", "requirements.txt"))


def count(store: Store, table: str) -> int:
    ((rows,),) = store._database.rows(f"SELECT count(*) FROM {table}")
    return int(rows)


def test_the_last_inventory_comes_back_with_its_coverage(store: Store) -> None:
    assert store.last_inventory("/project") is None
    store.save_inventory("/project", NOW, inventory("1.0"), COVERAGE)
    store.save_inventory("/project", NOW + DAY, inventory("1.1"), COVERAGE[:1])
    store.save_inventory("/elsewhere", NOW + 2 * DAY, inventory("9"), ())
    assert store.last_inventory("/project") == StoredInventory(
        "/project", NOW + DAY, __version__, (package("1.1"),), COVERAGE[:1]
    )


def test_scans_that_find_the_same_share_what_they_found(store: Store) -> None:
    for day in range(5):
        store.save_inventory("/project", NOW + day * DAY, inventory("1.0", "2.0"), COVERAGE)
    store.save_inventory("/copy", NOW, inventory("2.0", "1.0"), COVERAGE)
    assert (count(store, "inventory"), count(store, "body"), count(store, "body_package")) == (6, 1, 2)


def test_a_package_is_found_in_every_project_that_had_it(store: Store) -> None:
    for day, version in enumerate(("1.0", "1.1", "1.1", "1.2")):
        store.save_inventory("/project", NOW + day * DAY, inventory(version), COVERAGE)
    store.save_inventory("/other", NOW + 9 * DAY, inventory("1.1"), COVERAGE)
    store.save_inventory("/other", NOW + 10 * DAY, inventory("1.1", name="beta"), COVERAGE)
    assert store.sightings("pypi", "alpha") == (
        Sighting("/project", NOW, NOW, package("1.0")),
        Sighting("/project", NOW + DAY, NOW + 2 * DAY, package("1.1")),
        Sighting("/project", NOW + 3 * DAY, NOW + 3 * DAY, package("1.2")),
        Sighting("/other", NOW + 9 * DAY, NOW + 9 * DAY, package("1.1")),
    )
    assert store.sightings("npm", "alpha") == ()


def test_an_inventory_without_packages_is_one_too(store: Store) -> None:
    store.save_inventory("/project", NOW, Inventory(), ())
    assert store.last_inventory("/project") == StoredInventory("/project", NOW, __version__, (), ())


def test_hostile_names_do_not_break_it(store: Store) -> None:
    odd = Inventory((Dependency("npm", "a'; DROP TABLE body; --", "1", path="\udcff/package-lock.json"),))
    store.save_inventory("/\udcff", NOW, odd, COVERAGE)
    stored = store.last_inventory("/\udcff")
    assert stored
    assert [one.paths for one in stored.packages] == [("\\udcff/package-lock.json",)]
    assert [one.project for one in store.sightings("npm", "a'; DROP TABLE body; --")] == ["/\\udcff"]


def test_damage_is_passed_over_and_repaired_by_the_next_scan(store: Store) -> None:
    store.save_inventory("/project", NOW, inventory("1.0"), COVERAGE)
    other = sqlite3.connect(store.path)
    with other:
        other.execute("UPDATE body_package SET data = 'x'")
        other.execute("UPDATE inventory SET coverage = x'ff'")
    other.close()
    assert store.last_inventory("/project") == StoredInventory("/project", NOW, __version__, (), ())
    assert store.sightings("pypi", "alpha") == ()
    store.save_inventory("/project", NOW + DAY, inventory("1.0"), COVERAGE)
    assert store.last_inventory("/project") == StoredInventory(
        "/project", NOW + DAY, __version__, (package("1.0"),), COVERAGE
    )
    assert len(store.sightings("pypi", "alpha")) == 1


def test_a_damaged_time_gives_way_to_the_scan_before(store: Store) -> None:
    store.save_inventory("/project", NOW, inventory("1.0"), COVERAGE)
    store.save_inventory("/project", NOW + DAY, inventory("1.1"), COVERAGE)
    other = sqlite3.connect(store.path)
    with other:
        other.execute("UPDATE inventory SET scanned_at = 'soon' WHERE id = 2")
    other.close()
    stored = store.last_inventory("/project")
    assert stored
    assert stored.scanned_at == NOW
