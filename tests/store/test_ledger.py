"""The ledger of refs: intervals come back as they were put, and a look is stored whole."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from doorward.model.repository import LedgerRow
from doorward.store import Store, open_store
from doorward.store.schema import MIGRATIONS

NOW = datetime(2026, 6, 1, 12, 0, 0, 123_456, tzinfo=UTC)
KEY = "git+file:///work/lib"
ROW = LedgerRow(KEY, "refs/tags/v1.0", "a" * 40, "b" * 40, NOW, NOW)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store", environ={})


def test_rows_come_back(store: Store) -> None:
    other = replace(ROW, ref="refs/tags/\udcff\x1b[31m", first_seen=NOW + timedelta(days=1))
    store.put_look(KEY, [ROW, other], None)
    found = {row.first_seen: row for row in store.refs(KEY)}
    assert found[NOW] == ROW
    assert found[other.first_seen].ref == "refs/tags/\\udcff\x1b[31m"
    assert store.refs("git+file:///work/other") == ()


def test_the_same_interval_is_prolonged_and_another_one_added(store: Store) -> None:
    later = replace(ROW, last_seen=NOW + timedelta(days=1))
    moved = replace(ROW, object="c" * 40, first_seen=NOW + timedelta(days=2), last_seen=NOW + timedelta(days=2))
    for rows in ([ROW], [later], [moved]):
        store.put_look(KEY, rows, None)
    assert set(store.refs(KEY)) == {later, moved}


def test_habits_are_kept_until_others_replace_them(store: Store) -> None:
    assert store.history(KEY) is None
    store.put_look(KEY, [], b"habits")
    store.put_look(KEY, [ROW], None)
    assert store.history(KEY) == b"habits"
    store.put_look(KEY, [], b"other habits")
    assert store.history(KEY) == b"other habits"


def test_a_row_says_who_saw_it(store: Store) -> None:
    told = replace(ROW, ref="refs/tags/v9", source="events")
    store.put_look(KEY, [ROW, told], None)
    assert set(store.refs(KEY)) == {ROW, told}


def test_damaged_rows_and_habits_count_as_absent(store: Store) -> None:
    store.put_look(KEY, [ROW], b"habits")
    with sqlite3.connect(store.path) as raw:
        raw.execute("UPDATE ref SET last_seen = 'yesterday'")
        raw.execute("UPDATE history SET data = 'nonsense'")
    raw.close()
    assert store.refs(KEY) == ()
    assert store.history(KEY) is None


def test_a_store_of_the_first_version_is_brought_forward(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store", environ={})
    store.close()
    with sqlite3.connect(tmp_path / "store") as raw:
        raw.execute("DROP TABLE ref")
        raw.execute("DROP TABLE history")
        raw.execute("DROP TABLE conduct")
        raw.execute("PRAGMA user_version = 1")
    raw.close()
    assert len(MIGRATIONS) > 1
    with open_store(tmp_path / "store", environ={}) as again:
        again.put_look(KEY, [ROW], b"habits")
        assert again.refs(KEY) == (ROW,)
