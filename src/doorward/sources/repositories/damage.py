"""Cut a history off at commits that cannot be read, so that the rest of it can.

Git ends a walk at the first commit that is not there. So all commits that the repository holds are read one by one, and
those that build on one which cannot be read are written down, with the parents that they have left, in a file of grafts
in our own folder, which git believes. (The grafts of the inspected repository it never sees.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from doorward.errors import UnreadableObject
from doorward.model.repository import Lost
from doorward.records import dataclass
from doorward.sources.repositories.objects import parse_commit
from doorward.sources.repositories.objectstream import object_stream
from doorward.sources.repositories.process import Git

#: Seconds for a list of all objects.
_SECONDS = 3_600.0
#: Bytes of the list of commits at which a history is cut off on purpose.
_MAX_SHALLOW = 1 << 24


@dataclass(frozen=True, slots=True)
class Cut:
    """What was cut off."""

    #: Heads that cannot be read.
    heads: frozenset[str]
    #: Commit -> what it builds on that cannot be read, and its own time.
    behind: Mapping[str, tuple[Lost, ...]]


def grafts_of(git: Git) -> Path:
    """Return where our own cuts are written down; the file is there only where there is any."""
    return git.git_dir / "info" / "grafts"


def cut_off(git: Git, heads: Iterable[str], object_format: str) -> Cut:
    """Find the commits below ``heads`` that cannot be read, and let git go on without them."""
    parents, times = _commits(git, object_format)
    shallow = git.git_dir / "shallow"
    ends = set(shallow.read_bytes()[:_MAX_SHALLOW].decode("ascii", "replace").split()) if shallow.exists() else set()
    wanted = list(heads)
    behind: dict[str, tuple[Lost, ...]] = {}
    lines = []
    left, met = [head for head in wanted if head in parents], set[str]()
    while left:
        commit = left.pop()
        if commit in met:
            continue
        met.add(commit)
        kept = [parent for parent in parents[commit] if parent in parents]
        left += kept
        if len(kept) < len(parents[commit]) and commit not in ends:
            lines.append(" ".join((commit, *kept)) + "\n")
            behind[commit] = tuple(_lost(one, times[commit]) for one in parents[commit] if one not in parents)
    file = grafts_of(git)
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(lines), encoding="ascii")
    return Cut(frozenset(wanted) - parents.keys(), behind)


def _lost(commit: str, time: int | None) -> Lost:
    return Lost(
        commit, "the repository does not hold this commit, or not as a whole: what is behind it is cut off", time
    )


def _commits(git: Git, object_format: str) -> tuple[dict[str, tuple[str, ...]], dict[str, int | None]]:
    """Return the parents and the times of all commits that can be read."""
    out = git.run(
        "cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objecttype) %(objectname)", timeout=_SECONDS
    )
    kinds = (line.partition(" ") for line in out.decode("ascii", "replace").splitlines())
    ids = [name for kind, _, name in kinds if kind == "commit"]
    parents: dict[str, tuple[str, ...]] = {}
    times: dict[str, int | None] = {}
    with object_stream(git, ids, object_format) as objects:
        for one in ids:
            try:
                parsed = parse_commit(objects.read(one, b"commit"), object_format)
            except UnreadableObject:
                continue
            parents[one], times[one] = parsed.links, parsed.committer.time
    return parents, times
