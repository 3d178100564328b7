"""The locks of OCaml packages, as ``opam lock`` writes them: ``*.opam.locked`` pins every package to one version."""

from __future__ import annotations

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._opam import groups, pins, requirements, unread, version_of
from doorward.sources.manifests._values import git_address, is_commit, public_url

NAME = "opam.locked"
FILES = ("*.opam.locked", "opam.locked")
TYPE = "opam"


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read the pins; raise ManifestError where it is no file of opam."""
    if "opam-version" not in text:
        raise ManifestError(f"{path}: no opam-version")
    entries = Entries(path)
    pinned = {name: (version, address) for name, version, address, _ in pins(text)}
    for name, conditions, line in requirements(text, "depends"):
        version, address = pinned.get(name, (version_of(conditions), ""))
        entries.packages.append(_dependency(name, version, address, groups(conditions), line, entries))
    for found, line in unread(text, "depends", "pin-depends"):
        entries.gap("neither a package nor an address", found[:80], line)
    return entries.inventory()


def _dependency(
    name: str, version: str, address: str, wanted: tuple[str, ...], line: int, entries: Entries
) -> Dependency:
    if not address:
        return Dependency(TYPE, name, version, path=entries.path, line=line, groups=wanted)
    if not address.startswith(("git+", "git:")):
        return Dependency(TYPE, name, version, "url", entries.path, line, url=public_url(address), groups=wanted)
    commit = address.partition("#")[2]
    if not is_commit(commit):
        entries.gap("a git dependency that is not pinned to a commit", name, line)
        commit = ""
    url = git_address(address)
    return Dependency(TYPE, name, version, "git", entries.path, line, commit=commit, url=url, groups=wanted)
