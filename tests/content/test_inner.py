"""Archives inside an artifact: what is in them is known like all else, and what cannot be told is said."""

import bz2
import gzip
import hashlib
import lzma
import random
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.errors import ArchiveTooLarge
from doorward.model.content import ArtifactContent
from doorward.sources.content import analyse, forget
from tests.archives.made import Raw, tar_of, zip_by_hand, zip_of
from tests.content.made import LIMITS, capabilities, npm, sdist, wheel, wheel_bytes

CODE = b"import socket\nsocket.create_connection(('192.0.2.1', 443))\n"
SCRIPT = b"#!/bin/sh\n# a script\n"


def inside(content: ArtifactContent) -> set[str]:
    return {member.path for member in content.members if "!/" in member.path}


def unread(content: ArtifactContent) -> dict[str, str]:
    return {one.path: one.detail for one in content.anomalies if one.kind == "unread-archive"}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x-1-py3-none-any.whl", zip_of({"x/a.py": CODE})),
        ("x-1.tgz", tar_of({"x/a.py": CODE})),
        ("x-1.tar", tar_of({"x/a.py": CODE}, "w:")),
        ("x-1.tar.bz2", tar_of({"x/a.py": CODE}, "w:bz2")),
        ("x-1.tar.xz", tar_of({"x/a.py": CODE}, "w:xz")),
        ("no-name", zip_of({"x/a.py": CODE})),
        ("picture.png", zip_of({"x/a.py": CODE})),
        ("behind-a-script", SCRIPT + zip_of({"x/a.py": CODE}, comment=b"none")),
        ("behind-noise", random.Random(1).randbytes(5000) + zip_of({"x/a.py": CODE})),
    ],
)
def test_an_archive_is_opened_whatever_its_name(name: str, data: bytes) -> None:
    content = sdist({"PKG-INFO": "Name: example-lib\nVersion: 1.2.3\n", f"vendor/{name}": data})
    assert inside(content) == {f"vendor/{name}!/x/a.py"}
    (member,) = [one for one in content.members if "!/" in one.path]
    assert member.sha256 == hashlib.sha256(CODE).digest()
    assert capabilities(content)["network"] == f"vendor/{name}!/x/a.py:1"
    assert not unread(content)
    assert not content.unread


@pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)])
def test_a_single_compressed_file_has_the_name_without_the_ending(ending: str, pack: object) -> None:
    assert callable(pack)
    content = wheel({f"x/table.csv.{ending}": pack(b"a,b\n" * 1000)})
    assert inside(content) == {f"x/table.csv.{ending}!/table.csv"}
    assert not unread(content)


def test_what_is_inside_is_no_part_of_the_package_itself() -> None:
    vendored = zip_of(
        {
            "x_init.pth": b"import os\n",
            "setup.py": CODE,
            "package.json": b'{"scripts": {"install": "node x"}}',
            "x-1.dist-info/RECORD": b"nothing,,\n",
        }
    )
    content = wheel({"x.whl": vendored, "example_lib.py": ""})
    assert content.kind == "wheel"
    assert (content.name, content.hooks, content.entries, content.anomalies) == (
        "Example.Lib",
        (),
        ("example_lib.py",),
        (),
    )
    assert not content.imports
    assert npm({}, {"x.tgz": tar_of({"a/package.json": b"{"})}).unread == ()


def test_archives_are_opened_one_inside_the_other_up_to_the_cap() -> None:
    data = zip_of({"a.py": CODE})
    for level in ("one", "two", "three"):
        data = zip_of({f"{level}.zip": data})
    content = wheel({"x.zip": data})
    assert "x.zip!/three.zip!/two.zip" in inside(content)
    assert inside(content) == {"x.zip!/three.zip", "x.zip!/three.zip!/two.zip", "x.zip!/three.zip!/two.zip!/one.zip"}
    assert unread(content) == {"x.zip!/three.zip!/two.zip!/one.zip": "archives are nested more than 3 deep"}


def test_an_archive_that_contains_itself_ends_at_the_cap() -> None:
    # A quine would give itself out for ever: a reader sees the same as here, the next level whenever it looks.
    data = b""
    for _ in range(8):
        data = zip_of({f"{number}.zip": data for number in range(2)})
    assert len(unread(wheel({"x.zip": data}))) == 2**LIMITS.nesting


@pytest.mark.parametrize(
    ("files", "limits", "reason"),
    [
        ({"x.gz": gzip.compress(bytes(80 << 20), 9)}, LIMITS, "unpacks to more than 200 times its size"),
        ({"x.zip": zip_of({"a": bytes(3000)})}, replace(LIMITS, total_bytes=2900), "more than 2,900 bytes unpacked"),
        ({"x.zip": zip_of({"a": bytes(9000)})}, replace(LIMITS, entry_bytes=8000), "a: 9,000 bytes, more than 8,000"),
        ({"x.zip": zip_of({str(n): b"" for n in range(30)})}, replace(LIMITS, entries=20), "more than 20 entries"),
    ],
)
def test_a_bomb_inside_is_refused_and_the_rest_is_read(files, limits, reason: str) -> None:
    content = analyse(wheel_bytes({**files, "b.py": CODE}), "example_lib-1.2.3-py3-none-any.whl", limits)
    assert reason in unread(content)[next(iter(files))]
    assert capabilities(content)["network"] == "b.py:1"
    assert content.unread == ()


def test_what_is_inside_takes_nothing_from_the_caps_of_the_package() -> None:
    files = {f"x{number}.zip": zip_of({"a": b"", "b": b""}) for number in range(8)}
    content = analyse(wheel_bytes(files), "example_lib-1.2.3-py3-none-any.whl", replace(LIMITS, entries=11))
    assert len(inside(content)) == 11
    assert set(unread(content).values()) == {"more than 11 entries"}
    with pytest.raises(ArchiveTooLarge):
        analyse(wheel_bytes(files), "example_lib-1.2.3-py3-none-any.whl", replace(LIMITS, entries=10))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (zip_by_hand(Raw(b"a.py", CODE, flags=1)), "a.py is encrypted"),
        (zip_of({"a.py": CODE})[:-30], "truncated"),
        (gzip.compress(CODE)[:-10], "truncated"),
        (tar_of({"a.py": CODE * 100})[:-40], "truncated"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(100), "a 7z archive"),
        (b"Rar!\x1a\x07\x01\0" + bytes(100), "a rar archive"),
    ],
)
def test_what_cannot_be_read_is_said(data: bytes, reason: str) -> None:
    content = wheel({"x/y.bin": data})
    assert reason in unread(content)["x/y.bin"]
    assert content.unread == ()


@pytest.mark.parametrize("data", [b"BZhang wrote this", b"see PK\5\6 for the end", bytes(50) + b"PK\5\6" + bytes(40)])
def test_what_only_looks_like_an_archive_is_none(data: bytes) -> None:
    content = wheel({"x/y.bin": data})
    assert not inside(content)
    assert not unread(content)


def test_what_is_odd_about_an_archive_inside_says_where() -> None:
    content = wheel({"x.zip": zip_by_hand(Raw(b"a.py", CODE), Raw(b"b.py", b""), before_directory=b"hidden")})
    assert {one.path for one in content.anomalies if one.kind == "hidden-data"} == {"x.zip!/"}


def test_a_large_archive_inside_is_read_from_a_temporary_file() -> None:
    noise = random.Random(1).randbytes(1 << 20)
    inner = zip_of({f"{number}.bin": noise for number in range(65)} | {"a.py": CODE}, zipfile.ZIP_STORED)
    outer = zip_of({"x.zip": inner}, zipfile.ZIP_STORED)
    content = analyse(outer, "example-1.zip", replace(LIMITS, spool_bytes=1 << 20))
    assert "x.zip!/a.py" in inside(content)
    assert len(inside(content)) == 66


@settings(max_examples=60)
@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 255))
def test_no_damage_inside_keeps_the_rest_from_being_read(noise: bytes, where: int, byte: int) -> None:
    data = bytearray(zip_of({"a.py": CODE, "b.tgz": tar_of({"c.py": CODE})}))
    data[where % len(data)] = byte
    content = wheel({"x.zip": bytes(data) + noise, "y.gz": b"\x1f\x8b\x08" + noise, "z.py": CODE})
    assert content.unread == ()
    assert {"x.zip", "y.gz", "z.py"} <= {member.path for member in content.members}
    assert unread(content) or inside(content)


def test_what_is_remembered_of_an_archive_stands_at_its_new_place() -> None:
    odd = zip_of({"x/a.py": CODE, "x/A.py": b""})
    forget()
    first = wheel({"one.bin": odd})
    again = wheel({"two.bin": odd})
    assert inside(first) == {"one.bin!/x/a.py", "one.bin!/x/A.py"}
    assert inside(again) == {"two.bin!/x/a.py", "two.bin!/x/A.py"}
    forget()
    assert wheel({"two.bin": odd}) == again


def test_what_is_remembered_counts_towards_the_caps() -> None:
    data = zip_of({f"{number}.txt": b"x" * 1000 for number in range(10)})
    limits = replace(LIMITS, total_bytes=15_000)
    for _ in range(2):
        content = analyse(wheel_bytes({"one.bin": data, "two.bin": data}), "x-1-py3-none-any.whl", limits)
        assert set(unread(content)) == {"two.bin"}
