"""Exposure: where releases that turned out to be bad were, and when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import Enum

from doorward.errors import InvalidVersion
from doorward.model.advisories import Affected, base_ecosystem, lookup_name
from doorward.model.purl import OSV_ECOSYSTEM, PURL_TYPE, Purl, make_purl
from doorward.model.ranges import Named, Unclear, names
from doorward.model.versions import satisfies
from doorward.records import dataclass

#: What was found of a release, from what was only asked for to what is on this disk.
KINDS = ("lock", "inventory", "log", "image", "cache", "installed")

#: purl types of operating systems, whose advisories name packages without the distribution.
SYSTEMS = frozenset({"deb", "apk", "rpm"})

_SEPARATORS = str.maketrans("_.", "--")

Key = tuple[str, str]


def key_of(type_: str, name: str) -> Key:
    """Return what a package is found under, however its name is written."""
    if type_ in SYSTEMS:
        name = name.rpartition("/")[2]
    return type_, lookup_name(OSV_ECOSYSTEM.get(type_, type_), name)


def source_of(purl: Purl) -> tuple[str, str]:
    """Return name and version of the source of a distribution's package, "" where the package URL has none."""
    told = dict(purl.qualifiers).get("upstream", "") if purl.type in SYSTEMS else ""
    source, _, version = told.partition("@")
    return source, version or purl.version


def _joined(text: str) -> str:
    return text.lower().translate(_SEPARATORS)


class Outcome(Enum):
    """The answer to "were we exposed"."""

    EXPOSED = "exposed"
    NOT_FOUND = "not-found"
    NOT_EVALUATED = "not-evaluated"

    @property
    def exit_code(self) -> int:
        """Exit code of the command."""
        return {Outcome.EXPOSED: 1, Outcome.NOT_FOUND: 0, Outcome.NOT_EVALUATED: 3}[self]


@dataclass(frozen=True, slots=True)
class Suspect:
    """Some versions of one package, or all of them."""

    #: purl type.
    type: str
    #: What names the versions; none listed and no range: every version.
    affected: Affected
    #: The id of the advisory or the name of the feed's record; "" for a package URL.
    record: str = ""

    @property
    def key(self) -> Key:
        """What packages of this name are found under."""
        return key_of(self.type, self.affected.name)

    @property
    def purls(self) -> tuple[str, ...]:
        """The releases that are named outright; the package where a range or nothing names its versions."""
        versions = self.affected.versions if not self.affected.ranges else ()
        return tuple(str(make_purl(self.type, self.affected.name, version)) for version in versions or ("",))


def _may_mean(suspect: Suspect, wanted: str) -> bool:
    if not wanted or suspect.affected.ranges or not suspect.affected.versions:
        return True
    try:
        ecosystem = base_ecosystem(suspect.affected.ecosystem)
        return any(satisfies(ecosystem, version, wanted) for version in suspect.affected.versions)
    except InvalidVersion:
        return True


def suspect_of(type_: str, name: str, version: str) -> Suspect:
    """Return one release as a suspect, or with version "" every release of a package."""
    ecosystem = OSV_ECOSYSTEM.get(type_, type_)
    return Suspect(type_, Affected(ecosystem, name, versions=(version,) if version else ()))


def suspect_in(affected: Affected, record: str) -> Suspect | None:
    """Return an advisory's package as a suspect; None where its ecosystem has no package URLs."""
    type_ = PURL_TYPE.get(base_ecosystem(affected.ecosystem))
    return Suspect(type_, affected, record) if type_ else None


class Suspects:
    """All that is asked about, by package and by digest."""

    def __init__(self, suspects: Iterable[Suspect], by_digest: Callable[[str], str | None] | None = None) -> None:
        #: Everything that is asked about, in order.
        self.all = tuple(dict.fromkeys(suspects))
        #: Returns the record that names a digest ("sha256:HEX"); None where only names are asked about.
        self.by_digest = by_digest
        self._digests: dict[str, str | None] = {}
        #: Releases of which a record leaves open whether it means them, with the reason.
        self.open: dict[str, str] = {}
        self._known: dict[Key, list[Suspect]] = defaultdict(list)
        for suspect in self.all:
            self._known[suspect.key].append(suspect)

    def named(self, type_: str, name: str) -> bool:
        """Whether some release of a package is asked about."""
        return key_of(type_, name) in self._known

    def admits(self, type_: str, name: str, wanted: str) -> bool:
        """Whether a requirement may mean a release that is asked about: it does, or nobody here can tell."""
        suspects = self._known.get(key_of(type_, name), ())
        return any(_may_mean(suspect, wanted.partition(";")[0].strip()) for suspect in suspects)

    def records(self, type_: str, name: str, version: str, digests: Iterable[str] = ()) -> tuple[str, ...] | None:
        """Return the records that name a release, none for a package URL alone; None where nothing names it."""
        found = dict.fromkeys(self._naming(digests)) if self.by_digest else {}
        hit = bool(found)
        for suspect in self._known.get(key_of(type_, name), ()):
            answer = names(suspect.affected, version, empty_names_all=True)
            if isinstance(answer, Named):
                hit = True
                found[suspect.record] = None
            elif isinstance(answer, Unclear):
                self.open[str(make_purl(type_, name, version))] = f"{suspect.record}: {answer.reason}".lstrip(": ")
        return tuple(record for record in found if record) if hit else None

    def records_of(self, purl: Purl, digests: Iterable[str] = ()) -> tuple[str, ...] | None:
        """Return the same of a package URL, and of the source that a distribution made the package from.

        An image that is pinned by digest counts also as the release that the tag beside it names.
        """
        found = self.records(purl.type, purl.full_name, purl.version, digests)
        source, version = source_of(purl)
        if purl.type == "docker":
            version = dict(purl.qualifiers).get("tag", "")
            source = purl.full_name if version else ""
        more = self.records(purl.type, source, version) if source else None
        return found if more is None else tuple(dict.fromkeys((*(found or ()), *more)))

    def _naming(self, digests: Iterable[str]) -> Iterator[str]:
        """Yield the records that name some digest; each digest is looked up once."""
        assert self.by_digest is not None
        for digest in digests:
            if digest not in self._digests:
                self._digests[digest] = self.by_digest(digest)
            record = self._digests[digest]
            if record is not None:
                yield record

    def has_type(self, *types: str) -> bool:
        """Whether a package of one of some types is asked about, or whatever has some digest."""
        return self.by_digest is not None or any(suspect.type in types for suspect in self.all)

    def may_be_at(self, path: str) -> bool:
        """Whether a path may tell of a package that is asked about, however its name is written there."""
        plain = _joined(path)
        return self.by_digest is not None or any(_joined(name) in plain for name in self.spellings())

    def spellings(self) -> Iterator[str]:
        """Yield the last part of each package's name, as a file that names the package must have it somewhere."""
        for suspect in self.all:
            yield suspect.affected.name.rpartition(":")[2].rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class CommitMark:
    """One commit that brought a release into a lock file, kept it there, or took it out."""

    commit: str
    time: datetime | None
    #: "brought", "kept", "removed".
    did: str


@dataclass(frozen=True, slots=True)
class Trace:
    """One place where a release was met."""

    #: One of :data:`KINDS`.
    kind: str
    purl: str
    #: The file, folder, cache or project, as a person finds it.
    where: str
    #: Records that name the release.
    records: tuple[str, ...] = ()
    first: datetime | None = None
    #: When it was last there; None where that is not known, or where it still is.
    last: datetime | None = None
    #: Whether it is there now.
    present: bool = False
    #: What else is known: (label, value).
    details: tuple[tuple[str, str], ...] = ()
    commits: tuple[CommitMark, ...] = ()

    @property
    def weight(self) -> tuple[bool, int]:
        """How bad it is: what is there now before what was, what ran here before what was asked for."""
        return self.kind == "installed" or (self.present and self.kind != "lock"), KINDS.index(self.kind)


@dataclass(frozen=True, slots=True)
class Live:
    """The hours in which a release could be had."""

    purl: str
    #: First upload, None where no index tells.
    since: datetime | None = None
    #: "listed", "withdrawn", "gone" (the index no longer has it), "" where that is not known.
    state: str = ""
    #: When the index said so.
    seen: datetime | None = None
    #: When a record first named it.
    reported: datetime | None = None
    #: Why there is no answer; "" where there is one.
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """One kind of place, and how much of it was looked at."""

    kind: str
    #: Things that were looked at: files, revisions, packages, entries.
    count: int
    #: In words: "12 versions of 3 lock files, 8 refs".
    what: str


@dataclass(frozen=True, slots=True)
class Unlooked:
    """Something that was not looked at, and why."""

    where: str
    reason: str
    #: Whether nothing may be called "not found" without it.
    required: bool = False


@dataclass(frozen=True, slots=True)
class Exposure:
    """The whole answer."""

    #: What was asked, in the user's words, with what it means: ("MAL-2026-1", "3 releases of 1 package").
    asked: tuple[tuple[str, str], ...]
    observed_at: datetime
    traces: tuple[Trace, ...] = ()
    live: tuple[Live, ...] = ()
    looked: tuple[Looked, ...] = ()
    gaps: tuple[Unlooked, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The answer. What must be known and is not is never a "no"."""
        if self.traces:
            return Outcome.EXPOSED
        if not any(item.count for item in self.looked) or any(gap.required for gap in self.gaps):
            return Outcome.NOT_EVALUATED
        return Outcome.NOT_FOUND
