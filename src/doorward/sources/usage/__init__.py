"""Which names of other packages the project's own code uses: what an advisory calls affected may never be called.

The sources are read and never run. A name that is not found may still be reached: by another package that calls it, by
reflection, or in code that could not be read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from doorward.errors import ManifestError
from doorward.sources.manifests import excluder
from doorward.sources.manifests._trees import WorkTree, is_vendored
from doorward.sources.usage.golang import go_uses
from doorward.sources.usage.python import python_uses

__all__ = ["READERS", "Uses", "find_uses"]

#: Files of one language, and bytes of one, that are looked at.
MOST, LARGEST = 20_000, 2 << 20


#: The first place, "path:line", of each (module, name) that is used; the name is "" for the import itself.
Uses: TypeAlias = dict[tuple[str, str], str]
#: Yields (module, name or "" for the import itself, line) of what a source uses, of some modules.
Reader: TypeAlias = Callable[[bytes, Mapping[str, frozenset[str]]], Iterator[tuple[str, str, int]]]
#: Reader and ending of files, by ecosystem.
READERS: Mapping[str, tuple[Reader, str]] = {"PyPI": (python_uses, ".py"), "Go": (go_uses, ".go")}


def find_uses(
    root: Path, ecosystem: str, wanted: Mapping[str, Iterable[str]], exclude: Sequence[str] = ()
) -> tuple[Uses, str]:
    """Return where the project below ``root`` uses modules, and why some code was not read ("": all was).

    ``wanted`` gives the affected names of each module; none: all of it. Tests count as the project's code.
    """
    reader, ending = READERS[ecosystem]
    names = {module: frozenset(affected) for module, affected in wanted.items()}
    marks = {re.split(r"[./]", module)[at].encode() for module in names for at in (0, -1)}
    found: Uses = {}
    paths, unread = _sources(root, ending, exclude)
    tree = WorkTree(root) if paths else None
    for path in paths:
        try:
            content = (tree.content(path) if tree else None) or b""
            if len(content) > LARGEST:
                unread = unread or f"{path} is too large"
            elif any(mark in content for mark in marks):
                for module, name, line in reader(content, names):
                    found.setdefault((module, name), f"{path}:{line}")
        except (ManifestError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            unread = unread or f"{path} cannot be read ({type(error).__name__})"
    return found, unread


def _sources(root: Path, ending: str, exclude: Sequence[str]) -> tuple[list[str], str]:
    try:
        paths, gaps = WorkTree(root).paths()
    except ManifestError as error:
        return [], str(error)
    excluded = excluder(exclude)
    found = sorted(path for path in paths if path.endswith(ending) and not is_vendored(path) and not excluded(path))
    reason = gaps[0].reason if gaps else f"more than {MOST} files" if len(found) > MOST else ""
    return found[:MOST], reason
