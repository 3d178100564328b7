"""Dart's ``pubspec.lock``."""

from __future__ import annotations

from typing import Any

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._documents import load_yaml, shaped
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._values import git_address, is_commit, labelled_digests, public_url

NAME = "pubspec.lock"
FILES = ("pubspec.lock",)
TYPE = "pub"

#: How Dart names a source. What comes with the SDK lies on the machine already.
_SOURCES = {"hosted": "registry", "git": "git", "path": "path", "sdk": "path"}


class _Description(msgspec.Struct):
    #: The name on the server, which may be another one than the project's own for it.
    name: str = ""
    url: str = ""
    sha256: str = ""
    resolved: str = msgspec.field(default="", name="resolved-ref")


class _Package(msgspec.Struct):
    version: str
    source: str
    dependency: str = ""
    description: _Description | str = ""


class _Lock(msgspec.Struct):
    packages: dict[str, Any] | str = {}


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - the lock says what is direct
    """Read a ``pubspec.lock``; raise ManifestError where it is none."""
    lock = shaped(next(iter(load_yaml(text, path)), None), path, _Lock)
    entries = Entries(path)
    packages = lock.packages if isinstance(lock.packages, dict) else {}
    for name, _, package in entries.each(packages.items(), _Package):
        about = package.description if isinstance(package.description, _Description) else _Description()
        real = about.name if about.name and package.source == "hosted" else name
        source = _SOURCES.get(package.source, "")
        if not source:
            entries.gap("a source of an unknown kind", name)
            source = "url"
        commit = about.resolved if is_commit(about.resolved) else ""
        if source == "git" and not commit:
            entries.gap("a git dependency that is not pinned to a commit", name)
        digests = [(f"sha256:{about.sha256}", f"{real}-{package.version}.tar.gz")] if about.sha256 else []
        entries.packages.append(
            Dependency(
                TYPE,
                real,
                package.version,
                source,
                path,
                digests=entries.digests(name, labelled_digests, digests),
                commit=commit if source == "git" else "",
                url=git_address(about.url) if source == "git" else public_url(about.url),
                groups=("dev",) if package.dependency == "direct dev" else (),
                direct=package.dependency.startswith("direct"),
            )
        )
    return entries.inventory()
