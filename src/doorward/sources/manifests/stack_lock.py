"""Stack's ``stack.yaml.lock``: the packages that a project adds to its snapshot.

The digest of a package in it is that of its description, not of the released archive.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._documents import load_yaml, shaped
from doorward.sources.manifests._entries import Entries, Read, numbered
from doorward.sources.manifests._values import git_address, is_commit, labelled_digests, public_url

NAME = "stack.yaml.lock"
FILES = ("stack.yaml.lock", "*.stack.yaml.lock")
TYPE = "hackage"

_HACKAGE = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)-([0-9]+(?:\.[0-9]+)*)(?:@|\Z)")


class _Completed(msgspec.Struct):
    hackage: str = ""
    name: str = ""
    version: str = ""
    git: str = ""
    commit: str = ""
    url: str = ""
    sha256: str = ""


class _Package(msgspec.Struct):
    completed: _Completed


class _Lock(msgspec.Struct):
    packages: list[Any]
    snapshots: list[Any] = []


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - what the file lists is direct
    """Read a ``stack.yaml.lock``; raise ManifestError where it is none."""
    lock = shaped(next(iter(load_yaml(text, path)), None), path, _Lock)
    entries = Entries(path)
    for _, _, package in entries.each(numbered("packages", lock.packages), _Package):
        if found := _dependency(package.completed, entries):
            entries.packages.append(found)
    if lock.snapshots:
        entries.gap("the packages of a snapshot are not listed in the lock", "snapshots")
    return entries.inventory()


def _dependency(item: _Completed, entries: Entries) -> Dependency | None:
    if hackage := _HACKAGE.match(item.hackage):
        return Dependency(TYPE, hackage[1], hackage[2], path=entries.path, direct=True)
    if not item.name:
        entries.gap("an entry without a name", item.hackage[:80])
        return None
    source = "git" if item.git else "url"
    commit = item.commit if is_commit(item.commit) else ""
    if source == "git" and not commit:
        entries.gap("a git dependency that is not pinned to a commit", item.name)
    digests = [(f"sha256:{item.sha256}", "")] if item.sha256 and source == "url" else []
    return Dependency(
        TYPE,
        item.name,
        item.version,
        source,
        entries.path,
        digests=entries.digests(item.name, labelled_digests, digests),
        commit=commit,
        url=git_address(item.git) if item.git else public_url(item.url),
        direct=True,
    )
