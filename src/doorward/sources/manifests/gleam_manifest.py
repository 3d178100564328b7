"""Gleam's ``manifest.toml``."""

from __future__ import annotations

from typing import Any

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._documents import load_toml, shaped
from doorward.sources.manifests._entries import Entries, Read, named
from doorward.sources.manifests._graph import Node, placed
from doorward.sources.manifests._values import git_address, is_commit, labelled_digests

NAME = "manifest.toml"
FILES = ("manifest.toml",)
TYPE = "hex"


class _Package(msgspec.Struct):
    name: str
    version: str
    source: str
    requirements: list[str] = []
    checksum: str = msgspec.field(default="", name="outer_checksum")
    repo: str = ""
    commit: str = ""


class _Lock(msgspec.Struct):
    packages: list[Any]
    requirements: dict[str, Any] = {}


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - the lock names what the project asks for
    """Read a ``manifest.toml`` of Gleam; raise ManifestError where it is none."""
    lock = shaped(load_toml(text, path), path, _Lock)
    entries = Entries(path)
    nodes = []
    for _, _, package in entries.each(named(lock.packages), _Package):
        nodes.append(Node(_dependency(package, entries), (package.name,), package.requirements))
    entries.packages = placed(nodes, {"": lock.requirements})
    return entries.inventory()


def _dependency(package: _Package, entries: Entries) -> Dependency:
    source = {"hex": "registry", "git": "git", "local": "path"}.get(package.source, "url")
    commit = package.commit if source == "git" and is_commit(package.commit) else ""
    if source == "git" and not commit:
        entries.gap("a git dependency that is not pinned to a commit", package.name)
    digests = [(f"sha256:{package.checksum}", f"{package.name}-{package.version}.tar")] if package.checksum else []
    return Dependency(
        TYPE,
        package.name,
        package.version,
        source,
        entries.path,
        digests=entries.digests(package.name, labelled_digests, digests),
        commit=commit,
        url=git_address(package.repo) if package.repo else "",
    )
