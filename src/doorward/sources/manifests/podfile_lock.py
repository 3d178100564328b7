"""CocoaPods' ``Podfile.lock``. Its checksums are of the description of a pod, not of what is installed."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._documents import load_yaml, shaped
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._graph import Node, placed
from doorward.sources.manifests._values import git_address, is_commit, public_url

NAME = "Podfile.lock"
FILES = ("Podfile.lock",)
TYPE = "cocoapods"

_POD = re.compile(r"([^\s()]+)(?: \(([^()]*)\))?\Z")


class _Lock(msgspec.Struct):
    pods: list[Any] = msgspec.field(name="PODS")
    asked: list[Any] = msgspec.field(default_factory=list, name="DEPENDENCIES")
    external: dict[str, Any] = msgspec.field(default_factory=dict, name="EXTERNAL SOURCES")
    checkout: dict[str, Any] = msgspec.field(default_factory=dict, name="CHECKOUT OPTIONS")


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - the lock names what the project asks for
    """Read a ``Podfile.lock``; raise ManifestError where it is none."""
    lock = shaped(next(iter(load_yaml(text, path)), None), path, _Lock)
    entries = Entries(path)
    external = {name: about for name, _, about in entries.each(lock.external.items(), dict[str, str])}
    checkout = {name: about for name, _, about in entries.each(lock.checkout.items(), dict[str, str])}
    nodes = []
    for item in lock.pods:
        written, wants = next(iter(item.items()), ("", [])) if isinstance(item, dict) else (item, [])
        pod = _POD.match(written) if isinstance(written, str) else None
        if pod is None or not pod[2] or not isinstance(wants, list):
            entries.gap("a pod without name and version", str(written)[:80])
            continue
        root = pod[1].partition("/")[0]
        about = external.get(root, {}) | checkout.get(root, {})
        nodes.append(Node(_dependency(root, pod[2], about, entries), (pod[1],), _names(wants)))
    entries.packages = placed(nodes, {"": _names(lock.asked)})
    return entries.inventory()


def _names(items: list[Any]) -> list[str]:
    """Return the pods that requirements name: ``Name/Part (~> 1.0)``, ``Name (from `../name`)``."""
    return [item.partition(" ")[0] for item in items if isinstance(item, str)]


def _dependency(name: str, version: str, about: dict[str, str], entries: Entries) -> Dependency:
    """Take over a pod; its parts (subspecs) are one package."""
    git, commit = about.get(":git", ""), about.get(":commit", "")
    source = "git" if git else "path" if ":path" in about else "url" if about else "registry"
    commit = commit if is_commit(commit) else ""
    if source == "git" and not commit:
        entries.gap("a git dependency that is not pinned to a commit", name)
    url = git_address(git) if git else public_url(about.get(":http", about.get(":podspec", "")))
    return Dependency(TYPE, name, version, source, entries.path, commit=commit, url=url if "://" in url else "")
