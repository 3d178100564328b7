"""Package documents, and what their index can tell at all.

An index in between may strip fields. Whether a value is absent or only not told is decided per host, over everything
that this host ever answered: a host that once named a publisher names publishers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from urllib.parse import urlsplit

from doorward.engine.context import Context
from doorward.engine.workers import workers
from doorward.errors import NotFound, SourceError
from doorward.model.facts import Fact, Known, Missing
from doorward.model.purl import OSV_ECOSYSTEM
from doorward.model.registry import Identity, PackageRecord, VersionRecord
from doorward.records import dataclass, replace
from doorward.sources.indexes import PINNED, Index
from doorward.sources.registries import registry_of
from doorward.sources.settings import configured
from doorward.store import HostProfile

#: How long a parsed package document is believed without asking again.
FRESH = timedelta(minutes=10)

PackageKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Package:
    """A package document together with what its host is known to tell."""

    record: PackageRecord
    #: On whose word the addresses in the document are asked, and with what credentials.
    index: Index
    host: HostProfile

    @property
    def believes_times(self) -> bool:
        """Whether this index's times are the times of publication."""
        return not (self.record.times_rewritten or self.host.rewrites_times)

    def published(self, version: VersionRecord) -> Fact[datetime]:
        """When a version was published."""
        if not self.believes_times:
            return Missing("the index rewrites upload time")
        return Known(version.published) if version.published else Missing("the index removes upload time")

    def publisher(self, version: VersionRecord) -> Fact[Identity | None]:
        """Who published a version; Known(None) where the index tells such things and tells none here."""
        if version.publisher is not None or self._carries("publisher"):
            return Known(version.publisher)
        return Missing("the index removes publisher")

    def provenance(self, version: VersionRecord) -> Fact[bool]:
        """Whether a version has provenance."""
        if version.provenance is not None or self._carries("provenance"):
            return Known(bool(version.provenance))
        return Missing("the index removes provenance")

    def _carries(self, kind: str) -> bool:
        return kind in self.record.carries or kind in self.host.carries


def fetch_packages(
    context: Context, wanted: Iterable[PackageKey], places: Mapping[PackageKey, str] = MappingProxyType({})
) -> dict[PackageKey, Fact[Package]]:
    """Fetch every wanted package document, concurrently, or take it from the store where it is fresh.

    ``places`` are the addresses of indexes that a lock file names for packages: an index of which nothing is taken but
    what is pinned to it is asked for those alone.
    """
    keys = list(dict.fromkeys(wanted))
    indexes = {key: _indexes(context, *key, places.get(key, "")) for key in keys}
    records: dict[PackageKey, Fact[tuple[PackageRecord, Index]]] = {
        key: fact for key in keys if (fact := _stored(context, indexes[key], *key))
    }
    rest = [key for key in keys if key not in records]
    context.progress.phase("package documents", len(rest))
    if rest:
        with workers(context.policy.network_limits.concurrency, "documents") as pool:
            records.update(zip(rest, pool.map(lambda key: _record(context, indexes[key], *key), rest), strict=True))
    hosts = _hosts(context, [fact.value[0] for fact in records.values() if isinstance(fact, Known)])
    return {
        key: fact if isinstance(fact, Missing) else Known(_package(context, *fact.value, hosts))
        for key, fact in records.items()
    }


def _package(context: Context, record: PackageRecord, index: Index, hosts: Mapping[str, HostProfile]) -> Package:
    return Package(_as_known(record, context.as_of), index, hosts[_host(record)])


def _record(context: Context, indexes: list[Index], type_: str, name: str) -> Fact[tuple[PackageRecord, Index]]:
    try:
        return _from_indexes(context, indexes, type_, name)
    except SourceError as error:
        return Missing(str(error))
    finally:
        context.progress.advance()


def _indexes(context: Context, type_: str, name: str, place: str) -> list[Index]:
    scope = name.partition("/")[0] if name.startswith("@") else ""
    indexes = configured(type_, context.environ, context.home, context.project).indexes
    pinned = [index for index in indexes if index.scope.startswith(PINNED) and _same(index.url, place)]
    scoped = [index for index in indexes if index.scope and index.scope == scope]
    return pinned or scoped or [index for index in indexes if not index.scope]


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")


def _stored(context: Context, indexes: list[Index], type_: str, name: str) -> Known[tuple[PackageRecord, Index]] | None:
    """Return the document that the store has of the first index, where it is fresh; offline, of any index and age."""
    now = datetime.now(context.now.tzinfo)
    for index in indexes if context.offline else indexes[:1]:
        stored = context.store.package(index.url, type_, name)
        if stored is not None and (context.offline or now - stored.fetched < FRESH):
            return Known((stored, index))
    return None


def _from_indexes(context: Context, indexes: list[Index], type_: str, name: str) -> Fact[tuple[PackageRecord, Index]]:
    registry = registry_of(type_)
    if registry is None:
        return Missing(f"doorward reads no {OSV_ECOSYSTEM.get(type_, type_)} registry")
    reason = "no index is configured"
    for index in indexes:
        try:
            record = registry.package(context.http, index, name)
        except NotFound:
            reason = f"{index.label} does not have it"
            continue
        context.store.put_package(record)
        return Known((record, index))
    return Missing(reason)


def _host(record: PackageRecord) -> str:
    return urlsplit(record.index).netloc


def _hosts(context: Context, records: list[PackageRecord]) -> dict[str, HostProfile]:
    """Return what each host tells, learned from these documents and from all before."""
    profiles = {host: context.store.host_profile(host) for host in {_host(record) for record in records}}
    for record in records:
        seen = profiles[_host(record)]
        profiles[_host(record)] = HostProfile(
            seen.carries | record.carries, seen.rewrites_times or record.times_rewritten, context.now
        )
    for host, profile in profiles.items():
        context.store.put_host_profile(host, profile)
    return profiles


def _as_known(record: PackageRecord, as_of: datetime | None) -> PackageRecord:
    """Hide what was published after ``as_of``."""
    if as_of is None:
        return record
    kept = tuple(v for v in record.versions if v.published is None or v.published <= as_of)
    return replace(record, versions=kept)
