"""npm's packument: one document with all versions of a package.

A registry in between may leave out nearly everything but the address and the digests of the tarballs; what is not there
stays None. Old versions hold nearly anything in nearly any field, so only the tarball has to be right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any

import msgspec

from doorward.errors import BadResponse
from doorward.model.content import Requirement
from doorward.model.registry import ArtifactRecord, Identity, VersionRecord
from doorward.sources.registries._text import (
    LONGEST_NAME,
    Failures,
    cut,
    digests,
    integrity,
    moment,
    plain_text,
    repository_url,
)

#: Scripts that npm runs when it installs a package from a registry.
INSTALL_SCRIPTS = ("preinstall", "install", "postinstall")
#: Most dependencies of one version that are read.
MOST_REQUIREMENTS = 5_000
#: How much older than its predecessor in one line a version may seem.
SLACK = timedelta(days=1)

_GROUPS = (("dependencies", "runtime"), ("optionalDependencies", "optional"), ("peerDependencies", "peer"))
_RELEASE = re.compile(r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})", re.ASCII)
_GIT = re.compile(r"(?:git[+:@]|github:|gitlab:|bitbucket:|gist:|[^/:@\s]+/[^/:@\s]+(?:#|\Z))", re.ASCII)


class Dist(msgspec.Struct):
    """A version's tarball."""

    tarball: str
    integrity: str | None = None
    shasum: str | None = None
    unpackedSize: int | None = None  # noqa: N815 - npm's name
    signatures: Any = None
    attestations: Any = None


class Entry(msgspec.Struct):
    """A version as the document has it."""

    dist: Dist
    publisher: Any = msgspec.field(name="_npmUser", default=None)
    deprecated: Any = None
    scripts: Any = None
    hasInstallScript: Any = None  # noqa: N815 - npm's name
    dependencies: Any = None
    optionalDependencies: Any = None  # noqa: N815 - npm's name
    peerDependencies: Any = None  # noqa: N815 - npm's name
    repository: Any = None


class Packument(msgspec.Struct):
    """A package's document, its versions still to be decoded."""

    name: str = ""
    versions: dict[str, msgspec.Raw] = {}
    time: Any = None
    maintainers: Any = None
    repository: Any = None

    @property
    def owners(self) -> tuple[str, ...] | None:
        """Maintainers by name; None where the document does not tell."""
        if not isinstance(self.maintainers, list):
            return None
        names = [person.get("name") if isinstance(person, dict) else person for person in self.maintainers]
        plain = [plain_text(name, LONGEST_NAME).partition("<")[0].strip() for name in names]
        return tuple(dict.fromkeys(name for name in plain if name))


_PACKUMENT = msgspec.json.Decoder(Packument)
_ENTRY = msgspec.json.Decoder(Entry)


def parse_packument(body: bytes, failures: Failures) -> tuple[Packument, dict[str, Entry]]:
    """Return a document and its versions; a version that is malformed is told to ``failures`` and left out."""
    try:
        document = _PACKUMENT.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadResponse(f"the registry's document cannot be read: {error}") from None
    entries = {}
    for version, raw in document.versions.items():
        if len(version) > LONGEST_NAME:
            failures.add("versions", version, "it is too long")
            continue
        try:
            entries[version] = _ENTRY.decode(raw)
        except (msgspec.DecodeError, RecursionError) as error:
            failures.add("versions", version, error)
    return document, entries


def published(document: Packument) -> dict[str, datetime]:
    """Return when each version was published, as the document says."""
    if not isinstance(document.time, dict):
        return {}
    return {
        version: when
        for version, text in document.time.items()
        if version in document.versions and isinstance(text, str) and (when := moment(text))
    }


def removed(document: Packument) -> tuple[tuple[str, datetime], ...]:
    """Return when versions were published that are unpublished: npm keeps the times of those."""
    times = document.time if isinstance(document.time, dict) else {}
    return tuple(
        (version, when)
        for version, text in times.items()
        if version[:1].isdigit()
        and version not in document.versions
        and isinstance(text, str)
        and (when := moment(text))
    )


def rewritten(document: Packument, times: Mapping[str, datetime]) -> bool:
    """Whether the times contradict each other so that they are not those of publication.

    A registry that makes its documents anew knows neither ``created`` nor ``modified``, and dates versions by when it
    saw them. Then a higher version of one major.minor line is older than a lower one, which publication forbids.
    """
    if not isinstance(document.time, dict) or {"created", "modified"} & document.time.keys():
        return False
    releases = sorted(
        (tuple(map(int, match.groups())), times[version])
        for version in times
        if (match := _RELEASE.fullmatch(version)) is not None
    )
    for _, line in groupby(releases, key=lambda release: release[0][:2]):
        latest = None
        for _, when in line:
            if latest is not None and when < latest - SLACK:
                return True
            latest = when if latest is None else max(latest, when)
    return False


def carried(document: Packument, entries: Mapping[str, Entry], times: Mapping[str, datetime]) -> frozenset[str]:
    """Return which kinds of facts the document carries.

    One that names a publisher, a signature or an attestation anywhere is not stripped, so that no attestation at a
    version means that there is none.
    """
    found = set(_carried(entries))
    if times:
        found.add("times")
    if document.owners is not None:
        found.add("owners")
    return frozenset(found)


def _carried(entries: Mapping[str, Entry]) -> Iterator[str]:
    values = entries.values()
    if any(entry.dist.unpackedSize is not None for entry in values):
        yield "sizes"
    if any(isinstance(entry.publisher, dict) for entry in values):
        yield from ("publisher", "provenance")
    elif any(entry.dist.attestations or entry.dist.signatures for entry in values):
        yield "provenance"
    if any(isinstance(entry.scripts, dict) or entry.hasInstallScript is not None for entry in values):
        yield "scripts"
    if any(isinstance(getattr(entry, field), dict) for entry in values for field, _ in _GROUPS):
        yield "requirements"


def version_record(
    version: str, entry: Entry, url: str, when: datetime | None, carries: frozenset[str]
) -> VersionRecord:
    """Return a version's record, its tarball at ``url``; Malformed where the entry's digests are none."""
    dist = entry.dist
    stated: dict[str, str] = integrity(dist.integrity) if dist.integrity else {}
    if dist.shasum:
        stated.setdefault("sha1", dist.shasum)
    unpacked = dist.unpackedSize
    artifact = ArtifactRecord(
        filename=cut(url.partition("?")[0].rpartition("/")[2], LONGEST_NAME),
        url=url,
        kind="npm",
        platform="npm",
        digests=digests(stated),
        uploaded=when,
        unpacked=unpacked if unpacked is None or unpacked >= 0 else None,
    )
    return VersionRecord(
        version=version,
        files=(artifact,),
        published=when,
        publisher=_publisher(entry.publisher),
        provenance=bool(dist.attestations) if "provenance" in carries else None,
        scripts=_scripts(entry) if "scripts" in carries else None,
        requirements=_requirements(entry) if "requirements" in carries else None,
        repository=repository_of(entry.repository),
        withdrawn=_deprecation(entry.deprecated),
    )


def repository_of(value: Any) -> str:
    """Return the address of a ``repository`` field, which is a string or has one."""
    return repository_url(plain_text(value.get("url") if isinstance(value, dict) else value))


def _publisher(user: Any) -> Identity | None:
    if not isinstance(user, dict):
        return None
    trusted = user.get("trustedPublisher")
    if isinstance(trusted, dict):
        parts = (plain_text(trusted.get(key), LONGEST_NAME) for key in ("id", "oidcConfigId"))
        return _identity("workflow", ":".join(filter(None, parts)))
    name = plain_text(user.get("name"), LONGEST_NAME)
    return _identity("person", name) if name else None


@lru_cache(maxsize=4096)
def _identity(kind: str, name: str) -> Identity:
    return Identity(kind, name)


def _deprecation(value: Any) -> str | None:
    if isinstance(value, str):
        return cut(value) if value else None
    return "" if value is True else None


def _scripts(entry: Entry) -> tuple[tuple[str, str], ...]:
    """Return the install scripts; one without a command where the registry says that there is one and not which."""
    scripts = entry.scripts if isinstance(entry.scripts, dict) else {}
    found = tuple((name, plain_text(scripts[name])) for name in INSTALL_SCRIPTS if plain_text(scripts.get(name)))
    return found or ((("install", ""),) if entry.hasInstallScript is True else ())


def _requirements(entry: Entry) -> tuple[Requirement, ...]:
    """Return the dependencies; npm lists an optional one among the others too, where it is left out."""
    found: dict[tuple[str, bool], Requirement] = {}
    for field, group in _GROUPS:
        stated = getattr(entry, field)
        for name, specifier in stated.items() if isinstance(stated, dict) else ():
            if isinstance(specifier, str) and len(found) < MOST_REQUIREMENTS:
                found[name, group == "peer"] = _requirement(name, specifier, group)
    return tuple(found.values())


@lru_cache(maxsize=1 << 15)
def _requirement(name: str, specifier: str, group: str) -> Requirement:
    name, specifier = cut(name, LONGEST_NAME), cut(specifier)
    if specifier.startswith("npm:"):
        real, at, wanted = specifier[4:].rpartition("@")
        return Requirement(*((real, wanted) if at and real else (specifier[4:], "")), group)
    return Requirement(name, specifier, group, _source(specifier))


def _source(specifier: str) -> str:
    if specifier.startswith(("file:", "link:", "./", "../", "/", "~/", "workspace:")):
        return "path"
    if specifier.startswith(("git+", "git:", "git@")) or (specifier.endswith(".git") and "://" in specifier):
        return "git"
    if specifier.startswith(("http://", "https://")):
        return "url"
    return "git" if _GIT.match(specifier) else "registry"
