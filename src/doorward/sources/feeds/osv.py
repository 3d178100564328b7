"""OSV records (schema 1.7.5): advisories of vulnerabilities and of malicious packages, as JSON or YAML.

One document is one record, a list of them, an answer of the query API (``vulns``), or one record a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from doorward.errors import FeedError
from doorward.model.intelligence import Refused
from doorward.sources.feeds._documents import MEMBER_BYTES, Document, Group
from doorward.sources.feeds._osv import Converter, Item, converted
from doorward.sources.feeds._records import LARGE, Record, any_json, decode, decode_sound, mended
from doorward.sources.feeds._yaml import load_yaml
from doorward.sources.feeds._zip import BATCH

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
    """Return what those say that are in memory and one sound record each, and the others, to be read one by one.

    Each record is taken apart while it is still in the processor's cache.
    """
    others: Group = []
    converter = Converter()
    take = converter.take
    for item in group:
        if type(item) is tuple:
            try:
                record = decode_sound(item[1])
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                record = None
            if record is not None and record.affected:
                take(record, (), item[0])
                continue
        others.append(item)
    return converter.items(), others


def _json(data: bytes, place: str) -> Iterable[Item]:
    try:
        record, defects = decode(data)
    except FeedError as error:
        answer = _answer(data)
        return [Refused(place, str(error))] if answer is None else _many(answer, place)
    return converted([(record, defects, place)])


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
    """Read one record a line, those that are sound together."""
    converter = Converter()
    for number, line in document.lines(MEMBER_BYTES):
        place = f"{document.name}:{number}"
        if len(line) > LARGE:
            yield from _json(line, place)
            continue
        try:
            converter.take(decode_sound(line), (), place)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            if line.strip():
                yield from _json(line, place)
        if not number % BATCH:
            yield from converter.items()
            converter = Converter()
    yield from converter.items()


def _many(values: object, place: str) -> Iterator[Item]:
    if not isinstance(values, list):
        yield Refused(place, "not an OSV record")
        return
    for number, value in enumerate(values):
        yield from _one(value, f"{place}[{number}]")


def _one(value: object, place: str) -> list[Item]:
    try:
        return converted([(*_fitted(value), place)])
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
