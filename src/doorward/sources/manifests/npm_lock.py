"""npm's ``package-lock.json`` and ``npm-shrinkwrap.json``, lock versions 1 to 3."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import TypeAlias

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.model.release import LockedDigest
from doorward.sources.manifests._documents import key_lines, load_json
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._graph import routes
from doorward.sources.manifests._npm import (
    Node,
    folder_of,
    folders,
    installed_name,
    is_own,
    origin,
    tarball,
    too_deep,
)  # fmt: skip
from doorward.sources.manifests._values import BadEntry, file_name, public_url, sri_digests

NAME = "package-lock.json"
FILES = ("package-lock.json", "npm-shrinkwrap.json")
TYPE = "npm"


#: Patterns of workspaces that are looked at; each is tried on each folder.
_SHELLS = 200

#: Its path, its line where that is known, and what stands there.
_Place: TypeAlias = tuple[str, int | None, Node]


class _Lock(msgspec.Struct):
    lockfileVersion: int | None = None  # noqa: N815 - npm's key
    packages: dict[str, msgspec.Raw] | None = None
    dependencies: dict[str, msgspec.Raw] | None = None


class _Nested(msgspec.Struct, gc=False):
    """One package of lock version 1, which nests what lies below it."""

    version: str
    resolved: str | bool | None = None
    integrity: str | None = None
    dev: bool = False
    optional: bool = False
    requires: dict[str, str] | bool | None = None
    dependencies: dict[str, msgspec.Raw] = {}


def parse(text: str, path: str, read: Read) -> Inventory:
    """Read a lock file of npm; raise ManifestError where it is none."""
    lock = load_json(text, path, _Lock)
    entries = Entries(path)
    if lock.packages is not None:
        lines = key_lines(text, lock.packages)
        places = list(_flat(entries.each_json(lock.packages.items(), Node, lines), entries))
    elif lock.dependencies is not None or lock.lockfileVersion is not None:
        places = [*_manifest(read, entries), *_nested(lock.dependencies or {}, entries)]
    else:
        raise ManifestError(f"{path}: neither packages nor dependencies: not a lock file of npm")
    entries.packages = list(_packages(places, entries))
    return entries.inventory()


def _flat(places: Iterable[_Place], entries: Entries) -> Iterator[_Place]:
    for place in places:
        if too_deep(place[0]):
            entries.gap("nested deeper than npm nests", installed_name(place[0]), place[1])
        else:
            yield place


def _manifest(read: Read, entries: Entries) -> Iterator[_Place]:
    """Yield the project itself, which lock version 1 leaves to ``package.json``."""
    try:
        text = read("package.json")
        if text is not None:
            yield "", None, load_json(text, "package.json", Node)
    except ManifestError as error:
        entries.gap(f"what the project itself asks for is not known: {error}")


def _nested(dependencies: dict[str, msgspec.Raw], entries: Entries) -> Iterator[_Place]:
    """Yield the packages of lock version 1 at the places where versions 2 and 3 would write them."""
    waiting = deque([("", dependencies)])
    while waiting:
        base, below = waiting.popleft()
        for name, line, item in entries.each_json(below.items(), _Nested):
            location = f"{base}/node_modules/{name}" if base else f"node_modules/{name}"
            if too_deep(location):
                entries.gap("nested deeper than npm nests", name, line)
                continue
            yield location, line, _as_node(item)
            if item.dependencies:
                waiting.append((location, item.dependencies))


def _as_node(item: _Nested) -> Node:
    """Read the version of lock version 1, which may be an alias or an address in place of a version."""
    node = Node(
        version=item.version,
        resolved=item.resolved,
        integrity=item.integrity,
        dev=item.dev,
        optional=item.optional,
        dependencies=item.requires if isinstance(item.requires, dict) else None,
    )
    if item.version.startswith("npm:"):
        name, _, version = item.version[4:].rpartition("@")
        node.name, node.version = name, version
    elif ":" in item.version:
        node.resolved, node.version = item.version, ""
    return node


class _Tree:
    """The places of a lock, with what each leads to."""

    def __init__(self, places: Sequence[_Place]) -> None:
        self.places = places
        self.index = {location: number for number, (location, _, _) in enumerate(places)}
        self._filled = {folder_of(location) for location in self.index}
        #: Links, and the places that they show.
        self._links = {
            number: self.index.get(node.resolved, number)
            for number, (_, _, node) in enumerate(places)
            if node.link and isinstance(node.resolved, str)
        }
        self.members = self._members()
        #: Places that something requires by the address of a tarball.
        self.fetched: set[int] = set()
        self.edges = [self._targets(location, node) for location, _, node in places]
        labels = [f"{_name(location, node)} {node.version or ''}".rstrip() for location, _, node in places]
        starts = (target for member in self.members for target in self.edges[member])
        self.ways = routes((start for start in starts if start not in self.members), self.edges, labels)

    def _members(self) -> set[int]:
        """Return the places of the project's own packages: the root, and what its workspaces name."""
        if "" not in self.index:
            return set()
        root = self.index[""]
        workspaces = self.places[root][2].workspaces
        listed = workspaces.get("packages") if isinstance(workspaces, dict) else workspaces
        patterns = [item.strip("./") for item in listed if isinstance(item, str)] if isinstance(listed, list) else []
        own = (number for location, number in self.index.items() if location and is_own(location))
        matches = _matcher(patterns)
        return {root, *(number for number in own if matches(self.places[number][0]))}

    def _targets(self, location: str, node: Node) -> list[int]:
        """Return the places that the requirements of a place mean; of a link, the folder that it shows."""
        found = []
        index, above = self.index, folders(location, self._filled)
        for name, wanted in node.requirements(own=is_own(location)):
            for folder in above:
                target = index.get(folder + name)
                if target is not None:
                    break
            else:
                continue
            target = self._links.get(target, target)
            found.append(target)
            if wanted.startswith("http"):
                self.fetched.add(target)
        return found


def _packages(places: Sequence[_Place], entries: Entries) -> Iterator[Dependency]:
    tree = _Tree(places)
    for number, (location, line, node) in enumerate(places):
        name = _name(location, node)
        if node.link or not name:
            continue
        source, url, commit = origin(node.resolved, name, node.version or "")
        if is_own(location):
            source, url, commit = ("workspace" if number in tree.members else "path"), "", ""
        elif number in tree.fetched and source == "registry" and isinstance(node.resolved, str):
            source, url = "url", public_url(node.resolved)
        if not node.version and source == "registry":
            entries.gap("no version", name, line)
            continue
        if source == "git" and not commit:
            entries.gap("a git dependency that is not pinned to a commit", name, line)
        way = tree.ways[number]
        yield Dependency(
            TYPE,
            name,
            node.version or "",
            source,
            entries.path,
            line,
            _digests(node, name, entries) if source in {"registry", "url"} else (),
            commit,
            url,
            node.groups(),
            None if source == "workspace" or not tree.members else way == (),
            way or (),
        )


def _digests(node: Node, name: str, entries: Entries) -> tuple[LockedDigest, ...]:
    """Read the integrity value. That of a git dependency is left out: npm packs its archive anew on each machine."""
    if not node.integrity:
        return ()
    resolved = node.resolved if isinstance(node.resolved, str) else ""
    filename = file_name(resolved) or tarball(name, node.version or "")
    try:
        return tuple(sri_digests(node.integrity, filename))
    except BadEntry as error:
        entries.gap(str(error), name)
        return ()


def _name(location: str, node: Node) -> str:
    """Return the real name: that of the entry where it differs from the place (an alias), else the place's."""
    return node.name or installed_name(location)


def _matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return whether a folder is one that the workspaces name, by its path or by a shell pattern."""
    named, shells = set(), []
    for pattern in patterns:
        if set("*?[") & set(pattern):
            shells.append(pattern)
        else:
            named.add(pattern)
    return lambda folder: folder in named or any(fnmatchcase(folder, pattern) for pattern in shells[:_SHELLS])
