"""Whatever the bytes: an archive error, or content; never another exception and never a hang."""

import random
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.errors import ArchiveError
from tests.archives.made import Raw, read, tar_block, tar_of, zip_by_hand, zip_of

FILES = {"p/setup.py": b"import os\n" * 30, "p/data.bin": bytes(range(256)) * 4, "p/empty": b""}
GOOD = {
    "zip": zip_of(FILES),
    "zip by hand": zip_by_hand(Raw(b"a", b"xx" * 40, flags=8, descriptor=bytes(16)), Raw(b"b", b"yy", method=0)),
    "tar": tar_of(FILES, "w"),
    "tar.gz": tar_of(FILES, "w:gz"),
    "tar.bz2": tar_of(FILES, "w:bz2"),
    "tar.xz": tar_of(FILES, "w:xz"),
    "pax": tar_of({"p/" + "ä" * 80: b"x" * 700}, "w"),
}
ENDINGS = (".whl", ".tar.gz")


def survives(data: bytes) -> None:
    for ending in ENDINGS:
        with suppress(ArchiveError):
            read(data, "x" + ending)


@given(st.sampled_from([b"", b"PK\3\4", b"PK\5\6", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\0"]), st.binary(max_size=600))
def test_arbitrary_bytes(magic: bytes, rest: bytes) -> None:
    survives(magic + rest)


@given(st.binary(max_size=90), st.binary(max_size=40), st.sampled_from(list(b"0125xgLKSZ")))
def test_arbitrary_tar_entries(name: bytes, content: bytes, kind: int) -> None:
    survives(tar_block(name, content, bytes([kind])) + tar_block(b"next", b"1") + bytes(1024))


@pytest.mark.parametrize("form", GOOD)
def test_every_truncation(form: str) -> None:
    good = GOOD[form]
    for cut in range(0, len(good), max(len(good) // 150, 1)):
        survives(good[:cut])


@pytest.mark.parametrize("form", GOOD)
@settings(max_examples=40, suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_flipped_bits(form: str, seed: int) -> None:
    source = random.Random(seed)
    data = bytearray(GOOD[form])
    for _ in range(source.randrange(1, 6)):
        data[source.randrange(len(data))] ^= 1 << source.randrange(8)
    survives(bytes(data))


@pytest.mark.parametrize("form", ["zip", "zip by hand", "tar", "pax"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow])
@given(data=st.data())
def test_spliced_bytes_in_headers(form: str, data: st.DataObject) -> None:
    good = GOOD[form]
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(start + 40, len(good))))
    survives(good[:start] + data.draw(st.binary(max_size=40)) + good[end:])
