"""Threat intelligence: indicators, the feeds that they come from, and what they say of one release.

An indicator is one value (a digest, a domain) that somebody ties to malware. A feed may take it back, it may end, and
it may be worth little: all of that stays with it up to the finding.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from doorward.model.advisories import Advisory, Affected, Exploited, Kind, Likelihood
from doorward.model.findings import Severity
from doorward.records import dataclass

#: Bytes of a digest, by algorithm as OSV and registries name it.
DIGESTS = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64, "blake2b_256": 32}
#: Kinds of network indicators.
NETWORK = ("url", "domain", "ip")
#: Parts of a feed that a scan fetches by itself: its records of malicious packages, and only the newest of those.
OF_HARM, NEWEST = "of harm", "newest"
#: Kinds of evidence that a feed can bring, beside the kinds of advisories.
HASHES, HOSTS, EXPLOITED, SIMILAR = "hashes", "hosts", "exploited", "similar"


class Role(Enum):
    """What an indicator is of, which decides how much a match says."""

    #: A released file as a whole, by the advisory about its package.
    PACKAGE = "package"
    #: A file that a malware repository holds.
    FILE = "file"
    #: A file inside a malicious package, which may be an innocent one.
    EVIDENCE = "evidence"
    #: Part of a campaign: an address that its code talks to.
    CAMPAIGN = "campaign"
    #: Read from prose, where it may stand as an example or as the victim.
    REPORT = "report"
    #: Known to be innocent: never matched.
    BENIGN = "benign"
    #: Of a file in which somebody reported, which an innocent feed took for the malware: never matched.
    DISOWNED = "disowned"


#: What may be innocent: what a report names, and files that lie beside malware.
HINTS = frozenset({Role.REPORT, Role.EVIDENCE})


@dataclass(frozen=True, slots=True)
class Indicator:
    """One value that a feed names."""

    #: "sha256" and the other :data:`DIGESTS`, "domain", "url", "ip", "tlsh".
    kind: str
    #: Lower-case hex, a domain in its ASCII form, a URL without fragment, an address.
    value: str
    role: Role
    #: What of the feed it stands in: an advisory, an event, a report.
    record: str = ""
    #: When it was seen or last changed, as :func:`~doorward.model.advisories.stamp` writes it.
    seen: str = ""
    #: 0 to 100; None where the feed tells none.
    confidence: int | None = None
    #: When it ends, "" where it does not.
    valid_until: str = ""
    #: "clear", "green", "amber", "amber+strict", "red", "" where the feed tells none.
    tlp: str = ""
    #: A file's name, a malware family, or the sentence of a report.
    note: str = ""
    #: Whether the feed takes it back.
    retracted: bool = False
    #: The port that stands behind a domain or an address.
    port: int | None = None


@dataclass(frozen=True, slots=True)
class HashBlock:
    """Many digests of one algorithm of which the feed tells nothing more: raw, one after another."""

    algorithm: str
    rows: bytes


@dataclass(frozen=True, slots=True)
class Disowned:
    """Digests that must never be matched: of the files in which contributors reported, not of any package."""

    #: Raw SHA-256 digests, one after another.
    rows: bytes


@dataclass(frozen=True, slots=True)
class About:
    """What a feed says of itself; what is empty it does not say."""

    #: The format of its documents.
    format: str = ""
    licence: str = ""
    #: When it was made, as :func:`~doorward.model.advisories.stamp` writes it.
    made: str = ""
    #: Whether it holds recent entries only, which add to those of earlier exports.
    adds: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that could not be taken over."""

    #: Document, and line or position in it.
    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Defect:
    """A fault of a record that was taken over nevertheless."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class FeedAddress:
    """Where a feed is fetched, and what does not stand in it."""

    url: str
    #: Of packages in a list that does not tell.
    ecosystem: str = ""
    #: Of a table: "name=2,version=Release".
    columns: str = ""
    #: Header that opens it ("Auth-Key"), and the environment variable that holds its value.
    header: str = ""
    variable: str = ""

    @property
    def hints(self) -> dict[str, str]:
        """What its reader is told."""
        told = {"ecosystem": self.ecosystem, "columns": self.columns}
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class FeedState:
    """What is known of one imported feed."""

    name: str
    #: The format that it is in.
    format: str
    #: Path or address, without user information.
    origin: str
    fetched: datetime
    licence: str = ""
    #: When the feed itself says that it was made.
    made: datetime | None = None
    #: Where the next update goes on, as the kind of server has it.
    cursor: str = ""
    #: The OpenPGP certificate that it has to be signed by, base64; "" where none was named.
    certificate: str = ""
    #: SHA-256 over what was imported, hex.
    digest: str = ""
    records: int = 0
    indicators: int = 0
    #: Records that were withdrawn, indicators that were taken back.
    withdrawn: int = 0
    refused: int = 0
    defects: int = 0
    #: What it brings: (kind of advisory, or HASHES or HOSTS; ecosystem, or the algorithm or kind; how many).
    covers: tuple[tuple[str, str, int], ...] = ()
    #: :data:`OF_HARM` or :data:`NEWEST` where a scan fetched a part of it by itself; "" where the user brought it.
    part: str = ""
    #: Ecosystems of which, as the user says, it lists the malicious packages as a whole.
    declared: tuple[str, ...] = ()
    #: How it is asked for and read; the address is its origin.
    asked: FeedAddress | None = None

    def age(self, now: datetime) -> timedelta:
        """Return how old its data are."""
        return now - min(self.fetched, self.made or self.fetched)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a match comes from."""

    feed: str
    record: str
    #: When the record last changed, "" where it tells none.
    modified: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class AdvisoryMatch:
    """An advisory that names this very version."""

    advisory: Advisory
    affected: Affected
    provenance: Provenance
    #: Ids of the records that speak of the same thing, its own included, sorted.
    group: tuple[str, ...]
    #: How it names the version: "listed", "in range", "every version", "commit".
    by: str
    exploited: Exploited | None = None
    likelihood: Likelihood | None = None
    #: The lowest version above this one in which the advisory's range ends, "" where it names none.
    fixed: str = ""
    #: How bad it is: by its scores, else by the feed's word, else by the rule of what is not told.
    severity: Severity = Severity.HIGH
    #: "CVSS 9.8", "HIGH", "" where nothing is told.
    rated: str = ""
    #: Who says that it does not concern this project, and why: a VEX statement; "" where nobody does.
    cleared: str = ""
    #: The document that says so.
    cleared_in: str = ""
    #: Whether the project's own code uses what is affected, in words; "" where nobody looked.
    reach: str = ""


@dataclass(frozen=True, slots=True)
class SiblingMatch:
    """A malicious version of the same package, other than the one asked about."""

    version: str
    record: str
    feed: str


@dataclass(frozen=True, slots=True)
class IndicatorMatch:
    """An indicator that was met."""

    indicator: Indicator
    provenance: Provenance
    #: "declared" (by the lock file or the registry), "artifact" (of the bytes that came), "member", "endpoint",
    #: "similar" (a file that is alike).
    met: str
    #: What met it: the file's name, "archive/path", the address as the code has it.
    where: str
    #: How far a file is from the one that is named, as :func:`doorward.model.similarity.distance` tells it.
    distance: int = 0


@dataclass(frozen=True, slots=True)
class Unevaluated:
    """A question about a release that the imported feeds leave open."""

    #: A kind of advisory, HASHES, HOSTS, EXPLOITED or SIMILAR.
    topic: str
    reason: str
    #: True where a feed for it is imported and yet there is no answer; False where none was ever imported.
    required: bool
    #: Whether it is open because no imported feed lists such things, rather than because of what a feed says.
    unlisted: bool = False


@dataclass(frozen=True, slots=True)
class Intelligence:
    """What all imported feeds say of one release."""

    #: Id of the bundle that was asked.
    bundle: str
    advisories: tuple[AdvisoryMatch, ...] = ()
    siblings: tuple[SiblingMatch, ...] = ()
    indicators: tuple[IndicatorMatch, ...] = ()
    open: tuple[Unevaluated, ...] = ()
    #: Feeds that are older than allowed, with their age.
    stale: tuple[tuple[FeedState, timedelta], ...] = ()
    #: The lowest version above this one that no advisory names, "" where none is known.
    upgrade: str = ""

    def of(self, kind: Kind) -> tuple[AdvisoryMatch, ...]:
        """Return the advisories of one kind that name this version."""
        return tuple(match for match in self.advisories if match.advisory.kind is kind)
