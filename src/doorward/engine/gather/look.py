"""Look at a repository: what is there, what was remembered, and the subjects that follow from both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from doorward.engine.gather.habits import VERSION, History
from doorward.engine.gather.inquiry import SHALLOW, Inquiry
from doorward.engine.gather.ledger import LedgerStep, Questions, last_look, listing_at, moves_between, step
from doorward.engine.gather.repository import Look, judge_history
from doorward.engine.gather.tags import TagFacts, TagTimeline, judge_tags
from doorward.errors import RepositoryError
from doorward.model.facts import Fact, Known, Missing
from doorward.model.history import Commit, Tag
from doorward.model.repository import LedgerRow, Lost, RawCommit
from doorward.records import dataclass, replace
from doorward.sources.repositories.location import Repository
from doorward.sources.repositories.mailmap import mailmap_at
from doorward.sources.repositories.refs import MISSING, cut_at, present
from doorward.sources.repositories.tags import tags
from doorward.sources.repositories.walk import Manner, walk

#: What the first look at a repository judges, unless it is asked for more.
FIRST_LOOK = timedelta(days=365)
_DECODER = msgspec.msgpack.Decoder(History)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What earlier looks left behind."""

    rows: tuple[LedgerRow, ...] = ()
    #: The bytes of :class:`History`; None at a first look.
    history: bytes | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a repository is judged."""

    now: datetime
    #: From when on; None: the last year at a first look, and what is new at a later one.
    since: datetime | None = None
    #: Everything after the learning time, whatever was judged before.
    everything: bool = False
    #: The day on which the repository is looked at, where that is not today.
    as_of: datetime | None = None
    #: Everything, and each tag at its moment of the history.
    replay: bool = False

    @property
    def by_date(self) -> bool:
        """Whether commits are read in the order of their dates, since a day is judged by what it knew."""
        return self.replay or self.as_of is not None

    @property
    def fresh(self) -> bool:
        """Whether the habits of earlier looks are left aside, because an earlier time is judged anew."""
        return self.everything or self.since is not None or self.by_date


class Looked:
    """A look at a repository. Its subjects are drawn while the history is read: commits first, then tags and refs."""

    def __init__(self, repository: Repository, remembered: Remembered, window: Window, look: Look) -> None:
        """Prepare the look; :meth:`commits` does the reading. ``look`` says with which keys."""
        if window.as_of:
            then = listing_at(
                remembered.rows, repository.listing, window.as_of, lambda objects: present(repository.git, objects)
            )
            repository = replace(repository, listing=then)
        self._repository, self._rows, self._window = repository, remembered.rows, window
        stored = _stored(remembered.history)
        #: What earlier looks found of late.
        self.standing = stored.standing
        self.history = History() if window.fresh else _usable(repository, stored)
        self.first = not self.history.heads
        #: When it was looked at before; None where habits of earlier looks are left aside.
        self.last = None if self.first else last_look(remembered.rows)
        self._looked_before = self.history.looked
        self._ask = Inquiry(repository, self.history.people)
        #: Commits under tags that this look read, with their times.
        self._met: dict[str, int | None] = {}
        #: Of those that came to the default branch with another commit, when they did.
        self._reached: dict[str, int] = {}
        #: Why it could not be told whether others are on a branch.
        self._unsettled: Missing | None = None
        #: Tags of a replay, drawn while the history is read.
        self._drawn: list[Tag] = []
        #: What could not be read, by name.
        self._lost = {lost.what: lost for lost in _lost_refs(repository)}
        self._look = Look(
            repository.subject,
            look.observed_at,
            look.verifier,
            since=self._judged_from(),
            until=int(window.as_of.timestamp()) if window.as_of else None,
            last=int(self._looked_before) if self._looked_before else None,
            mailmap_at=lambda commit: mailmap_at(repository.git, commit),
        )

    def _judged_from(self) -> int | None:
        window = self._window
        if window.everything or not self.first:
            return None
        return int((window.since or window.now - FIRST_LOOK).timestamp())

    @property
    def cut(self) -> bool:
        """Whether a shallow history is cut off within the time that is to be judged."""
        if not self._repository.shallow:
            return False
        last = int(self.last.timestamp()) if self.last else None
        begin, newest = last if self._look.since is None else self._look.since, cut_at(self._repository.git)
        return begin is None or newest is None or newest > begin

    @property
    def lost(self) -> list[Lost]:
        """What could not be read although it was to be judged. To be asked after commits and tags."""
        since = self._look.since
        return [one for one in self._lost.values() if since is None or one.time is None or one.time >= since]

    def _lose(self, lost: Lost) -> None:
        self._lost.setdefault(lost.what, lost)

    def commits(self) -> Iterator[Commit]:
        """Yield the commits to judge: of the default branch, then those that only a tag leads to."""
        repository, history, known = self._repository, self.history, self.history.heads
        head = repository.listing.head
        if not head:
            raise RepositoryError("the repository has no commits")
        tagged, branches = self._tagged() - {head}, self._ask.branches()
        wanted = [one for one in (head, *sorted(tagged)) if one not in known]
        aside: list[RawCommit] = []
        if wanted:
            how = Manner(merges=not self.first, by_date=self._window.by_date, lost=self._lose)
            walked = walk(repository, wanted, known, branches, how)
            raws = self._main(walked, tagged | {head}, aside)
            if self._window.replay:
                raws = self._with_tags(raws, tagged)
            yield from judge_history(raws, history, self._look)
            yield from judge_history(aside, history, self._look)
        self._settle(tagged - set(known) - self._met.keys())
        # Not the branches: what is only on one of them was not read, and is to be when it is merged.
        history.heads = sorted({head, *tagged})

    def _main(self, raws: Iterable[RawCommit], tagged: set[str], aside: list[RawCommit]) -> Iterator[RawCommit]:
        """Yield what the default branch contains, and put the rest aside: its people and dates are of another line."""
        for raw in raws:
            if raw.id in tagged:
                self._met[raw.id] = raw.committer.time
                if raw.arrived is not None:
                    self._reached[raw.id] = raw.arrived
                if not raw.on_branch:
                    self.history.off_branch.add(raw.id)
            if raw.main:
                yield raw
            else:
                aside.append(raw)

    def _with_tags(self, raws: Iterable[RawCommit], tagged: set[str]) -> Iterator[RawCommit]:
        """Pass commits on, and draw each tag when the history has come to its time.

        A commit dated far ahead of the one after it is wrong: it brings no tag forward.
        """
        facts = TagFacts(self._ask.outside(tagged), self._arrivals(), self._ask.announced)
        timeline = TagTimeline(tags(self._repository, lost=self._lose), self.history, self._look, facts)
        held: RawCommit | None = None
        for raw in raws:
            if held:
                self._drawn += timeline.until(min(held.committer.time or 0, raw.committer.time or 0))
                yield held
            held = raw
        if held:
            yield held
        self._drawn += timeline.until()

    def _settle(self, tagged: set[str]) -> None:
        """Ask git about tags on commits that were read at an earlier look."""
        found = self._ask.outside(tagged) if tagged else Known(frozenset[str]())
        if isinstance(found, Missing):
            self._unsettled = found
        else:
            self.history.off_branch |= found.value

    def _tagged(self) -> set[str]:
        """Return the commits that tags lead to."""
        refs = [ref for ref in self._repository.listing.refs if ref.name.startswith("refs/tags/")]
        told = {ref.commit for ref in refs if ref.kind}
        untold = {ref.commit for ref in refs if not ref.kind}
        known = untold & set(self.history.heads)
        return (told | known | present(self._repository.git, untold - known, "commit")) - {""}

    def tags(self) -> Iterator[Tag]:
        """Yield the tags to judge. To be asked after the commits, which teach who is who."""
        last = self._last_look()
        known = [row for row in self._rows if not row.source and (last is None or row.first_seen < last)]
        since, seen = self._look.since, {(row.ref, row.object) for row in known}
        if self._window.replay:
            yield from (tag for tag in self._drawn if since is None or self._came(tag) >= since)
            return
        named = {(ref.name, ref.object) for ref in self._repository.listing.refs if ref.name.startswith("refs/tags/")}
        if not self.first and named <= seen:
            return
        facts = TagFacts(self._off_branch(), self._arrivals(), self._ask.announced)
        for tag in judge_tags(tags(self._repository, self._met, self._lose), self.history, self._look, facts):
            old = (f"refs/tags/{tag.name}", tag.id) in seen
            if (not self.first and old) or (since is not None and self._came(tag) < since):
                continue
            yield tag

    def _came(self, tag: Tag) -> int:
        """Return when a tag came (seconds): not before its commit did, whatever its tagger claims."""
        return max(tag.time or 0, tag.base_time or 0, tag.arrived or 0, self._reached.get(tag.target, 0))

    def _arrivals(self) -> dict[str, int]:
        """Return when tags arrived that were not there at the first look."""
        begun = min((row.first_seen for row in self._rows if not row.source), default=None)
        named = {(ref.name, ref.object) for ref in self._repository.listing.refs if ref.name.startswith("refs/tags/")}
        return {
            row.ref.removeprefix("refs/tags/"): int(row.first_seen.timestamp())
            for row in self._rows
            if row.first_seen != begun and (row.ref, row.object) in named
        }

    def _off_branch(self) -> Fact[frozenset[str]]:
        if self._repository.cut:
            return SHALLOW
        return self._unsettled or Known(frozenset(self.history.off_branch))

    def refs(self) -> LedgerStep:
        """Return what the look adds to the ledger of refs, and the moves to judge."""
        repository, window = self._repository, self._window
        keys = repository.ledger_key, repository.subject
        questions = Questions(self._ask.descends, self._ask.on_branch)
        if window.as_of:
            begin = window.since or window.as_of - FIRST_LOOK
            moves = moves_between(self._rows, keys[1], (begin, window.as_of), repository.listing, questions)
            return LedgerStep((), tuple(moves))
        since = datetime.fromtimestamp(0, UTC) if window.everything else window.since or self._last_look()
        return step(self._rows, repository.listing, keys, window.now, questions, since)

    def _last_look(self) -> datetime | None:
        """Return the moment after the last look: what other work saw of the refs since then is still to be told."""
        before = datetime.fromtimestamp(self._looked_before, UTC) + timedelta(microseconds=1)
        return None if self._window.fresh else before

    def remembered(self) -> bytes:
        """Return the habits for the next look."""
        self.history.looked = self._window.now.timestamp()
        return msgspec.msgpack.encode(self.history)


def _lost_refs(repository: Repository) -> Iterator[Lost]:
    """Yield the tags that lead to nothing which can be read. Other branches than the default one are not judged."""
    yield from (lost for lost in repository.listing.broken if lost.what.startswith("refs/tags/"))
    for ref in repository.listing.refs:
        if ref.kind == MISSING and ref.name.startswith("refs/tags/"):
            yield Lost(ref.name, f"the repository does not hold what it leads to ({ref.object}), or not as a whole")


def _stored(data: bytes | None) -> History:
    """Return the stored habits where they are of this version; else new ones."""
    if data is None:
        return History()
    try:
        history = _DECODER.decode(data)
    except (msgspec.DecodeError, ValueError):
        return History()
    return history if history.version == VERSION else History()


def _usable(repository: Repository, history: History) -> History:
    """Return habits whose commits are still there; else new ones."""
    gone = set(history.heads) - {commit for ref in repository.listing.refs for commit in (ref.object, ref.peeled)}
    return history if present(repository.git, gone, "commit") == gone else History()
