"""Maven artifacts that Bazel pinned: ``maven_install.json`` of rules_jvm_external, both versions."""

from __future__ import annotations

from typing import Any

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._values import labelled_digests

NAME = "maven_install.json"
FILES = ("maven_install.json", "*_maven_install.json")
TYPE = "maven"


class _Artifact(msgspec.Struct):
    version: str
    shasums: dict[str, str | None] = {}


class _Old(msgspec.Struct):
    coord: str
    sha256: str | None = None


class _Tree(msgspec.Struct):
    dependencies: list[Any] = []


class _Lock(msgspec.Struct):
    artifacts: dict[str, Any] | None = None
    tree: _Tree | None = msgspec.field(default=None, name="dependency_tree")


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - what is direct stands in a program
    """Read the pins; raise ManifestError where it is none."""
    lock = load_json(text, path, _Lock)
    entries = Entries(path)
    if lock.tree is not None:
        for _, _, old in entries.each((("dependency_tree", item) for item in lock.tree.dependencies), _Old):
            _old(entries, old)
    elif lock.artifacts is not None:
        for name, _, artifact in entries.each(lock.artifacts.items(), _Artifact):
            group, _, rest = name.partition(":")
            short = f"{group}:{rest.partition(':')[0]}"
            stated = [(f"sha256:{value}", "") for value in artifact.shasums.values() if value]
            digests = entries.digests(short, labelled_digests, stated)
            entries.packages.append(Dependency(TYPE, short, artifact.version, path=path, digests=digests))
    else:
        raise ManifestError(f"{path}: no artifacts")
    return entries.inventory()


def _old(entries: Entries, artifact: _Old) -> None:
    """Take over ``group:artifact:version``, with packaging and classifier between where they are not the usual ones."""
    parts = artifact.coord.split(":")
    if len(parts) < 3:  # noqa: PLR2004 - group, artifact, version
        entries.gap("not group:artifact:version", artifact.coord[:80])
        return
    name = f"{parts[0]}:{parts[1]}"
    stated = [(f"sha256:{artifact.sha256}", "")] if artifact.sha256 else []
    digests = entries.digests(name, labelled_digests, stated)
    entries.packages.append(Dependency(TYPE, name, parts[-1], path=entries.path, digests=digests))
