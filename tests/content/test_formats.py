"""Formats by magic numbers."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.sources.content.formats import format_of, is_text

DOS = b"MZ" + bytes(58) + struct.pack("<I", 64)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ""),
        (b"\x7fELF\x02\x01\x01", "elf"),
        (DOS + b"PE\0\0", "pe"),
        (DOS + b"NE\0\0", "dos"),
        (b"MZ is how this note starts, and it goes on and on until it is longer than a header", "text"),
        (b"\xcf\xfa\xed\xfe\x07\0\0\x01", "macho"),
        (b"\xca\xfe\xba\xbe\0\0\0\x02", "macho"),
        (b"\xca\xfe\xba\xbe\0\0\x00\x34", "class"),
        (b"\xca\xfe\xba\xbf\0\0\0\x02", "macho"),
        (b"\0asm\1\0\0\0", "wasm"),
        (b"PK\3\4rest", "zip"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"\xfd7zXZ\0\0", "xz"),
        (b"BZh91AY&SY", "bz2"),
        (b"\x28\xb5\x2f\xfd\0", "zstd"),
        (b"7z\xbc\xaf\x27\x1c\0", "7z"),
        (b"Rar!\x1a\x07\1\0", "rar"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\x89PNG\r\n\x1a\n\0\0", "png"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"GIF89a\1\0", "gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "webp"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "wav"),
        (b"\0\0\0\x18ftypmp42", "mp4"),
        (b"SQLite format 3\0", "sqlite"),
        (struct.pack("<H", 3531) + b"\r\n\0\0\0\0", "pyc"),
        (struct.pack("<H", 3531) + b"\r\n\1\0\0\0", "pyc-unchecked"),
        (struct.pack("<H", 3531) + b"\r\n\3\0\0\0", "pyc"),
        (struct.pack("<H", 62211) + b"\r\n\0\0\0\0", "pyc"),
        (b"\x80\x04K\x01.", "pickle"),
        (bytes(257) + b"ustar\0", "tar"),
        (b"name" + bytes(253) + b"ustar\0", "tar"),
        (b"#!/bin/sh\necho hello\n", "text"),
        ("größer\n".encode(), "text"),
        ("größer\n".encode("utf-16"), "text"),
        ("größer ".encode("latin-1") * 400, "text"),
        (b"\x1b[31mred\x1b[0m\n", "text"),
        (bytes(range(256)), ""),
        (b"\x9c\xf1\x03\x88\xfe", ""),
    ],
)
def test_table(data: bytes, expected: str) -> None:
    assert format_of(data) == expected


@given(st.binary(max_size=300))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    assert isinstance(format_of(data), str)


@given(st.text(st.characters(blacklist_categories=["Cc", "Cs"]), min_size=1, max_size=300))
def test_text_is_text(text: str) -> None:
    assert is_text(text.encode())


@given(st.binary(min_size=1500, max_size=2000))
def test_random_bytes_are_no_text(data: bytes) -> None:
    noise = bytes(byte ^ (index * 97 % 256) for index, byte in enumerate(data))
    assert not is_text(noise) or noise.count(0) == 0
