"""Walk a history once, oldest first: changed paths from ``git log``, everything else from the commit objects.

Both come from one git process each that runs beside this one, and every object's id is checked against its bytes, since
a pack can be written by hand. Memory grows with the number of commits (about 300 bytes each), never with their size.
"""

from __future__ import annotations

import hashlib
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace

from doorward.errors import RepositoryError
from doorward.model.paths import kinds_of
from doorward.model.repository import Change, RawCommit, RawTag, Ref
from doorward.sources.repositories.location import Repository
from doorward.sources.repositories.objects import ParsedObject, parse_commit, parse_tag
from doorward.sources.repositories.process import PIPE, Git, Running

_ORDER = ("--topo-order", "--reverse", "--stdin")
_LOG = ("--raw", "--no-renames", "--no-abbrev", "-z", "--format=%H", "--no-ext-diff", "--no-textconv", "--no-notes")
#: A commit or tag larger than this is refused.
_MAX_OBJECT = 64 << 20
_HEX = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")


def walk(repository: Repository, heads: Iterable[str], exclude: Iterable[str] = ()) -> Iterator[RawCommit]:
    """Yield every commit that ``heads`` reach and ``exclude`` do not, parents before children.

    Raises :class:`RepositoryError` where git cannot read the history or an object does not match its id. Commits come
    out while git is still reading, so what came before an error is no whole history.
    """
    wanted = list(heads)
    if not wanted:
        raise RepositoryError("the repository has no commits")
    wanted += [f"^{commit}" for commit in exclude]
    if not all(_HEX.match(commit.removeprefix("^")) for commit in wanted):
        raise RepositoryError("a walk must begin at full commit ids")
    with tempfile.TemporaryFile() as revisions, tempfile.TemporaryFile() as ids:
        revisions.write("".join(f"{line}\n" for line in wanted).encode())
        revisions.seek(0)
        with closing(repository.git.start("log", *_LOG, *_ORDER, stdin=revisions)) as log:
            plan = _plan(repository.git, wanted, repository.listing.head)
            ids.write("".join(f"{commit}\n" for commit in (*plan.boundary, *plan.order)).encode())
            ids.seek(0)
            with closing(repository.git.start("cat-file", "--batch", "--buffer", stdin=ids)) as batch:
                yield from _join(plan, log, _Objects(batch, repository.object_format))


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which commits come, in which order, and how they hang together."""

    order: Sequence[str]
    #: Those on the first-parent chain of the default branch.
    chain: frozenset[str]
    #: Parents outside the walk.
    boundary: Sequence[str]


def _plan(git: Git, wanted: Sequence[str], head: str) -> _Plan:
    asked = "".join(f"{line}\n" for line in wanted).encode()
    out = git.run("rev-list", "--parents", *_ORDER, stdin=asked, timeout=3_600.0)
    parents: dict[str, str] = {}
    boundary: set[str] = set()
    for line in out.decode("ascii", "replace").splitlines():
        commit, _, others = line.partition(" ")
        parents[commit] = others[: len(commit)]
        boundary.update(parent for parent in others.split(" ") if parent and parent not in parents)
    chain = set()
    at = head
    while at in parents:
        chain.add(at)
        at = parents[at]
    return _Plan(tuple(parents), frozenset(chain), sorted(boundary))


def _join(plan: _Plan, log: Running, objects: _Objects) -> Iterator[RawCommit]:
    times: dict[str, int] = {}
    for commit in plan.boundary:
        with suppress(_Absent):
            times[commit] = parse_commit(objects.read(commit, "commit")).committer.time or 0
    paths = _Paths(log.output)
    for commit in plan.order:
        changes, files = paths.of(commit, log)
        parsed = parse_commit(objects.read(commit, "commit"), objects.format)
        times[commit] = parsed.committer.time or 0
        yield _raw(commit, parsed, times, (changes, files), on_chain=commit in plan.chain)
    log.finish()


def _raw(
    commit: str,
    parsed: ParsedObject,
    times: dict[str, int],
    changed: tuple[tuple[Change, ...], int],
    *,
    on_chain: bool,
) -> RawCommit:
    return RawCommit(
        commit,
        parsed.links,
        parsed.author,
        parsed.committer,
        on_chain,
        max((times.get(parent, 0) for parent in parsed.links), default=0) or None,
        *changed,
        parsed.trailers,
        parsed.claims,
        parsed.signed,
    )


class _Absent(RepositoryError):
    """The repository does not hold an object."""


class _Objects:
    """The output of ``git cat-file --batch``, object by object, each checked against its id."""

    def __init__(self, batch: Running, object_format: str) -> None:
        self._batch, self._output = batch, batch.output
        self.format = object_format
        self._hash = hashlib.sha256 if object_format == "sha256" else hashlib.sha1

    def read(self, wanted: str, kind: str) -> bytes:
        """Return the bytes of the next object, which must be ``wanted``."""
        words = self._output.readline().split()
        if not words:
            raise self._batch.failure()
        if words[-1] == b"missing":
            raise _Absent(f"the repository does not hold the object {wanted}")
        if words[1] != kind.encode():
            raise RepositoryError(f"{wanted} is not a {kind}")
        size = int(words[2])
        if size > _MAX_OBJECT:
            raise RepositoryError(f"the {kind} {wanted} is larger than {_MAX_OBJECT >> 20} MB")
        content = self._output.read(size)
        self._output.read(1)
        if self._hash(b"%s %d\0" % (words[1], size) + content, usedforsecurity=False).hexdigest() != wanted:
            raise RepositoryError(f"the object {wanted} does not match its id")
        return content


class _Paths:
    """The output of ``git log --raw -z``: a commit's id, then a status and a path for each of its changes."""

    def __init__(self, output: io.BufferedReader) -> None:
        self._tokens = _tokens(output)
        self._next = next(self._tokens, "")

    def of(self, commit: str, log: Running) -> tuple[tuple[Change, ...], int]:
        """Return the changes of ``commit``, which must be next, that are of a kind, and the number of all."""
        if self._next != commit:
            raise log.failure() if not self._next else RepositoryError("git changed the order of its walk")
        changes, files = [], 0
        for token in self._tokens:
            if not token.startswith((":", "\n:")):
                self._next = token
                break
            path = next(self._tokens, "")
            files += 1
            kinds = kinds_of(path)
            if kinds:
                changes.append(Change(token[-1], path, kinds))
        else:
            self._next = ""
        return tuple(changes), files


def _tokens(output: io.BufferedReader) -> Iterator[str]:
    """Split a stream at its NUL bytes."""
    rest = b""
    while chunk := output.read1(PIPE):
        whole, nul, rest_of_it = (rest + chunk).rpartition(b"\0")
        rest = rest_of_it
        if nul:
            yield from whole.decode("utf-8", "backslashreplace").split("\0")


def tags(repository: Repository) -> Iterator[RawTag]:
    """Yield every tag of the repository, in no particular order. A tag that leads to no commit has target ""."""
    refs = _typed(repository.git, [ref for ref in repository.listing.refs if ref.name.startswith("refs/tags/")])
    with tempfile.TemporaryFile() as ids:
        for ref in refs:
            objects = [ref.object] if ref.kind in {"tag", "commit"} else []
            ids.write("".join(f"{one}\n" for one in (*objects, ref.peeled) if one).encode())
        ids.seek(0)
        with closing(repository.git.start("cat-file", "--batch", "--buffer", stdin=ids)) as batch:
            reader = _Objects(batch, repository.object_format)
            for ref in refs:
                yield _tag(ref, reader)


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


def _tag(ref: Ref, objects: _Objects) -> RawTag:
    name = ref.name.removeprefix("refs/tags/")
    if ref.kind == "tag":
        tag = parse_tag(objects.read(ref.object, "tag"))
        time = parse_commit(objects.read(ref.peeled, "commit")).committer.time if ref.peeled else None
        return RawTag(name, ref.object, ref.peeled, tag.committer, time, tag.claims, tag.signed)
    if ref.kind == "commit":
        made = parse_commit(objects.read(ref.object, "commit")).committer.time
        return RawTag(name, ref.object, ref.object, target_time=made)
    return RawTag(name, ref.object, "")
