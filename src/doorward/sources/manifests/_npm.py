"""npm's tree of ``node_modules`` folders: which package a name means where, and what an address says of its source.

Lock version 2 and 3 write the tree as paths. Version 1 nests; its reader turns it into the same paths.
"""

from __future__ import annotations

import re
from collections.abc import Container
from functools import lru_cache
from itertools import product

import msgspec

from doorward.sources.manifests._values import archive_path, git_address, is_commit, public_url

#: Folders within folders: deeper than npm ever nests, and each level costs a look at every requirement.
DEEPEST = 64

_GIT = re.compile(r"(?:git\+|git:|git@|ssh:|github:|gitlab:|bitbucket:)")
_ARCHIVE = re.compile(r"https://codeload\.([^/]+)/([^/]+/[^/]+)/(?:tar\.gz|zip)/([0-9a-f]{40})\b")
_NODE_MODULES = "node_modules/"

#: npm's flags dev, optional, devOptional and peer -> the groups that want a package.
_GROUPS = {
    flags: tuple(
        name
        for name, wanted in (("dev", flags[0] or flags[2]), ("optional", flags[1] or flags[2]), ("peer", flags[3]))
        if wanted
    )
    for flags in product((False, True), repeat=4)
}


class Node(msgspec.Struct, gc=False):
    """One place of the tree, as lock version 2 writes it."""

    name: str | None = None
    version: str | None = None
    resolved: str | bool | None = None
    integrity: str | None = None
    link: bool = False
    dev: bool = False
    optional: bool = False
    devOptional: bool = False  # noqa: N815 - npm's key
    peer: bool = False
    dependencies: dict[str, str] | None = None
    optionalDependencies: dict[str, str] | None = None  # noqa: N815 - npm's key
    peerDependencies: dict[str, str] | None = None  # noqa: N815 - npm's key
    devDependencies: dict[str, str] | None = None  # noqa: N815 - npm's key
    workspaces: object = None

    def requirements(self, *, own: bool) -> list[tuple[str, str]]:
        """Return what it requires as name and range; for development only where it is the project's ``own``."""
        tables = [self.dependencies, self.optionalDependencies, self.peerDependencies]
        if own:
            tables.append(self.devDependencies)
        return [item for table in tables if table for item in table.items()]

    def groups(self) -> tuple[str, ...]:
        """Return the groups that want it; none where the project itself does."""
        return _GROUPS[self.dev, self.optional, self.devOptional, self.peer]


def installed_name(location: str) -> str:
    """Return the name under which a place of the tree is imported: the end of its path, scope included."""
    return location.rpartition(_NODE_MODULES)[2] if _NODE_MODULES in location else location.rpartition("/")[2]


def is_own(location: str) -> bool:
    """Whether a place of the tree lies outside every ``node_modules``: the project and its workspace members."""
    return _NODE_MODULES not in location


def folders(location: str, filled: Container[str]) -> list[str]:
    """Return the ``node_modules`` folders that a name is looked up in from ``location``, nearest first.

    ``filled`` are those that have packages at all, so that most lookups need not try an empty one.
    """
    found: list[str] = []
    base = location
    while base:
        folder = f"{base}/{_NODE_MODULES}"
        if folder in filled:
            found.append(folder)
        cut = base.rfind("/" + _NODE_MODULES)
        if cut < 0 and not base.startswith(_NODE_MODULES):
            cut = base.rfind("/")
        base = base[:cut] if cut > 0 else ""
    found.append(_NODE_MODULES)
    return found


def folder_of(location: str) -> str:
    """Return the ``node_modules`` folder that a place lies in; "" for one outside of all."""
    cut = location.rfind(_NODE_MODULES)
    return location[: cut + len(_NODE_MODULES)] if cut >= 0 else ""


def origin(resolved: object, name: str, version: str) -> tuple[str, str, str]:
    """Return source, address and commit as npm's ``resolved`` tells them.

    The address of a registry package is that of its index. A tarball at an address that no index would give it is a URL
    dependency: what is installed comes from there, whatever the name says.
    """
    if not isinstance(resolved, str) or not resolved:
        return "registry", "", ""
    if not resolved.startswith(("http://", "https://")):
        if not _GIT.match(resolved):
            return "path", archive_path(resolved), ""
        commit = resolved.partition("#")[2]
        return "git", git_address(resolved), commit if is_commit(commit) else ""
    index, found, _ = resolved.partition(f"/{name}/-/")
    for mark in () if found else (f"/{name.replace('/', '%2f')}/-/", f"/download/{name}/{version}/"):
        index, found, _ = resolved.partition(mark)
        if found:
            break
    return ("registry", _index(index), "") if found else ("url", public_url(resolved), "")


@lru_cache(maxsize=64)
def _index(address: str) -> str:
    """Return the address of an index without user information; a lock names a few of them ten thousand times."""
    return public_url(address)


def archive_of_commit(address: str) -> tuple[str, str] | None:
    """Return repository and commit of an archive that a forge makes of one commit; None for any other address."""
    match = _ARCHIVE.match(address)
    return (f"https://{match[1]}/{match[2]}", match[3]) if match else None


def tarball(name: str, version: str) -> str:
    """Return the file name that npm gives to a package: without its scope."""
    return f"{name.rpartition('/')[2]}-{version}.tgz"


def too_deep(location: str) -> bool:
    """Whether a place is nested deeper than npm nests."""
    return location.count("/") > 3 * DEEPEST
