"""Archives inside an artifact: vendored wheels, tarballs of test data, jars. Their members are facts like any other's.

What makes a file an archive is its bytes: a zip archive may stand behind a picture, a script or a program, and both
Python and Java run it there. Whatever of it cannot be read is an anomaly of its own kind, so that a release that newly
has such a file is not called clean; one bad test fixture does not keep the rest of the artifact from being read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from doorward.errors import ArchiveError
from doorward.model.content import INSIDE, Anomaly
from doorward.model.limits import ArchiveLimits
from doorward.records import dataclass, replace
from doorward.sources.archives import Archive, Entry, Source, Spent, open_archive, open_blob
from doorward.sources.archives.zipdirectory import CENTRAL, END
from doorward.sources.content.filefacts import Examiner, FileFacts
from doorward.sources.content.formats import format_of
from doorward.sources.content.memory import Memory

#: Formats that are opened, by magic number, and those of which nobody tells what is inside.
_OPENED = frozenset({"zip", "gzip", "bz2", "xz", "tar"})
_CLOSED = frozenset({"7z", "rar", "cab", "rpm"})
#: What follows the magic of a bzip2 file: three letters open many a text.
_BZIP2 = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
#: The end record of a zip archive: its bytes, those of a comment behind it, and where size and offset stand.
_END_RECORD, _COMMENT, _SIZES = 22, 0xFFFF, struct.Struct("<II")
_WIDE = 0xFFFFFFFF
#: Files of an archive up to which it is remembered.
_KEPT = 2000


@dataclass(frozen=True, slots=True)
class _Seen:
    """What an archive was found to contain; paths follow that of the archive."""

    paths: tuple[str, ...]
    facts: tuple[FileFacts, ...]
    anomalies: tuple[Anomaly, ...]
    total: int
    entries: int


#: What was found in archives inside artifacts, by their SHA-256 and the caps.
SEEN: Memory[tuple[bytes, ArchiveLimits], _Seen] = Memory(1000)


class Inner:
    """What the archives inside one artifact contain, collected in the order of reading."""

    def __init__(self, examiner: Examiner, limits: ArchiveLimits) -> None:
        self.paths: list[str] = []
        self.facts: list[FileFacts] = []
        self.anomalies: list[Anomaly] = []
        self._examiner = examiner
        self._limits = limits
        self._spent = Spent.nothing(limits)

    def look(self, path: str, facts: FileFacts, data: bytes, depth: int = 1) -> None:
        """Read the file at ``path``, whose facts are known, as far as it is an archive."""
        form = facts.format
        if form in _OPENED or _ends_as_zip(form, data):
            if depth > 1 or self._limits.weak_digests or self._limits.similar_bytes:
                self._open(path, form, data, depth)
            elif not self._recall(path, facts):
                self._open_and_keep(path, facts, data)
        elif form in _CLOSED:
            self._unread(path, f"a {form} archive")

    def _recall(self, path: str, facts: FileFacts) -> bool:
        """Take what the same bytes held before, where that does not go beyond a cap."""
        seen = SEEN.recall((facts.sha256, self._limits))
        if seen is None or self._spent.total + seen.total > self._limits.total_bytes:
            return False
        if self._spent.entries + seen.entries > self._limits.entries:
            return False
        self._spent.total += seen.total
        self._spent.entries += seen.entries
        self.paths += (path + inner for inner in seen.paths)
        self.facts += seen.facts
        self.anomalies += (replace(one, path=path + one.path) for one in seen.anomalies)
        return True

    def _open_and_keep(self, path: str, facts: FileFacts, data: bytes) -> None:
        files, oddities = len(self.facts), len(self.anomalies)
        total, entries = self._spent.total, self._spent.entries
        self._open(path, facts.format, data, 1)
        seen = _Seen(
            tuple(inner[len(path) :] for inner in self.paths[files:]),
            tuple(self.facts[files:]),
            tuple(replace(one, path=one.path[len(path) :]) for one in self.anomalies[oddities:]),
            self._spent.total - total,
            self._spent.entries - entries,
        )
        unread = any(one.kind == "unread-archive" for one in seen.anomalies)  # perhaps for a cap that others used up
        if not unread and len(seen.facts) <= _KEPT:
            SEEN.keep((facts.sha256, self._limits), seen)

    def examine_large(self, entry: Entry, path: str, depth: int = 1) -> FileFacts:
        """Return the facts of a file that comes in pieces, and read it as far as it is an archive."""
        rest, form = entry.rest or iter(()), format_of(entry.data)
        if form not in _OPENED:
            if form in _CLOSED:
                self._unread(path, f"a {form} archive")
            return self._examiner.examine_large(path, entry.size, entry.data, rest)
        with SpooledTemporaryFile(max_size=self._limits.spool_bytes) as spool:
            spool.write(entry.data)
            facts = self._examiner.examine_large(path, entry.size, entry.data, _copied(rest, cast("BinaryIO", spool)))
            self._open(path, form, cast("BinaryIO", spool), depth)
        return facts

    def _open(self, path: str, form: str, source: Source, depth: int) -> None:
        if isinstance(source, bytes) and form == "bz2" and source[4:10] not in _BZIP2:
            return
        if depth > self._limits.nesting:
            self._unread(path, f"archives are nested more than {self._limits.nesting} deep")
            return
        try:
            with open_blob(source) as blob:
                archive = open_archive(blob, "", self._limits, self._spent)
                for entry in archive:
                    self._take(path, entry, depth)
                self._note(path, archive)
        except ArchiveError as error:
            self._unread(path, str(error))

    def _take(self, outer: str, entry: Entry, depth: int) -> None:
        """Take in one entry; links have no content of their own, and a single compressed file no name."""
        if entry.kind != "file":
            return
        path = f"{outer}{INSIDE}{entry.path or outer.rpartition('/')[2].rpartition('.')[0]}"
        if entry.rest is not None:
            facts = self.examine_large(entry, path, depth + 1)
            if facts.language:
                self._unread(outer, f"{entry.path} is {entry.size:,} bytes of code")
        else:
            facts = self._examiner.examine(path, entry.data)
        self.paths.append(path)
        self.facts.append(facts)
        if entry.rest is None:
            self.look(path, facts, entry.data, depth + 1)

    def _note(self, path: str, archive: Archive) -> None:
        self.anomalies += (replace(one, path=f"{path}{INSIDE}{one.path}") for one in archive.anomalies)
        for reason in archive.unread:
            self._unread(path, reason)

    def _unread(self, path: str, reason: str) -> None:
        self.anomalies.append(Anomaly("unread-archive", path, reason))


def _copied(pieces: Iterator[bytes], file: BinaryIO) -> Iterator[bytes]:
    for piece in pieces:
        file.write(piece)
        yield piece


def _ends_as_zip(form: str, data: bytes) -> bool:
    """Whether a zip archive stands at the end of a file of another format. Its end record has zeros: few texts do."""
    if form == "text" and 0 not in data:
        return False
    end = data.rfind(END, max(0, len(data) - _END_RECORD - _COMMENT))
    if end < 0 or end + _END_RECORD > len(data):
        return False
    size, offset = _SIZES.unpack_from(data, end + 12)
    return _WIDE in {size, offset} or data.startswith(CENTRAL, max(end - size, 0))
