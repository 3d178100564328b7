"""One file that was compressed by itself, as an archive of one entry."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

from doorward.model.content import Anomaly
from doorward.sources.archives.entry import HEAD, WHOLE, Entry, Meter


class SingleFile:
    """A compressed file over a stream of uncompressed chunks. Its entry has no name: the compressed one's is meant."""

    def __init__(self, chunks: Iterator[bytes], meter: Meter, form: str, anomalies: list[Anomaly]) -> None:
        self.format = form
        self.anomalies = anomalies
        self.unread: list[str] = []
        self._chunks = chunks
        self._meter = meter

    def __iter__(self) -> Iterator[Entry]:
        """Yield the file; raise DamagedArchive or ArchiveTooLarge."""
        with SpooledTemporaryFile(max_size=WHOLE) as spool:  # its length has to be known first
            for chunk in self._chunks:
                spool.write(chunk)
            size = spool.tell()
            self._meter.entry("the file", size)
            spool.seek(0)
            if size > WHOLE:
                yield Entry("", "file", size, spool.read(HEAD), iter(lambda: spool.read(HEAD), b""))
            else:
                yield Entry("", "file", size, spool.read())
