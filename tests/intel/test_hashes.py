"""Sorted hash files: what was put in is found, nothing else is, and a damaged file says so."""

import hashlib
import subprocess
import sys
from array import array
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.errors import InternalError, StoreError
from doorward.model.intelligence import DIGESTS
from doorward.store.intel import hashbuild, hashes
from doorward.store.intel.hashbuild import HashBuilder, distinct, parted
from doorward.store.intel.hashes import HEADER, HashFile, table_bits

SHARED = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=60
)


def digest(number: int, width: int = 32) -> bytes:
    return hashlib.sha512(str(number).encode()).digest()[:width]


def build(folder: Path, rows: list[bytes], name: str = "set", width: int = 32) -> HashFile:
    with HashBuilder(folder, width) as builder:
        builder.add(b"".join(rows))
        path, count = builder.finish(name)
    made = HashFile(path)
    assert len(made) == count
    return made


@pytest.fixture
def small_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of a hundred rows, so that a few thousand go through the spill file, and are parted twice."""
    monkeypatch.setattr(hashbuild, "RUN_ROWS", 100)
    monkeypatch.setattr(hashbuild, "_PIECE", 8)


@pytest.mark.parametrize("width", sorted(set(DIGESTS.values())))
@pytest.mark.parametrize("count", [0, 1, 2, 63, 64, 127, 128, 5000])
def test_every_row_is_found_and_no_other(tmp_path: Path, width: int, count: int, small_runs: None) -> None:
    rows = [digest(number, width) for number in range(count)]
    others = [digest(number, width) for number in range(count, count + 500)]
    with build(tmp_path, rows + rows[: count // 2], width=width) as made:
        assert len(made) == count
        assert all(row in made for row in rows)
        assert not any(row in made for row in others)
        assert made.find(rows + others) == set(rows)


@SHARED
@given(rows=st.lists(st.binary(min_size=16, max_size=16), max_size=300), others=st.lists(st.binary(max_size=40)))
def test_a_file_is_a_set(tmp_path: Path, small_runs: None, rows: list[bytes], others: list[bytes]) -> None:
    with build(tmp_path, rows, width=16) as made:
        expected = set(rows)
        assert made.find(others + rows) == expected
        assert [other in made for other in others] == [other in expected for other in others]
        stored = made.path.read_bytes()[HEADER.size : made.layout.table_at]
        assert [stored[at : at + 16] for at in range(0, len(stored), 16)] == sorted(expected)


@SHARED
@given(rows=st.lists(st.sampled_from([bytes([a] * 15 + [b]) for a in (0, 1, 255) for b in range(256)]), max_size=900))
def test_digests_that_share_their_beginning(tmp_path: Path, small_runs: None, rows: list[bytes]) -> None:
    with build(tmp_path, rows, width=16) as made:
        assert made.find(rows) == set(rows)
        assert bytes([2] * 16) not in made


def test_bytes_that_straddle_two_rows_are_no_row(tmp_path: Path) -> None:
    first, second = b"\x00" * 8 + b"\x01" * 8, b"\x01" * 8 + b"\x02" * 8
    straddling = first[8:] + second[:8]
    beyond = b"\x01" * 4 + b"\x02" * 12
    with build(tmp_path, [first, second], width=16) as made:
        assert straddling not in made
        assert beyond not in made
        assert first in made
        assert second in made


def test_a_straddling_match_does_not_hide_the_row_behind_it(tmp_path: Path) -> None:
    rows = [b"\x00" * 15 + b"\x01", b"\x01" * 16, b"\x01" * 15 + b"\x02"]
    with build(tmp_path, rows, width=16) as made:
        assert all(row in made for row in rows)
        assert made.find(rows) == set(rows)


@pytest.mark.parametrize("way", ["pass", "sweep", "numpy"])
def test_a_batch_reads_far_and_near(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    if way == "numpy":
        pytest.importorskip("numpy")
    monkeypatch.setattr(hashes, "CHUNK", 4096)
    monkeypatch.setattr(hashes, "THROUGH", 1 << 40 if way == "pass" else 0)
    monkeypatch.setattr(hashes, "NUMPY_BATCH", 1 if way == "numpy" else 1 << 40)
    rows = [digest(number) for number in range(20_000)]
    with build(tmp_path, rows) as made:
        assert made.layout.bits == 8
        few = [*rows[:5], *(digest(number) for number in range(20_000, 20_005))]
        assert made.find(few) == set(rows[:5])
        assert made.find([*rows, *few]) == set(rows)


@pytest.mark.parametrize("way", ["sweep", "numpy"])
def test_a_crafted_list_in_one_bucket_is_halved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    if way == "numpy":
        pytest.importorskip("numpy")
    monkeypatch.setattr(hashes, "THROUGH", 0)
    monkeypatch.setattr(hashes, "NUMPY_BATCH", 1 if way == "numpy" else 1 << 40)
    monkeypatch.setattr(hashes, "MOST_ROWS", 16)
    monkeypatch.setattr(hashes, "CHUNK", 64)
    rows = [b"\xff" * 12 + number.to_bytes(4, "big") for number in range(0, 4000, 2)]
    with build(tmp_path, rows, width=16) as made:
        assert all(row in made for row in rows)
        assert not any(b"\xff" * 12 + number.to_bytes(4, "big") in made for number in range(1, 4000, 2))
        assert made.find(rows) == set(rows)


def test_a_partition_too_large_for_memory_is_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_runs: None
) -> None:
    monkeypatch.setattr(hashbuild, "PARTITION_BYTES", 16 * 50)
    monkeypatch.setattr(hashbuild, "BLOCK_ROWS", 7)
    rows = [b"\x42" + digest(number, 15) for number in range(1000)]
    with build(tmp_path, rows + rows[:300], width=16) as made:
        assert len(made) == 1000
        assert made.find(rows) == set(rows)


def test_rows_are_parted_and_sorted_whatever_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashbuild, "_PIECE", 64)
    for count in (0, 1, 63, 64, 65, 1023, 1024, 1025, 3000):
        rows = [digest(number % 700) for number in range(count)]
        parts = parted(b"".join(rows), 32, 1)
        assert len(parts) == 256
        assert all(part[at + 1] == byte for byte, part in enumerate(parts) for at in range(0, len(part), 32))
        assert b"".join(sorted(rows)) == b"".join(
            sorted(part[at : at + 32] for part in parts for at in range(0, len(part), 32))
        )
        assert distinct(b"".join(rows), 32) == b"".join(sorted(set(rows)))


def test_the_table_has_buckets_of_64_to_128_rows() -> None:
    assert [table_bits(rows) for rows in (0, 1, 127, 128, 10_000_000, 100_000_000)] == [0, 0, 0, 1, 17, 20]


def test_half_a_digest_is_refused(tmp_path: Path) -> None:
    with HashBuilder(tmp_path, 32) as builder, pytest.raises(InternalError):
        builder.add(b"\x00" * 31)


def test_a_new_file_replaces_the_old_one_whole(tmp_path: Path) -> None:
    with build(tmp_path, [digest(1)]) as old, build(tmp_path, [digest(2)]) as new:
        assert (digest(1) in old, digest(2) in old) == (True, False)
        assert (digest(1) in new, digest(2) in new) == (False, True)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


CRASH = """
import sys
from pathlib import Path
from doorward.store.intel.hashbuild import HashBuilder, _Writer
import os
_Writer._note = lambda *_: os._exit(9)
builder = HashBuilder(Path(sys.argv[1]), 32)
builder.add(bytes(32))
builder.finish("set")
"""


def test_a_crash_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    build(tmp_path, [digest(1)]).close()
    ran = subprocess.run([sys.executable, "-c", CRASH, str(tmp_path)], check=False)
    assert ran.returncode == 9
    with HashFile(tmp_path / "set") as made:
        assert digest(1) in made
    build(tmp_path, [digest(2)]).close()
    with HashFile(tmp_path / "set") as made:
        assert digest(2) in made


def damaged(path: Path, kind: str) -> None:
    data = bytearray(path.read_bytes())
    if kind == "cut off":
        del data[-1:]
    elif kind == "longer":
        data += b"\x00"
    elif kind == "table":
        data[-1] ^= 1
    elif kind == "magic":
        data[0] ^= 1
    elif kind == "version":
        data[8] ^= 1
    elif kind == "width":
        data[10:12] = b"\x07\x00"
    elif kind == "rows":
        data[20:28] = (1 << 40).to_bytes(8, "little")
    elif kind == "empty":
        data.clear()
    path.write_bytes(data)


@pytest.mark.parametrize("kind", ["cut off", "longer", "table", "magic", "version", "width", "rows", "empty"])
def test_a_damaged_file_is_an_error(tmp_path: Path, kind: str) -> None:
    path = build(tmp_path, [digest(number) for number in range(300)]).path
    damaged(path, kind)
    with pytest.raises(StoreError, match="set"):
        HashFile(path)


@SHARED
@given(data=st.binary(max_size=200))
def test_any_bytes_are_a_hash_file_or_an_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(hashes.MAGIC + data)
    try:
        HashFile(path).close()
    except StoreError:
        return


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="none"):
        HashFile(tmp_path / "none")


def test_the_table_is_stored_little_endian(tmp_path: Path) -> None:
    with build(tmp_path, [digest(1)]) as made:
        table = made.path.read_bytes()[made.layout.table_at :]
    assert table == (0).to_bytes(4, "little") + (1).to_bytes(4, "little")
    assert array("I").itemsize == 4
