"""PyPI's ecosystem: the simple repository API, and beside it the JSON API for what the first does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC

import msgspec

from doorward.errors import BadResponse, FetchError, NotFound
from doorward.model.purl import normalise_name
from doorward.model.registry import ArtifactRecord, PackageRecord, VersionRecord
from doorward.sources.http import Document, Http
from doorward.sources.indexes import Index
from doorward.sources.registries._filenames import normal_version, parse_filename
from doorward.sources.registries._project import Project, complete, parse_files, parse_project
from doorward.sources.registries._simple import ACCEPT, File, Page, parse_simple
from doorward.sources.registries._text import LONGEST_NAME, Failures, Malformed, artifact_url, cut, digests

TYPE = "pypi"
ECOSYSTEM = "PyPI"

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)
_SIMPLE = re.compile(r"/simple/*\Z")


def package(http: Http, index: Index, name: str) -> PackageRecord:
    """Return what a PyPI index says of a project. See :class:`~doorward.sources.registries.Registry`."""
    project = normalise_name(TYPE, name)
    if not _NAME.fullmatch(project) or len(project) > LONGEST_NAME:
        raise NotFound(f"{cut(name, 100)!r} is not a name that a PyPI project can have")
    failures = Failures()
    simple: Document | NotFound
    try:
        simple = http.get(f"{index.url.rstrip('/')}/{project}/", index=index, accept=ACCEPT)
    except NotFound as missing:
        simple = missing
    extra = _json_document(http, index, project, failures)
    if isinstance(simple, Document):
        document, page = simple, parse_simple(simple, failures)
        if extra is not None and not all(file.size and file.upload_time for file in page.files):
            complete(page.files, _files(extra, failures))
    elif extra is not None:
        document, page = extra, Page(_files(extra, failures))
    else:
        raise simple
    facts = _facts(extra, failures)
    for stated in (page.name, facts.info.name):
        if stated and normalise_name(TYPE, stated) != project:
            raise BadResponse(f"{index.label} answered {project!r} with the document of another project")
    return _record(project, index, document, page, facts, failures)


def _json_document(http: Http, index: Index, project: str, failures: Failures) -> Document | None:
    """Return the project's JSON document; None, and the reason is told, where it cannot be had."""
    base, found = _SIMPLE.subn("", index.url)
    try:
        if not found:
            raise NotFound("the index's address does not end in /simple/, so its JSON API is not known")
        return http.get(f"{base}/pypi/{project}/json", index=index, accept="application/json")
    except FetchError as error:
        failures.add_fact("owners", error)
        failures.add_fact("repository", error)
        return None


def _facts(document: Document | None, failures: Failures) -> Project:
    try:
        return parse_project(document.body) if document is not None else Project()
    except BadResponse as error:
        failures.add_fact("owners", error)
        failures.add_fact("repository", error)
        return Project()


def _files(document: Document, failures: Failures) -> list[File]:
    try:
        return parse_files(document.body, failures)
    except BadResponse as error:
        failures.add_fact("files", error)
        return []


def _record(
    project: str, index: Index, document: Document, page: Page, facts: Project, failures: Failures
) -> PackageRecord:
    by_version: dict[str, list[tuple[ArtifactRecord, File]]] = {
        normal_version(version) or cut(version, LONGEST_NAME): [] for version in page.versions
    }
    for file in page.files:
        try:
            version, artifact = _artifact(file, project, document.url)
        except Malformed as error:
            failures.add("files", file.filename, error)
        else:
            by_version.setdefault(version, []).append((artifact, file))
    return PackageRecord(
        type=TYPE,
        name=project,
        index=index.url,
        fetched=document.fetched,
        versions=tuple(_version(version, files) for version, files in by_version.items()),
        owners=facts.owners,
        repository=facts.repository,
        carries=frozenset(_carried(page.files, facts)),
        failed=failures.values(),
    )


def _artifact(file: File, project: str, base: str) -> tuple[str, ArtifactRecord]:
    parsed = parse_filename(file.filename, project)
    if parsed is None:
        raise Malformed("the name is not one of this project's files")
    version, kind, platform = parsed
    uploaded = file.upload_time
    if uploaded is not None and uploaded.tzinfo is None:
        uploaded = uploaded.replace(tzinfo=UTC)
    provenance = file.provenance
    return version, ArtifactRecord(
        file.filename,
        artifact_url(file.url, base),
        kind,
        platform,
        file.size if file.size is None or file.size >= 0 else None,
        digests(file.hashes),
        uploaded,
        _reason(file.yanked),
        artifact_url(provenance, base) if isinstance(provenance, str) else None,
    )


def _reason(yanked: bool | str) -> str | None:  # noqa: FBT001 - as the API has it
    if isinstance(yanked, str):
        return cut(yanked)
    return "" if yanked else None


def _version(version: str, entries: list[tuple[ArtifactRecord, File]]) -> VersionRecord:
    files = tuple([artifact for artifact, _ in entries])
    times = [file.uploaded for file in files if file.uploaded is not None]
    reasons = [file.yanked for file in files]
    return VersionRecord(
        version,
        files,
        published=min(times) if times else None,
        provenance=_provenance([entry.provenance for _, entry in entries]),
        withdrawn=reasons[0] if reasons and None not in reasons else None,
    )


def _provenance(told: list[str | msgspec.UnsetType | None]) -> bool | None:
    """Return whether there is any; None unless the index speaks of every file, for a missing key is not a null."""
    if not told or all(value is msgspec.UNSET for value in told):
        return None
    if any(isinstance(value, str) for value in told):
        return True
    return None if msgspec.UNSET in told else False


def _carried(files: list[File], facts: Project) -> Iterable[str]:
    if any(file.upload_time is not None for file in files):
        yield "times"
    if any(file.size is not None for file in files):
        yield "sizes"
    if any(file.provenance is not msgspec.UNSET for file in files):
        yield "provenance"
    if facts.owners is not None:
        yield "owners"
