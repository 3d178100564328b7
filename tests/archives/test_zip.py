"""Zip archives: what is read of them, and where they disagree with themselves."""

import io
import struct
import tempfile
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.errors import ArchiveTooLarge, DamagedArchive
from doorward.sources.archives import entry as entry_module
from tests.archives.made import LIMITS, Raw, read, zip_by_hand, zip_of

FILES = {"a.txt": b"alpha\n" * 50, "pkg/b.py": b"import os\n", "pkg/empty": b""}
NAMES = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FF, blacklist_characters="\\/"), min_size=1, max_size=30
)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_method_of_the_standard_library_is_read(method: int) -> None:
    result = read(zip_of(FILES, method))
    assert dict(result.files) == FILES
    assert not result.anomalies
    assert not result.unread


@given(st.dictionaries(NAMES, st.binary(max_size=2000), max_size=8), st.binary(max_size=40))
def test_what_the_standard_library_writes_round_trips(files: dict[str, bytes], comment: bytes) -> None:
    if b"PK\5\6" in comment:
        return
    result = read(zip_of(files, comment=comment))
    assert result.files == list(files.items())
    assert not result.anomalies


def test_a_streamed_zip_with_sizes_behind_the_data_is_honest() -> None:
    class Unseekable(io.RawIOBase):
        def __init__(self) -> None:
            self.written = io.BytesIO()

        def writable(self) -> bool:
            return True

        def write(self, data) -> int:  # type: ignore[override]
            return self.written.write(data)

    sink = Unseekable()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        for path, data in FILES.items():
            archive.writestr(path, data)
    result = read(sink.written.getvalue())
    assert dict(result.files) == FILES
    assert not result.anomalies


def test_zip64_fields_are_read() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, archive.open("big.bin", "w", force_zip64=True) as member:
        member.write(b"content")
    assert read(buffer.getvalue()).files == [("big.bin", b"content")]


def test_a_zip64_end_record_is_read() -> None:
    plain = zip_of({"a": b"1"}, zipfile.ZIP_STORED)
    end = plain.rindex(b"PK\5\6")
    size, start = struct.unpack_from("<II", plain, end + 12)
    wide = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, size, start)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
    saturated = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    result = read(plain[:end] + wide + locator + saturated)
    assert result.files == [("a", b"1")]
    assert not result.anomalies


CASES = {
    "other name in the local header": (zip_by_hand(Raw(b"good.py", b"x", local={"name": b"evil.py"})), "header-mismatch"),
    "other method": (zip_by_hand(Raw(b"a", b"xx", method=0, local={"method": 8})), "header-mismatch"),
    "other size": (zip_by_hand(Raw(b"a", b"xx", local={"size": 99})), "header-mismatch"),
    "other checksum": (zip_by_hand(Raw(b"a", b"xx", local={"crc": 1})), "header-mismatch"),
    "other flags": (zip_by_hand(Raw(b"a", b"xx", local={"flags": 0x800})), "header-mismatch"),
    "wrong descriptor": (zip_by_hand(Raw(b"a", b"xx", flags=8, descriptor=b"PK\7\x08" + bytes(12))), "header-mismatch"),
    "no descriptor": (zip_by_hand(Raw(b"a", b"xx", flags=8)), "header-mismatch"),
    "wrong count": (zip_by_hand(Raw(b"a", b"xx"), count=7), "header-mismatch"),
    "second name in an extra field": (
        zip_by_hand(Raw(b"a", b"x", extra=struct.pack("<HHBI", 0x7075, 9, 1, 0) + b"evil")),
        "header-mismatch",
    ),
    "bytes before the archive": (zip_by_hand(Raw(b"a", b"xx"), prefix=b"#!/bin/sh\n"), "hidden-data"),
    "bytes between entries": (zip_by_hand(Raw(b"a", b"xx"), Raw(b"b", b"yy", before=b"hidden")), "hidden-data"),
    "bytes before the directory": (zip_by_hand(Raw(b"a", b"xx"), before_directory=b"hidden"), "hidden-data"),
    "bytes after the end": (zip_by_hand(Raw(b"a", b"xx"), after=b"hidden"), "hidden-data"),
    "bytes after the deflate stream": (zip_by_hand(Raw(b"a", b"", packed=b"\x03\x00hidden")), "hidden-data"),
    "content in a folder": (zip_by_hand(Raw(b"folder/", b"content")), "hidden-data"),
    "encrypted": (zip_by_hand(Raw(b"a", b"xx", flags=1)), "encrypted"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_disagreements_are_reported_and_the_rest_is_read(case: str) -> None:
    data, kind = CASES[case]
    result = read(data)
    assert result.kinds == {kind}
    assert result.files or kind == "encrypted"


def test_an_unlisted_entry_is_named_in_the_gap() -> None:
    hidden = zip_by_hand(Raw(b"evil.py", b"print(1)"))
    gap = hidden[: hidden.index(b"PK\1\2")]
    (anomaly,) = read(zip_by_hand(Raw(b"a", b"xx"), before_directory=gap)).anomalies
    assert "does not list" in anomaly.detail


def test_descriptors_with_and_without_signature_and_in_64_bits_fit() -> None:
    content = b"some text"
    crc = zlib.crc32(content)
    for form in (
        b"PK\7\x08" + struct.pack("<III", crc, 9, 9),
        struct.pack("<III", crc, 9, 9),
        b"PK\7\x08" + struct.pack("<IQQ", crc, 9, 9),
        struct.pack("<IQQ", crc, 9, 9),
    ):
        raw = Raw(b"a", content, method=0, flags=8, descriptor=form)
        assert not read(zip_by_hand(raw, Raw(b"b", b"y"))).anomalies


def test_entries_that_share_bytes_are_reported() -> None:
    data = bytearray(zip_by_hand(Raw(b"a", b"xx", method=0), Raw(b"a", b"xx", method=0)))
    second = data.rindex(b"PK\1\2")
    struct.pack_into("<I", data, second + 42, 0)  # both records point at the first entry
    result = read(bytes(data))
    assert "header-mismatch" in result.kinds
    assert result.files == [("a", b"xx"), ("a", b"xx")]


def test_an_encrypted_entry_is_unread() -> None:
    result = read(zip_by_hand(Raw(b"a", b"xx", flags=1), Raw(b"b", b"y")))
    assert result.unread == ["a is encrypted"]
    assert result.files == [("b", b"y")]


def test_an_unknown_method_is_unread() -> None:
    result = read(zip_by_hand(Raw(b"a", b"xx", method=97)))
    assert result.files == []
    assert result.unread == ["a is compressed with the unknown method 97"]


def test_a_symbolic_link_is_recorded_and_not_followed() -> None:
    result = read(zip_by_hand(Raw(b"link", b"../../etc/passwd", mode=0o120777)))
    assert result.entries == [("link", "symlink", b"../../etc/passwd")]


@pytest.mark.parametrize("mode", [0o020666, 0o060666, 0o010644, 0o140644])
def test_what_is_no_file_by_its_mode_is_told(mode: int) -> None:
    assert read(zip_by_hand(Raw(b"x", b"", mode=mode))).kinds == {"device"}
    assert read(zip_by_hand(Raw(b"x", b"", mode=0o100644))).kinds == set()


def test_names_are_decoded_as_the_flag_says() -> None:
    result = read(zip_by_hand(Raw("ä".encode(), b"", flags=0x800), Raw(b"\x84", b""), Raw(b"\xff", b"", flags=0x800)))
    assert [path for path, _ in result.files] == ["ä", "ä", "\\xff"]


DAMAGED = {
    "nothing but an end": b"PK\3\4" + bytes(30),
    "wrong checksum": zip_by_hand(Raw(b"a", b"xx", crc=1)),
    "cut deflate stream": zip_by_hand(Raw(b"a", b"x" * 100, packed=b"\x4b")),
    "broken deflate stream": zip_by_hand(Raw(b"a", b"x" * 100, packed=b"\xff\xff\xff")),
    "stored data that is longer": zip_by_hand(Raw(b"a", b"x", method=0, packed=b"xx")),
    "more bytes than stated": zip_by_hand(Raw(b"a", b"x", packed=zlib.compress(b"xxxx")[2:-4])),
    "broken LZMA": zip_by_hand(Raw(b"a", b"x", method=14, packed=b"\0\0\5\0\xff\xff\xff\xff\xff\0")),
    "LZMA that asks for too much": zip_by_hand(Raw(b"a", b"x", method=14, packed=b"\0\0\5\0\x5d\xff\xff\xff\xff\0")),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damage_is_an_error(case: str) -> None:
    with pytest.raises(DamagedArchive):
        read(DAMAGED[case])


def test_the_error_says_where() -> None:
    with pytest.raises(DamagedArchive, match=r"pkg/a\.py"):
        read(zip_by_hand(Raw(b"pkg/a.py", b"xx", crc=1)))


@pytest.mark.parametrize("cut", [1, 10, 60, 200])
def test_a_truncated_zip_is_an_error(cut: int) -> None:
    with pytest.raises(DamagedArchive):
        read(zip_of(FILES)[:-cut])


def test_a_ratio_bomb_is_stopped() -> None:
    bomb = zip_of({f"{n}": bytes(40 << 20) for n in range(3)})
    with pytest.raises(ArchiveTooLarge, match="times its size"):
        read(bomb)


@pytest.mark.parametrize(
    ("limits", "match"),
    [
        (replace(LIMITS, entries=2), "more than 2 entries"),
        (replace(LIMITS, entry_bytes=100), "in one entry"),
        (replace(LIMITS, total_bytes=100), "unpacked"),
        (replace(LIMITS, seconds=-1.0), "seconds"),
    ],
)
def test_caps_stop_the_reading(limits, match: str) -> None:
    with pytest.raises(ArchiveTooLarge, match=match):
        read(zip_of(FILES), limits=limits)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_large_entries_come_in_pieces(method: int) -> None:
    content = bytes(range(256)) * 4096 * 65  # 65 MB
    assert len(content) > entry_module.WHOLE
    result = read(zip_of({"large.bin": content, "small": b"x"}, method), limits=replace(LIMITS, ratio=10_000))
    assert dict(result.files) == {"large.bin": content, "small": b"x"}


def test_a_damaged_large_entry_is_an_error() -> None:
    content = bytes(range(256)) * 4096 * 65
    data = zip_of({"large.bin": content}, zipfile.ZIP_STORED)
    with pytest.raises(DamagedArchive, match="checksum"):
        read(data[:1000] + b"!" + data[1001:])


def test_files_and_paths_are_sources(tmp_path: Path) -> None:
    data = zip_of(FILES)
    path = tmp_path / "a.whl"
    path.write_bytes(data)
    assert dict(read(path).files) == FILES
    with path.open("rb") as stream:
        stream.seek(5)
        assert dict(read(stream).files) == FILES
    with tempfile.SpooledTemporaryFile() as spool:
        spool.write(data)
        assert dict(read(spool).files) == FILES


def test_a_path_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DamagedArchive, match="cannot be opened"):
        read(tmp_path / "missing.whl")
