"""``yarn.lock`` of yarn 1 and of the later ones (berry), which name their workspaces and their resolutions.

Checksums of the later ones are left out: they are of an archive that yarn packs anew, not of the released file.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.model.release import LockedDigest
from doorward.records import replace
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._graph import Node, placed
from doorward.sources.manifests._npm import archive_of_commit, origin
from doorward.sources.manifests._values import (
    archive_path,
    file_name,
    git_address,
    hex_digest,
    is_commit,
    public_url,
    sri_digests,
)
from doorward.sources.manifests._yarn import Block, blocks

NAME = "yarn.lock"
FILES = ("yarn.lock",)
TYPE = "npm"

#: ``@scope/name@rest``
_DESCRIPTOR = re.compile(r"(@[^/@\s]+/[^@\s]+|[^@\s]+)@(.*)\Z", re.DOTALL)
_REQUIREMENTS = ("dependencies", "optionalDependencies")


class _Manifest(msgspec.Struct):
    """What a ``package.json`` asks for."""

    dependencies: dict[str, str] = {}
    optional: dict[str, str] = msgspec.field(default_factory=dict, name="optionalDependencies")
    development: dict[str, str] = msgspec.field(default_factory=dict, name="devDependencies")
    workspaces: object = None


def parse(text: str, path: str, read: Read) -> Inventory:
    """Read a ``yarn.lock``; raise ManifestError where it is none."""
    found = list(blocks(text))
    if "yarn lockfile v1" not in text[:1000] and not any("__metadata" in block.headings for block in found):
        raise ManifestError(f"{path}: neither a lock file of yarn 1 nor of a later one")
    entries = Entries(path)
    nodes = [node for block in found if "__metadata" not in block.headings if (node := _node(block, entries))]
    starts, complete = _starts(found, read, entries)
    if starts:
        entries.packages = placed(nodes, starts, grouped=complete)
    else:
        entries.packages = [node.package for node in nodes]
    if not complete:  # what other members ask for is not known, so that nobody can say "not direct"
        entries.packages = [replace(p, direct=None) if p.direct is False else p for p in entries.packages]
    return entries.inventory()


def _node(block: Block, entries: Entries) -> Node | None:
    """Return the package of a block; None, and a gap, where it names none."""
    resolution = block.values.get("resolution", "")
    heading = block.headings[0] if block.headings else ""
    descriptor = _DESCRIPTOR.match(resolution or heading)
    version = block.values.get("version", "")
    if descriptor is None or not version:
        entries.gap("no version" if descriptor else "no name", heading[:80], block.line)
        return None
    name, reference = descriptor[1], descriptor[2]
    if reference.startswith("patch:"):
        inner = _DESCRIPTOR.match(unquote(reference[6:]).partition("#")[0])
        name, reference = (inner[1], inner[2]) if inner else (name, reference)
    if resolution:
        source, url, commit = _resolved(reference, name, version)
        digests: tuple[LockedDigest, ...] = ()
    else:
        alias = _DESCRIPTOR.match(reference[4:]) if reference.startswith("npm:") else None
        name = alias[1] if alias else name
        source, url, commit = _first(reference, block.values.get("resolved", ""), name, version)
        digests = _digests(block, name, source, entries)
    if source == "git" and not commit:
        entries.gap("a git dependency that is not pinned to a commit", name, block.line)
    if version.startswith("0.0.0-use"):
        version = ""
    package = Dependency(TYPE, name, version, source, entries.path, block.line, digests, commit, url)
    wants = [want for table in _REQUIREMENTS for want in _wants(block.tables.get(table, {}))]
    return Node(package, tuple(block.headings), wants)


def _resolved(reference: str, name: str, version: str) -> tuple[str, str, str]:
    """Return source, address and commit of a resolution of later yarns.

    What they fetched from another address than the registry's usual one has that address behind the version.
    """
    kind = reference.partition(":")[0]
    if kind in {"npm", "virtual"}:
        return origin(unquote(reference.partition("__archiveUrl=")[2].partition("&")[0]), name, version)
    if kind == "workspace":
        return "workspace", "", ""
    if kind in {"link", "portal", "file", "exec"}:
        return "path", archive_path(reference), ""
    address, _, fragment = reference.partition("#")
    if "commit=" in fragment or ".git" in address:
        commit = fragment.partition("commit=")[2].partition("&")[0]
        return "git", git_address(address), commit if is_commit(commit) else ""
    return "url", public_url(address), ""


def _first(reference: str, resolved: str, name: str, version: str) -> tuple[str, str, str]:
    """Return source, address and commit as yarn 1 writes them: an address, with a digest or a commit behind it."""
    if not resolved and reference.startswith(("file:", "link:")):
        return "path", archive_path(reference), ""
    if archive := archive_of_commit(resolved):
        return "git", *archive
    address, _, fragment = resolved.partition("#")
    if address.endswith(".git"):
        return "git", git_address(address), fragment if is_commit(fragment) else ""
    return origin(resolved, name, version)


def _digests(block: Block, name: str, source: str, entries: Entries) -> tuple[LockedDigest, ...]:
    if source not in {"registry", "url"}:
        return ()
    address, _, fragment = block.values.get("resolved", "").partition("#")
    filename = file_name(address)
    found = entries.digests(name, sri_digests, [(block.values.get("integrity", ""), filename)])
    if fragment:
        found += entries.digests(name, lambda text, file: [hex_digest("sha1", text, file)], [(fragment, filename)])
    return found


def _wants(table: Mapping[str, str]) -> list[str]:
    """Return the headings that a requirement may be found under."""
    return [heading for name, wanted in table.items() for heading in (f"{name}@{wanted}", f"{name}@npm:{wanted}")]


def _starts(found: Sequence[Block], read: Read, entries: Entries) -> tuple[dict[str, list[str]], bool]:
    """Return what the project asks for by group, and whether that is all of it."""
    starts: dict[str, list[str]] = {"": [], "dev": []}
    workspaces = {
        resolution.partition("@workspace:")[2]: block
        for block in found
        if "@workspace:" in (resolution := block.values.get("resolution", ""))
    }
    complete = True
    for folder in workspaces or [""]:
        manifest = _manifest(folder, read, entries)
        if manifest:
            starts[""] += _wants(manifest.dependencies) + _wants(manifest.optional)
            starts["dev"] += _wants(manifest.development)
            complete = complete and (bool(workspaces) or not manifest.workspaces)
        elif folder in workspaces:
            tables = workspaces[folder].tables
            starts[""] += [want for table in _REQUIREMENTS for want in _wants(tables.get(table, {}))]
    return (starts if starts[""] or starts["dev"] else {}), complete


def _manifest(folder: str, read: Read, entries: Entries) -> _Manifest | None:
    name = posixpath.normpath(posixpath.join(folder, "package.json"))
    try:
        text = read(name)
        return None if text is None else load_json(text, name, _Manifest)
    except ManifestError as error:
        entries.gap(f"what the project itself asks for is not known: {error}")
        return None
