"""A compressed file as a stream of uncompressed chunks."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.errors import DamagedArchive
from doorward.model.content import Anomaly
from doorward.sources.archives.entry import Meter
from doorward.sources.archives.inflate import ERRORS, HAS_ZSTD, new_decompressor, pump
from doorward.sources.archives.source import Blob, chunks

#: First bytes of each compression.
MAGIC = {"gzip": b"\x1f\x8b\x08", "bz2": b"BZh", "xz": b"\xfd7zXZ\x00"}
#: The same of Zstandard, of which no package is made: layers of images are. Empty where Python cannot read it.
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
ZSTD = {"zstd": ZSTD_MAGIC} if HAS_ZSTD else {}
#: What a frame of Zstandard that every reader passes over opens with: one of 16 bytes, and three more.
_SKIPPABLE, _SKIPPED = range(0x50, 0x60), b"\x2a\x4d\x18"


def uncompressed(blob: Blob, method: str, meter: Meter, anomalies: list[Anomaly]) -> Iterator[bytes]:
    """Yield the chunks of ``blob``, which is compressed with ``method`` ("" for not at all).

    Concatenated streams are read as one, as every unpacker does. What follows the last stream is reported.
    """
    if not method:
        for chunk in chunks(blob):
            meter.take(len(chunk))
            yield chunk
        return
    try:
        yield from _streams(blob, method, meter, anomalies)
    except ERRORS as error:
        raise DamagedArchive(f"the {method} stream is damaged: {error}") from error


def _streams(blob: Blob, method: str, meter: Meter, anomalies: list[Anomaly]) -> Iterator[bytes]:
    decompressor = new_decompressor(method)
    end = 0
    for chunk in chunks(blob):
        end += len(chunk)
        data = chunk
        while data:
            if decompressor.eof:
                data = data.lstrip(b"\0")  # padding up to a block size is usual
                if not data:
                    break
                if not _begins(data, method):
                    hidden = blob.size - end + len(data)
                    anomalies.append(Anomaly("hidden-data", "", f"{hidden:,} bytes after the {method} stream"))
                    return
                decompressor = new_decompressor(method)
            for out in pump(decompressor, data):
                meter.take(len(out))
                yield out
            meter.take(0)  # streams that give nothing cost time too
            data = decompressor.unused_data if decompressor.eof else b""
    if not decompressor.eof:
        raise DamagedArchive(f"truncated: the {method} stream ends before its end")


def _begins(data: bytes, method: str) -> bool:
    """Whether another stream of a method begins; a chunk may cut its magic short."""
    if method == "zstd":
        skipped = data[0] in _SKIPPABLE and _SKIPPED.startswith(data[1:4])
        return skipped or ZSTD_MAGIC.startswith(data[:4])
    return MAGIC[method].startswith(data[: len(MAGIC[method])])
