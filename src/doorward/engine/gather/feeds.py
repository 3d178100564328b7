"""Which questions the imported feeds answer for an ecosystem, and which of their answers are too old."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from doorward.model.advisories import Kind
from doorward.model.intelligence import EXPLOITED, HASHES, HOSTS, FeedState, Unevaluated

#: Questions that a feed answers for one ecosystem, with what to say where none does; and those that it answers for
#: all, with the question that they add to.
_OF_ECOSYSTEM = {
    Kind.MALICIOUS.value: "no imported feed lists malicious packages of {}",
    Kind.VULNERABILITY.value: "no imported feed lists vulnerabilities of {}",
}
_OF_ALL = {
    HASHES: (Kind.MALICIOUS.value, "no imported feed has digests of malware"),
    HOSTS: (Kind.MALICIOUS.value, "no imported feed names hosts"),
    EXPLOITED: (Kind.VULNERABILITY.value, "the catalog of exploited vulnerabilities is not imported"),
}


#: Questions whose answers are about malware.
_MALWARE = frozenset({Kind.MALICIOUS.value, HASHES, HOSTS})


class Feeds:
    """The feeds of a bundle at one moment."""

    def __init__(self, states: Sequence[FeedState], now: datetime, max_age: timedelta) -> None:
        self._now = now
        self._max_age = max_age
        self._by_topic: dict[tuple[str, str], list[tuple[int, FeedState]]] = {}
        for state in states:
            for topic, what, count in state.covers:
                key = (topic, what if topic in _OF_ECOSYSTEM else "")
                self._by_topic.setdefault(key, []).append((count, state))
        self._answers: dict[str, tuple[tuple[Unevaluated, ...], tuple[tuple[FeedState, timedelta], ...]]] = {}

    def open(self, ecosystem: str) -> tuple[Unevaluated, ...]:
        """Return the questions that nothing answers, or that only a feed answers that is too old."""
        return self._of(ecosystem)[0]

    def stale(self, ecosystem: str) -> tuple[tuple[FeedState, timedelta], ...]:
        """Return the feeds that are too old, each with its age."""
        return self._of(ecosystem)[1]

    def answers(self, topic: str, ecosystem: str) -> bool:
        """Whether some feed answers a question, however old it is."""
        return (topic, ecosystem if topic in _OF_ECOSYSTEM else "") in self._by_topic

    def _of(self, ecosystem: str) -> tuple[tuple[Unevaluated, ...], tuple[tuple[FeedState, timedelta], ...]]:
        if ecosystem not in self._answers:
            old = {topic: main for topic, main in self._main(ecosystem) if main.age(self._now) > self._max_age}
            found = [*self._missing(ecosystem), *(self._too_old(topic, main) for topic, main in old.items())]
            feeds = {main.name: (main, main.age(self._now)) for main in old.values()}
            self._answers[ecosystem] = tuple(found), tuple(feeds.values())
        return self._answers[ecosystem]

    def _main(self, ecosystem: str) -> Iterator[tuple[str, FeedState]]:
        """Yield each question with the feed that answers it most: a list of one incident is never renewed."""
        for topic in (*_OF_ECOSYSTEM, *_OF_ALL):
            several = self._by_topic.get((topic, ecosystem if topic in _OF_ECOSYSTEM else ""))
            if several:
                yield topic, max(several, key=lambda pair: pair[0])[1]

    def _missing(self, ecosystem: str) -> Iterator[Unevaluated]:
        """Yield the questions that nothing answers, nor the question that they add to.

        Whoever imports a feed that tells of malware wants to know of it: from then on a release of which no feed could
        tell is not evaluated.
        """
        told = any(topic in _MALWARE for topic, _ in self._by_topic)
        for topic, reason in _OF_ECOSYSTEM.items():
            if not self.answers(topic, ecosystem):
                yield Unevaluated(topic, reason.format(ecosystem), required=told and topic in _MALWARE)
        for topic, (base, reason) in _OF_ALL.items():
            if not self.answers(topic, ecosystem) and not self.answers(base, ecosystem):
                yield Unevaluated(topic, reason, required=False)

    def _too_old(self, topic: str, feed: FeedState) -> Unevaluated:
        days = feed.age(self._now) // timedelta(days=1)
        return Unevaluated(topic, f"the feed {feed.name} is {days} days old", required=True)
