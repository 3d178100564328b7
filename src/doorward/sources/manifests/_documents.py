"""TOML and JSON documents, read so that nothing in them raises anything but ManifestError."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from doorward.errors import ManifestError

T = TypeVar("T")

#: tomllib needs the square of the parts of a dotted key: so many dots in one long line are an attack, not a key.
_DOTS = 2_000


def load_toml(text: str, path: str) -> dict[str, Any]:
    """Parse TOML; raise :class:`ManifestError` with what is wrong and where."""
    if any(len(line) > _DOTS and line.count(".") > _DOTS for line in text.split("\n")):
        raise ManifestError(f"{path}: a line with more than {_DOTS} dots")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ManifestError(f"{path}: nested too deeply") from None
    except ValueError as error:
        raise ManifestError(f"{path}: not TOML: {error}") from error


def load_json(text: str, path: str, kind: type[T]) -> T:
    """Parse JSON as ``kind``; raise :class:`ManifestError` with what is wrong and where.

    ``kind`` leaves single entries raw (``msgspec.Raw`` or ``Any``), so that one of them never costs the document.
    """
    if not text.strip():
        raise ManifestError(f"{path}: the file is empty")
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise ManifestError(f"{path}: {error}") from error
    except RecursionError:
        raise ManifestError(f"{path}: nested too deeply") from None
    except ValueError as error:
        raise ManifestError(f"{path}: not JSON: {error}") from error


def key_twice(text: str) -> str:
    """Return a key that stands twice in one object of a JSON document, "" where none does or it is no JSON.

    Of such keys readers take the first or the last, so a reviewer may see another one than is installed.
    """
    found: list[str] = []

    def look(pairs: list[tuple[str, object]]) -> None:
        if len(dict(pairs)) != len(pairs) and not found:
            found.append(Counter(key for key, _ in pairs).most_common(1)[0][0])

    try:
        json.loads(text, object_pairs_hook=look)
    except (ValueError, RecursionError):
        return ""
    return found[0] if found else ""


def load_yaml(text: str, path: str) -> list[Any]:
    """Parse the documents of a YAML file, every scalar a text; raise :class:`ManifestError` with what is wrong.

    No tag makes an object and no scalar becomes a date or a number. Anchors are refused: no lock file has any, and a
    few lines of them stand for billions of entries.
    """
    try:
        import yaml  # noqa: PLC0415 - an extra; most projects need no YAML reader
    except ImportError as error:
        raise ManifestError(f"{path}: reading YAML needs the extra doorward[yaml]") from error
    base = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

    class Loader(base):  # type: ignore[misc, valid-type]
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's
            mapping: dict[Any, Any] = super().construct_mapping(node, deep)
            if len(mapping) != len(node.value):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key stands twice in one mapping", node.start_mark
                )
            return mapping

    try:
        documents = list(yaml.load_all(text, Loader))
    except RecursionError:
        raise ManifestError(f"{path}: nested too deeply") from None
    except (yaml.YAMLError, ValueError) as error:
        raise ManifestError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if _has_shared(documents):
        raise ManifestError(f"{path}: anchors, which no lock file has")
    return documents


def _has_shared(documents: list[Any]) -> bool:
    """Whether a list or table stands at two places, as an anchor makes it."""
    waiting, seen = list(documents), set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict | list):
            if id(value) in seen:
                return True
            seen.add(id(value))
            waiting.extend(value.values() if isinstance(value, dict) else value)
    return False


def shaped(document: object, path: str, kind: type[T]) -> T:
    """Check the frame of a parsed document; raise :class:`ManifestError` where it is not that of the format."""
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise ManifestError(f"{path}: {error if document else 'the file is empty'}") from error
    except RecursionError:
        raise ManifestError(f"{path}: nested too deeply") from None


def table_lines(text: str, table: str, count: int) -> list[int | None]:
    """Return the line of each ``[[table]]`` of a TOML file; all None where there are not ``count`` of them."""
    header = re.compile(rf"^[ \t]*\[\[[ \t]*{re.escape(table)}[ \t]*\]\]", re.MULTILINE)
    lines: list[int | None] = []
    number, last = 1, 0
    for match in header.finditer(text):
        number += text.count("\n", last, match.start())
        last = match.start()
        lines.append(number)
    return lines if len(lines) == count else [None] * count


def key_lines(text: str, keys: Iterable[str], opens: str = "{") -> list[int | None]:
    """Return the line of each JSON key that ``opens`` an object, as far as the keys follow each other in ``text``.

    From the first one that is not found (it is written with escapes, or the file is on one line) they are None:
    searching on would cost the square of the file.
    """
    lines: list[int | None] = []
    number, last = 1, 0
    for key in keys:
        position = text.find(f'"{key}": {opens}', last) if last >= 0 else -1
        if position >= 0:
            number += text.count("\n", last, position)
        lines.append(number if position >= 0 else None)
        last = position
    return lines
