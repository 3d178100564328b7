"""npm's ecosystem: the full packument of a registry."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from doorward.errors import BadResponse, NotFound
from doorward.model.registry import PackageRecord, VersionRecord
from doorward.sources.http import Http
from doorward.sources.indexes import Index
from doorward.sources.registries._packument import (
    carried,
    parse_packument,
    published,
    removed,
    repository_of,
    rewritten,
    version_record,
)
from doorward.sources.registries._text import LONGEST_NAME, Failures, Malformed, artifact_url, cut
from doorward.sources.settings import public_base

TYPE = "npm"
ECOSYSTEM = "npm"

_NAME = re.compile(r"(?:@[A-Za-z0-9~_.!'()*-]+/)?[A-Za-z0-9~_!'()*-][A-Za-z0-9~_.!'()*-]*|\.[A-Za-z0-9_-]+", re.ASCII)


def package(http: Http, index: Index, name: str) -> PackageRecord:
    """Return what an npm registry says of a package. See :class:`~doorward.sources.registries.Registry`."""
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise NotFound(f"{cut(name, 100)!r} is not a name that an npm package can have")
    failures = Failures()
    address = index.url.rstrip("/") + "/" + quote(name, safe="@!'()*~")
    document = http.get(address, index=index, accept="application/json")
    packument, entries = parse_packument(document.body, failures)
    if packument.name and packument.name != name:
        raise BadResponse(f"{index.label} answered {name!r} with the document of another package")
    times = published(packument)
    carries = carried(packument, entries, times)
    versions: list[VersionRecord] = []
    for version, entry in entries.items():
        try:
            url = tarball_url(entry.dist.tarball, index.url)
            versions.append(version_record(version, entry, url, times.get(version), carries))
        except Malformed as error:
            failures.add("versions", version, error)
    latest = next((version.repository for version in reversed(versions) if version.repository), "")
    return PackageRecord(
        type=TYPE,
        name=name,
        index=index.url,
        fetched=document.fetched,
        versions=tuple(versions),
        owners=packument.owners,
        repository=repository_of(packument.repository) or latest,
        carries=carries,
        failed=failures.values(),
        times_rewritten=rewritten(packument, times),
        removed=removed(packument),
    )


def tarball_url(stated: str, index: str) -> str:
    """Return where a tarball is fetched, as npm does it; Malformed for what is no address.

    A tarball that is said to be at the public registry is fetched from the configured one ("replace-registry-host"),
    and old documents name their own registry by plain HTTP.
    """
    if stated.startswith(index) and index.startswith("https:"):
        return artifact_url(stated, index)
    # A document that came with TLS may still name its own registry, or the public one, without.
    url = artifact_url(stated, index.replace("https:", "http:", 1) if stated.startswith("http:") else index)
    home, parts = urlsplit(index), urlsplit(url)
    public = urlsplit(public_base("pkg:npm/probe@1", "probe/-/") or "")
    if parts.netloc not in {home.netloc, public.netloc}:
        return artifact_url(url, index)
    path = parts.path
    if parts.netloc != home.netloc and not path.startswith(home.path):
        path = home.path.rstrip("/") + path
    return parts._replace(scheme=home.scheme, netloc=home.netloc, path=path).geturl()
