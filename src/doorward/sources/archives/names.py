"""What is wrong with the names in an archive: where an unpacker would write, and what it would overwrite."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Iterable, Iterator

from doorward.model.content import Anomaly


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
    if "\\" in path:
        yield Anomaly("backslash-in-name", path, "a folder on Windows, a character elsewhere")
