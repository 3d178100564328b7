"""``doorward intel lookup``: what the imported feeds know of a package, a digest, an address, or a record."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from doorward.engine.gather.feeds import Feeds
from doorward.engine.gather.intelligence import MAX_AGE, Asked, look_up
from doorward.engine.gather.online import api_of, ask_online
from doorward.engine.gather.similar import Similar
from doorward.errors import FetchError, NothingToScan, UsageError
from doorward.model.addresses import address_of, digest_of, domain_of, parents, refang, split_port, url_of, without_user
from doorward.model.advisories import Advisory, Affected, Exploited, Kind, Likelihood
from doorward.model.facts import Missing
from doorward.model.hosting import is_shared
from doorward.model.intelligence import HASHES, HINTS, HOSTS, SIMILAR, IndicatorMatch, Intelligence, Provenance
from doorward.model.purl import is_purl, parse_purl
from doorward.policy.intel import IntelPolicy
from doorward.records import dataclass, replace
from doorward.sources.http import Http
from doorward.store.intel import Bundle, Found, open_bundle

_HEX = re.compile(r"[0-9A-Fa-f]{16,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{20,}={0,2}")
#: Algorithms that npm's lock files name.
_SRI = frozenset({"sha1", "sha256", "sha512"})
#: What people call the algorithms, without hyphens and underscores.
_NAMES = frozenset({"md5", "sha1", "sha256", "sha512", "blake2b", "blake2b256"})
_TLSH = re.compile(r"(?:T1)?([0-9A-F]{70})", re.IGNORECASE)
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,19}", re.IGNORECASE)
_UNKNOWN = "no imported feed has a record of this name (packages are written pkg:TYPE/NAME@VERSION)"
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
    #: Of the vulnerabilities that a record is about: those that are exploited, and how likely that is.
    exploited: tuple[Exploited, ...] = ()
    likelihoods: tuple[Likelihood, ...] = ()

    @property
    def is_bad(self) -> bool:
        """Whether a live record or indicator calls it malicious."""
        if self.intelligence is not None:
            return any(match.advisory.kind in _BAD for match in self.intelligence.advisories)
        if self.kind == "record":
            return any(record.kind in _BAD and not record.withdrawn for record, _, _ in self.records)
        return any(match.indicator.role not in HINTS and match.met != "similar" for match in self.indicators)

    #: Why the feeds cannot tell of a digest, an address or a record; "" where they can.
    open: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the feeds leave open if it is malicious."""
        told = self.intelligence
        if told is None:
            return bool(self.open)
        named = any(match.advisory.kind is Kind.REPORTED for match in told.advisories)
        return named or any(item.topic == Kind.MALICIOUS.value for item in told.open)


def questions(folder: Path, texts: Sequence[str], now: datetime, max_age: timedelta = MAX_AGE) -> list[Answer]:
    """Return what is known of each text. Raise NothingToScan without a bundle, UsageError for what is no question."""
    bundle = open_bundle(folder)
    if bundle is None:
        raise NothingToScan("no feed is imported: 'doorward intel import FILE' or 'doorward intel update' brings one")
    with bundle:
        return [_answer(bundle, text.strip(), now, max_age) for text in texts]


def online_questions(
    http: Http, policy: IntelPolicy, texts: Sequence[str], now: datetime, environ: Mapping[str, str]
) -> list[Answer]:
    """Return what OSV's API knows of package URLs. SourceError where it cannot be asked, UsageError for other texts."""
    asked = [_asked(text.strip()) for text in texts]
    answers = []
    for item, fact in zip(asked, ask_online(http, api_of(policy, environ), asked, now), strict=True):
        if isinstance(fact, Missing):
            raise FetchError(fact.reason)
        answers.append(Answer(str(item.purl), "package", _of_name(fact.value)))
    return answers


def _asked(text: str) -> Asked:
    if not is_purl(text):
        raise UsageError(f"{text!r}: only package URLs are looked up online")
    purl = parse_purl(text)
    if not purl.version:
        raise UsageError(f"{text!r} has no version: write pkg:TYPE/NAME@VERSION")
    return Asked(purl)


def _of_name(told: Intelligence) -> Intelligence:
    """Leave out what only digests and code could answer: of a purl alone, that these are not compared is no news."""
    return replace(told, open=tuple(item for item in told.open if item.topic in _TOPICS))


def _answer(bundle: Bundle, text: str, now: datetime, max_age: timedelta) -> Answer:
    if is_purl(text):
        (told,) = look_up(bundle, [_asked(text)], now=now, max_age=max_age)
        return Answer(text, "package", _of_name(told))
    feeds = Feeds(bundle.feeds, now, max_age)
    if fuzzy := _TLSH.fullmatch(text):
        return _of_similar(bundle, text, bytes.fromhex(fuzzy[1]), now)
    digests = _digests(text)
    if digests:
        wanted = {algorithm: {bytes.fromhex(value)} for algorithm, value in digests}
        met = [found for several in bundle.digests(wanted, now).values() for found in several]
        listed = next((name for name, _ in digests if name in bundle.algorithms), "")
        unlisted = "" if listed else f"no imported feed lists digests by {digests[0][0]}"
        return _of_values(text, "digest", met, unlisted or feeds.too_old(HASHES))
    values = _addresses(refang(text))
    if values:
        met = [found for kind, value in values for found in bundle.indicators(kind, [value], now).get(value, [])]
        unlisted = "" if feeds.answers(HOSTS, "") else "no imported feed lists addresses"
        return _of_values(text, "address", met, unlisted or feeds.too_old(HOSTS))
    if not text:
        raise UsageError("an empty text is no question")
    return _of_record(bundle, text.upper() if _CVE.fullmatch(text) else text)


def _of_similar(bundle: Bundle, text: str, digest: bytes, now: datetime) -> Answer:
    """Return the nearest file of those that are alike: a kinship, which proves nothing."""
    similar = Similar(bundle, now)
    nearest = similar.nearest(digest)
    listed = any(topic == SIMILAR for feed in bundle.feeds for topic, _, _ in feed.covers)
    if nearest is None:
        return Answer(text, "digest", open="" if listed else "no imported feed lists digests of similar files")
    far, found = nearest
    match = IndicatorMatch(found.indicator, found.provenance, "similar", text, far)
    return Answer(text, "digest", indicators=(match,), open=f"alike at a distance of {far}: it may be innocent")


def _of_record(bundle: Bundle, name: str) -> Answer:
    """Return the records of an id or alias, and what is told of the vulnerabilities by their names."""
    records = tuple((r.advisory, r.affected, r.provenance) for r in bundle.records([name]))
    names = sorted({name, *(word for record, _, _ in records for word in (record.id, *record.aliases))})
    exploited, likelihoods = bundle.exploited(names), bundle.likelihoods(names)
    return Answer(
        name,
        "record",
        records=records,
        exploited=tuple(exploited.values()),
        likelihoods=tuple(likelihoods.values()),
        open="" if records else _UNKNOWN,
    )


def _of_values(text: str, kind: str, met: Sequence[Found], reason: str) -> Answer:
    matches = tuple(IndicatorMatch(one.indicator, one.provenance, "asked", text) for one in met)
    if matches and all(one.indicator.role in HINTS for one in met):
        reason = "named by a report, or as a file beside malware: it may be innocent"
    return Answer(text, kind, indicators=matches, open=reason)


def _digests(text: str) -> list[tuple[str, str]]:
    """Return what a digest can be, in hex or as a lock file of npm writes it; nothing for another thing.

    Raise UsageError for what is a digest by its look and is none: "nothing is known" would say that it is no bad one.
    """
    algorithm, mark, value = text.partition(":")
    if not mark:
        algorithm, mark, value = text.rpartition("-")
        if algorithm.lower() in _SRI and _BASE64.fullmatch(value):
            with suppress(ValueError):
                value = b64decode(value, validate=True).hex()
    if not mark or algorithm.lower().replace("-", "").replace("_", "") not in _NAMES:
        algorithm, value = "", text
    found = digest_of(value, algorithm)
    if found is None and (algorithm or _HEX.fullmatch(value)):
        raise UsageError(f"{text!r} is no digest: its length or its letters are wrong")
    # Without a name, 64 digits are SHA-256 to a feed; who asks may mean BLAKE2b.
    either = not algorithm and found is not None and found[0] == "sha256"
    return [pair for pair in (found, ("blake2b_256", value.strip().lower()) if either else None) if pair is not None]


def _addresses(text: str) -> list[tuple[str, str]]:
    """Return what an address can be named by: itself, and for a domain those above it.

    Of a URL by another protocol than feeds name its host is asked for; one without a protocol may be of either.
    """
    scheme, mark, rest = text.partition("://")
    rest = rest if mark else scheme.removeprefix("//")
    hosts = _hosts(re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2])
    urls = [text] if mark else [f"{known}://{rest}" for known in ("https", "http")] if "/" in rest else []
    known = [url for url in map(url_of, urls if hosts else ()) if url]
    return [("url", url) for url in dict.fromkeys([*known, *map(without_user, known)])] + hosts


def _hosts(text: str) -> list[tuple[str, str]]:
    host, _ = split_port(text)
    address = address_of(host)
    if address:
        return [("ip", address)]
    domain = domain_of(host)
    above = parents(domain) if domain else ()
    return [("domain", name) for place, name in enumerate(above) if not place or not is_shared(name)]
