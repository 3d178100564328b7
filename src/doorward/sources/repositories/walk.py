"""Walk a history once, oldest first: changed paths from ``git log``, everything else from the commit objects.

Both come from one git process each that runs beside this one. Memory grows with the number of commits (about 300 bytes
each), never with their size.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress

from doorward.errors import RepositoryError, UnreadableObject
from doorward.model.repository import Lost, OnLost, RawCommit
from doorward.records import dataclass
from doorward.sources.repositories.changes import Changes, PathStream
from doorward.sources.repositories.damage import cut_off
from doorward.sources.repositories.location import Repository
from doorward.sources.repositories.objects import parse_commit
from doorward.sources.repositories.objectstream import ObjectStream, object_stream

#: Parents come before children in either order; by date, branches are laced into each other as they grew.
_ORDER, _BY_DATE = ("--topo-order", "--reverse", "--stdin"), ("--date-order", "--reverse", "--stdin")
#: Commits on the chain whose median time is its clock.
_TIMES = 11
_HEX = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")


@dataclass(frozen=True, slots=True)
class Manner:
    """How a history is walked."""

    #: Whether a merge names the paths that it changes by itself: half as much time again where there are many merges.
    merges: bool = False
    #: Whether commits of different branches come in the order of their dates.
    by_date: bool = False
    #: Told what cannot be read, where that is to cost no more than itself; None: it ends the walk with an error.
    lost: OnLost | None = None


_PLAIN = Manner()


class _Severed(RepositoryError):
    """Git cannot follow the history to its end."""


def walk(
    repository: Repository,
    heads: Iterable[str],
    exclude: Iterable[str] = (),
    branches: Iterable[str] = (),
    how: Manner = _PLAIN,
) -> Iterator[RawCommit]:
    """Yield every commit that ``heads`` reach and ``exclude`` do not, parents before children.

    ``branches`` are heads of branches that are only asked whether they contain a commit.

    Raises :class:`RepositoryError` where git cannot read the history or, unless ``how`` takes that, an object of it.
    Commits come out while git is still reading, so what came before an error is no whole history.
    """
    asked = _Asked(list(heads), list(branches), list(exclude))
    if not asked.heads:
        raise RepositoryError("the repository has no commits")
    if not all(_HEX.match(commit) for commit in asked.every):
        raise RepositoryError("a walk must begin at full commit ids")
    try:
        yield from _walked(repository, asked, how, {})
    except _Severed as error:
        if how.lost is None:
            raise
        cut = cut_off(repository.git, asked.every, repository.object_format)
        left = asked.without(cut.heads)
        if repository.listing.head in cut.heads or not left.heads:
            raise
        for head in sorted(cut.heads.intersection(asked.heads)):
            how.lost(Lost(head, str(error)))
        yield from _walked(repository, left, how, cut.behind)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The heads that are wanted, those of branches, and what is known already."""

    heads: Sequence[str]
    branches: Sequence[str]
    known: Sequence[str]

    @property
    def every(self) -> tuple[str, ...]:
        return (*self.heads, *self.branches, *self.known)

    @property
    def revisions(self) -> bytes:
        """What git is asked for."""
        lines = (*self.heads, *self.branches, *(f"^{commit}" for commit in self.known))
        return "".join(f"{line}\n" for line in lines).encode()

    def without(self, gone: frozenset[str]) -> _Asked:
        """Return the same without some."""
        kept = ([one for one in names if one not in gone] for names in (self.heads, self.branches, self.known))
        return _Asked(*kept)


def _walked(
    repository: Repository, asked: _Asked, how: Manner, behind: Mapping[str, Sequence[Lost]]
) -> Iterator[RawCommit]:
    """Walk once. ``behind`` has the commits that build on something which cannot be read."""
    options = ("--diff-merges=combined",) if how.merges else ()
    order, git = _BY_DATE if how.by_date else _ORDER, repository.git
    with closing(PathStream(git, options, order, asked.revisions)) as paths:
        try:
            out = git.run("rev-list", "--parents", "--timestamp", *order, stdin=asked.revisions, timeout=3_600.0)
        except RepositoryError as error:
            raise _Severed(str(error)) from error
        plan = _plan(out, repository, asked)
        paths.follow(tuple(plan.reached))
        with object_stream(git, (*plan.boundary, *plan.wanted()), repository.object_format) as objects:
            yield from _join(plan, paths, objects, _Loss(how.lost, behind))
        paths.finish()


#: What reaches a commit: a head that was asked for, the default branch, any branch.
_WANTED, _MAIN, _BRANCH = 1, 2, 4


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which commits come, in which order, and how they hang together."""

    #: Every commit that git walks, in its order, with what reaches it.
    reached: Mapping[str, int]
    #: Those on the first-parent chain of the default branch.
    chain: frozenset[str]
    #: When the others came to it, by the chain's clock.
    arrived: Mapping[str, int]
    #: Parents outside the walk.
    boundary: Sequence[str]

    def wanted(self) -> Iterator[str]:
        """Yield the commits that heads reach."""
        return (commit for commit, by in self.reached.items() if by & _WANTED)


def _plan(out: bytes, repository: Repository, asked: _Asked) -> _Plan:
    """Read what ``git rev-list --parents --timestamp`` prints."""
    head = repository.listing.head
    # Parents stay in one text each: the garbage collector need not look at those.
    parents: dict[str, str] = {}
    times: dict[str, str] = {}
    boundary: set[str] = set()
    for line in out.decode("ascii", "replace").splitlines():
        time, _, names = line.partition(" ")
        commit, _, others = names.partition(" ")
        parents[commit], times[commit] = others, time
        boundary.update(parent for parent in others.split() if parent not in parents)
    chain: list[str] = []
    at = head
    while at in parents:
        chain.append(at)
        at = parents[at].partition(" ")[0]
    chain.reverse()
    tips = ((asked.heads, _WANTED), ((head,), _MAIN | _BRANCH), (asked.branches, _BRANCH))
    return _Plan(_reach(parents, tips), frozenset(chain), _arrivals(parents, times, chain), sorted(boundary))


def _arrivals(parents: Mapping[str, str], times: Mapping[str, str], chain: Sequence[str]) -> dict[str, int]:
    """Return when each commit beside the chain came to it: at the time of the first commit there that contains it.

    That is the later of the commit's own date and the median of the last eleven before it: what a branch claims of
    itself, and a single wrong date, move nothing.
    """
    arrived: dict[str, int] = dict.fromkeys(chain, 0)
    recent: deque[int] = deque(maxlen=_TIMES)
    clock = 0
    for commit in chain:
        time = max(int(times[commit]), clock)
        recent.append(time)
        clock = sorted(recent)[len(recent) // 2]
        left = parents[commit].split()[1:]
        while left:
            other = left.pop()
            if other in parents and other not in arrived:
                arrived[other] = time
                left += parents[other].split()
    for commit in chain:
        del arrived[commit]
    return arrived


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


@dataclass(frozen=True, slots=True)
class _Loss:
    """What becomes of what cannot be read."""

    tell: OnLost | None
    #: Commit -> what it builds on that cannot be read.
    behind: Mapping[str, Sequence[Lost]]

    def unreadable(self, what: str, error: UnreadableObject) -> None:
        """Tell of an object, or raise."""
        if self.tell is None:
            raise error
        self.tell(Lost(what, str(error)))

    def cut(self, commit: str, changes: Changes) -> Changes:
        """Tell what a commit builds on; against what is left, its changes are not its own."""
        if commit not in self.behind or self.tell is None:
            return changes
        for lost in self.behind[commit]:
            self.tell(lost)
        return Changes((), 0, f"it builds on {self.behind[commit][0].what}, which cannot be read")


def _join(plan: _Plan, paths: PathStream, objects: ObjectStream, loss: _Loss) -> Iterator[RawCommit]:
    times: dict[str, int] = {}
    strict = loss.tell is None
    for commit in plan.boundary:
        with suppress(UnreadableObject):
            times[commit] = parse_commit(objects.read(commit, b"commit")).committer.time or 0
    for commit, by in plan.reached.items():
        changes = paths.of(commit, strict=strict)
        if not by & _WANTED:
            continue
        try:
            parsed = parse_commit(objects.read(commit, b"commit"), objects.format)
        except UnreadableObject as error:
            loss.unreadable(commit, error)
            continue
        if loss.behind:
            changes = loss.cut(commit, changes)
        times[commit] = parsed.committer.time or 0
        yield RawCommit(
            commit,
            parsed.links,
            parsed.author,
            parsed.committer,
            commit in plan.chain,
            max([times.get(parent, 0) for parent in parsed.links]) or None if parsed.links else None,
            changes.kinds,
            changes.files,
            parsed.trailers,
            parsed.claims,
            parsed.signed,
            bool(by & _MAIN),
            bool(by & _BRANCH),
            changes.unread,
            plan.arrived.get(commit),
        )
