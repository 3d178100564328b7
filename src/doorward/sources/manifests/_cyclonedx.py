"""What CycloneDX's two notations, JSON and XML, have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from doorward.sources.manifests._entries import Entries
from doorward.sources.manifests._graph import Node, placed
from doorward.sources.manifests._sbom import from_purl

#: Kinds of component that are packages: one of these without a package URL cannot be looked up.
_PACKAGES = frozenset({"library", "framework"})
_GROUPS: Mapping[str, tuple[str, ...]] = {"optional": ("optional",), "excluded": ("excluded",)}


class Hash(msgspec.Struct):
    """One digest."""

    alg: str
    content: str


class Component(msgspec.Struct):
    """One component, of whatever kind."""

    name: str = ""
    type: str = "library"
    version: str = ""
    purl: str = ""
    scope: str = ""
    ref: str = msgspec.field(default="", name="bom-ref")
    hashes: list[Hash] = []


def take(components: Iterable[Component], edges: Mapping[str, Sequence[str]], root: str, entries: Entries) -> None:
    """Take over the components that are packages; ``edges`` lead from a reference to those that it requires."""
    nodes = []
    for component in components:
        if not component.purl:
            if component.type in _PACKAGES:
                entries.gap("a component without a package URL", f"{component.name} {component.version}".strip())
            continue
        digests = [(f"{item.alg}:{item.content}", "") for item in component.hashes]
        found = from_purl(component.purl, entries, digests, _GROUPS.get(component.scope, ()))
        if found:
            nodes.append(Node(found, (component.ref,), edges.get(component.ref, ())))
    asked = edges.get(root) if root else None
    packages = [node.package for node in nodes]
    entries.packages = packages if asked is None else placed(nodes, {"": asked}, grouped=False)
