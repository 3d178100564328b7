"""Facts: what artifacts contain, what indexes and their hosts say, and when a subject was first met."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from doorward.errors import InternalError
from doorward.model.content import ArtifactContent
from doorward.model.registry import PackageRecord
from doorward.records import dataclass
from doorward.store.database import Database, Transaction
from doorward.store.values import Codec, key, keys, moment, parse_moment

_CONTENT: Codec[ArtifactContent] = Codec(ArtifactContent)
_PACKAGE: Codec[PackageRecord] = Codec(PackageRecord, compressed=True)

#: Digests by which contents are found. Weaker ones can be forged, so they name nothing.
_STRONG = ("sha256:", "sha512:", "blake2b_256:")


@dataclass(frozen=True, slots=True)
class HostProfile:
    """What an index host was ever seen to tell, so that "it does not say" can be told from "there is none"."""

    #: Kinds of values, as in :attr:`PackageRecord.carries`.
    carries: frozenset[str] = frozenset()
    #: Whether it was ever seen to rewrite the times of publication.
    rewrites_times: bool = False
    #: When it last answered; None where this store never met it.
    seen: datetime | None = None


def contents(database: Database, digests: Iterable[str], analyser: str) -> dict[str, ArtifactContent]:
    """Return what is known of artifacts, by the digest that was asked for ("sha256:HEX", "sha512:HEX" ...)."""
    rows = database.rows(
        "SELECT wanted.value, content.data FROM json_each(?) AS wanted JOIN content"
        " ON content.sha256 = coalesce((SELECT sha256 FROM digest WHERE digest = wanted.value), wanted.value)"
        " WHERE content.analyser = ?",
        keys(digest for digest in digests if digest.startswith(_STRONG)),
        analyser,
    )
    found = {}
    for digest, data in rows:
        content = _CONTENT.unpack(data)
        if content is not None and digest in content.digests:
            found[digest] = content
    return found


def read_digests(database: Database) -> dict[str, str]:
    """Return the analyser that read each artifact whose contents are known, by its digests in every strong form."""
    rows = database.rows(
        "SELECT sha256, analyser FROM content UNION ALL"
        " SELECT digest.digest, content.analyser FROM digest JOIN content USING (sha256)"
    )
    return dict(rows)


def put_content(database: Database, content: ArtifactContent, analyser: str) -> None:
    """Store what an artifact contains under all strong digests that its bytes have."""
    names = [digest for digest in content.digests if digest.startswith(_STRONG)]
    sha256 = next((digest for digest in names if digest.startswith("sha256:")), None)
    if sha256 is None:
        raise InternalError("the contents of an artifact are to be stored, but it has no SHA-256")
    data = _CONTENT.pack(content)
    if data is None:
        return
    with database.writing() as transaction:
        transaction.run("INSERT OR REPLACE INTO content VALUES (?, ?, ?)", sha256, analyser, data)
        others = [(digest, sha256) for digest in names if digest != sha256]
        transaction.each("INSERT OR REPLACE INTO digest VALUES (?, ?)", others)


def package(database: Database, index_url: str, type_: str, name: str) -> PackageRecord | None:
    """Return what an index last said of a package; its ``fetched`` tells when."""
    wanted = (key(index_url), key(type_), key(name))
    for (data,) in database.rows("SELECT data FROM package WHERE (index_url, type, name) = (?, ?, ?)", *wanted):
        record = _PACKAGE.unpack(data)
        if record is not None and (record.index, record.type, record.name) == (index_url, type_, name):
            return record
    return None


def put_package(database: Database, record: PackageRecord) -> None:
    """Store what an index says of a package, in place of what it said before."""
    data = _PACKAGE.pack(record)
    if data is None:
        return
    with database.writing() as transaction:
        transaction.run(
            "INSERT OR REPLACE INTO package VALUES (?, ?, ?, ?, ?)",
            record.index,
            record.type,
            record.name,
            moment(record.fetched),
            data,
        )


def host_profile(source: Database | Transaction, host: str) -> HostProfile:
    """Return what a host was ever seen to tell; an empty profile where it was never met."""
    for carries, rewrites, seen in source.rows(
        "SELECT carries, rewrites_times, seen FROM host WHERE host = ?", key(host)
    ):
        if isinstance(carries, str):
            return HostProfile(frozenset(carries.split()), bool(rewrites), parse_moment(seen))
    return HostProfile()


def put_host_profile(database: Database, host: str, profile: HostProfile) -> None:
    """Add to what a host was ever seen to tell. What another process has learned meanwhile stays."""
    with database.writing() as transaction:
        before = host_profile(transaction, host)
        transaction.run(
            "INSERT OR REPLACE INTO host VALUES (?, ?, ?, ?)",
            key(host),
            " ".join(sorted(before.carries | profile.carries)),
            before.rewrites_times or profile.rewrites_times,
            moment(profile.seen or datetime.now(UTC)),
        )


def first_seen(database: Database, subjects: Iterable[str], now: datetime) -> dict[str, datetime]:
    """Return when each subject was first met; those that never were are met now, for all processes alike."""
    wanted = {subject: key(subject) for subject in subjects}
    known = _first_seen(database, wanted.values())
    if any(name not in known for name in wanted.values()):
        with database.writing() as transaction:
            known = _first_seen(transaction, wanted.values())
            new = {name: now.astimezone(UTC) for name in wanted.values() if name not in known}
            rows = [(name, moment(time)) for name, time in new.items()]
            transaction.each("INSERT OR REPLACE INTO seen VALUES (?, ?)", rows)
            known |= new
    return {subject: known[name] for subject, name in wanted.items()}


def _first_seen(source: Database | Transaction, names: Iterable[str]) -> dict[str, datetime]:
    rows = source.rows("SELECT subject, first FROM seen WHERE subject IN (SELECT value FROM json_each(?))", keys(names))
    return {name: time for name, text in rows if (time := parse_moment(text)) is not None}
