"""Advisories: which versions of which packages are malicious, vulnerable or given up, as the OSV schema puts it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from doorward.model.purl import CASELESS, CRATES, PURL_TYPE, normalise_name
from doorward.records import dataclass, field

#: Kinds of event in a range, in the order in which those of one version are walked.
EVENTS = ("introduced", "fixed", "last_affected", "limit")
#: The ecosystem under which ranges of commits are indexed, with the repository's address as name.
GIT = "GIT"
#: Characters of "2026-09-04T00:47:46Z".
_SECONDS = 20


class Kind(Enum):
    """What an advisory says of a release."""

    #: It does harm on purpose.
    MALICIOUS = "malicious"
    #: It probably does, or is a tool that mostly serves those who do.
    SUSPECTED = "suspected"
    #: Spam, or somebody's test of somebody else's defences.
    UNWANTED = "unwanted"
    #: A report in prose names it, perhaps as the victim, perhaps as an example.
    REPORTED = "reported"
    VULNERABILITY = "vulnerability"
    #: It is unmaintained, or unsound without being exploitable.
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Range:
    """One range of an advisory."""

    #: "SEMVER", "ECOSYSTEM", "GIT", or "UNREADABLE" for a bound that was there and could not be read.
    type: str
    #: (kind, version) as written, kinds as in :data:`EVENTS`.
    events: tuple[tuple[str, str], ...] = ()
    #: The repository of a GIT range.
    repo: str = ""


@dataclass(frozen=True, slots=True)
class Symbols:
    """What of a package is affected: an import path, and the names in it; no names: all of it."""

    path: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Affected:
    """One package of an advisory."""

    #: As OSV writes it, with its release suffix ("Debian:12").
    ecosystem: str
    #: As the advisory writes it.
    name: str
    ranges: tuple[Range, ...] = ()
    #: Versions as listed, beside the ranges.
    versions: tuple[str, ...] = ()
    symbols: tuple[Symbols, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """A severity as a feed states it."""

    #: "CVSS_V2", "CVSS_V3", "CVSS_V4" ...
    type: str
    vector: str


@dataclass(frozen=True, slots=True)
class Advisory:
    """One record of a feed."""

    id: str
    kind: Kind
    affected: tuple[Affected, ...] = ()
    #: Moments as text, "2026-09-04T00:47:46Z" in UTC, "" where the record tells none.
    modified: str = ""
    published: str = ""
    #: When it was taken back; "" while it stands.
    withdrawn: str = ""
    #: Other names of the same thing. Symmetric.
    aliases: tuple[str, ...] = ()
    #: Records that this one derives from. Not aliases.
    upstream: tuple[str, ...] = ()
    summary: str = ""
    scores: tuple[Score, ...] = ()
    #: The feed's own word for the severity ("HIGH"), "" where it has none.
    severity: str = ""
    #: Addresses of fixes and of evidence: (type, URL).
    references: tuple[tuple[str, str], ...] = ()


class Packed(NamedTuple):
    """One record of a feed that brings a million: what it is indexed by, and the rest as it was read.

    A named tuple, since making one takes a fifth of the time that a frozen dataclass takes.
    """

    id: str
    #: Value of its :class:`Kind`.
    kind: str
    #: Moments as in :class:`Advisory`.
    modified: str
    withdrawn: str
    #: One a line.
    aliases: str
    #: MessagePack of an array: published, summary, upstream, severity, the feed's word for it, references, affected.
    #: What holds objects is as OSV 1.7.5 writes it, without the fields that :class:`Advisory` has no place for.
    #: A bytearray, which SQLite's binding takes as it is, while it looks for an adapter of each bytes object.
    body: bytearray


@dataclass(slots=True)
class Pack:
    """Many records, and by what they are found. Each row begins with the place of its record among them."""

    records: list[Packed] = field(default_factory=list)
    #: Ecosystem and name of each package, as written.
    packages: list[tuple[int, str, str]] = field(default_factory=list)
    #: Addresses of the repositories of GIT ranges.
    repositories: list[tuple[int, str]] = field(default_factory=list)
    aliases: list[tuple[int, str]] = field(default_factory=list)
    #: Digests of released files: algorithm as OSV names it, lower-case hex, the file's name.
    digests: list[tuple[int, str, str, str]] = field(default_factory=list)

    def only(self, kinds: Collection[Kind]) -> Pack:
        """Return the records of some kinds."""
        values = {kind.value for kind in kinds}
        kept = [at for at, record in enumerate(self.records) if record.kind in values]
        places = {at: place for place, at in enumerate(kept)}
        return Pack(
            [self.records[at] for at in kept],
            [(places[at], ecosystem, name) for at, ecosystem, name in self.packages if at in places],
            [(places[at], repository) for at, repository in self.repositories if at in places],
            [(places[at], alias) for at, alias in self.aliases if at in places],
            [(places[at], kind, digest, note) for at, kind, digest, note in self.digests if at in places],
        )


@dataclass(frozen=True, slots=True)
class Exploited:
    """One entry of the catalog of known exploited vulnerabilities (KEV)."""

    cve: str
    #: Days, "2025-08-25"; "" where the catalog tells none.
    added: str = ""
    due: str = ""
    #: Whether ransomware is known to use it.
    ransomware: bool = False


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How likely a vulnerability is to be exploited within 30 days (EPSS)."""

    cve: str
    #: From 0 to 1.
    probability: float
    #: Share of all vulnerabilities that are less likely, from 0 to 1.
    percentile: float


@dataclass(frozen=True, slots=True)
class Package:
    """What is asked about: one package, by the names of OSV."""

    ecosystem: str
    name: str
    version: str = ""
    #: Repository and full commit hash of a git dependency.
    repository: str = ""
    commit: str = ""


def base_ecosystem(ecosystem: str) -> str:
    """Return an ecosystem without its release: "Debian" for "Debian:12"."""
    return ecosystem.partition(":")[0]


def lookup_name(ecosystem: str, name: str) -> str:
    """Return a package's name as advisories are indexed by it: equal for names that the registry calls one package."""
    return naming_of(base_ecosystem(ecosystem))(name)


@lru_cache(maxsize=256)
def naming_of(base: str) -> Callable[[str], str]:
    """Return how an ecosystem, without its release, makes names equal that it compares as such."""
    if base == CRATES:
        return lambda name: name.replace("_", "-").lower()
    if base == "NuGet":
        return str.lower
    if base == "VSCode":  # an extension's own id joins publisher and name by a dot
        return lambda name: (name if "/" in name else name.replace(".", "/", 1)).lower()
    type_ = PURL_TYPE.get(base, "")
    if type_ == "pypi":
        return lambda name: normalise_name(type_, name)
    return str.lower if type_ in CASELESS else str


def repository_name(url: str) -> str:
    """Return a repository's address as ranges of commits are indexed by it: without scheme, user and ``.git``."""
    rest = url.partition("://")[2] or url
    rest = rest.split("#", 1)[0].rstrip("/")
    host, _, path = rest.partition("/")
    return f"{host.rpartition('@')[2].lower()}/{path.removesuffix('.git')}".rstrip("/")


def stamp(text: object) -> str:
    """Return a moment of RFC 3339 as "2026-09-04T00:47:46Z" in UTC, which sorts as time does; "" where it is none.

    A moment before 1970 is a program's zero, not a time.
    """
    if not isinstance(text, str) or text < "1970":
        return ""
    try:
        if len(text) == _SECONDS and text[10] == "T" and text[19] == "Z":
            datetime.fromisoformat(text)
            return text
        if text[10:11] == "T" and text.endswith(("Z", "+00:00")):
            datetime.fromisoformat(text[:19])
            return text[:19] + "Z"
        when = datetime.fromisoformat(text)
        return f"{when.astimezone(UTC) if when.tzinfo else when:%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError):
        return ""


def moment_of(text: str) -> datetime | None:
    """Return the moment that :func:`stamp` wrote, None where it wrote none."""
    return datetime.fromisoformat(text) if text else None
