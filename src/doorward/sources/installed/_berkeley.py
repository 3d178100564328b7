"""Hash databases of Berkeley DB, as rpm kept its packages until its version 4.16 (Berkeley DB's ``dbinc/db_page.h``).

Pages are read in the order of the file, in place of that of the hash: every pair lies on a page of pairs, and what does
not fit there on a chain of overflow pages. A page of such a chain is read once, so that no chain leads in a circle, and
no two values cost the same bytes twice.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from doorward.records import dataclass

#: The magic number of hash databases, and where it stands; it tells the order of bytes too.
_MAGIC, _MAGIC_AT, _PAIRS_AT = 0x061561, 12, 88
_SMALLEST_PAGE, _LARGEST_PAGE = 512, 65_536
#: Bytes of a page's own header, and what kinds of page are of use.
_HEAD = 26
_HASH_UNSORTED, _OVERFLOW, _HASH = 2, 7, 13
#: Kinds of entry: bytes in their place, and bytes on overflow pages.
_KEYDATA, _OFFPAGE, _OFFPAGE_SIZE = 1, 3, 12
#: Entries that are read: a full machine has some thousand packages.
_MOST = 100_000
#: Flag of a database whose pages have checksums, and so another header.
_CHECKSUMS = 1


class DamagedDatabase(ValueError):
    """A database, or a value in it, that cannot be read; its text is the reason of the gap."""


@dataclass(frozen=True, slots=True)
class _Database:
    """The bytes of a database, and what its first page tells of them."""

    content: bytes
    #: "<" or ">".
    order: str
    page: int
    pages: int
    #: How many pairs it has.
    pairs: int
    #: Overflow pages that were read.
    read: set[int]

    def head(self, number: int) -> tuple[int, int, int, int]:
        """Return what stands at the start of a page: the next page, number of entries, its offset of data, its kind."""
        following, entries, offset, _, kind = struct.unpack_from(
            f"{self.order}IHHBB", self.content, number * self.page + 16
        )
        return following, entries, offset, kind


def is_hash(content: bytes) -> bool:
    """Whether the bytes begin as a hash database does, in either order of bytes."""
    magic = content[_MAGIC_AT : _MAGIC_AT + 4]
    return magic in {_MAGIC.to_bytes(4, "little"), _MAGIC.to_bytes(4, "big")}


def hash_pairs(content: bytes, gap: Callable[[str], None], largest: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the keys and values of a database; what cannot be read is told to ``gap``.

    A value of more than ``largest`` bytes is refused. Raises DamagedDatabase where nothing can be read.
    """
    database = _opened(content, gap)
    seen = 0
    for number in range(1, database.pages):
        _, entries, _, kind = database.head(number)
        if kind not in {_HASH, _HASH_UNSORTED}:
            continue
        try:
            places = _places(database, number, entries)
        except DamagedDatabase as error:
            gap(str(error))
            continue
        for key, value in zip(places[::2], places[1::2], strict=False):
            seen += 1
            if seen > _MOST:
                gap(f"the database has more than {_MOST} entries: the rest was not read")
                return
            try:
                yield _bytes(database, *key, largest), _bytes(database, *value, largest)
            except DamagedDatabase as error:
                gap(str(error))
    if seen < database.pairs:
        gap(f"the database says that it has {database.pairs} entries, and {seen} were found")


def _opened(content: bytes, gap: Callable[[str], None]) -> _Database:
    """Read the first page of a database."""
    order = "<" if content[_MAGIC_AT : _MAGIC_AT + 4] == _MAGIC.to_bytes(4, "little") else ">"
    if len(content) < _SMALLEST_PAGE:
        raise DamagedDatabase("the database is cut off")
    _, page, encrypted, _, flags, _, last = struct.unpack_from(f"{order}IIBBBxII", content, 16)
    if page & (page - 1) or not _SMALLEST_PAGE <= page <= _LARGEST_PAGE:
        raise DamagedDatabase("the database is damaged: no size that a page may have")
    if encrypted or flags & _CHECKSUMS:
        raise DamagedDatabase("the database is encrypted, or its pages have checksums: not read")
    pages = len(content) // page
    if last >= pages:
        gap("the database is cut off")
    (pairs,) = struct.unpack_from(f"{order}I", content, _PAIRS_AT)
    return _Database(content, order, page, min(pages, last + 1), pairs, set())


def _places(database: _Database, number: int, entries: int) -> list[tuple[int, int]]:
    """Return start and end of each entry of a page: they are laid from its end to its start."""
    start = number * database.page
    if _HEAD + 2 * entries > database.page:
        raise DamagedDatabase("a page of the database is damaged")
    offsets = struct.unpack_from(f"{database.order}{entries}H", database.content, start + _HEAD)
    ends = (database.page, *offsets)
    if any(not _HEAD + 2 * entries <= at < end for at, end in zip(offsets, ends, strict=False)):
        raise DamagedDatabase("a page of the database is damaged")
    return [(start + at, start + end) for at, end in zip(offsets, ends, strict=False)]


def _bytes(database: _Database, start: int, end: int, largest: int) -> bytes:
    """Return the bytes of an entry."""
    kind = database.content[start]
    if kind == _KEYDATA:
        return database.content[start + 1 : end]
    if kind != _OFFPAGE or end - start < _OFFPAGE_SIZE:
        raise DamagedDatabase("an entry of the database of a kind that rpm does not write")
    number, length = struct.unpack_from(f"{database.order}II", database.content, start + 4)
    if length > largest:
        raise DamagedDatabase(f"a value of the database of more than {largest} bytes")
    return _chained(database, number, length)


def _chained(database: _Database, number: int, length: int) -> bytes:
    """Return the bytes of a chain of overflow pages."""
    pieces, total = [], 0
    while number and total < length:
        if number >= database.pages or number in database.read:
            raise DamagedDatabase("a value of the database leads out of it, or in a circle")
        database.read.add(number)
        following, _, used, kind = database.head(number)
        if kind != _OVERFLOW or not 0 < used <= database.page - _HEAD:
            raise DamagedDatabase("a value of the database is not where it should be")
        start = number * database.page + _HEAD
        pieces.append(database.content[start : start + used])
        total += used
        number = following
    if total != length:
        raise DamagedDatabase("a value of the database is cut off")
    return b"".join(pieces)
