"""SPDX bills of materials in JSON: version 2, and version 3 under the same file name."""

from __future__ import annotations

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Inventory
from doorward.sources.manifests import spdx3_json
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries, Read, numbered
from doorward.sources.manifests._spdx import Package, take

NAME = "SPDX JSON"
FILES = ("*.spdx.json",)
#: A bill of materials names packages of any type.
TYPE = ""


class _Checksum(msgspec.Struct):
    algorithm: str
    value: str = msgspec.field(name="checksumValue")


class _Reference(msgspec.Struct):
    type: str = msgspec.field(default="", name="referenceType")
    locator: str = msgspec.field(default="", name="referenceLocator")


class _Package(msgspec.Struct):
    id: str = msgspec.field(name="SPDXID")
    name: str
    version: str = msgspec.field(default="", name="versionInfo")
    filename: str = msgspec.field(default="", name="packageFileName")
    checksums: list[_Checksum] = []
    references: list[_Reference] = msgspec.field(default_factory=list, name="externalRefs")

    @property
    def plain(self) -> Package:
        purl = next((item.locator for item in self.references if item.type == "purl"), "")
        checksums = [f"{item.algorithm}:{item.value}" for item in self.checksums]
        return Package(self.id, self.name, self.version, self.filename, purl, checksums)


class _Relationship(msgspec.Struct):
    subject: str = msgspec.field(name="spdxElementId")
    kind: str = msgspec.field(name="relationshipType")
    object: str = msgspec.field(name="relatedSpdxElement")


class _Document(msgspec.Struct):
    version: str = msgspec.field(default="", name="spdxVersion")
    context: msgspec.Raw = msgspec.field(default=msgspec.Raw(b""), name="@context")
    packages: list[msgspec.Raw] = []
    relationships: list[msgspec.Raw] = []
    described: list[str] = msgspec.field(default_factory=list, name="documentDescribes")


def parse(text: str, path: str, read: Read) -> Inventory:
    """Read a bill of materials; raise ManifestError where it is none."""
    document = load_json(text, path, _Document)
    if not document.version and bytes(document.context):
        return spdx3_json.parse(text, path, read)
    if not document.version.startswith("SPDX-2"):
        raise ManifestError(f"{path}: not SPDX 2")
    entries = Entries(path)
    packages = entries.each_json(numbered("packages", document.packages), _Package)
    relationships = entries.each_json(numbered("relationships", document.relationships), _Relationship)
    take(
        (package.plain for _, _, package in packages),
        [(item.subject, item.kind.upper(), item.object) for _, _, item in relationships],
        document.described,
        entries,
    )
    return entries.inventory()
