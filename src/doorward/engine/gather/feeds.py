"""Which questions the imported feeds answer for an ecosystem, and which of their answers are too old.

Whether a release is malicious, or vulnerable, only a list can answer that means to be whole for its ecosystem
(:func:`lists`). A list of hashes, of one incident or of what a report names says what is bad, and nothing of the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import unquote

from doorward.model.advisories import Kind
from doorward.model.durations import duration
from doorward.model.intelligence import EXPLOITED, HASHES, HOSTS, NEWEST, FeedState, Unevaluated

#: Questions that a feed answers for one ecosystem, with what to say where none does; and those that it answers for
#: all, with the question that is answered without them too, "" where none is.
_OF_ECOSYSTEM = {
    Kind.MALICIOUS.value: "no imported feed lists malicious packages of {}",
    Kind.VULNERABILITY.value: "no imported feed lists vulnerabilities of {}",
}
_OF_ALL = {
    HASHES: (Kind.MALICIOUS.value, "no imported feed has digests of malware"),
    HOSTS: (Kind.MALICIOUS.value, "no imported feed names hosts"),
    EXPLOITED: ("", "the catalog of exploited vulnerabilities is not imported"),
}
_NEWEST = "only the newest {:,} malicious packages of {} are here: 'doorward intel update --osv {}' brings all"

#: Questions whose answers are about malware.
_MALWARE = frozenset({Kind.MALICIOUS.value, HASHES, HOSTS})
#: Formats of databases. What other formats name, somebody picked.
_DATABASES = frozenset({"OSV", "RustSec", "package list"})
#: The format of scores, which answer no question and are shown beside advisories: old ones are told all the same.
_SCORES = "EPSS"
#: Endings of files that hold one record, as somebody passes it on.
_OF_ONE = (".json", ".yaml", ".yml", ".md", ".toml")


def lists(state: FeedState, topic: str, ecosystem: str) -> bool:
    """Whether a feed means to list all that is malicious, or vulnerable, in an ecosystem.

    A database does of the ecosystems in which it has any such record (more than a single file of one record), OSV's
    archive of an ecosystem does whether it has one or not, and any feed does whose user declares it.
    """
    named = any(what == ecosystem and kind == topic for kind, what, _ in state.covers)
    if state.part == NEWEST:
        return False
    if named and ecosystem in state.declared:
        return True
    if _DATABASES.isdisjoint(state.format.split(", ")):
        return False
    alone = state.records == 1 and state.origin.endswith(_OF_ONE)
    return (named and not alone) or (not state.part and unquote(state.origin).endswith(f"/{ecosystem}/all.zip"))


def to_fetch(states: Sequence[FeedState], ecosystems: Iterable[str], now: datetime, max_age: timedelta) -> list[str]:
    """Return the ecosystems of which the user has no list of malicious packages, nor a scan fetched a young one."""
    topic = Kind.MALICIOUS.value
    return [
        ecosystem
        for ecosystem in sorted(set(ecosystems))
        if not any(not state.part and lists(state, topic, ecosystem) for state in states)
        and not any(
            state.part and state.age(now) <= max_age and (topic, ecosystem) in {cover[:2] for cover in state.covers}
            for state in states
        )
    ]


class Feeds:
    """The feeds of a bundle at one moment."""

    def __init__(self, states: Sequence[FeedState], now: datetime, max_age: timedelta) -> None:
        self._states = states
        self._now = now
        self._max_age = max_age
        self._by_topic: dict[str, list[tuple[int, FeedState]]] = {}
        for state in states:
            for topic, _, count in state.covers:
                self._by_topic.setdefault(topic, []).append((count, state))
        #: Whoever imports a feed that tells of malware wants to know of it: a release of which no feed could tell is
        #: not evaluated then.
        self._told = any(
            topic in _MALWARE for topic, several in self._by_topic.items() if any(not s.part for _, s in several)
        )
        self._lists: dict[tuple[str, str], list[tuple[int, FeedState]]] = {}
        self._answers: dict[str, tuple[tuple[Unevaluated, ...], tuple[tuple[FeedState, timedelta], ...]]] = {}

    def open(self, ecosystem: str) -> tuple[Unevaluated, ...]:
        """Return the questions that nothing answers, or that only a feed answers that is too old."""
        return self._of(ecosystem)[0]

    def stale(self, ecosystem: str) -> tuple[tuple[FeedState, timedelta], ...]:
        """Return the feeds that are too old, each with its age."""
        return self._of(ecosystem)[1]

    def too_old(self, topic: str) -> str:
        """Return why the feed that answers a question of all ecosystems is too old to, "" where none is."""
        return next((item.reason for item in self.open("") if item.topic == topic and item.required), "")

    def answers(self, topic: str, ecosystem: str) -> bool:
        """Whether some feed answers a question, however old it is."""
        return bool(self._answering(topic, ecosystem))

    def _answering(self, topic: str, ecosystem: str) -> list[tuple[int, FeedState]]:
        """Return the feeds that answer a question, each with how much it has of it."""
        if topic not in _OF_ECOSYSTEM:
            return self._by_topic.get(topic, [])
        key = (topic, ecosystem)
        if key not in self._lists:
            self._lists[key] = [
                (sum(count for kind, what, count in state.covers if (kind, what) == key), state)
                for state in self._states
                if lists(state, topic, ecosystem)
            ]
        return self._lists[key]

    def _of(self, ecosystem: str) -> tuple[tuple[Unevaluated, ...], tuple[tuple[FeedState, timedelta], ...]]:
        if ecosystem not in self._answers:
            old = {topic: main for topic, main in self._main(ecosystem) if main.age(self._now) > self._max_age}
            found = [*self._missing(ecosystem), *(self._too_old(topic, main) for topic, main in old.items())]
            scores = [s for s in self._states if s.format == _SCORES and s.age(self._now) > self._max_age]
            feeds = {main.name: (main, main.age(self._now)) for main in (*old.values(), *scores)}
            self._answers[ecosystem] = tuple(found), tuple(feeds.values())
        return self._answers[ecosystem]

    def _main(self, ecosystem: str) -> Iterator[tuple[str, FeedState]]:
        """Yield each question with the feed that answers it most: a list of one incident is never renewed."""
        for topic in (*_OF_ECOSYSTEM, *_OF_ALL):
            several = self._answering(topic, ecosystem)
            if several:
                yield topic, max(several, key=lambda pair: pair[0])[1]

    def _missing(self, ecosystem: str) -> Iterator[Unevaluated]:
        """Yield the questions that nothing answers, nor what is answered without them."""
        for topic, reason in _OF_ECOSYSTEM.items():
            if not self.answers(topic, ecosystem):
                text = (topic in _MALWARE and self._newest(ecosystem)) or reason.format(ecosystem)
                yield Unevaluated(topic, text, required=self._told and topic in _MALWARE, unlisted=True)
        for topic, (base, reason) in _OF_ALL.items():
            if not self.answers(topic, ecosystem) and not self.answers(base, ecosystem):
                yield Unevaluated(topic, reason, required=False)

    def _newest(self, ecosystem: str) -> str:
        """Say how much is here of a list that was too large to be fetched by a scan; "" where nothing is."""
        key = (Kind.MALICIOUS.value, ecosystem)
        parts = [state for state in self._states if state.part == NEWEST]
        count = sum(number for state in parts for kind, what, number in state.covers if (kind, what) == key)
        return _NEWEST.format(count, ecosystem, ecosystem) if count else ""

    def _too_old(self, topic: str, feed: FeedState) -> Unevaluated:
        return Unevaluated(topic, f"the feed {feed.name} is {duration(feed.age(self._now))} old", required=True)
