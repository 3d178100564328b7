"""rpm's database as Berkeley DB kept it, whole, damaged and hostile."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.errors import ManifestError
from doorward.model.dependency import Inventory
from tests.installed.files import parse
from tests.installed.samples import HEADERS, ROCKY, RPM_PURLS, berkeley_head, header, rpm_berkeley

PATH = "var/lib/rpm/Packages"
PAGE = 512
LONG = header(name="long", version="1", arch="x" * 3000)


def read(content: bytes) -> Inventory:
    return parse(PATH, {PATH: content, **ROCKY})


def purls(inventory: Inventory) -> list[str]:
    return sorted(str(package.purl) for package in inventory.packages)


def reasons(inventory: Inventory) -> list[str]:
    return [gap.reason for gap in inventory.gaps]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("page", [512, 4096, 32768])
def test_packages(order: str, page: int) -> None:
    inventory = read(rpm_berkeley(HEADERS, order, page))
    assert (purls(inventory), inventory.gaps) == (RPM_PURLS, ())
    # Where another database of the system lies.
    other = "usr/lib/sysimage/rpm/Packages"
    assert len(parse(other, {other: rpm_berkeley(HEADERS, order, page)}).packages) == 2


def test_a_header_over_many_pages() -> None:
    inventory = read(rpm_berkeley([*HEADERS, LONG]))
    assert [package.name for package in inventory.packages] == ["rocky/bash", "rocky/perl-libs", "rocky/long"]
    assert inventory.gaps == ()


def changed(content: bytes, at: int, form: str, *values: int) -> bytes:
    piece = struct.pack(form, *values)
    return content[:at] + piece + content[at + len(piece) :]


WHOLE = rpm_berkeley([LONG, *HEADERS])
#: The first overflow page of the long header; its pages follow each other.
CHAIN = 2 * PAGE
#: The number of the first page of the header behind it.
CHAINED = 2 + -(-len(LONG) // (PAGE - 26))
#: Where the page of pairs says that the long header lies: page, then length.
ENTRY = WHOLE.index(struct.pack("<B3xII", 3, 2, len(LONG)), PAGE)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (changed(WHOLE, CHAIN + 16, "<I", 2), "a value of the database leads out of it, or in a circle"),
        (changed(WHOLE, CHAIN + 16, "<I", 0), "a value of the database is cut off"),
        (changed(WHOLE, CHAIN + 16, "<I", 2**32 - 1), "a value of the database leads out of it, or in a circle"),
        (changed(WHOLE, CHAIN + 22, "<H", 65535), "a value of the database is not where it should be"),
        (changed(WHOLE, CHAIN + 22, "<H", 0), "a value of the database is not where it should be"),
        (changed(WHOLE, CHAIN + 25, "<B", 13), "a value of the database is not where it should be"),
        (changed(WHOLE, ENTRY + 4, "<I", 9999), "a value of the database leads out of it, or in a circle"),
        (changed(WHOLE, ENTRY + 8, "<I", 2**32 - 1), f"a value of the database of more than {64 << 20} bytes"),
        (changed(WHOLE, ENTRY + 8, "<I", len(LONG) + 1), "a value of the database is cut off"),
        (changed(WHOLE, ENTRY, "<B", 4), "an entry of the database of a kind that rpm does not write"),
    ],
)
def test_a_damaged_header_costs_itself(content: bytes, reason: str) -> None:
    inventory = read(content)
    assert purls(inventory) == RPM_PURLS
    assert reason in reasons(inventory)


def test_a_chain_is_no_header_of_two_packages() -> None:
    second = struct.pack("<B3xII", 3, CHAINED, len(HEADERS[0]))
    assert second in WHOLE
    inventory = read(WHOLE.replace(second, struct.pack("<B3xII", 3, 2, len(LONG))))
    assert [package.name for package in inventory.packages] == ["rocky/long", "rocky/perl-libs"]
    assert reasons(inventory) == ["a value of the database leads out of it, or in a circle"]


def test_more_entries_than_any_machine_has_are_not_read() -> None:
    page, count = 32768, 8000
    offsets = b"".join(struct.pack("<H", page - 1 - number) for number in range(count))
    pairs = (berkeley_head("<", 13, 0, count, 0) + offsets).ljust(page - count, b"\0") + b"\x09" * count
    meta = rpm_berkeley([], "<", page)[:page]
    inventory = read(changed(meta, 32, "<I", 30) + pairs * 30)
    assert inventory.packages == ()
    assert "the database has more than 100000 entries: the rest was not read" in reasons(inventory)


@pytest.mark.parametrize(
    ("content", "found", "reason"),
    [
        (WHOLE[: CHAIN + PAGE], [], "the database is cut off"),
        (changed(WHOLE, PAGE + 20, "<H", 65535), [], "a page of the database is damaged"),
        (changed(WHOLE, PAGE + 26, "<H", 3), [], "a page of the database is damaged"),
        (changed(WHOLE, PAGE + 28, "<H", 511), [], "a page of the database is damaged"),
        (changed(WHOLE, PAGE + 25, "<B", 0), [], "the database says that it has 5 entries, and 0 were found"),
    ],
)
def test_a_damaged_page_is_told(content: bytes, found: list[str], reason: str) -> None:
    inventory = read(content)
    assert purls(inventory) == found
    assert reason in reasons(inventory)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (WHOLE[:100], "cut off"),
        (changed(WHOLE, 20, "<I", 0), "no size that a page may have"),
        (changed(WHOLE, 20, "<I", 513), "no size that a page may have"),
        (changed(WHOLE, 20, "<I", 2**31), "no size that a page may have"),
        (changed(WHOLE, 24, "<B", 1), "encrypted"),
        (changed(WHOLE, 26, "<B", 1), "checksums"),
    ],
)
def test_a_database_that_cannot_be_read_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(ManifestError, match=reason):
        read(content)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=12), st.integers(0, len(WHOLE))
)
def test_whatever_is_changed_is_read_or_told(changes: list[tuple[int, int]], end: int) -> None:
    content = bytearray(WHOLE)
    for at, value in changes:
        content[at] = value
    for made in (bytes(content), bytes(content[:end])):
        with suppress(ManifestError):  # nothing else is raised
            assert len(read(made).packages) <= len(RPM_PURLS) + 1
