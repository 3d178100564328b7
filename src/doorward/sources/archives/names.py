"""What is wrong with the names in an archive: where an unpacker would write, and what it would overwrite."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Iterable, Iterator

from doorward.model.content import Anomaly

#: Characters that reorder what a reader sees.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(path: str) -> str:
    """Return the path that unpackers write to: without empty parts and parts that are a single dot."""
    if "//" not in path and "/." not in path and not path.startswith("./"):
        return path
    parts = "/".join(part for part in path.split("/") if part not in {"", "."})
    return "/" + parts if path.startswith("/") else parts


def name_anomalies(paths: Iterable[tuple[str, str]]) -> Iterator[Anomaly]:
    """Yield what is wrong with pairs of (path as written, path below the root), in their order."""
    seen: dict[str, str] = {}
    for written, path in paths:
        if _unusual(written):
            yield from written_anomalies(written)
            folded = unicodedata.normalize("NFC", posixpath.normpath(path)).casefold()
        else:
            folded = path.lower()
        if folded not in seen:
            seen[folded] = path
        else:
            first = seen[folded]
            if posixpath.normpath(first) == posixpath.normpath(path):
                yield Anomaly("duplicate-entry", path, "more than one entry has this name")
            else:
                yield Anomaly("case-collision", path, f"the same name as {first} where case is ignored")


def link_anomaly(path: str, target: str) -> Anomaly | None:
    """Return what is wrong with a symbolic or hard link at ``path`` below the root, if it leads out of it."""
    if target.startswith("/") or target[1:2] == ":":
        return Anomaly("link-out", path, f"a link to {target}")
    resolved = posixpath.normpath(posixpath.join(posixpath.dirname(path), target.replace("\\", "/")))
    if resolved.split("/", 1)[0] == "..":
        return Anomaly("link-out", path, f"a link to {target}")
    return None


def _unusual(path: str) -> bool:
    return (
        not path.isascii()
        or ".." in path
        or "//" in path
        or "./" in path
        or "\\" in path
        or ":" in path
        or "\0" in path
        or path.startswith(("/", "~"))
        or path.endswith("/.")
        or not path.isprintable()
    )


def written_anomalies(path: str) -> Iterator[Anomaly]:
    """Yield what is wrong with one path by itself."""
    slashed = path.replace("\\", "/")
    if ".." in slashed.split("/"):
        yield Anomaly("path-escape", path, "the path has .. in it")
    if slashed.startswith(("/", "~")) or slashed[1:2] == ":":
        yield Anomaly("absolute-path", path, "the path starts at a root, a drive or a home folder")
    if "\0" in path:
        yield Anomaly("nul-in-name", path.replace("\0", "\\0"), "some unpackers end the name at the NUL")
    stated = path.removeprefix("./").rstrip("/")
    if stated not in {"", "."} and plain(path.rstrip("/")) != stated:
        yield Anomaly("unnormalised-path", path, "readers that compare names miss it, unpackers write it")
    if any(letter in _BIDI or unicodedata.category(letter) in {"Cc", "Zl", "Zp"} for letter in path.replace("\0", "")):
        yield Anomaly("control-in-name", path, "a line end, a control or a character that turns the text around")
    if "\\" in path:
        yield Anomaly("backslash-in-name", path, "a folder on Windows, a character elsewhere")
