"""What SPDX's notations (JSON, tag-value, XML; versions 2 and 3) have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from doorward.records import replace
from doorward.sources.manifests._entries import Entries
from doorward.sources.manifests._graph import Node, placed
from doorward.sources.manifests._sbom import from_purl


class Package(msgspec.Struct):
    """One package of a document."""

    id: str = ""
    name: str = ""
    version: str = ""
    filename: str = ""
    purl: str = ""
    #: "SHA256:HEX" and the like.
    checksums: list[str] = []


#: purl types of repositories: what a document is about is the project itself where it is one of these.
_FORGES = frozenset({"github", "gitlab", "bitbucket"})
#: What relates, how ("DEPENDS_ON"), and to what.
Relationship = tuple[str, str, str]


def take(
    packages: Iterable[Package], relationships: Iterable[Relationship], described: Iterable[str], entries: Entries
) -> None:
    """Take over the packages that have a package URL; ``described`` are the ids of what the document is about."""
    edges, roots = _edges(relationships, described)
    nodes = []
    for package in packages:
        if not package.purl:
            if package.id not in roots:
                entries.gap("a package without a package URL", f"{package.name} {package.version}".strip())
            continue
        filename = package.filename.rpartition("/")[2]
        found = from_purl(package.purl, entries, [(text, filename) for text in package.checksums])
        if found and package.id in roots and found.type in _FORGES:
            found = replace(found, source="workspace")
        if found:
            nodes.append(Node(found, (package.id,), edges.get(package.id, ())))
    asked = [target for root in roots for target in edges.get(root, ())]
    entries.packages = placed(nodes, {"": asked}, grouped=False) if asked else [node.package for node in nodes]


def _edges(
    relationships: Iterable[Relationship], described: Iterable[str]
) -> tuple[Mapping[str, list[str]], dict[str, None]]:
    """Return what requires what, and what the document is about."""
    edges: dict[str, list[str]] = defaultdict(list)
    roots = dict.fromkeys(described)
    for subject, kind, target in relationships:
        if kind == "DESCRIBES":
            roots[target] = None
        elif kind == "DEPENDS_ON":
            edges[subject].append(target)
        elif kind.endswith("DEPENDENCY_OF"):
            edges[target].append(subject)
    return edges, roots
