"""Archives as streams: wheels and zip files, plain and compressed tar files. Nothing is ever unpacked to disk."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from doorward.errors import NotAnArchive
from doorward.model.content import Anomaly
from doorward.model.limits import ArchiveLimits
from doorward.sources.archives.entry import HEAD, Archive, Entry, Meter, Spent
from doorward.sources.archives.single import SingleFile
from doorward.sources.archives.source import CHUNK, Blob, Source, chunks, open_blob
from doorward.sources.archives.streams import MAGIC, uncompressed
from doorward.sources.archives.tarfiles import TarArchive
from doorward.sources.archives.tarheader import BLOCK, is_header
from doorward.sources.archives.zipdirectory import END, find_end
from doorward.sources.archives.zipfiles import LOCAL, ZipArchive

__all__ = ["CHUNK", "HEAD", "Archive", "Blob", "Entry", "Source", "Spent", "chunks", "open_archive", "open_blob"]

_ZIP_NAMES = (".whl", ".zip", ".egg")


def open_archive(blob: Blob, filename: str, limits: ArchiveLimits, inside: Spent | None = None) -> Archive:
    """Return the archive that ``blob`` is, to be iterated once; raise NotAnArchive.

    The bytes decide. Where they are two archives at once (a zip archive may have anything before it), that is reported,
    and the name decides as it does for installers. An archive ``inside`` of another adds to what those inside took
    before it, and may also be a single compressed file.
    """
    head = blob.at(0, 512)
    form = _format(head)
    meter = Meter(limits, blob.size, inside or Spent.nothing(limits))
    named_zip = filename.lower().endswith(_ZIP_NAMES)
    zipped = head.startswith((LOCAL, END)) or ((named_zip or not form) and find_end(blob) >= 0)
    if zipped and (named_zip or not form):
        archive: Archive = ZipArchive(blob, meter, limits.entries)
    elif form:
        anomalies: list[Anomaly] = []
        method = form.removeprefix("tar").removeprefix(".").replace("gz", "gzip")
        stream = uncompressed(blob, method, meter, anomalies)
        archive = (_either if inside and method else TarArchive)(stream, meter, form, anomalies)
    else:
        raise NotAnArchive("not a zip, tar, tar.gz, tar.bz2 or tar.xz file")
    if zipped and form:
        archive.anomalies.append(Anomaly("hidden-data", "", f"the file is a {form} and a zip archive at once"))
    return archive


def _either(stream: Iterator[bytes], meter: Meter, form: str, anomalies: list[Anomaly]) -> Archive:
    """Return the tar archive or the single file that was compressed, by the first block."""
    start = b""
    for chunk in stream:
        start += chunk
        if len(start) >= BLOCK:
            break
    pieces = chain((start,), stream)
    return (TarArchive if is_header(start[:BLOCK]) else SingleFile)(pieces, meter, form, anomalies)


def _format(head: bytes) -> str:
    """Return "tar", "tar.gz", "tar.bz2" or "tar.xz" by the first 512 bytes, "" for none of them."""
    for method, magic in MAGIC.items():
        if head.startswith(magic):
            return "tar." + method.replace("gzip", "gz")
    return "tar" if head[257:262] == b"ustar" else ""
