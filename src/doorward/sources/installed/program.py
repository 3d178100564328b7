"""What programs were built from, as their compilers note it in them: Go's build information, cargo-auditable's section.

The programs are read, never run. Sources: Go's debug/buildinfo (its inline form, since Go 1.18); the cargo-auditable
format, version 0.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.model.purl import CRATES
from doorward.records import replace
from doorward.sources.archives.source import Blob, MemoryBlob
from doorward.sources.installed._binaries import ELF, MACHO, PE, section
from doorward.sources.installed._files import Files
from doorward.sources.manifests._entries import Entries

NAME = "Go and Rust programs"
FILES = ("*.exe",)
MAGIC = (ELF, PE, MACHO)
#: A program may be of either language.
TYPE = ""

_GO = b"\xff Go buildinf:"
_RUST = b".dep-v0"
#: Bytes that are searched at once, and of the longest text and list.
_PIECE, _LONGEST = 8 << 20, 16 << 20
_INLINE, _HEADER, _SENTINEL = 2, 32, 16
#: Places where the magic is met before the search ends: programs that read such information have it as data.
_TRIES = 8


class _Crate(msgspec.Struct):
    name: str
    version: str
    source: str = ""
    kind: str = "runtime"
    root: bool = False


class _Audit(msgspec.Struct):
    packages: list[msgspec.Raw]


def parse(files: Files, path: str) -> Inventory:
    """Read one program; the inventory is empty where its compiler noted nothing."""
    entries = Entries(path)
    with files.blob(path) as blob:
        noted = section(blob, b".go.buildinfo") or section(blob, b"__go_buildinfo")
        # Windows programs have no section of that name: what the linker noted is searched for.
        place = MemoryBlob(noted) if noted else blob if blob.at(0, 2) == PE else None
        told = _go_information(place, entries) if place else None
        audit = section(blob, _RUST)
    if told is not None:
        _go(entries, *told)
    if audit is not None:
        _rust(entries, audit)
    return entries.inventory()


def _go_information(blob: Blob, entries: Entries) -> tuple[str, str] | None:
    """Return the version of Go and the list of modules, None where the program is not Go's."""
    older = False
    for at in _places(blob):
        header = blob.at(at, _HEADER)
        if len(header) < _HEADER:
            break
        if not header[15] & _INLINE:
            older = True
            continue
        version, after = _text(blob, at + _HEADER)
        modules, _ = _text(blob, after)
        if version.startswith("go"):
            return version, modules
    if older:
        entries.gap("built by a Go before 1.18, whose list of modules is not read")
    return None


def _places(blob: Blob) -> Iterator[int]:
    found = 0
    for start in range(0, blob.size, _PIECE):
        piece = blob.at(start, _PIECE + len(_GO) - 1)
        at = piece.find(_GO)
        while at >= 0 and found < _TRIES:
            found += 1
            yield start + at
            at = piece.find(_GO, at + 1)


def _text(blob: Blob, at: int) -> tuple[str, int]:
    """Return the text at a place, which has its length before it as a varint, and where it ends."""
    head = blob.at(at, 10)
    length = 0
    for place, byte in enumerate(head):
        length |= (byte & 0x7F) << 7 * place
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a varint
            start = at + place + 1
            return (
                (blob.at(start, length).decode("utf-8", "replace"), start + length) if length <= _LONGEST else ("", at)
            )
    return "", at


def _go(entries: Entries, version: str, modules: str) -> None:
    """Take over the modules: a line each, in columns; ``=>`` stands in for the line before."""
    entries.packages.append(_module(entries, "stdlib", version.split(maxsplit=1)[0].removeprefix("go")))
    for line in modules[_SENTINEL:-_SENTINEL].split("\n"):
        kind, _, rest = line.partition("\t")
        name, _, rest = rest.partition("\t")
        if kind == "=>" and len(entries.packages) > 1:
            replaced = entries.packages.pop()
            if name.startswith((".", "/")) or name[1:2] == ":":  # a folder of the machine that built it
                entries.packages.append(replace(replaced, source="path"))
                continue
        if kind in {"mod", "dep", "=>"} and name:
            found = rest.partition("\t")[0]
            own = kind == "mod" and found in {"", "(devel)"}
            entries.packages.append(_module(entries, name, found, source="workspace" if own else "registry"))


def _module(entries: Entries, name: str, version: str, *, source: str = "registry") -> Dependency:
    path = source == "registry" and not version
    return Dependency("golang", name, version.replace("(devel)", ""), "path" if path else source, entries.path)


def _rust(entries: Entries, audit: bytes) -> None:
    try:
        unpacker = zlib.decompressobj()
        document = unpacker.decompress(audit, _LONGEST)
        packages = msgspec.json.decode(document, type=_Audit).packages
    except (zlib.error, msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        entries.gap(f"its list of crates cannot be read: {error}"[:200])
        return
    for _, _, crate in entries.each_json((("crates", item) for item in packages), _Crate):
        source = _SOURCES.get(crate.source, "registry")
        groups = ("build",) if crate.kind == "build" else ()
        entries.packages.append(
            Dependency(
                "cargo", crate.name, crate.version, "workspace" if crate.root else source, entries.path, groups=groups
            )
        )


_SOURCES = {CRATES: "registry", "registry": "registry", "git": "git", "local": "path"}
