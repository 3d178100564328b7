"""Archives and packed files that feeds come in: damaged, huge, and dishonest ones."""

import bz2
import gzip
import hashlib
import json
import lzma
import os
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.errors import FeedError
from doorward.model.intelligence import Defect
from doorward.sources.archives import tarfiles
from doorward.sources.feeds import _documents, _packed, _zip
from doorward.sources.feeds._documents import documents
from tests.feeds.build import (
    advisories,
    bytes_of_tar,
    bytes_of_zip,
    defects,
    malicious,
    osv,
    read,
    refused,
    written,
    zipped,
)


def contents(path: Path) -> dict[str, bytes]:
    return {document.name: document.read() for document in documents(path)}


def test_members_are_read_in_order_whatever_their_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    members = {"small": b"a" * 100, "folder/large": bytes(range(256)) * 4000, "empty": b""}
    path = written(tmp_path / "x.zip", bytes_of_zip(members))
    assert contents(path) == members
    monkeypatch.setattr(_zip, "_SMALL", 16)
    monkeypatch.setattr(_zip, "_PIECE", 1000)
    assert contents(path) == members
    assert list(contents(path)) == list(members)


def test_a_stream_gives_lines(tmp_path: Path) -> None:
    text = b"".join(b"line %d\n" % number for number in range(20_000))
    path = written(tmp_path / "x.zip", bytes_of_zip({"a.txt": text}))
    assert [line for document in documents(path) for _, line in document.lines(100)] == text.splitlines(keepends=True)


def test_a_line_without_end_is_cut_off(tmp_path: Path) -> None:
    path = written(tmp_path / "long.txt", b"x" * 5_000 + b"\nshort\n")
    (document,) = documents(path)
    assert list(document.lines(100)) == [(1, b"x" * 100), (2, b"short\n")]


def test_an_archive_behind_something_else(tmp_path: Path) -> None:
    path = written(tmp_path / "x.zip", bytes_of_zip({"a.json": b"{}"}) + b"trailing")
    with pytest.raises(FeedError):
        contents(written(tmp_path / "y.zip", path.read_bytes()[:-30]))


def test_of_binary_data_no_bytes_are_shown(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"\(x: no format that doorward knows: binary data\)"):
        read(written(tmp_path / "x", b"\x28\xb5\x2f\xfd\x04\x58\x00" * 40))


def test_a_comment_at_the_end(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a", "b")
        archive.comment = b"c" * 300
    assert contents(tmp_path / "x.zip") == {"a": b"b"}


def test_an_archive_with_wide_fields(tmp_path: Path) -> None:
    """Fields of 64 bits, as archives of more than 65,535 members or 4 GB have them."""
    data = b"inert"
    packed = zlib.compress(data)[2:-4]
    full = 0xFFFFFFFF
    local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 45, 0, 8, 0, 0, zlib.crc32(data), full, full, 1, 0) + b"a" + packed
    extra = struct.pack("<HHQQQ", 1, 24, len(data), len(packed), 0)
    central = struct.pack(
        "<4sHHHHHHIIIHHHHHII", b"PK\1\2", 45, 45, 0, 8, 0, 0, zlib.crc32(data), full, full, 1, len(extra), 0, 0, 0, 0, full
    )  # fmt: skip
    central += b"a" + extra
    start = len(local)
    end64 = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, len(central), start)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, start + len(central), 1)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, full, full, 0)
    path = written(tmp_path / "x.zip", local + central + end64 + locator + end)
    with zipfile.ZipFile(path) as archive:
        assert archive.read("a") == data
    assert contents(path) == {"a": data}


def test_a_truncated_archive_is_an_error(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {f"A-{n}.json": osv(f"A-{n}") for n in range(50)})
    whole = path.read_bytes()
    for size in (len(whole) - 1, len(whole) // 2, 30, 4):
        with pytest.raises(FeedError):
            read(written(tmp_path / "cut.zip", whole[:size]))


def test_a_member_whose_bytes_changed_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"A-1.json": osv("A-1"), "A-2.json": osv("A-2")}, method=0)
    data = path.read_bytes().replace(b"A-1", b"A-9")
    items = read(written(tmp_path / "y.zip", data))
    assert [reason for _, reason in refused(items)] == ["damaged: its checksum does not match"]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_damaged_member_costs_none_of_those_that_are_read_with_it(tmp_path: Path, method: int) -> None:
    """Its checksum is wrong, its data is none, or it is not where it should be."""
    for spot, value in ((16, 0x55), (20, 1), (42, 0x7F)):
        path = zipped(tmp_path / "x.zip", {f"A-{n}.json": osv(f"A-{n}") for n in range(300)}, method=method)
        data = bytearray(path.read_bytes())
        at = data.index(b"A-150.json", data.index(b"PK\1\2")) - 46
        data[at + spot] = value
        items = read(written(tmp_path / "y.zip", bytes(data)))
        (place,) = [place for place, _ in refused(items)]
        assert place == "A-150.json"
        assert [record.id for record in advisories(items)] == [f"A-{n}" for n in range(300) if n != 150]


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"A-1.json": osv("A-1"), "A-2.json": osv("A-2")})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\1\2")
    data[at + 8] |= 1
    assert [reason for _, reason in refused(read(written(tmp_path / "y.zip", bytes(data))))] == ["encrypted"]


def test_an_unknown_method_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"A-1.json": osv("A-1"), "A-2.json": osv("A-2")}, method=zipfile.ZIP_LZMA)
    with pytest.raises(FeedError, match="no document"):
        read(path)


def test_a_zip_bomb_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_zip, "FREE", 1 << 20)
    path = written(tmp_path / "x.zip", bytes_of_zip({f"{n}.json": b" " * (1 << 22) for n in range(4)}))
    with pytest.raises(FeedError, match="bomb"):
        read(path)


#: Endings of packed files, and what packs them.
PACKED: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
every_packed = pytest.mark.parametrize("ending", PACKED)


@every_packed
def test_a_bomb_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    monkeypatch.setattr(_packed, "FREE", 1 << 20)
    path = written(tmp_path / f"x.json{ending}", PACKED[ending](b" " * (1 << 25)))
    with pytest.raises(FeedError, match="bomb"):
        contents(path)
    tarred = written(tmp_path / f"x.tar{ending}", PACKED[ending](bytes_of_tar({"a.json": b" " * (1 << 25)})))
    with pytest.raises(FeedError, match="bomb"):
        contents(tarred)


@every_packed
@pytest.mark.parametrize("cut", [1, 9, 40])
def test_a_truncated_file_is_an_error(tmp_path: Path, ending: str, cut: int) -> None:
    for name, data in (("x.json", b'{"id": "A-1", "affected": []}' * 40), ("x.tar", bytes_of_tar({"a.json": b"{}"}))):
        with pytest.raises(FeedError, match="cannot be read"):
            contents(written(tmp_path / f"{name}{ending}", PACKED[ending](data)[:-cut]))


@every_packed
def test_a_packed_file_is_read_as_what_it_holds(tmp_path: Path, ending: str) -> None:
    """Also in several streams, as programs write them that pack on all processors, and in a folder."""
    first, second = (b"%s\n" % (digit * 64) for digit in (b"a", b"b"))
    folder = tmp_path / "feed"
    path = written(folder / f"hashes.txt{ending}", PACKED[ending](first) + PACKED[ending](second))
    assert contents(path) == {"hashes.txt": first + second}
    assert contents(folder) == {"hashes.txt": first + second}
    with pytest.raises(FeedError, match=r"5 bytes after the \w+ stream"):
        contents(written(path, PACKED[ending](first) + b"trail"))


@pytest.mark.parametrize("ending", ["", *PACKED])
def test_a_tar_archive_is_read_as_a_folder(tmp_path: Path, ending: str) -> None:
    records = {f"osv/MAL-{n}.json": json.dumps(malicious(f"MAL-{n}")).encode() for n in range(300)}
    data = bytes_of_tar({"./README.md": b"words", ".git/x.json": b"{}", **records}, links=("osv/link.json", "osv/hard"))
    path = written(tmp_path / f"feed.tar{ending}", PACKED.get(ending, bytes)(data))
    assert list(contents(path)) == ["./README.md", *records]
    items = read(path)
    assert [record.id for record in advisories(items)] == [f"MAL-{n}" for n in range(300)]
    assert refused(items) == []
    assert not list(tmp_path.glob("doorward-feed-*"))


def test_a_large_member_of_a_tar_archive_waits_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tarfiles, "WHOLE", 1_000)
    monkeypatch.setattr(tarfiles, "HEAD", 1_000)
    members = {"a.txt": b"a" * 10, "large.txt": bytes(range(256)) * 100, ".large": b"x" * 5_000, "b.txt": b"b" * 1_000}
    path = written(tmp_path / "x.tar.gz", gzip.compress(bytes_of_tar(members)))
    del members[".large"]
    assert contents(path) == members
    for document in documents(path):  # a document is opened more than once: its head first
        assert document.head() == members[document.name]
        assert b"".join(line for _, line in document.lines(10_000)) == members[document.name]


def test_a_tar_archive_that_ends_too_early_is_an_error(tmp_path: Path) -> None:
    """Also where it was cut between two members, of which no header tells."""
    data = bytes_of_tar({"a.json": b"{}", "b.json": b"{}"})
    for size in (512, 600, 1024, 1500, 2048):
        with pytest.raises(FeedError, match="truncated"):
            contents(written(tmp_path / "x.tar", data[:size]))
    assert list(contents(written(tmp_path / "x.tar", data[:2560]))) == ["a.json", "b.json"]


@every_packed
def test_half_a_tar_archive_that_was_compressed_whole_is_an_error(tmp_path: Path, ending: str) -> None:
    """As where the program broke off that wrote it, and the one that packed it went on."""
    data = bytes_of_tar({"a.json": b"{}", "b.json": b"{}"})
    with pytest.raises(FeedError, match="truncated"):
        contents(written(tmp_path / f"x.tar{ending}", PACKED[ending](data[:2048])))
    assert list(contents(written(tmp_path / f"x.tar{ending}", PACKED[ending](data)))) == ["a.json", "b.json"]


def test_archives_within_a_feed_are_told(tmp_path: Path) -> None:
    feed = tmp_path / "feed"
    written(feed / "MAL-1.json", json.dumps(malicious("MAL-1")).encode())
    written(feed / "words.md", b"words")
    assert defects(read(feed)) == []
    written(feed / "npm" / "all.zip", bytes_of_zip({"MAL-2.json": b"{}"}))
    assert read(feed)[-1] == Defect("npm/all.zip", "an archive within the feed, which is not read: import it by itself")
    written(feed / "more.tar.gz", gzip.compress(bytes_of_tar({"MAL-3.json": b"{}"})))
    told = defects(read(feed))
    assert [reason.partition(",")[0] for reason in told] == ["the first of 2 archives within the feed"]


def test_a_tar_archive_of_too_many_members_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_packed, "MAX_MEMBERS", 3)
    path = written(tmp_path / "x.tar.xz", lzma.compress(bytes_of_tar({f"{n}.json": b"{}" for n in range(4)})))
    with pytest.raises(FeedError, match="more than 3 entries"):
        contents(path)


@settings(deadline=None, max_examples=100)
@given(data=st.data(), ending=st.sampled_from(["", *PACKED]))
def test_a_damaged_tar_archive_does_no_harm(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, ending: str
) -> None:
    whole = bytearray(
        PACKED.get(ending, bytes)(bytes_of_tar({"A-1.json": b'{"id": "A-1", "affected": []}', "b": b"b"}))
    )
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = written(tmp_path_factory.mktemp("tar") / "x", bytes(whole))
    try:
        read(path)
    except FeedError:
        return


@pytest.mark.parametrize("name", ["hashes.txt.gz", "scores.csv.gz"])
def test_half_a_feed_is_no_feed(tmp_path: Path, name: str) -> None:
    """What its first half says must not take the place of the whole: lists are read as they are unpacked."""
    digests = [hashlib.sha256(b"%d" % number).hexdigest() for number in range(20_000)]
    lines = {
        "hashes.txt.gz": digests,
        "scores.csv.gz": [
            "cve,epss,percentile",
            *(f"CVE-2026-{n},0.{int(d[:6], 16)},0.5" for n, d in enumerate(digests)),
        ],
    }[name]
    packed = gzip.compress("\n".join(lines).encode())
    path = written(tmp_path / name, packed[: len(packed) // 2])
    with pytest.raises(FeedError, match=f"{name}: cannot be read: truncated"):
        read(path)


def test_a_document_that_is_too_large_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_documents, "DOCUMENT_BYTES", 100)
    with pytest.raises(FeedError, match="larger than 100"):
        contents(written(tmp_path / "x.json", b"{" * 101))


def test_what_is_too_large_takes_no_memory(tmp_path: Path) -> None:
    path = written(tmp_path / "x.json", b"{")
    os.truncate(path, 1 << 30)
    (document,) = documents(path)
    tracemalloc.start()
    try:
        with pytest.raises(FeedError, match="larger than 536,870,912"):
            document.read()
        assert tracemalloc.get_traced_memory()[1] < 10 << 20
    finally:
        tracemalloc.stop()


def test_links_and_hidden_folders_are_left_out(tmp_path: Path) -> None:
    outside = written(tmp_path / "outside.json", "{}")
    folder = tmp_path / "feed"
    written(folder / "a.json", "{}")
    written(folder / ".git" / "b.json", "{}")
    (folder / "c.json").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    assert list(contents(folder)) == ["a.json"]


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_a_damaged_archive_does_no_harm(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    whole = bytearray(bytes_of_zip({"A-1.json": b'{"id": "A-1", "affected": []}', "b": b"b" * 500}))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = written(tmp_path_factory.mktemp("zip") / "x.zip", bytes(whole))
    try:
        read(path)
    except FeedError:
        return


def test_an_archive_whose_pages_are_given_back_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_zip, "_MAPPED", 1_000)
    members = {f"{number}.txt": b"%d" % number * 200 for number in range(50)}
    assert contents(written(tmp_path / "x.zip", bytes_of_zip(members))) == members
