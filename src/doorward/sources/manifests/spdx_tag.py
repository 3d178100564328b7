"""SPDX 2 bills of materials in the tag-value notation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.errors import ManifestError
from doorward.model.dependency import Inventory
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._spdx import Package, Relationship, take

NAME = "SPDX tag-value"
FILES = ("*.spdx",)
#: A bill of materials names packages of any type.
TYPE = ""

_TAG = re.compile(r"([A-Za-z][A-Za-z0-9]{1,60}):[ \t]*(.*)\Z", re.DOTALL)
_PURL = re.compile(r"PACKAGE[-_]MANAGER\s{1,20}purl\s{1,20}(\S+)")
_RELATION = re.compile(r"(\S+)\s{1,20}([A-Z_]+)\s{1,20}(\S+)")
#: Tags that end the packages: what follows is about files and licences.
_OTHERS = frozenset({"FileName", "SnippetSPDXID", "LicenseID"})


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - a bill of materials stands alone
    """Read a bill of materials; raise ManifestError where it is none."""
    packages: list[Package] = []
    relationships: list[Relationship] = []
    known = inside = False
    for tag, value in _tags(text):
        if tag == "SPDXVersion":
            known = value.startswith("SPDX-2")
        elif tag == "PackageName":
            packages.append(Package(name=value))
            inside = True
        elif tag in _OTHERS:
            inside = False
        elif tag == "Relationship":
            relationships += [match.groups() for match in [_RELATION.match(value)] if match]  # type: ignore[misc]
        elif inside:
            _fill(packages[-1], tag, value)
    if not known:
        raise ManifestError(f"{path}: not SPDX 2")
    entries = Entries(path)
    take(packages, relationships, (), entries)
    return entries.inventory()


def _tags(text: str) -> Iterator[tuple[str, str]]:
    """Yield tags and values; a text over several lines belongs to no tag that is read here."""
    inside = False
    for line in text.split("\n"):
        if inside:
            inside = "</text>" not in line
            continue
        match = _TAG.match(line.strip())
        if match is None or line.startswith("#"):
            continue
        inside = "<text>" in line and "</text>" not in line
        yield match[1], match[2].strip()


def _fill(package: Package, tag: str, value: str) -> None:
    if tag == "SPDXID":
        package.id = value
    elif tag == "PackageVersion":
        package.version = value
    elif tag == "PackageFileName":
        package.filename = value
    elif tag == "PackageChecksum":
        package.checksums.append(value)
    elif tag == "ExternalRef" and (purl := _PURL.match(value)):
        package.purl = package.purl or purl[1]
