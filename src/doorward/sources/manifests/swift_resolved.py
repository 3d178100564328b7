"""Swift's ``Package.resolved``, versions 1 to 3. A package is known by the address of its repository."""

from __future__ import annotations

from typing import Any

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries, Read, numbered
from doorward.sources.manifests._values import git_address, is_commit

NAME = "Package.resolved"
FILES = ("Package.resolved",)
TYPE = "swift"


class _State(msgspec.Struct):
    version: str | None = None
    revision: str | None = None


class _Pin(msgspec.Struct):
    identity: str = ""
    #: Version 1's name, and its address.
    package: str = ""
    repositoryURL: str = ""  # noqa: N815 - Swift's key
    location: str = ""
    kind: str = ""
    state: _State = msgspec.field(default_factory=_State)


class _Pins(msgspec.Struct):
    pins: list[Any]


class _Lock(msgspec.Struct):
    version: int
    pins: list[Any] | None = None
    object: _Pins | None = None


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - what is direct stands in a program
    """Read a ``Package.resolved``; raise ManifestError where it is none."""
    lock = load_json(text, path, _Lock)
    pins = lock.object.pins if lock.object else lock.pins
    if pins is None:
        raise ManifestError(f"{path}: no pins")
    entries = Entries(path)
    for _, _, pin in entries.each(numbered("pins", pins), _Pin):
        entries.packages.append(_dependency(pin, entries))
    return entries.inventory()


def _dependency(pin: _Pin, entries: Entries) -> Dependency:
    """Take over a pin: a tagged version of a repository is a release, a branch or a bare revision is not."""
    address = git_address(pin.location or pin.repositoryURL)
    version, revision = pin.state.version or "", pin.state.revision or ""
    source = "path" if pin.kind.startswith("local") else "registry" if version else "git"
    name = address.partition("://")[2].removesuffix(".git").strip("/") or pin.identity or pin.package
    if pin.kind == "registry":
        name, address = pin.identity.replace(".", "/", 1), ""
    commit = revision if is_commit(revision) else ""
    if source == "git" and not commit:
        entries.gap("a git dependency that is not pinned to a commit", name)
    return Dependency(TYPE, name, version, source, entries.path, commit=commit, url=address if "://" in address else "")
