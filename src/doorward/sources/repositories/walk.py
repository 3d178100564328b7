"""Walk a history once, oldest first: changed paths from ``git log``, everything else from the commit objects.

Both come from one git process each that runs beside this one, and every object's id is checked against its bytes, since
a pack can be written by hand. Memory grows with the number of commits (about 300 bytes each), never with their size.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace

from doorward.errors import RepositoryError
from doorward.model.paths import kinds_of
from doorward.model.repository import Change, RawCommit, RawTag, Ref
from doorward.records import dataclass
from doorward.sources.repositories.location import Repository
from doorward.sources.repositories.objects import parse_commit, parse_tag
from doorward.sources.repositories.process import PIPE, Git, Running

#: Parents come before children in either order; by date, branches are laced into each other as they grew.
_ORDER, _BY_DATE = ("--topo-order", "--reverse", "--stdin"), ("--date-order", "--reverse", "--stdin")
_LOG = ("--raw", "--no-renames", "--no-abbrev", "-z", "--format=%H", "--no-ext-diff", "--no-textconv", "--no-notes")
#: A commit or tag larger than this is refused.
_MAX_OBJECT = 64 << 20
_HEX = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")


def walk(
    repository: Repository,
    heads: Iterable[str],
    exclude: Iterable[str] = (),
    branches: Iterable[str] = (),
    *,
    merges: bool = False,
    by_date: bool = False,
) -> Iterator[RawCommit]:
    """Yield every commit that ``heads`` reach and ``exclude`` do not, parents before children.

    ``branches`` are heads of branches that are only asked whether they contain a commit. With ``merges`` a merge names
    the paths that it changes by itself, which costs half as much time again for a history with many merges. With
    ``by_date`` commits of different branches come in the order of their dates.

    Raises :class:`RepositoryError` where git cannot read the history or an object does not match its id. Commits come
    out while git is still reading, so what came before an error is no whole history.
    """
    wanted, asked = list(heads), list(branches)
    if not wanted:
        raise RepositoryError("the repository has no commits")
    revisions = [*wanted, *asked, *(f"^{commit}" for commit in exclude)]
    if not all(_HEX.match(commit.removeprefix("^")) for commit in revisions):
        raise RepositoryError("a walk must begin at full commit ids")
    text = "".join(f"{line}\n" for line in revisions).encode()
    combined = ("--diff-merges=combined",) if merges else ()
    order = _BY_DATE if by_date else _ORDER
    with tempfile.TemporaryFile() as revision_file, tempfile.TemporaryFile() as ids:
        revision_file.write(text)
        revision_file.seek(0)
        with closing(repository.git.start("log", *_LOG, *combined, *order, stdin=revision_file)) as log:
            plan = _plan(
                repository.git.run("rev-list", "--parents", *order, stdin=text, timeout=3_600.0),
                repository,
                (wanted, asked),
            )
            ids.write("".join(f"{commit}\n" for commit in (*plan.boundary, *plan.wanted())).encode())
            ids.seek(0)
            with closing(repository.git.start("cat-file", "--batch", "--buffer", stdin=ids)) as batch:
                yield from _join(plan, log, _Objects(batch, repository.object_format))


#: What reaches a commit: a head that was asked for, the default branch, any branch.
_WANTED, _MAIN, _BRANCH = 1, 2, 4


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which commits come, in which order, and how they hang together."""

    #: Every commit that git walks, in its order, with what reaches it.
    reached: Mapping[str, int]
    #: Those on the first-parent chain of the default branch.
    chain: frozenset[str]
    #: Parents outside the walk.
    boundary: Sequence[str]

    def wanted(self) -> Iterator[str]:
        """Yield the commits that heads reach."""
        return (commit for commit, by in self.reached.items() if by & _WANTED)


def _plan(out: bytes, repository: Repository, asked: tuple[Sequence[str], Sequence[str]]) -> _Plan:
    """Read what ``git rev-list --parents`` prints. ``asked`` are the heads that are wanted and those of branches."""
    head = repository.listing.head
    # Parents stay in one text each: the garbage collector need not look at those.
    parents: dict[str, str] = {}
    boundary: set[str] = set()
    for line in out.decode("ascii", "replace").splitlines():
        commit, _, others = line.partition(" ")
        parents[commit] = others
        boundary.update(parent for parent in others.split() if parent not in parents)
    chain = set()
    at = head
    while at in parents:
        chain.add(at)
        at = parents[at].partition(" ")[0]
    tips = ((asked[0], _WANTED), ((head,), _MAIN | _BRANCH), (asked[1], _BRANCH))
    return _Plan(_reach(parents, tips), frozenset(chain), sorted(boundary))


def _reach(parents: dict[str, str], tips: Iterable[tuple[Sequence[str], int]]) -> dict[str, int]:
    """Hand down from heads to their ancestors what reaches them. ``parents`` has parents before children."""
    reached = dict.fromkeys(parents, 0)
    for names, by in tips:
        for name in reached.keys() & set(names):
            reached[name] |= by
    for commit in reversed(parents):
        by = reached[commit]
        for parent in parents[commit].split():
            if parent in reached:
                reached[parent] |= by
    return reached


def _join(plan: _Plan, log: Running, objects: _Objects) -> Iterator[RawCommit]:
    times: dict[str, int] = {}
    for commit in plan.boundary:
        with suppress(_Absent):
            times[commit] = parse_commit(objects.read(commit, b"commit")).committer.time or 0
    paths = _Paths(log)
    for commit, by in plan.reached.items():
        changes, files = paths.of(commit)
        if not by & _WANTED:
            continue
        parsed = parse_commit(objects.read(commit, b"commit"), objects.format)
        times[commit] = parsed.committer.time or 0
        yield RawCommit(
            commit,
            parsed.links,
            parsed.author,
            parsed.committer,
            commit in plan.chain,
            max([times.get(parent, 0) for parent in parsed.links]) or None if parsed.links else None,
            changes,
            files,
            parsed.trailers,
            parsed.claims,
            parsed.signed,
            bool(by & _MAIN),
            bool(by & _BRANCH),
        )
    log.finish()


class _Absent(RepositoryError):
    """The repository does not hold an object."""


class _Objects:
    """The output of ``git cat-file --batch``, object by object, each checked against its id."""

    def __init__(self, batch: Running, object_format: str) -> None:
        self._batch, self._output = batch, batch.output
        self.format = object_format
        self._hash = hashlib.sha256 if object_format == "sha256" else hashlib.sha1

    def read(self, wanted: str, kind: bytes) -> bytes:
        """Return the bytes of the next object, which must be ``wanted``."""
        words = self._output.readline().split()
        if not words:
            raise self._batch.failure()
        if words[-1] == b"missing":
            raise _Absent(f"the repository does not hold the object {wanted}")
        if words[1] != kind:
            raise RepositoryError(f"{wanted} is not a {kind.decode()}")
        size = int(words[2])
        if size > _MAX_OBJECT:
            raise RepositoryError(f"the {kind.decode()} {wanted} is larger than {_MAX_OBJECT >> 20} MB")
        content = self._output.read(size)
        self._output.read(1)
        if self._hash(b"%s %d\0%s" % (kind, size, content), usedforsecurity=False).hexdigest() != wanted:
            raise RepositoryError(f"the object {wanted} does not match its id")
        return content


class _Paths:
    """The output of ``git log --raw -z``: a commit's id, then a status and a path for each of its changes."""

    def __init__(self, log: Running) -> None:
        self._log = log
        self._tokens = _tokens(log)
        self._next = next(self._tokens, None)

    def of(self, commit: str) -> tuple[tuple[Change, ...], int]:
        """Return the changes of ``commit``, which must be next, that are of a kind, and the number of all."""
        if self._next != commit:
            raise self._log.failure() if self._next is None else RepositoryError("git changed the order of its walk")
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
        return tuple(changes), files


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


def tags(repository: Repository, times: Mapping[str, int | None] | None = None) -> Iterator[RawTag]:
    """Yield every tag of the repository, in no particular order. A tag that leads to no commit has target "".

    ``times`` are the commit times of targets that were read already.
    """
    times = times or {}
    refs = _typed(repository.git, [ref for ref in repository.listing.refs if ref.name.startswith("refs/tags/")])
    with tempfile.TemporaryFile() as ids:
        for ref in refs:
            ids.write("".join(f"{one}\n" for one in _needed(ref, times)).encode())
        ids.seek(0)
        with closing(repository.git.start("cat-file", "--batch", "--buffer", stdin=ids)) as batch:
            reader = _Objects(batch, repository.object_format)
            for ref in refs:
                yield _tag(ref, reader, times)


def _typed(git: Git, refs: list[Ref]) -> list[Ref]:
    """Add the types that a server's listing does not tell, and forget what is no commit under a tag."""
    if all(ref.kind for ref in refs):
        return refs
    asked = "".join(f"{ref.object}\n{ref.peeled or ref.object}\n" for ref in refs).encode()
    answers = git.run("cat-file", "--batch-check", stdin=asked).decode("ascii", "replace").splitlines()
    kinds = [answer.split()[1] for answer in answers]
    return [
        replace(ref, kind=kind, peeled=ref.peeled if under == "commit" else "")
        for ref, kind, under in zip(refs, kinds[::2], kinds[1::2], strict=True)
    ]


def _needed(ref: Ref, times: Mapping[str, int | None]) -> Iterator[str]:
    """Yield the objects to read for a tag."""
    if ref.kind == "tag":
        yield ref.object
    if ref.commit and ref.commit not in times:
        yield ref.commit


def _tag(ref: Ref, objects: _Objects, times: Mapping[str, int | None]) -> RawTag:
    name = ref.name.removeprefix("refs/tags/")
    tag = parse_tag(objects.read(ref.object, b"tag")) if ref.kind == "tag" else None
    time = times.get(ref.commit)
    if ref.commit and ref.commit not in times:
        time = parse_commit(objects.read(ref.commit, b"commit")).committer.time
    if tag is None:
        return RawTag(name, ref.object, ref.commit, target_time=time)
    return RawTag(name, ref.object, ref.commit, tag.committer, time, tag.claims, tag.signed)
