"""CycloneDX bills of materials in JSON, and SPDX's under the same file names."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Inventory
from doorward.sources.manifests import spdx_json
from doorward.sources.manifests._cyclonedx import Component, take
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries, Read, numbered

NAME = "CycloneDX JSON"
FILES = ("bom.json", "*.cdx.json", "*.cyclonedx.json", "sbom.json", "*.sbom.json", "*-sbom.json")
#: A bill of materials names packages of any type.
TYPE = ""

_NOTHING = msgspec.Raw(b"{}")


class _Component(Component):
    components: list[msgspec.Raw] = msgspec.field(default_factory=list)


class _Edges(msgspec.Struct):
    ref: str
    requires: list[str] = msgspec.field(default_factory=list, name="dependsOn")


class _Metadata(msgspec.Struct):
    component: msgspec.Raw = _NOTHING


class _Bom(msgspec.Struct):
    format: str = msgspec.field(default="", name="bomFormat")
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    components: list[msgspec.Raw] = []
    dependencies: list[msgspec.Raw] = []


def parse(text: str, path: str, read: Read) -> Inventory:
    """Read a bill of materials; raise ManifestError where it is none."""
    bom = load_json(text, path, _Bom)
    if not bom.format:
        return spdx_json.parse(text, path, read)
    if bom.format != "CycloneDX":
        raise ManifestError(f"{path}: not CycloneDX")
    entries = Entries(path)
    raw = entries.each_json(numbered("dependencies", bom.dependencies), _Edges)
    edges = {item.ref: item.requires for _, _, item in raw}
    root = [("metadata", bom.metadata.component)]
    roots = [item.ref for _, _, item in entries.each_json(root, Component)]
    take(_components(bom.components, entries), edges, roots[0] if roots else "", entries)
    return entries.inventory()


def _components(items: list[msgspec.Raw], entries: Entries) -> Iterator[Component]:
    """Yield the components, and those within them."""
    waiting = items
    while waiting:
        below: list[msgspec.Raw] = []
        for _, _, item in entries.each_json(numbered("components", waiting), _Component):
            yield item
            below += item.components
        waiting = below
