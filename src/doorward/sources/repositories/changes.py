"""Which paths each commit of a walk changes, from ``git log --raw -z``.

Git ends at the first tree that cannot be read. It is then started again behind that commit, whose paths are not known.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from doorward.errors import RepositoryError
from doorward.model.paths import kinds_of
from doorward.model.repository import Change
from doorward.sources.repositories.process import PIPE, Git, Running

_LOG = ("--raw", "--no-renames", "--no-abbrev", "-z", "--format=%H", "--no-ext-diff", "--no-textconv", "--no-notes")
#: Once a tree was not readable, commits that git is asked about at once.
_CHUNK = 1_000
#: Commits with unreadable trees after which the rest is not asked for: a clone that has none.
_FAILURES = 64


class Changes(NamedTuple):
    """What one commit changes."""

    #: The changes that are of a kind, and the number of all.
    kinds: tuple[Change, ...]
    files: int
    #: Why they are not known; "" where they are.
    unread: str = ""


class PathStream:
    """A commit's id, then a status and a path for each of its changes."""

    def __init__(self, git: Git, options: Sequence[str], order: Sequence[str], revisions: bytes) -> None:
        """Start git for a walk of ``revisions`` in an ``order``; :meth:`close` ends it."""
        self._git, self._options = git, options
        self._commits: Sequence[str] = ()
        #: The next commit, and the one before which the running git is to end.
        self._at = self._end = 0
        self._failures, self._given_up = 0, ""
        self._log = self._start(order, revisions)
        self._tokens = _tokens(self._log)
        self._next: str | None = None

    def follow(self, commits: Sequence[str]) -> None:
        """Say which commits come, in their order, once that is known."""
        self._commits, self._end = commits, len(commits)
        self._next = next(self._tokens, None)

    def of(self, commit: str, *, strict: bool) -> Changes:
        """Return the changes of ``commit``, which must be next.

        Where its tree cannot be read, that is told; if ``strict``, :class:`RepositoryError` is raised.
        """
        at, self._at = self._at, self._at + 1
        if self._next != commit:
            unread = self._go_on(at, strict=strict)
            if unread:
                return Changes((), 0, unread)
        tokens = self._tokens
        token = next(tokens, None)
        if token == "":
            token = next(tokens, None)  # an empty token precedes the changes of a merge
        changes, files = [], 0
        while token is not None and token.startswith((":", "\n:")):
            path = next(tokens, "")
            files += 1
            kinds = kinds_of(path)
            if kinds:
                changes.append(Change(_status(token), path, kinds))
            token = next(tokens, None)
        self._next = token
        return Changes(tuple(changes), files)

    def finish(self) -> None:
        """Raise :class:`RepositoryError` where git failed at last."""
        if not self._given_up:
            self._log.finish()

    def close(self) -> None:
        """End git."""
        self._log.close()

    def _go_on(self, at: int, *, strict: bool) -> str:
        """Begin anew where git ended; return why nothing is known of the commit at ``at``, "" where it comes next."""
        if self._given_up:
            return self._given_up
        if self._next is not None:
            raise RepositoryError("git changed the order of its walk")
        if at == self._end:
            self._log.finish()
            if self._restart(at) == self._commits[at]:
                return ""
        failure = self._log.failure()
        if strict:
            raise failure
        self._failures += 1
        # Asked about nothing, git would tell of HEAD.
        if self._failures > _FAILURES or at + 1 == len(self._commits):
            self._given_up = str(failure)
        else:
            self._restart(at + 1)
        return str(failure)

    def _restart(self, begin: int) -> str | None:
        """Ask git about the commits from ``begin`` on, and return what comes first."""
        self._log.close()
        self._end = min(begin + _CHUNK, len(self._commits))
        asked = "".join(f"{one}\n" for one in self._commits[begin : self._end]).encode()
        self._log = self._start(("--no-walk=unsorted", "--stdin"), asked)
        self._tokens = _tokens(self._log)
        self._next = next(self._tokens, None)
        return self._next

    def _start(self, order: Sequence[str], revisions: bytes) -> Running:
        with tempfile.TemporaryFile() as file:
            file.write(revisions)
            file.seek(0)
            return self._git.start("log", *_LOG, *self._options, *order, stdin=file)


def _tokens(log: Running) -> Iterator[str]:
    """Split what comes at its NUL bytes."""
    rest = b""
    while chunk := log.output.read1(PIPE):
        whole, nul, left = (rest + chunk).rpartition(b"\0")
        rest = left
        if nul:
            yield from whole.decode("utf-8", "backslashreplace").split("\0")


def _status(token: str) -> str:
    """Return what happened to a path; of a merge, "M" unless it did the same against each parent."""
    if not token.lstrip("\n").startswith("::"):
        return token[-1]
    letters = set(token.rpartition(" ")[2])
    return letters.pop() if len(letters) == 1 else "M"
