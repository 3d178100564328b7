"""renv's ``renv.lock`` (R). Its hashes are of the description of a package, not of a file."""

from __future__ import annotations

from typing import Any

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._values import is_commit, public_url

NAME = "renv.lock"
FILES = ("renv.lock",)
TYPE = "cran"

_FORGES = {"github": "https://github.com", "gitlab": "https://gitlab.com", "bitbucket": "https://bitbucket.org"}
_INDEXES = frozenset({"repository", "standard", "cran", "bioconductor", "bioc"})
_LOCAL = frozenset({"local", "cellar", "unknown"})


class Package(msgspec.Struct):
    """One package, as the lock writes it and its own description once it is installed."""

    package: str = msgspec.field(name="Package")
    version: str = msgspec.field(name="Version")
    source: str = msgspec.field(default="Repository", name="Source")
    url: str = msgspec.field(default="", name="RemoteUrl")
    host: str = msgspec.field(default="", name="RemoteHost")
    owner: str = msgspec.field(default="", name="RemoteUsername")
    repository: str = msgspec.field(default="", name="RemoteRepo")
    commit: str = msgspec.field(default="", name="RemoteSha")


class _Repository(msgspec.Struct):
    url: str = msgspec.field(default="", name="URL")


class _R(msgspec.Struct):
    repositories: list[_Repository] = msgspec.field(default_factory=list, name="Repositories")


class _Lock(msgspec.Struct):
    packages: dict[str, Any] = msgspec.field(name="Packages")
    r: _R = msgspec.field(default_factory=_R, name="R")


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - the lock does not say what is direct
    """Read a ``renv.lock``; raise ManifestError where it is none."""
    lock = load_json(text, path, _Lock)
    entries = Entries(path)
    entries.indexes += [public_url(repository.url) for repository in lock.r.repositories if repository.url]
    for name, _, package in entries.each(lock.packages.items(), Package):
        entries.packages.append(dependency(name, package, entries))
    return entries.inventory()


def dependency(name: str, package: Package, entries: Entries) -> Dependency:
    """Return a package by its source, whichever of R's tools named it."""
    kind = package.source.lower()
    type_ = "bioconductor" if kind in {"bioconductor", "bioc"} else TYPE
    if kind in _INDEXES:
        return Dependency(type_, package.package, package.version, path=entries.path)
    if kind in _LOCAL:
        return Dependency(type_, package.package, package.version, "path", entries.path)
    forge = _FORGES.get(kind, "")
    if forge and package.host:  # the host of the forge's interface: api.github.com, git.example/api/v3
        forge = public_url(f"https://{package.host.removeprefix('https://').partition('/')[0].removeprefix('api.')}")
    url = f"{forge}/{package.owner}/{package.repository}" if forge else public_url(package.url)
    source = "git" if forge or kind in {"git", "git2r", "xgit"} else "url"
    commit = package.commit if is_commit(package.commit) else ""
    if source == "git" and not commit:
        entries.gap("a git dependency that is not pinned to a commit", name)
    return Dependency(type_, package.package, package.version, source, entries.path, commit=commit, url=url)
