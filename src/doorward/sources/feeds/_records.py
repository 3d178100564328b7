"""OSV records as they come (schema 1.7.5), and how one with a fault is still read.

Real feeds break the schema: ids that the pattern forbids, null for an empty list, moments without zone. A record is
read as a whole where it fits; else field by field, and each field that does not fit is a defect of the record, which
stays.

What is kept of a record is packed as it was read (:class:`~doorward.model.advisories.Pack`), so the classes
leave out what is not given; and since nothing in a record refers back, the garbage collector need not know of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from doorward.errors import FeedError

Texts = tuple[str, ...] | None


class Package(msgspec.Struct, gc=False, omit_defaults=True):
    """``affected[].package``."""

    ecosystem: str = ""
    name: str = ""


class Range(msgspec.Struct, gc=False, omit_defaults=True):
    """``affected[].ranges[]``. Each event has one pair; those of older records may have several."""

    type: Literal["SEMVER", "ECOSYSTEM", "GIT", "UNREADABLE"] = "UNREADABLE"
    events: tuple[dict[str, str], ...] = ()
    repo: str | None = None


class Import(msgspec.Struct, gc=False, omit_defaults=True):
    """``affected[].ecosystem_specific.imports[]`` of Go and of others that name symbols."""

    path: str = ""
    symbols: Texts = None


class Specific(msgspec.Struct, gc=False, omit_defaults=True):
    """``affected[].ecosystem_specific``."""

    imports: tuple[Import, ...] | None = None
    affected_functions: Texts = None


class Weakness(msgspec.Struct, gc=False, rename={"cwe_id": "cweId"}):
    """One entry of ``cwes``."""

    cwe_id: str = ""


class Integrity(msgspec.Struct, gc=False):
    """``indicators.package_integrity[]``: the digests of one released file."""

    filename: str | None = None
    hashes: dict[str, str] | None = None


class Evidence(msgspec.Struct, gc=False):
    """``indicators.evidence_files[]``: one file inside."""

    path: str | None = None
    sha256: str | None = None
    tlsh: str | None = None


class Indicators(msgspec.Struct, gc=False):
    """``affected[].database_specific.indicators``."""

    package_integrity: tuple[Integrity, ...] | None = None
    evidence_files: tuple[Evidence, ...] | None = None


class Origin(msgspec.Struct, gc=False):
    """``database_specific.malicious-packages-origins[]``: the digest of the file in which somebody reported it."""

    sha256: str | None = None


class Iocs(msgspec.Struct, gc=False):
    """``database_specific.iocs``. The documentation says ``ip_addresses``, records say ``ips``."""

    domains: Texts = None
    urls: Texts = None
    ips: Texts = None
    ip_addresses: Texts = None


class Database(msgspec.Struct, gc=False, rename={"origins": "malicious-packages-origins"}):
    """``database_specific``, of the record and of each affected package."""

    origins: tuple[Origin, ...] | None = None
    iocs: Iocs | None = None
    indicators: Indicators | None = None
    cwes: tuple[Weakness, ...] | None = None
    cwe_ids: Texts = None
    category: str | None = None
    categories: Texts = None
    informational: str | None = None
    severity: str | None = None
    type: str | None = None


class Scored(msgspec.Struct, gc=False, omit_defaults=True):
    """``severity[]``."""

    type: str = ""
    score: str = ""


class Reference(msgspec.Struct, gc=False, omit_defaults=True):
    """``references[]``."""

    type: str = ""
    url: str = ""


class Affected(msgspec.Struct, gc=False, omit_defaults=True):
    """``affected[]``."""

    package: Package | None = None
    ranges: tuple[Range, ...] | None = None
    versions: Texts = None
    severity: tuple[Scored, ...] | None = None
    ecosystem_specific: Specific | None = None
    database_specific: Database | None = None


class Record(msgspec.Struct, gc=False):
    """One record. ``details`` is not decoded: only a category is looked for in it."""

    id: str
    modified: str | None = None
    published: str | None = None
    withdrawn: str | None = None
    aliases: Texts = None
    upstream: Texts = None
    summary: str | None = None
    details: msgspec.Raw = msgspec.Raw(b"")
    affected: tuple[Affected, ...] | None = None
    severity: tuple[Scored, ...] | None = None
    references: tuple[Reference, ...] | None = None
    database_specific: Database | None = None


#: Values of one document, and of one record. A value takes some 80 bytes in memory, and as few as three in the text.
MAX_VALUES, RECORD_VALUES = 10_000_000, 1_000_000
#: Bytes from which a text is asked how many values it has.
LARGE = 1 << 20
_DECODER = msgspec.json.Decoder(Record)
decode_sound, decode_lines = _DECODER.decode, _DECODER.decode_lines
_decode_any = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
#: Decoders by the type of a field.
_FIELDS = {field.encode_name: field.type for field in msgspec.structs.fields(Record)}
_PARTS = {
    type_: {field.encode_name: field.type for field in msgspec.structs.fields(type_)} for type_ in (Affected, Database)
}


def decode(data: bytes) -> tuple[Record, tuple[str, ...]]:
    """Return the record that a JSON text is, and its defects; raise :class:`FeedError` where it is no record."""
    _weigh(data, RECORD_VALUES)
    try:
        return decode_sound(data), ()
    except msgspec.ValidationError:
        return mended(any_json(data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FeedError(_reason(error)) from error


def any_json(data: bytes) -> Any:
    """Return what a JSON text holds; raise :class:`FeedError` where it is none, or has too many values."""
    _weigh(data, MAX_VALUES)
    try:
        return _decode_any(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FeedError(_reason(error)) from error


def _weigh(data: bytes, most: int) -> None:
    if len(data) > LARGE and data.count(b",") + data.count(b"[") + data.count(b"{") > most:
        raise FeedError(f"more than {most:,} values")


def mended(value: object) -> tuple[Record, tuple[str, ...]]:
    """Return a record read field by field, and what was left out; raise :class:`FeedError` where nothing is left."""
    if not isinstance(value, dict) or not isinstance(value.get("id"), str) or not value["id"].strip():
        raise FeedError("not an OSV record: it has no id")
    defects: list[str] = []
    kept: dict[str, Any] = {}
    for name in _FIELDS.keys() & value.keys():
        if name == "affected":
            kept[name] = tuple(_each(value[name], defects))
        elif name == "details":
            kept[name] = msgspec.Raw(_encode(value[name])) if isinstance(value[name], str) else msgspec.Raw(b"")
        elif name == "database_specific":
            kept[name] = _part(Database, value[name], name, defects)
        else:
            _keep(kept, name, value[name], _FIELDS[name], name, defects)
    return Record(**kept), tuple(sorted(defects))


def _each(value: object, defects: list[str]) -> Iterator[Affected]:
    if not isinstance(value, list):
        defects.append("affected: not a list")
        return
    for number, entry in enumerate(value):
        place = f"affected[{number}]"
        if isinstance(entry, dict):
            yield _part(Affected, entry, place, defects)
        else:
            defects.append(f"{place}: not an object")


def _part(type_: type[Any], value: object, place: str, defects: list[str]) -> Any:
    """Return an object of a field, without those of its own fields that do not fit."""
    fields = {field.encode_name: field.name for field in msgspec.structs.fields(type_)}
    if not isinstance(value, dict):
        if value is not None:
            defects.append(f"{place}: not an object")
        return type_()
    kept: dict[str, Any] = {}
    for name in fields.keys() & value.keys():
        inner = f"{place}.{name}"
        if name == "database_specific":
            kept[name] = _part(Database, value[name], inner, defects)
        elif name in {"ranges", "versions"} and isinstance(value[name], list):
            kept[name] = tuple(_fitting(Range if name == "ranges" else str, value[name], inner, defects))
        else:
            _keep(kept, fields[name], value[name], _PARTS[type_][name], inner, defects)
    if type_ is Affected and any(fault.startswith((f"{place}.ranges", f"{place}.versions")) for fault in defects):
        # What is lost was a bound. Without a mark in its place the record would name every version.
        kept["ranges"] = (*(kept.get("ranges") or ()), Range())
    return type_(**kept)


def _fitting(type_: type[Any], values: list[Any], place: str, defects: list[str]) -> Iterator[Any]:
    for number, value in enumerate(values):
        try:
            yield msgspec.convert(value, type_)
        except msgspec.ValidationError as error:
            defects.append(f"{place}[{number}]: {_short(error)}")


def _keep(kept: dict[str, Any], name: str, value: object, type_: Any, place: str, defects: list[str]) -> None:
    try:
        kept[name] = msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        defects.append(f"{place}: {_short(error)}")


def _short(error: Exception) -> str:
    return str(error).partition(" - at ")[0].replace("`", "'")[:200]


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deep"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return f"not JSON: {_short(error)}"
