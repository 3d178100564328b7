"""Advisories: which versions of which packages are malicious, vulnerable or given up, as the OSV schema puts it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Any

from doorward.model.purl import CASELESS, CRATES, PURL_TYPE, normalise_name
from doorward.records import dataclass, field

#: Kinds of event in a range, in the order in which those of one version are walked.
EVENTS = ("introduced", "fixed", "last_affected", "limit")
#: The ecosystem under which ranges of commits are indexed, with the repository's address as name.
GIT = "GIT"
#: How a moment is written, with all digits as zeros.
_MOMENT = "0000-00-00T00:00:00Z"
_EPOCH = "1970"
_AS_ZERO = str.maketrans("123456789", "000000000")


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


@dataclass(slots=True)
class Pack:
    """Many records of a feed that brings a million, in columns: one statement writes a hundred rows of a table.

    Of each record there is what it is indexed by, and the rest as it was read. A column that tells of which record its
    rows are holds the places of records among these.
    """

    ids: list[str] = field(default_factory=list)
    #: Values of :class:`Kind`.
    kinds: list[str] = field(default_factory=list)
    #: Moments as in :class:`Advisory`.
    modified: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    #: The aliases of each record, one a line.
    aliases: list[str] = field(default_factory=list)
    #: MessagePack of an array: published, summary, upstream, severity, the feed's word for it, references, affected.
    #: What holds objects is as OSV 1.7.5 writes it, without the fields that :class:`Advisory` has no place for.
    #: Each is a bytearray, which SQLite's binding takes as it is, while it looks for an adapter of bytes.
    bodies: list[bytearray] = field(default_factory=list)
    #: Packages: of which record, ecosystem and name as written.
    packages: tuple[list[int], list[str], list[str]] = field(default_factory=lambda: ([], [], []))
    #: Addresses of the repositories of GIT ranges: of which record, address.
    repositories: tuple[list[int], list[str]] = field(default_factory=lambda: ([], []))
    #: Other names of records: of which record, name.
    names: tuple[list[int], list[str]] = field(default_factory=lambda: ([], []))
    #: Digests of released files: of which record, algorithm as OSV names it, lower-case hex, the file's name.
    digests: tuple[list[int], list[str], list[str], list[str]] = field(default_factory=lambda: ([], [], [], []))

    def only(self, kinds: Collection[Kind]) -> Pack:
        """Return the records of some kinds."""
        values = {kind.value for kind in kinds}
        kept = [at for at, kind in enumerate(self.kinds) if kind in values]
        places = {at: place for place, at in enumerate(kept)}
        columns = (self.ids, self.kinds, self.modified, self.withdrawn, self.aliases, self.bodies)
        tables = (self.packages, self.repositories, self.names, self.digests)
        return Pack(
            *([column[at] for at in kept] for column in columns),  # type: ignore[arg-type]
            *(_moved(table, places) for table in tables),
        )


def _moved(table: tuple[list[Any], ...], places: Mapping[int, int]) -> tuple[list[Any], ...]:
    """Return the rows of the records that have a place, with that in their first column."""
    rows = [row for row, at in enumerate(table[0]) if at in places]
    return ([places[table[0][row]] for row in rows], *([column[row] for row in rows] for column in table[1:]))


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
    host, _, path = rest.lower().partition("/")
    return f"{host.rpartition('@')[2]}/{path.removesuffix('.git')}".rstrip("/")


def stamp(text: object) -> str:
    """Return a moment of RFC 3339 as "2026-09-04T00:47:46Z" in UTC, which sorts as time does; "" where it is none.

    A moment before 1970 is a program's zero, not a time.
    """
    if not isinstance(text, str) or text < _EPOCH:
        return ""
    try:
        when, begun = datetime.fromisoformat(text), text[:19] + "Z"
        if text.endswith("Z") and begun.translate(_AS_ZERO) == _MOMENT:  # with a fraction of a second, or as it is
            return begun
        return f"{when.astimezone(UTC) if when.tzinfo else when:%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError):
        return ""


def stamps(texts: Sequence[str | None]) -> list[str]:
    """Return the same of many, most of which are written that way already: they are looked at together."""
    try:
        if "".join(texts).translate(_AS_ZERO) == _MOMENT * len(texts) and min(texts) >= _EPOCH:  # type: ignore[arg-type, type-var, operator]
            # One that is longer, beside one that is shorter, is no moment.
            list(map(datetime.fromisoformat, texts))  # type: ignore[arg-type]
            return list(texts)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        pass
    return list(map(stamp, texts))


def moment_of(text: str) -> datetime | None:
    """Return the moment that :func:`stamp` wrote, None where it wrote none."""
    return datetime.fromisoformat(text) if text else None
