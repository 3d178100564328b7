"""SPDX 3 bills of materials in JSON-LD."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from doorward.model.dependency import Inventory
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries, Read, numbered
from doorward.sources.manifests._spdx import Package, Relationship, take

NAME = "SPDX 3 JSON"
FILES = ("*.spdx3.json", "*.spdx3.jsonld", "*.spdx.jsonld")
#: A bill of materials names packages of any type.
TYPE = ""

_PURLS = frozenset({"packageUrl", "purl"})


class _Hash(msgspec.Struct):
    algorithm: str = ""
    value: str = msgspec.field(default="", name="hashValue")


class _Identifier(msgspec.Struct):
    kind: str = msgspec.field(default="", name="externalIdentifierType")
    identifier: str = ""


class _Element(msgspec.Struct):
    type: str = ""
    id: str = msgspec.field(default="", name="spdxId")
    name: str = ""
    version: str = msgspec.field(default="", name="software_packageVersion")
    purl: str = msgspec.field(default="", name="software_packageUrl")
    hashes: list[_Hash] = msgspec.field(default_factory=list, name="verifiedUsing")
    identifiers: list[_Identifier] = msgspec.field(default_factory=list, name="externalIdentifier")
    roots: list[str] = msgspec.field(default_factory=list, name="rootElement")
    subject: str = msgspec.field(default="", name="from")
    targets: list[str] = msgspec.field(default_factory=list, name="to")
    kind: str = msgspec.field(default="", name="relationshipType")


class _Document(msgspec.Struct):
    graph: list[Any] = msgspec.field(name="@graph")


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - a bill of materials stands alone
    """Read a bill of materials; raise ManifestError where it is none."""
    document = load_json(text, path, _Document)
    entries = Entries(path)
    graph = numbered("@graph", document.graph)
    items = ((place, item) for place, item in graph if isinstance(item, dict) and _counts(item.get("type")))
    elements = [element for _, _, element in entries.each(items, _Element)]
    take(
        (_package(element) for element in elements if element.type == "software_Package"),
        _relationships(elements),
        [root for element in elements for root in element.roots],
        entries,
    )
    return entries.inventory()


def _counts(kind: object) -> bool:
    """Whether an element is of a kind that says something of packages: others have fields of other shapes."""
    return isinstance(kind, str) and kind in {
        "software_Package",
        "software_Sbom",
        "SpdxDocument",
        "Relationship",
        "LifecycleScopedRelationship",
    }


def _package(element: _Element) -> Package:
    purl = element.purl or next((item.identifier for item in element.identifiers if item.kind in _PURLS), "")
    checksums = [f"{item.algorithm}:{item.value}" for item in element.hashes if item.algorithm]
    return Package(element.id, element.name, element.version, "", purl, checksums)


def _relationships(elements: list[_Element]) -> Iterator[Relationship]:
    kinds = {"dependsOn": "DEPENDS_ON", "describes": "DESCRIBES"}
    for element in elements:
        if element.kind in kinds:
            yield from ((element.subject, kinds[element.kind], target) for target in element.targets)
