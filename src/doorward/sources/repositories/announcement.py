"""Look for a place where a repository had named a key before it was used."""

from __future__ import annotations

import re

from doorward.model.repository import Ident
from doorward.records import dataclass
from doorward.sources.repositories.objects import parse_commit
from doorward.sources.repositories.process import Git

_HEX, _COMMIT = re.compile(r"[0-9A-F]{16,64}"), re.compile(r"[0-9a-f]{40,64}")
#: Seconds that the search may take, and the characters of a fingerprint that people write in one group.
_SECONDS, _GROUP = 60.0, 4


@dataclass(frozen=True, slots=True)
class Announcement:
    """Where a fingerprint stands in the files of a commit, and the commit that brought it there."""

    path: str
    commit: str
    committer: Ident


def announcement(git: Git, fingerprint: str, commit: str) -> Announcement | None:
    """Return the first file below ``commit`` that names a key by its fingerprint, whole or in groups of four.

    Raises :class:`~doorward.errors.RepositoryError` where the contents of files are not at hand.
    """
    if not _HEX.fullmatch(fingerprint) or not _COMMIT.fullmatch(commit):
        return None
    groups = (fingerprint[at : at + _GROUP] for at in range(0, len(fingerprint), _GROUP))
    pattern = " {0,2}".join(groups)
    # git grep ends with 1 where it finds nothing, which is no failure.
    found = git.run(
        "grep", "-l", "-z", "-I", "-i", "-E", "-e", pattern, commit, "--",
        timeout=_SECONDS, fine=frozenset({0, 1}),
    )  # fmt: skip
    path = found.split(b"\0", 1)[0].decode("utf-8", "backslashreplace").removeprefix(f"{commit}:")
    if not path:
        return None
    out = git.run(
        "log", "--format=%H", "-i", "--pickaxe-regex", f"-S{pattern}", "--no-ext-diff", "--no-textconv",
        "--end-of-options", commit, "--", f":(literal){path}", timeout=_SECONDS,
    )  # fmt: skip
    brought = out.decode("ascii", "replace").split()
    if not brought:
        return None
    made = parse_commit(git.run("cat-file", "commit", brought[-1]))
    return Announcement(path, brought[-1], made.committer)
