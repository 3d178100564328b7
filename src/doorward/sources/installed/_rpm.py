"""Headers of rpm packages, as every form of its database keeps them (the RPM V4 package format, "Header structure")."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from doorward.model.dependency import Dependency
from doorward.sources.installed._system import System

#: Tags that are read: name -> number.
_TAGS = {"name": 1000, "version": 1001, "release": 1002, "epoch": 1003, "arch": 1022, "source": 1044}
_INT32, _STRING, _I18N = 4, 6, 9
#: Entries of a header; more than rpm itself allows is damage.
_MOST = 65_536
_ENTRY = struct.Struct(">IIII")
#: Keys that rpm keeps as packages.
_NO_PACKAGES = frozenset({"gpg-pubkey"})


class DamagedHeader(ValueError):
    """A header that cannot be read; its text is the reason of the gap."""


def package_of(blob: bytes, type_: str, path: str, system: System) -> Dependency | None:
    """Return the package of a header, None for what is no package; raise :class:`DamagedHeader`."""
    told = _fields(blob)
    name, version = told.get("name", ""), told.get("version", "")
    if not name or not version:
        raise DamagedHeader("a header without name or version")
    if name in _NO_PACKAGES:
        return None
    release = f"-{told['release']}" if told.get("release") else ""
    epoch = f"{told['epoch']}:" if told.get("epoch", "0") != "0" else ""
    source = told.get("source", "").removesuffix(".src.rpm").rsplit("-", 2)[0]
    qualifiers = [("arch", told["arch"])] if told.get("arch") else []
    qualifiers += [("upstream", source)] if source and source != name else []
    return Dependency(
        type_,
        f"{system.name}/{name}",
        f"{epoch}{version}{release}",
        path=path,
        qualifiers=tuple(sorted((*qualifiers, *system.qualifiers))),
    )


def _fields(blob: bytes) -> Mapping[str, str]:
    if len(blob) < 8:  # noqa: PLR2004 - two counts
        raise DamagedHeader("a header that is cut off")
    entries, size = struct.unpack_from(">II", blob)
    start = 8 + entries * _ENTRY.size
    if entries > _MOST or start + size > len(blob):
        raise DamagedHeader("a header that is cut off")
    wanted = {number: name for name, number in _TAGS.items()}
    found = {}
    for at in range(8, start, _ENTRY.size):
        tag, kind, offset, _ = _ENTRY.unpack_from(blob, at)
        if tag in wanted and offset < size:
            value = _value(blob, kind, start + offset)
            if value:
                found[wanted[tag]] = value
    return found


def _value(blob: bytes, kind: int, at: int) -> str:
    if kind in {_STRING, _I18N}:
        end = blob.find(b"\0", at)
        return blob[at : end if end >= 0 else len(blob)].decode("utf-8", "replace")
    if kind == _INT32 and at + 4 <= len(blob):
        return str(struct.unpack_from(">I", blob, at)[0])
    return ""
