"""What a bundle of intelligence says of releases: by name and version, by digest, and by the addresses in their code.

Everything is asked for at once, for all releases of a scan, and only what is met comes back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from doorward.engine.advisories import Answer, evaluate
from doorward.engine.gather.feeds import Feeds
from doorward.engine.gather.similar import Similar
from doorward.model.addresses import address_of, domain_of, parents, url_of, without_user
from doorward.model.advisories import Package
from doorward.model.content import ArtifactContent
from doorward.model.facts import Known
from doorward.model.hosting import is_shared
from doorward.model.intelligence import DIGESTS, HASHES, HOSTS, FeedState, IndicatorMatch, Intelligence, Unevaluated
from doorward.model.purl import Purl
from doorward.model.release import LockedDigest, ReleaseChange
from doorward.model.severity import rated
from doorward.records import dataclass, replace
from doorward.store.intel import Bundle, Found

#: How old the feed that brings most of a topic may be.
MAX_AGE = timedelta(days=7)
#: purl types of the packages of operating systems.
_SYSTEMS = frozenset({"deb", "apk", "rpm"})
#: Matches of one kind that are kept of a release.
MOST = 200

#: Where a digest or an address was met: "declared" and the like, and the place.
_Met = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a release that a bundle is asked about: as little as its name and version will do."""

    purl: Purl
    #: Digests that the lock file and the registry declare.
    declared: tuple[LockedDigest, ...] = ()
    #: File name and content of each artifact that was read.
    contents: tuple[tuple[str, ArtifactContent], ...] = ()
    #: Digests of the files that it installed.
    installed: tuple[LockedDigest, ...] = ()

    @property
    def package(self) -> Package:
        """The package by OSV's names, with the release of a distribution and the commit, where the purl has them."""
        told = dict(self.purl.qualifiers)
        if self.purl.type in _SYSTEMS:
            return self._of_system(told)
        repository, at, commit = told.get("vcs_url", "").removeprefix("git+").rpartition("@")
        return Package(
            self.purl.ecosystem,
            self.purl.full_name,
            self.purl.version,
            repository if at else "",
            commit if at else "",
        )

    def _of_system(self, told: Mapping[str, str]) -> Package:
        """Return a package of a distribution: advisories name the source package, rpm's the package itself."""
        _, dash, release = told.get("distro", "").rpartition("-")
        if self.purl.type == "apk":
            release = f"v{'.'.join(release.split('.')[:2])}" if release[:1].isdigit() else release
        elif self.purl.type == "rpm":
            release = release.partition(".")[0]
        source = told.get("upstream", "").partition("@")[0] if self.purl.type != "rpm" else ""
        ecosystem = f"{self.purl.ecosystem}:{release}" if dash else self.purl.ecosystem
        return Package(ecosystem, source or self.purl.name, self.purl.version)


def asked_of(change: ReleaseChange) -> Asked:
    """Return what is asked about the new release of a change."""
    artifacts = change.new.artifacts.value if isinstance(change.new.artifacts, Known) else ()
    stated = [
        LockedDigest(algorithm, value, artifact.record.filename)
        for artifact in artifacts
        for algorithm, _, value in (digest.partition(":") for digest in artifact.record.digests)
    ]
    read = [(a.record.filename, a.content.value) for a in artifacts if isinstance(a.content, Known)]
    return Asked(change.new.purl, (*change.locked, *stated), tuple(read), change.installed)


def look_up(
    bundle: Bundle,
    asked: Sequence[Asked],
    *,
    now: datetime,
    max_age: timedelta = MAX_AGE,
    as_of: datetime | None = None,
) -> list[Intelligence]:
    """Return what the bundle says of each release, in the same order. ``as_of`` hides what was published later."""
    feeds = Feeds(bundle.feeds, now, max_age)
    answers = evaluate(bundle, [item.package for item in asked], as_of=as_of)
    digests = _Digests(bundle, asked, now)
    hosts = _Hosts(bundle, asked, now)
    similar = Similar(bundle, now)
    found = []
    for item, answer in zip(asked, answers, strict=True):
        alike = _first(match for name, content in item.contents for match in similar.matches(name, content.members))
        matches = (*digests.matches(item), *hosts.matches(item), *alike)
        gaps = (*answer.open, *feeds.open(item.purl.ecosystem), *_unread(item, feeds), *similar.open)
        found.append(_intelligence(bundle, answer, matches, gaps, feeds.stale(item.purl.ecosystem)))
    return found


def met_inside(bundle: Bundle, asked: Sequence[Asked], now: datetime) -> list[list[IndicatorMatch]]:
    """Return which indicators the artifacts of each release meet, by their files and the addresses in their code."""
    digests, hosts = _Digests(bundle, asked, now), _Hosts(bundle, asked, now)
    return [[*digests.matches(item), *hosts.matches(item)] for item in asked]


def _intelligence(
    bundle: Bundle,
    answer: Answer,
    matches: tuple[IndicatorMatch, ...],
    gaps: tuple[Unevaluated, ...],
    stale: tuple[tuple[FeedState, timedelta], ...],
) -> Intelligence:
    advisories = []
    for match in answer.matches:
        severity, words, score = rated(match.advisory)
        likelihood = match.likelihood.probability if match.likelihood else 0.0
        # What is exploited already is worse than what might be, whatever its score.
        rank = (match.exploited is None, -severity, -score, -likelihood)
        advisories.append((rank, replace(match, severity=severity, rated=words)))
    advisories.sort(key=lambda pair: pair[0])
    return Intelligence(
        bundle.id,
        tuple(match for _, match in advisories),
        answer.siblings,
        matches,
        gaps,
        stale,
        answer.upgrade,
    )


def _unread(asked: Asked, feeds: Feeds) -> Iterator[Unevaluated]:
    """Yield the questions that a feed could answer, had anything of the release been seen."""
    ecosystem = asked.purl.ecosystem
    if not asked.declared and not asked.contents and feeds.answers(HASHES, ecosystem):
        yield Unevaluated(HASHES, "no digest of the release is known", required=True)
    if not asked.contents and feeds.answers(HOSTS, ecosystem):
        yield Unevaluated(HOSTS, "no artifact of the release was read", required=False)


class _Digests:
    """Digests of all releases that are asked about, and which of them some indicator names."""

    def __init__(self, bundle: Bundle, asked: Sequence[Asked], now: datetime) -> None:
        wanted: dict[str, set[bytes]] = {algorithm: set() for algorithm in bundle.algorithms}
        if wanted:
            for item in asked:
                for algorithm, digest, _ in (*_artifact_digests(item), *_installed_digests(item)):
                    if algorithm in wanted:
                        wanted[algorithm].add(digest)
                for _, content in item.contents:
                    for algorithm in wanted.keys() & _OF_MEMBERS:
                        wanted[algorithm].update(
                            [digest for one in content.members if one.size and (digest := getattr(one, algorithm))]
                        )
        self._found = bundle.digests(wanted, now) if wanted else {}

    def matches(self, asked: Asked) -> Iterator[IndicatorMatch]:
        """Yield the indicators that a release meets: as a whole first, then by its files."""
        if not self._found:
            return
        for algorithm, digest, (met, where) in _artifact_digests(asked):
            for found in self._found.get((algorithm, digest), ()):
                yield IndicatorMatch(found.indicator, found.provenance, met, where)
        yield from _first(self._members(asked))

    def _members(self, asked: Asked) -> Iterator[IndicatorMatch]:
        for algorithm, digest, (met, where) in _installed_digests(asked):
            for found in self._found.get((algorithm, digest), ()):
                yield IndicatorMatch(found.indicator, found.provenance, met, where)
        listed = {algorithm for algorithm, _ in self._found} & _OF_MEMBERS
        for filename, content in asked.contents:
            for member in content.members:
                for algorithm in listed:
                    for found in self._found.get((algorithm, getattr(member, algorithm)), ()):
                        where = f"{filename}/{member.path}"
                        yield IndicatorMatch(found.indicator, found.provenance, "member", where)


#: Digests that are kept of every file of an artifact.
_OF_MEMBERS = frozenset({"sha256", "sha1", "md5"})


def _artifact_digests(asked: Asked) -> Iterator[tuple[str, bytes, _Met]]:
    """Yield the digests of a release's files: those declared, and those of the bytes that came."""
    for digest in asked.declared:
        raw = _raw(digest.algorithm, digest.value)
        if raw:
            yield digest.algorithm, raw, ("declared", digest.filename or "the lock file")
    for filename, content in asked.contents:
        for text in content.digests:
            algorithm, _, value = text.partition(":")
            raw = _raw(algorithm, value)
            if raw:
                yield algorithm, raw, ("artifact", filename)


def _installed_digests(asked: Asked) -> Iterator[tuple[str, bytes, _Met]]:
    """Yield the digests of the files that a release installed."""
    for digest in asked.installed:
        raw = _raw(digest.algorithm, digest.value)
        if raw:
            yield digest.algorithm, raw, ("member", digest.filename)


def _raw(algorithm: str, value: str) -> bytes:
    """Return a raw digest, b"" where it is none of the algorithm."""
    try:
        raw = bytes.fromhex(value)
    except ValueError:
        return b""
    return raw if len(raw) == DIGESTS.get(algorithm) else b""


class _Hosts:
    """The addresses in the code of all releases that are asked about, and which of them some indicator names."""

    def __init__(self, bundle: Bundle, asked: Sequence[Asked], now: datetime) -> None:
        self._found: dict[tuple[str, str], list[Found]] = {}
        kinds = {what for feed in bundle.feeds for topic, what, _ in feed.covers if topic == HOSTS}
        names = (
            {name for item in asked for _, content in item.contents for name in content.endpoints} if kinds else set()
        )
        wanted: dict[str, set[str]] = defaultdict(set)
        for name in names:
            for kind, value in _values(name):
                if kind in kinds:
                    wanted[kind].add(value)
        for kind, values in wanted.items():
            present = bundle.present(kind, values)
            self._found |= {(kind, value): found for value, found in bundle.indicators(kind, present, now).items()}

    def matches(self, asked: Asked) -> Iterator[IndicatorMatch]:
        """Yield the indicators that the code of a release names."""
        if self._found:
            yield from _first(self._endpoints(asked))

    def _endpoints(self, asked: Asked) -> Iterator[IndicatorMatch]:
        for filename, content in asked.contents:
            for name in content.endpoints:
                for key in _values(name):
                    for found in self._found.get(key, ()):
                        yield IndicatorMatch(found.indicator, found.provenance, "endpoint", f"{name} in {filename}")


def _values(name: str) -> Iterator[tuple[str, str]]:
    """Yield what an address in code can be named by: a URL as a whole, a host, and the domains above it.

    Whose domain is above a host of a shared service is the service's, so that those are left out.
    """
    if "://" in name:
        url = url_of(name)
        if url:
            yield from (("url", named) for named in dict.fromkeys((url, without_user(url))))
        return
    address = address_of(name)
    if address:
        yield "ip", address
        return
    domain = domain_of(name)
    for place, parent in enumerate(parents(domain) if domain else ()):
        if not place or not is_shared(parent):
            yield "domain", parent


def _first(matches: Iterable[IndicatorMatch]) -> Iterator[IndicatorMatch]:
    """Yield each match once, at most :data:`MOST` of them."""
    seen: set[tuple[str, str, str, str]] = set()
    for match in matches:
        key = (match.indicator.kind, match.indicator.value, match.provenance.feed, match.where)
        if key not in seen and len(seen) < MOST:
            seen.add(key)
            yield match
