"""The subject Dependency: what a lock file, a manifest or a command line names."""

from __future__ import annotations

from doorward.model.purl import Purl, make_purl
from doorward.model.release import LockedDigest
from doorward.records import dataclass

#: Where a dependency comes from.
SOURCES = ("registry", "git", "url", "path", "workspace")


@dataclass(frozen=True, slots=True)
class Dependency:
    """One entry of a lock file or manifest."""

    #: purl type: "pypi", "npm" ...
    type: str
    #: Name as the registry knows it: aliases resolved, scope included.
    name: str
    #: Exact version; "" where the file does not pin one.
    version: str
    #: One of :data:`SOURCES`.
    source: str = "registry"
    #: The file that declares it, relative to the scanned folder, and the line where it is known.
    path: str = ""
    line: int | None = None
    digests: tuple[LockedDigest, ...] = ()
    #: Full commit hash of a git dependency.
    commit: str = ""
    #: Address of a URL or git dependency, without user information; the index of a registry one, where the lock tells;
    #: the path of one that is a packed release in the project.
    url: str = ""
    #: Groups and extras that want it ("dev", "optional", "extra:socks").
    groups: tuple[str, ...] = ()
    #: True or False where the file tells whether the project asks for it itself.
    direct: bool | None = None
    #: One path that brings it, from the project's own requirement down to its parent: ("richer-cli 1.2.0", ...).
    via: tuple[str, ...] = ()
    #: Other files of the project that declare the same package.
    also_in: tuple[str, ...] = ()
    #: What a package of an operating system is told apart by, sorted: ("arch", "amd64"), ("distro", "debian-12"),
    #: ("upstream", the source package); of a container image pinned by digest the tag beside it, ("tag", "3.20").
    qualifiers: tuple[tuple[str, str], ...] = ()
    #: Digests of the files that it installed, by their paths, as its own list of them states.
    members: tuple[LockedDigest, ...] = ()

    @property
    def purl(self) -> Purl:
        """The package URL, with what distinguishes a git or URL dependency as qualifier."""
        purl = make_purl(self.type, self.name, self.version)
        if self.source == "git" and self.url:
            suffix = f"@{self.commit}" if self.commit else ""
            return Purl(purl.type, purl.namespace, purl.name, purl.version, (("vcs_url", f"git+{self.url}{suffix}"),))
        if self.source == "url" and self.url:
            return Purl(purl.type, purl.namespace, purl.name, purl.version, (("download_url", self.url),))
        if self.qualifiers:
            return Purl(purl.type, purl.namespace, purl.name, purl.version, self.qualifiers)
        return purl


@dataclass(frozen=True, slots=True)
class InventoryGap:
    """An entry or a file that could not be taken over, and why."""

    path: str
    reason: str
    #: What the entry names, as far as it can be told.
    entry: str = ""
    line: int | None = None
    #: The requirement as it is written, where that is all that the file tells.
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What one file or one project declares."""

    packages: tuple[Dependency, ...] = ()
    gaps: tuple[InventoryGap, ...] = ()
    #: Files that were read.
    files: tuple[str, ...] = ()
    #: Addresses of package indexes that the files name, without user information: shown, never obeyed.
    indexes: tuple[str, ...] = ()
