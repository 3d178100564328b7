"""``doorward intel lookup``: what the imported feeds know of a package, a digest, an address, or a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from doorward.engine.gather.intelligence import Asked, look_up
from doorward.errors import NothingToScan, UsageError
from doorward.model.addresses import address_of, digest_of, domain_of, parents, refang, split_port, url_of
from doorward.model.advisories import Advisory, Affected, Kind
from doorward.model.hosting import is_shared
from doorward.model.intelligence import DIGESTS, IndicatorMatch, Intelligence, Provenance, Role
from doorward.model.purl import parse_purl
from doorward.records import dataclass
from doorward.store.intel import Bundle, open_bundle

#: Kinds of advisory for which an answer is bad news by itself.
_TOPICS = frozenset(kind.value for kind in Kind)
_BAD = frozenset({Kind.MALICIOUS, Kind.SUSPECTED})


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one thing."""

    question: str
    #: "package", "digest", "address", "record".
    kind: str
    #: The answer about a package.
    intelligence: Intelligence | None = None
    indicators: tuple[IndicatorMatch, ...] = ()
    #: Records by id or alias, withdrawn ones included.
    records: tuple[tuple[Advisory, tuple[Affected, ...], Provenance], ...] = ()

    @property
    def is_bad(self) -> bool:
        """Whether a live record or indicator calls it malicious."""
        if self.intelligence is not None:
            return any(match.advisory.kind in _BAD for match in self.intelligence.advisories)
        if self.kind == "record":
            return any(record.kind in _BAD and not record.withdrawn for record, _, _ in self.records)
        return any(match.indicator.role is not Role.REPORT for match in self.indicators)

    @property
    def is_open(self) -> bool:
        """Whether the feeds leave open if it is malicious."""
        told = self.intelligence
        return told is not None and any(item.topic == Kind.MALICIOUS.value for item in told.open)


def questions(folder: Path, texts: Sequence[str], now: datetime) -> list[Answer]:
    """Return what is known of each text. Raise NothingToScan without a bundle, UsageError for what is no question."""
    bundle = open_bundle(folder)
    if bundle is None:
        raise NothingToScan("no feed is imported: 'doorward intel import FILE' or 'doorward intel update' brings one")
    with bundle:
        return [_answer(bundle, text.strip(), now) for text in texts]


def _answer(bundle: Bundle, text: str, now: datetime) -> Answer:
    if text.startswith("pkg:"):
        purl = parse_purl(text)
        if not purl.version:
            raise UsageError(f"{text!r} has no version: write pkg:TYPE/NAME@VERSION")
        (told,) = look_up(bundle, [Asked(purl)], now=now)
        # Of a purl alone there are no digests and no code: that these are not compared is no news.
        asked = tuple(item for item in told.open if item.topic in _TOPICS)
        return Answer(text, "package", replace(told, open=asked))
    digest = _digest(text)
    if digest is not None:
        algorithm, value = digest
        raw = bytes.fromhex(value)
        found = bundle.digests({algorithm: {raw}}, now).get((algorithm, raw), [])
        matches = [IndicatorMatch(one.indicator, one.provenance, "asked", text) for one in found]
        return Answer(text, "digest", indicators=tuple(matches))
    values = _addresses(refang(text))
    if values:
        matches = [
            IndicatorMatch(found.indicator, found.provenance, "asked", text)
            for kind, value in values
            for found in bundle.indicators(kind, [value], now).get(value, [])
        ]
        return Answer(text, "address", indicators=tuple(matches))
    records = bundle.records([text])
    return Answer(text, "record", records=tuple((r.advisory, r.affected, r.provenance) for r in records))


def _digest(text: str) -> tuple[str, str] | None:
    algorithm, colon, value = text.partition(":")
    if colon and algorithm.lower() in DIGESTS:
        return digest_of(value, algorithm)
    return digest_of(text)


def _addresses(text: str) -> list[tuple[str, str]]:
    """Return what an address can be named by: itself, and for a domain those above it."""
    if "://" in text:
        url = url_of(text)
        return [("url", url)] if url else []
    host, _ = split_port(text)
    address = address_of(host)
    if address:
        return [("ip", address)]
    domain = domain_of(host)
    above = parents(domain) if domain else ()
    return [("domain", name) for place, name in enumerate(above) if not place or not is_shared(name)]
