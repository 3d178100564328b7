"""Rows that are written many at a time, and what an import counts and keeps of them."""

import sqlite3
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.store.intel import inserts
from doorward.store.intel.inserts import ROWS, Inserts
from tests.feeds.build import GENUINE, malicious, osv, zipped
from tests.intel.build import Intel


@given(parts=st.lists(st.integers(0, 3 * ROWS), max_size=6))
def test_every_row_is_written_once_and_in_order(parts: list[int]) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE t (a INTEGER, source INTEGER, b BLOB)")
    rows = Inserts(connection, "t", "(?, 7, ?)")
    count = 0
    for part in parts:
        rows.add([value for n in range(count, count + part) for value in (n, bytearray(b"%d" % n))])
        count += part
    rows.finish()
    expected = [(n, 7, b"%d" % n) for n in range(count)]
    assert connection.execute("SELECT * FROM t ORDER BY rowid").fetchall() == expected
    connection.close()


@pytest.mark.parametrize("values", [1, 100, 30_000])
def test_an_import_keeps_all_records_however_few_are_gathered(
    intel: Intel, monkeypatch: pytest.MonkeyPatch, values: int
) -> None:
    monkeypatch.setattr(inserts, "VALUES", values)
    records: dict[str, Any] = {f"A-{n}.json": osv(f"A-{n}", f"lib{n}", "1.0", aliases=[f"CVE-{n}"]) for n in range(170)}
    records["MAL-1.json"] = malicious("MAL-1")
    records["MAL-2.json"] = malicious("MAL-2", withdrawn="2026-05-02T00:00:00Z")
    state = intel.add("all.zip", zipped(intel.root / "made.zip", records).read_bytes()).state
    assert state.records == 172
    assert ("vulnerability", "PyPI", 170) in state.covers
    assert ("malicious", "PyPI", 1) in state.covers
    assert ("hashes", "md5", 1) in state.covers
    assert [intel.ids("PyPI", f"lib{n}") for n in range(170)] == [[f"A-{n}"] for n in range(170)]
    (found,) = intel.digest(f"md5:{GENUINE['md5']}")
    assert (found.record, found.seen, found.note) == ("MAL-1", "2026-05-01T10:00:00Z", "examplelib-1.0.0.tar.gz")
    with intel.opened() as bundle:
        (record,) = bundle.records(["CVE-169"])
    assert (record.advisory.id, record.advisory.aliases) == ("A-169", ("CVE-169",))
