"""Tar archives: what is read of them, and what no honest writer puts there."""

import bz2
import gzip
import io
import lzma
import tarfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.errors import ArchiveTooLarge, DamagedArchive, NotAnArchive
from doorward.sources.archives.tarfiles import Feed
from tests.archives.made import LIMITS, Raw, read, tar_block, tar_of, tar_with, zip_by_hand

FILES = {"p-1/a.txt": b"alpha\n" * 200, "p-1/pkg/b.py": b"import os\n", "p-1/empty": b""}
END = bytes(1024)
NAMES = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, blacklist_characters="/\\"), min_size=1, max_size=120
)


@pytest.mark.parametrize(("mode", "form"), [("w", "tar"), ("w:gz", "tar.gz"), ("w:bz2", "tar.bz2"), ("w:xz", "tar.xz")])
def test_every_compression_is_read(mode: str, form: str) -> None:
    result = read(tar_of(FILES, mode))
    assert result.format == form
    assert dict(result.files) == FILES
    assert not result.anomalies


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_and_links_of_every_format(form: int) -> None:
    long = "p-1/" + "folder/" * 20 + "name.py"
    if form == tarfile.USTAR_FORMAT:
        long = "p-1/" + "folder/" * 12 + "name" * 20
    result = read(tar_of({long: b"content", "p-1/z": b""}, "w", form))
    assert result.files == [(long, b"content"), ("p-1/z", b"")]
    assert not result.anomalies


@given(
    st.dictionaries(NAMES, st.binary(max_size=1500), max_size=6),
    st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
)
def test_what_the_standard_library_writes_round_trips(files: dict[str, bytes], form: int) -> None:
    data = tar_of(files, "w", form)
    result = read(data, "x.tar") if files else None
    if result:
        assert result.files == list(files.items())
        assert not result.anomalies
        with tarfile.open(fileobj=io.BytesIO(data)) as theirs:
            assert [member.name for member in theirs] == [path for path, _ in result.files]


@given(st.lists(st.binary(max_size=20), max_size=12), st.lists(st.integers(0, 30), max_size=12))
def test_the_feed_gives_exact_amounts(chunks: list[bytes], wanted: list[int]) -> None:
    whole, feed, position = b"".join(chunks), Feed(iter(chunks)), 0
    for count in wanted:
        assert feed.take(count) == whole[position : position + count]
        position = min(position + count, len(whole))
        assert feed.offset == position


def info(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


def test_links_devices_and_folders_are_recorded() -> None:
    data = tar_with(
        info("p/dir", tarfile.DIRTYPE),
        info("p/link", tarfile.SYMTYPE, "../../etc/passwd"),
        info("p/hard", tarfile.LNKTYPE, "p/dir"),
        info("p/fifo", tarfile.FIFOTYPE),
        info("p/disk", tarfile.BLKTYPE),
    )
    result = read(data)
    assert result.entries == [
        ("p/dir/", "directory", b""),
        ("p/link", "symlink", b"../../etc/passwd"),
        ("p/hard", "hardlink", b""),
        ("p/fifo", "device", b""),
        ("p/disk", "device", b""),
    ]
    assert [(anomaly.kind, anomaly.path) for anomaly in result.anomalies] == [
        ("hard-link", "p/hard"), ("device", "p/fifo"), ("device", "p/disk"),
    ]  # fmt: skip


def pax(**records: str) -> bytes:
    data = b""
    for key, value in records.items():
        body = f" {key.replace('__', '.')}={value}\n".encode()
        length = len(body) + 1
        while len(str(length)) + len(body) != length:
            length = len(str(length)) + len(body)
        data += str(length).encode() + body
    return tar_block(b"pax", data, b"x")


CASES = {
    "entries after a zero block": (tar_block(b"a", b"1") + bytes(512) + tar_block(b"b", b"2") + END, "hidden-data"),
    "data after the end": (tar_block(b"a", b"1") + END + b"hidden" + bytes(506), "hidden-data"),
    "padding that is not zero": (tar_block(b"a", b"1")[:-4] + b"evil" + END, "hidden-data"),
    "pax renames a short name": (pax(path="evil.py") + tar_block(b"good.py", b"1") + END, "header-mismatch"),
    "pax states another size": (pax(size="1") + tar_block(b"a", b"1", size=2) + END, "header-mismatch"),
    "a global path": (
        tar_block(b"g", b"13 path=evil\n", b"g") + tar_block(b"good", b"1") + END,
        "header-mismatch",
    ),
    "an unknown type": (tar_block(b"a", b"1", b"Z") + END, "header-mismatch"),
    "a link with content": (tar_block(b"a", b"", b"2", size=5, link=b"b") + END, "header-mismatch"),
    "NUL in a pax path": (pax(path="a\0b") + tar_block(b"a", b"1") + END, "nul-in-name"),
}


@pytest.mark.parametrize("case", CASES)
def test_tricks_are_reported_and_the_rest_is_read(case: str) -> None:
    data, kind = CASES[case]
    result = read(data)
    assert kind in result.kinds
    assert result.entries


def test_everything_is_read_where_unpackers_disagree() -> None:
    data, _ = CASES["entries after a zero block"]
    assert [path for path, _ in read(data).files] == ["a", "b"]
    data, _ = CASES["pax renames a short name"]
    assert [path for path, _ in read(data).files] == ["evil.py"]


def test_a_sparse_file_is_unread() -> None:
    data = (
        pax(GNU__sparse__major="1", GNU__sparse__name="real") + tar_block(b"a", b"12345") + tar_block(b"b", b"2") + END
    )
    result = read(data)
    assert result.unread == ["a is a sparse file"]
    assert result.files == [("b", b"2")]


def test_old_formats_are_read() -> None:
    folder = tar_block(b"folder/", b"", b"\0")
    base256 = bytearray(tar_block(b"a", b"12345"))
    base256[124:136] = b"\x80" + (5).to_bytes(11, "big")
    base256[148:156] = b" " * 8
    base256[148:156] = b"%06o\0 " % sum(base256[:512])
    result = read(folder + bytes(base256) + END)
    assert result.entries == [("folder/", "directory", b""), ("a", "file", b"12345")]


def test_signed_checksums_are_accepted() -> None:
    block = bytearray(tar_block("ä".encode(), b"1"))
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(byte - 256 if byte > 127 else byte for byte in block[:512])
    assert read(bytes(block) + END).files == [("ä", b"1")]


DAMAGED = {
    "checksum": b"x" + tar_block(b"ab", b"1")[1:],
    "header cut off": tar_block(b"a", b"1") + tar_block(b"b", b"1")[:100],
    "content cut off": tar_block(b"a", b"1" * 600)[:1000],
    "padding cut off": tar_block(b"a", b"1")[:600],
    "size that is no number": tar_block(b"a", b"1").replace(b"00000000001\0", b"0000000000z\0", 1),
    "broken pax": tar_block(b"x", b"99 path=a\n", b"x") + tar_block(b"a", b"") + END,
    "pax without an entry": tar_block(b"x", b"8 path=\n", b"x") + END,
    "pax size that is none": pax(size="many") + tar_block(b"a", b"1") + END,
    "old sparse file": tar_block(b"a", b"1", b"S") + END,
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damage_is_an_error(case: str) -> None:
    with pytest.raises(DamagedArchive):
        read(DAMAGED[case])


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("cut", [1, 8, 40])
def test_a_truncated_stream_is_an_error(mode: str, cut: int) -> None:
    with pytest.raises(DamagedArchive):
        read(tar_of(FILES, mode)[:-cut])


def test_a_flipped_bit_of_a_gzip_stream_is_an_error() -> None:
    data = bytearray(tar_of(FILES))
    data[-6] ^= 1
    with pytest.raises(DamagedArchive):
        read(bytes(data))


def test_concatenated_streams_are_one() -> None:
    plain = tar_of(FILES, "w")
    for compress in (gzip.compress, bz2.compress, lzma.compress):
        result = read(compress(plain[:700]) + compress(plain[700:]))
        assert dict(result.files) == FILES
        assert not result.anomalies


def test_zero_padding_behind_a_stream_is_honest_and_other_bytes_are_not() -> None:
    data = tar_of(FILES)
    assert not read(data + bytes(700_000)).anomalies
    (anomaly,) = read(data + b"payload").anomalies
    assert (anomaly.kind, anomaly.detail) == ("hidden-data", "7 bytes after the gzip stream")


def test_bombs_and_caps() -> None:
    bomb = tar_of({f"{n}": bytes(40 << 20) for n in range(2)})
    with pytest.raises(ArchiveTooLarge, match="times its size"):
        read(bomb)
    with pytest.raises(ArchiveTooLarge, match="entries"):
        read(tar_of(FILES), limits=replace(LIMITS, entries=2))
    with pytest.raises(ArchiveTooLarge, match="in one entry"):
        read(tar_of(FILES), limits=replace(LIMITS, entry_bytes=100))
    with pytest.raises(ArchiveTooLarge, match="unpacked"):
        read(tar_of(FILES), limits=replace(LIMITS, total_bytes=100))
    with pytest.raises(ArchiveTooLarge, match="seconds"):
        read(tar_of(FILES), limits=replace(LIMITS, seconds=-1.0))
    with pytest.raises(ArchiveTooLarge, match="extended header"):
        read(tar_block(b"x", bytes(2 << 20), b"x"))


def test_a_stated_size_alone_reserves_nothing() -> None:
    with pytest.raises(DamagedArchive, match="cut off"):
        read(tar_block(b"a", b"1", size=900_000_000))


def test_large_entries_come_in_pieces() -> None:
    content = bytes(range(256)) * 4096 * 65
    result = read(tar_of({"large": content, "small": b"x"}, "w"))
    assert dict(result.files) == {"large": content, "small": b"x"}


@pytest.mark.parametrize("data", [b"", b"#!/bin/sh\n", bytes(2000), b"\x7fELF" + bytes(600)])
def test_what_is_no_archive_is_an_error(data: bytes) -> None:
    with pytest.raises(NotAnArchive):
        read(data)


def test_two_archives_at_once_are_reported_and_the_name_decides() -> None:
    both = tar_of({"decoy.py": b"1"}) + zip_by_hand(Raw(b"evil.py", b"2"))
    as_wheel, as_sdist = read(both, "p-1-py3-none-any.whl"), read(both, "p-1.tar.gz")
    assert [path for path, _ in as_wheel.files] == ["evil.py"]
    assert [path for path, _ in as_sdist.files] == ["decoy.py"]
    assert "hidden-data" in as_wheel.kinds & as_sdist.kinds
    assert any("at once" in anomaly.detail for anomaly in as_wheel.anomalies)
