"""Cargo's ``Cargo.lock``, versions 1 to 4. Packages without a source are the project's own."""

from __future__ import annotations

from typing import Any

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._documents import load_toml, shaped, table_lines
from doorward.sources.manifests._entries import Entries, Read, named
from doorward.sources.manifests._graph import Node, placed
from doorward.sources.manifests._values import git_address, is_commit, labelled_digests, public_url

NAME = "Cargo.lock"
FILES = ("Cargo.lock",)
TYPE = "cargo"


class _Package(msgspec.Struct):
    name: str
    version: str
    source: str = ""
    checksum: str = ""
    dependencies: list[str] = []


class _Lock(msgspec.Struct):
    package: list[Any]
    #: Versions 1 and before list checksums here, by "checksum name version (source)".
    metadata: dict[str, Any] = {}


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - the lock holds the project's own packages
    """Read a ``Cargo.lock``; raise ManifestError where it is none."""
    lock = shaped(load_toml(text, path), path, _Lock)
    entries = Entries(path)
    nodes = []
    asked: list[str] = []
    lines = table_lines(text, "package", len(lock.package))
    for _, line, package in entries.each(named(lock.package), _Package, lines):
        full = f"{package.name} {package.version}"
        stated = package.checksum or lock.metadata.get(f"checksum {full} ({package.source})")
        if stated is not None and not isinstance(stated, str):
            entries.gap("a checksum that is no text", package.name, line)
        found = _dependency(package, stated if isinstance(stated, str) else "", line, entries)
        wants = [wanted.partition(" (")[0] for wanted in package.dependencies]
        nodes.append(Node(found, (package.name, full), wants))
        if found.source == "workspace":
            asked += wants
    entries.packages = placed(nodes, {"": asked})
    return entries.inventory()


def _dependency(package: _Package, checksum: str, line: int | None, entries: Entries) -> Dependency:
    kind, _, address = package.source.partition("+")
    address, _, commit = address.partition("#")
    source = {"": "workspace", "git": "git", "registry": "registry", "sparse": "registry"}.get(kind, "url")
    if source == "git" and not is_commit(commit):
        entries.gap("a git dependency that is not pinned to a commit", package.name, line)
        commit = ""
    filename = f"{package.name}-{package.version}.crate"
    digests = [(f"sha256:{checksum}", filename)] if checksum and checksum != "<none>" else []
    return Dependency(
        TYPE,
        package.name,
        package.version,
        source,
        entries.path,
        line,
        entries.digests(package.name, labelled_digests, digests),
        commit if source == "git" else "",
        git_address(address.partition("?")[0]) if source == "git" else public_url(address),
    )
