"""Files that are almost those that feeds name, by TLSH digests. Only near distances are computed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from doorward.model.content import Member
from doorward.model.intelligence import SIMILAR, IndicatorMatch, Unevaluated
from doorward.model.similarity import ALIKE, HEAD, WIDTH, distance, length_of
from doorward.store.intel import Bundle, Found

#: Digests of feeds that files are compared with.
MOST = 50_000
#: Lengths whose logarithms differ by more cost more than ALIKE by themselves.
_LENGTHS = ALIKE // 12
#: In two buckets that differ, one bit at least does; in each, at most two do.
_BITS = 2 * ALIKE

_Named = tuple[int, bytes, Found]


def raw(text: str) -> bytes:
    """Return a digest in hex raw, b"" where it is none."""
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        return b""
    return digest if len(digest) == WIDTH else b""


class Similar:
    """The similarity digests of a bundle."""

    def __init__(self, bundle: Bundle, now: datetime) -> None:
        """Read those that stand."""
        self._bundle = bundle
        self._by_length: dict[int, list[_Named]] = defaultdict(list)
        self._seen: dict[bytes, list[tuple[int, Found]]] = {}
        self._open: tuple[Unevaluated, ...] = ()
        if not any(topic == SIMILAR for feed in bundle.feeds for topic, _, _ in feed.covers):
            return
        found = bundle.every("tlsh", now, MOST + 1)
        if len(found) > MOST:
            reason = f"files are compared with {MOST:,} of the similar files that feeds name"
            self._open = (Unevaluated(SIMILAR, reason, required=False),)
        for one in found[:MOST]:
            digest = raw(one.indicator.value)
            if digest:
                self._by_length[length_of(digest)].append((int.from_bytes(digest[HEAD:], "big"), digest, one))

    def nearest(self, digest: bytes) -> tuple[int, Found] | None:
        """Return the distance of the nearest named file that is alike to one of this digest, and that file."""
        return next(iter(self._nearest(digest)), None)

    @property
    def open(self) -> tuple[Unevaluated, ...]:
        """What is not compared."""
        return self._open

    def matches(self, filename: str, members: Sequence[Member]) -> Iterator[IndicatorMatch]:
        """Yield the files of one artifact that are alike to a named one, each with the nearest of these."""
        near = [(member, *self._nearest(member.tlsh)[0]) for member in members if self._nearest(member.tlsh)]
        innocent = self._bundle.innocent("sha256", {member.sha256 for member, _, _ in near}) if near else set()
        for member, far, one in near:
            if member.sha256 not in innocent:
                where = f"{filename}/{member.path}"
                yield IndicatorMatch(one.indicator, one.provenance, "similar", where, far)

    def _nearest(self, digest: bytes) -> list[tuple[int, Found]]:
        """Return the distance of the nearest named file that is alike, and that file; empty where none is."""
        if not digest or not self._by_length:
            return []
        if digest not in self._seen:
            self._seen[digest] = sorted(self._alike(digest), key=lambda pair: pair[0])[:1]
        return self._seen[digest]

    def _alike(self, digest: bytes) -> Iterator[tuple[int, Found]]:
        body, length = int.from_bytes(digest[HEAD:], "big"), length_of(digest)
        for other in range(length - _LENGTHS, length + _LENGTHS + 1):
            for named, whole, one in self._by_length.get(other, ()):
                if (named ^ body).bit_count() <= _BITS and (far := distance(digest, whole)) <= ALIKE:
                    yield far, one
