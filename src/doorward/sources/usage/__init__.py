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
from doorward.records import dataclass
from doorward.sources.manifests import excluder
from doorward.sources.manifests._trees import WorkTree, is_vendored
from doorward.sources.usage.golang import go_uses
from doorward.sources.usage.names import ANY, Use, Wanted
from doorward.sources.usage.python import DYNAMIC, python_uses

__all__ = ["ANY", "READERS", "Uses", "find_uses"]

_TEST = re.compile(r"(?:\A|/)(?:tests?|testing|testdata)/|(?:\A|/)test_[^/]*\Z|_test\.[a-z]+\Z")
#: Files of one language, and bytes of one, that are looked at.
MOST, LARGEST = 20_000, 2 << 20
#: Bytes of a first line that say how a program is run.
_FIRST = 200


#: The first place, "path:line", of each (module, name) that is used; the name is "" for the import itself, :data:`ANY`
#: where it is not written, and the module too is "" where it is not.
Uses: TypeAlias = dict[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Language:
    """How the sources of an ecosystem are read."""

    #: Yields what a source uses of some modules, as :data:`Uses` has it.
    read: Callable[[bytes, Wanted], Iterator[Use]]
    endings: tuple[str, ...]
    #: Endings of what may import as well, and is not read.
    unread: tuple[str, ...] = ()
    #: In the first line of a program whose name has no ending ("#!/usr/bin/env python3").
    interpreter: bytes = b""
    #: Words that make a source worth reading that has none of the modules' names.
    marks: tuple[bytes, ...] = ()


#: By ecosystem.
READERS: Mapping[str, Language] = {
    "PyPI": Language(
        python_uses, (".py", ".pyw"), (".ipynb", ".pyx"), b"python", tuple(sorted(word.encode() for word in DYNAMIC))
    ),
    "Go": Language(go_uses, (".go",)),
}


def find_uses(
    root: Path, ecosystem: str, wanted: Mapping[str, Iterable[str]], exclude: Sequence[str] = ()
) -> tuple[Uses, str]:
    """Return where the project below ``root`` uses modules, and why some code was not read ("": all was).

    ``wanted`` gives the affected names of each module; none: all of it. Tests count as the project's code.
    """
    language = READERS[ecosystem]
    names = {module: frozenset(affected) for module, affected in wanted.items()}
    marks = {re.split(r"[./]", module)[at].encode() for module in names for at in (0, -1)}
    marks.update(language.marks)
    found: Uses = {}
    paths, unread = _sources(root, language, exclude)
    tree = WorkTree(root) if paths else None
    for path in paths:
        try:
            content = (tree.content(path) if tree else None) or b""
            if len(content) > LARGEST:
                unread = unread or f"{path} is too large"
            elif any(mark in content for mark in marks):
                for module, name, line in language.read(content, names):
                    found.setdefault((module, name), f"{path}:{line}")
        except (ManifestError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            unread = unread or f"{path} cannot be read ({type(error).__name__})"
    return found, unread


def _sources(root: Path, language: Language, exclude: Sequence[str]) -> tuple[list[str], str]:
    """Return the sources of a project, its tests last, and why some of it cannot be read."""
    try:
        tree = WorkTree(root)
        paths, gaps = tree.paths()
    except ManifestError as error:
        return [], str(error)
    excluded = excluder(exclude)
    own = [path for path in paths if not is_vendored(path) and not excluded(path)]
    read = (path for path in own if path.endswith(language.endings) or _is_program(tree, path, language))
    found = sorted(read, key=lambda path: (_is_test(path), path))
    other = next((path for path in sorted(own) if path.endswith(language.unread)), "") if language.unread else ""
    reasons = (
        gaps[0].reason if gaps else "",
        f"more than {MOST} files" if len(found) > MOST else "",
        f"{other} is not read" if other else "",
        "" if found else f"there is no file *{language.endings[0]}",
    )
    return found[:MOST], next(filter(None, reasons), "")


def _is_program(tree: WorkTree, path: str, language: Language) -> bool:
    """Whether a file without an ending is a program in the language."""
    if not language.interpreter or "." in path.rpartition("/")[2]:
        return False
    try:
        first = (tree.content(path) or b"")[:_FIRST].partition(b"\n")[0]
    except ManifestError:
        return False  # a link out of the project, a pipe, or too large for a program
    return first.startswith(b"#!") and language.interpreter in first


def _is_test(path: str) -> bool:
    return _TEST.search(path) is not None
