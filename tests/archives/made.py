"""Archives that are made for a test, with the standard library, and by hand where that writes only honest ones."""

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from doorward.model.content import Anomaly
from doorward.model.limits import ArchiveLimits
from doorward.sources.archives import open_archive, open_blob

LIMITS = ArchiveLimits()


@dataclass
class Read:
    """What reading an archive to its end gave."""

    format: str
    entries: list[tuple[str, str, bytes]] = field(default_factory=list)
    anomalies: list[Anomaly] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    @property
    def files(self) -> list[tuple[str, bytes]]:
        return [(path, data) for path, kind, data in self.entries if kind == "file"]

    @property
    def kinds(self) -> set[str]:
        return {anomaly.kind for anomaly in self.anomalies}


def read(source, name="archive", limits=LIMITS):
    with open_blob(source) as blob:
        archive = open_archive(blob, name, limits)
        entries = []
        for entry in archive:
            data = entry.data + b"".join(entry.rest or ())
            assert len(data) == entry.size
            entries.append((entry.path, entry.kind, data))
        return Read(archive.format, entries, archive.anomalies, archive.unread)


def zip_of(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path), data, compress_type=method)
        archive.comment = comment
    return buffer.getvalue()


def tar_of(files: Mapping[str, bytes], mode: str = "w:gz", form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=form) as archive:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def tar_with(*infos: tarfile.TarInfo, mode: str = "w") -> bytes:
    """A tar of headers alone: links, devices, folders."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for info in infos:
            archive.addfile(info)
    return buffer.getvalue()


def tar_block(
    name: bytes, content: bytes = b"", kind: bytes = b"0", *, size: int | None = None, link: bytes = b""
) -> bytes:
    """One entry of a tar by hand: a ustar header with the right checksum, and padded content."""
    header = bytearray(512)
    header[0 : len(name)] = name
    header[100:108] = b"0000644\0"
    header[124:136] = b"%011o\0" % (len(content) if size is None else size)
    header[136:148] = b"00000000000\0"
    header[156:157] = kind
    header[157 : 157 + len(link)] = link
    header[257:265] = b"ustar\x0000"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + content + bytes(-len(content) % 512)


@dataclass
class Raw:
    """One entry of a zip by hand. ``local`` overrides fields of the local header alone."""

    name: bytes
    content: bytes
    method: int = 8
    flags: int = 0
    local: dict = field(default_factory=dict)
    packed: bytes | None = None
    crc: int | None = None
    mode: int = 0
    descriptor: bytes = b""
    before: bytes = b""
    extra: bytes = b""


def zip_by_hand(
    *raws: Raw, prefix: bytes = b"", before_directory: bytes = b"", after: bytes = b"", count=None
) -> bytes:
    out, central = bytearray(prefix), bytearray()
    for raw in raws:
        compressor = zlib.compressobj(6, zlib.DEFLATED, -15)
        deflated = compressor.compress(raw.content) + compressor.flush()
        packed = raw.packed if raw.packed is not None else (deflated if raw.method == 8 else raw.content)
        crc = zlib.crc32(raw.content) if raw.crc is None else raw.crc
        out += raw.before
        offset = len(out) - len(prefix)
        zero = bool(raw.flags & 8)
        fields = {
            "name": raw.name, "flags": raw.flags, "method": raw.method, "crc": 0 if zero else crc,
            "packed": 0 if zero else len(packed), "size": 0 if zero else len(raw.content),
        } | raw.local  # fmt: skip
        out += struct.pack(
            "<4sHHHHHIIIHH", b"PK\3\4", 20, fields["flags"], fields["method"], 0, 33, fields["crc"], fields["packed"],
            fields["size"], len(fields["name"]), 0,
        ) + fields["name"]  # fmt: skip
        out += packed + raw.descriptor
        made_by = 0x0314 if raw.mode else 20
        central += struct.pack(
            "<4sHHHHHHIIIHHHHHII", b"PK\1\2", made_by, 20, raw.flags, raw.method, 0, 33, crc, len(packed),
            len(raw.content), len(raw.name), len(raw.extra), 0, 0, 0, raw.mode << 16, offset,
        ) + raw.name + raw.extra  # fmt: skip
    out += before_directory
    start = len(out) - len(prefix)
    stated = len(raws) if count is None else count
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, stated, stated, len(central), start, 0)
    return bytes(out + central + end + after)
