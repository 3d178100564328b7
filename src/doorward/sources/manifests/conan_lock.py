"""Conan's ``conan.lock``, of Conan 1 (a graph) and 2 (lists of references)."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._graph import Node, placed

NAME = "conan.lock"
FILES = ("conan.lock",)
TYPE = "conan"

_REFERENCE = re.compile(r"([A-Za-z0-9_][\w.+-]*)/([^@#:%/\s]+)")


class _Node(msgspec.Struct):
    ref: str = ""
    path: str | None = None
    requires: list[str] = []
    build_requires: list[str] = []


class _Graph(msgspec.Struct):
    nodes: dict[str, Any] = {}


class _Lock(msgspec.Struct):
    version: str
    graph_lock: _Graph | None = None
    requires: list[Any] | None = None
    build_requires: list[Any] = []
    python_requires: list[Any] = []
    config_requires: list[Any] = []


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - what is direct stands in a program
    """Read a ``conan.lock``; raise ManifestError where it is none."""
    lock = load_json(text, path, _Lock)
    entries = Entries(path)
    if lock.graph_lock is not None:
        _take_graph(lock.graph_lock, entries)
    elif lock.requires is not None:
        build = ("build",)
        for items, groups in (
            (lock.requires, ()),
            (lock.build_requires, build),
            (lock.python_requires, build),
            (lock.config_requires, build),
        ):
            entries.packages += [found for item in items if (found := _dependency(item, groups, entries))]
    else:
        raise ManifestError(f"{path}: neither a graph nor lists of references")
    return entries.inventory()


def _take_graph(graph: _Graph, entries: Entries) -> None:
    """Take over Conan 1's graph. The project's own node has a path, or a reference without version."""
    nodes = []
    asked: dict[str, list[str]] = {"": [], "build": []}
    for key, _, node in entries.each(graph.nodes.items(), _Node):
        if node.path or not _REFERENCE.match(node.ref):
            asked[""] += node.requires
            asked["build"] += node.build_requires
            continue
        found = _dependency(node.ref, (), entries)
        if found:
            nodes.append(Node(found, (key,), [*node.requires, *node.build_requires]))
    entries.packages = placed(nodes, asked)


def _dependency(reference: object, groups: tuple[str, ...], entries: Entries) -> Dependency | None:
    match = _REFERENCE.match(reference) if isinstance(reference, str) else None
    if match is None:
        entries.gap("a reference without name and version", str(reference)[:80])
        return None
    return Dependency(TYPE, match[1], match[2], path=entries.path, groups=groups)
