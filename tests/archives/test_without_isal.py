"""The accelerator is optional: the same archives give the same content without it."""

import hashlib
import subprocess
import sys

import pytest

from doorward.sources.archives import inflate
from tests.archives.made import Raw, read, tar_of, zip_by_hand, zip_of

PROGRAM = """
import sys
sys.modules["isal"] = None
from doorward.sources.archives import inflate
from tests.archives.made import read
import hashlib, zlib
assert inflate.fast is zlib
from doorward.errors import DamagedArchive
try:
    print([(path, hashlib.sha256(data).hexdigest()) for path, data in read(sys.stdin.buffer.read()).files])
except DamagedArchive:
    print("damaged")
"""
FILES = {"a.txt": b"alpha\n" * 50_000, "pkg/b.bin": bytes(range(256)) * 9000, "pkg/empty": b""}


def without(data: bytes) -> str:
    done = subprocess.run([sys.executable, "-c", PROGRAM], input=data, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.mark.parametrize("data", [zip_of(FILES), tar_of(FILES)], ids=["zip", "tar.gz"])
def test_the_same_content_without_the_accelerator(data: bytes) -> None:
    expected = [(path, hashlib.sha256(content).hexdigest()) for path, content in read(data).files]
    assert without(data) == str(expected)


def test_damage_is_damage_without_the_accelerator() -> None:
    assert without(zip_by_hand(Raw(b"a", b"x" * 100, packed=b"\xff\xff\xff"))) == "damaged"


def test_the_accelerator_is_used_where_it_is_installed() -> None:
    pytest.importorskip("isal")
    assert inflate.fast.__name__.startswith("isal")
