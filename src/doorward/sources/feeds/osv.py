"""OSV records (schema 1.7.5): advisories of vulnerabilities and of malicious packages, as JSON or YAML.

One document is one record, a list of them, an answer of the query API (``vulns``), or one record a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from doorward.errors import FeedError
from doorward.model.intelligence import Refused
from doorward.sources.feeds._documents import MEMBER_BYTES, Document, Group
from doorward.sources.feeds._osv import Converter, Item, converted
from doorward.sources.feeds._records import LARGE, Record, any_json, decode, decode_lines, decode_sound, mended
from doorward.sources.feeds._yaml import load_yaml

NAME = "OSV"

_MARKS = re.compile(rb'"(?:affected|schema_version|malicious-packages-origins)"\s*:')
_ID = re.compile(rb'"id"\s*:\s*"')
_NULLS = ("null", "~", "")
_YAML = re.compile(rb"^id:\s*\S", re.MULTILINE)
_YAML_MARKS = re.compile(rb"^(?:affected|schema_version|modified):", re.MULTILINE)


def sniff(head: bytes, name: str) -> bool:
    """Whether a document begins like one that holds OSV records."""
    if head.startswith(b"{") and b'"id":' in head and b'"affected":' in head:
        return True
    if head.lstrip()[:1] in {b"{", b"["}:
        return bool(_ID.search(head) and _MARKS.search(head))
    yaml = name.endswith((".yaml", ".yml"))
    return yaml and bool(_YAML.search(head) and _YAML_MARKS.search(head))


def parse(document: Document) -> Iterable[Item]:
    """Return what the records of a document say."""
    name = document.name
    if name.endswith((".yaml", ".yml")):
        return _one(_from_yaml(document), name)
    if _is_lines(document.head()):
        return _lines(document)
    data = document.read()
    if data.startswith(b"{") and b"\n{" not in data:
        return _json(data, name)
    data = data.strip()
    if data.startswith(b"["):
        return _many(any_json(data), name)
    return _lines(document) if b"\n{" in data and _is_record(data.partition(b"\n")[0]) else _json(data, name)


def parse_many(group: Group) -> tuple[list[Item], Group]:
    """Return what those say that are in memory and one sound record each, and the others, to be read one by one."""
    others: Group = []
    records: list[Record] = []
    names: list[str] = []
    for item in group:
        if type(item) is tuple:
            try:
                record = decode_sound(item[1])
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                record = None
            if record is not None and record.affected:
                records.append(record)
                names.append(item[0])
                continue
        others.append(item)
    converter = Converter()
    converter.take(records, names)
    return converter.items(), others


def _json(data: bytes, place: str) -> Iterable[Item]:
    try:
        record, defects = decode(data)
    except FeedError as error:
        answer = _answer(data)
        return [Refused(place, str(error))] if answer is None else _many(answer, place)
    return converted(record, defects, place)


def _answer(data: bytes) -> list[Any] | None:
    """Return the records of an answer of the query API."""
    try:
        value = any_json(data)
    except FeedError:
        return None
    found = value.get("vulns") if isinstance(value, dict) else None
    return found if isinstance(found, list) else None


def _is_lines(head: bytes) -> bool:
    """Whether a document begins with a record that ends with its line, and another one; so it is never read whole."""
    first, _, rest = head.partition(b"\n")
    return rest.startswith(b"{") and _is_record(first)


def _is_record(data: bytes) -> bool:
    try:
        decode(data)
    except FeedError:
        return False
    return True


def _lines(document: Document) -> Iterator[Item]:
    """Read one record a line, those of a block together."""
    for numbers, text in document.blocks(MEMBER_BYTES):
        lines: Sequence[int] = numbers
        try:
            records = decode_lines(text) if len(text) <= LARGE else []
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            records = []
        if len(records) != len(lines):
            records, lines, others = _apart(text, lines)
            for number, line in others:
                yield from _json(line, f"{document.name}:{number}")
        converter = Converter()
        converter.take(records, [document.name] * len(records), lines)
        yield from converter.items()


def _apart(text: bytes, numbers: Sequence[int]) -> tuple[list[Record], list[int], list[tuple[int, bytes]]]:
    """Return the sound records of some lines with their numbers, and the other lines with theirs."""
    records: list[Record] = []
    kept: list[int] = []
    others: list[tuple[int, bytes]] = []
    for number, line in zip(numbers, text.split(b"\n"), strict=False):
        try:
            if len(line) <= LARGE:
                records.append(decode_sound(line))
                kept.append(number)
                continue
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass
        if line.strip():
            others.append((number, line))
    return records, kept, others


def _many(values: object, place: str) -> Iterator[Item]:
    if not isinstance(values, list):
        yield Refused(place, "not an OSV record")
        return
    for number, value in enumerate(values):
        yield from _one(value, f"{place}[{number}]")


def _one(value: object, place: str) -> list[Item]:
    try:
        return converted(*_fitted(value), place)
    except FeedError as error:
        return [Refused(place, str(error))]


def _fitted(value: object) -> tuple[Record, tuple[str, ...]]:
    try:
        return msgspec.convert(value, Record), ()
    except msgspec.ValidationError:
        return mended(value)


def _from_yaml(document: Document) -> Any:
    value = load_yaml(document.read())
    # Without tags, null is a text like any other; no field of a record has it as its value.
    return _without_nulls(value)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _without_nulls(item) for key, item in value.items() if item not in _NULLS}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
