"""Commits that no ref has any more: git's journal (reflog) still tells where refs and work trees once were.

Where no journal is written, a work tree still tells where it is, and where it was before a merge or a fetch.

A branch that was deleted, a commit that was amended away, a stash that was dropped: what was built from one was built.
The journal names each commit until git expires it, by default after 30 to 90 days.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from doorward.errors import RepositoryError
from doorward.sources.repositories.location import Repository, folders_of

#: Entries of all journals that are read, and bytes of a line.
_MOST, _LINE = 1_000_000, 1 << 16
#: Files of a work tree that name commits at the beginning of their lines.
_PLACES = ("HEAD", "ORIG_HEAD", "FETCH_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD")
_PLACE = re.compile(rb"([0-9a-f]{40}(?:[0-9a-f]{24})?)\s")
_ENTRY = re.compile(rb"([0-9a-f]{40}(?:[0-9a-f]{24})?) ([0-9a-f]{40}(?:[0-9a-f]{24})?) ")


def journaled(repository: Repository, path: Path) -> list[str]:
    """Return the commits that the journals and work trees of the repository at ``path`` name and that it still holds.

    Raises :class:`RepositoryError` where a journal cannot be read.
    """
    git_dir, common = folders_of(path)
    tops = list(dict.fromkeys((common, git_dir, *sorted((common / "worktrees").glob("*")))))
    named = dict.fromkeys([*_entries(tops), *_places(tops)])
    if not named:
        return []
    asked = "".join(f"{name}\n" for name in named).encode()
    rows = [line.split() for line in repository.git.run("cat-file", "--batch-check", stdin=asked).splitlines()]
    return [row[0].decode("ascii") for row in rows if row[1:2] == [b"commit"]]


def _places(tops: Iterable[Path]) -> Iterator[str]:
    """Yield the commits at which work trees are, or were before what they did last."""
    for file in (top / name for top in tops for name in _PLACES):
        if file.is_file() and not file.is_symlink():
            found = (_PLACE.match(line) for line in islice(_lines(file), _MOST))
            yield from (match[1].decode("ascii") for match in found if match)


def _entries(tops: Iterable[Path]) -> Iterator[str]:
    """Yield both ids of each entry, of the journals of all refs and of all linked work trees."""
    found = (
        file for top in tops for file in sorted((top / "logs").rglob("*")) if file.is_file() and not file.is_symlink()
    )
    lines = (line for file in found for line in _lines(file))
    for line in islice(lines, _MOST):
        match = _ENTRY.match(line)
        if match:
            yield from (name.decode("ascii") for name in match.groups() if name.strip(b"0"))


def _lines(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as stream:
            while line := stream.readline(_LINE):
                yield line
    except OSError as error:
        raise RepositoryError(f"the journal {file} cannot be read: {error.strerror or error}") from error
