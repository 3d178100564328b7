"""From raw tags to the subject Tag, with the habits of the tags before each.

Tags are few, so all are read at every look; the caller keeps those that are new. Their order is that of their claimed
times, except that none comes before its commit, and that one which the ledger saw arrive comes when it arrived.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping

from doorward.engine.gather import names
from doorward.engine.gather.habits import History, Keys
from doorward.engine.gather.people import Registry
from doorward.engine.gather.repository import Look, own_keys
from doorward.model.facts import Fact, Known, Missing
from doorward.model.history import Actor, Tag
from doorward.model.repository import RawTag
from doorward.model.signature import SignatureCheck
from doorward.records import dataclass, field

#: A name that stands for one version, not for a line of them ("v4", "latest", "nightly").
_RELEASE = re.compile(r"\d+[._-]\d+")
_NOT_ASKED: Fact[str | None] = Known(None)


@dataclass(frozen=True, slots=True)
class TagFacts:
    """What the tags' subjects need beside the tags themselves."""

    #: Targets that are on no branch.
    off_branch: Fact[frozenset[str]]
    #: Tag name -> when the ledger saw it arrive (seconds), for tags that came after the first look.
    arrivals: Mapping[str, int] = field(default_factory=dict)
    #: Called with a new key's fingerprint and the tag: where it had been announced, "path@commit".
    announced: Callable[[str, RawTag], Fact[str | None]] | None = None


def is_release(name: str) -> bool:
    """Whether a tag's name stands for one version."""
    return bool(_RELEASE.search(name))


def judge_tags(raws: Iterable[RawTag], history: History, look: Look, facts: TagFacts) -> Iterator[Tag]:
    """Yield every tag that leads to a commit, oldest first. ``history`` knows the people; it learns the tags' keys."""
    return TagTimeline(raws, history, look, facts).until()


class TagTimeline:
    """Draws tags oldest first, each from what ``history`` knows at the moment at which it is asked for."""

    def __init__(self, raws: Iterable[RawTag], history: History, look: Look, facts: TagFacts) -> None:
        """Take the tags; those that lead to no commit are passed over."""
        self._reader, self._end = _Reader(history, look, facts), look.until
        self._left = deque(sorted((raw for raw in raws if raw.target), key=self._reader.order))

    def until(self, time: int | None = None) -> Iterator[Tag]:
        """Yield the next tags that came before a time (seconds); None: all that are left."""
        while self._left and (time is None or self._reader.order(self._left[0])[0] < time):
            raw = self._left.popleft()
            if self._end is None or self._reader.order(raw)[0] <= self._end:
                yield self._reader.read(raw)


class _Reader:
    def __init__(self, history: History, look: Look, facts: TagFacts) -> None:
        self._look, self._facts, self._history = look, facts, history
        self._registry = Registry(history.people, history.began)
        self._now = int(look.observed_at.timestamp())
        history.tag_keys = self._keys = Keys()
        self._taggers = set[str]()
        self._earlier = self._signed = self._run = 0
        self._off_branch = False

    @staticmethod
    def time(raw: RawTag) -> int | None:
        """Return the time that a tag claims."""
        return raw.tagger.time if raw.tagger else raw.target_time

    def order(self, raw: RawTag) -> tuple[int, str]:
        """Return when a tag came: not before its commit did, whatever its tagger claims."""
        return self._facts.arrivals.get(raw.name, max(self.time(raw) or 0, raw.target_time or 0)), raw.name

    def read(self, raw: RawTag) -> Tag:
        """Draw a tag with the habits before it, then count it."""
        time = self.time(raw)
        clock = min(max(time or 0, raw.target_time or 0), self._now)
        checks = self._look.verifier.check(raw.claims, raw.signed) if raw.claims else ()
        tag = self._draw(raw, time, self._tagger(raw, clock), checks)
        for claim in own_keys(checks).values():
            self._keys.learn(claim, names.address(raw.tagger.email) if raw.tagger else raw.name, clock)
        if raw.tagger:
            self._taggers.add(names.address(raw.tagger.email))
        self._earlier += 1
        self._signed += bool(checks)
        self._run = self._run + 1 if checks else 0
        self._off_branch |= isinstance(tag.off_branch, Known) and tag.off_branch.value
        return tag

    def _tagger(self, raw: RawTag, clock: int) -> Actor | None:
        if raw.tagger is None:
            return None
        self._registry.began = self._history.began
        return self._registry.actor(raw.tagger, self._registry.look_up(raw.tagger), clock)

    def _draw(self, raw: RawTag, time: int | None, tagger: Actor | None, checks: tuple[SignatureCheck, ...]) -> Tag:
        off_branch = self._facts.off_branch
        fresh = {key: claim for key, claim in own_keys(checks).items() if not self._keys.knows(claim)}
        announced = _NOT_ASKED
        if fresh and self._facts.announced and self._earlier:
            announced = self._facts.announced(next(iter(fresh.values())).issuer, raw)
        return Tag(
            self._look.repository,
            raw.name,
            raw.id,
            raw.target,
            tagger,
            time,
            raw.target_time,
            self._look.observed_at,
            release=is_release(raw.name),
            signatures=checks,
            earlier=self._earlier,
            earlier_signed=self._signed,
            signed_run=self._run,
            new_keys=frozenset(fresh),
            known_keys=tuple(record.issuer for record in self._keys.records.values()),
            tagger_known=raw.tagger is None or names.address(raw.tagger.email) in self._taggers,
            announced=announced,
            off_branch=off_branch if isinstance(off_branch, Missing) else Known(raw.target in off_branch.value),
            earlier_off_branch=self._off_branch,
            keyring=self._look.verifier.keyring,
            arrived=self._facts.arrivals.get(raw.name),
        )
