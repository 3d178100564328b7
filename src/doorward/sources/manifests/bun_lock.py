"""Bun's ``bun.lock``: JSON with comments and trailing commas, one list for each place of ``node_modules``."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.model.release import LockedDigest
from doorward.sources.manifests._documents import key_lines, load_json
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._graph import Node, placed
from doorward.sources.manifests._npm import origin, tarball
from doorward.sources.manifests._values import archive_path, file_name, git_address, is_commit, public_url, sri_digests

NAME = "bun.lock"
FILES = ("bun.lock", "bun.lockb")
#: The form of before, which tells nothing where the other lies beside it.
UNREAD = {
    "bun.lockb": (
        "bun.lock",
        "Bun's binary form, which is not read: bun install --save-text-lockfile writes bun.lock",
    )
}
TYPE = "npm"

#: A string (kept), or a comment. Both may end with the file, so that every character is looked at once.
_NOISE = re.compile(r'"(?:[^"\\]|\\.)*+"?|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?', re.DOTALL)
_COMMA = re.compile(r'"(?:[^"\\]|\\.)*+"?|,(?=\s*+[\]}])', re.DOTALL)
_DESCRIPTOR = re.compile(r"(@[^/@\s]+/[^@\s]+|[^@\s]+)@(.*)\Z", re.DOTALL)
_GROUPS = {"dependencies": "", "peerDependencies": "", "optionalDependencies": "optional", "devDependencies": "dev"}
#: Names in a key: ``parent/@scope/child`` is two.
_STEP = re.compile(r"(?:@[^/]+/)?[^/]+")
#: Source -> where its integrity value stands in an entry: behind the registry and what it requires.
_INTEGRITY = {"registry": slice(3, 4), "url": slice(2, 3)}
#: Keys deeper than this are not looked up upwards.
_DEEPEST = 64


class _Information(msgspec.Struct):
    dependencies: dict[str, str] = {}
    optional: dict[str, str] = msgspec.field(default_factory=dict, name="optionalDependencies")
    peers: dict[str, str] = msgspec.field(default_factory=dict, name="peerDependencies")


class _Workspace(msgspec.Struct):
    name: str = ""
    version: str = ""
    dependencies: dict[str, str] = {}
    optionalDependencies: dict[str, str] = {}  # noqa: N815 - npm's key
    peerDependencies: dict[str, str] = {}  # noqa: N815 - npm's key
    devDependencies: dict[str, str] = {}  # noqa: N815 - npm's key


class _Lock(msgspec.Struct):
    version: int = msgspec.field(name="lockfileVersion")
    packages: dict[str, msgspec.Raw] = {}
    workspaces: dict[str, msgspec.Raw] = {}


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - the lock names what each member asks for
    """Read a ``bun.lock``; raise ManifestError where it is none."""
    lock = load_json(_plain_json(text), path, _Lock)
    entries = Entries(path)
    nodes = []
    lines = key_lines(text, lock.packages, "[")
    for key, line, item in entries.each_json(lock.packages.items(), list[object], lines):
        found = _dependency(key, line, item, entries)
        if found:
            information = next((part for part in item if isinstance(part, dict)), {})
            for _, _, asked in entries.each([(key, information)], _Information):
                wanted = (*asked.dependencies, *asked.optional, *asked.peers)
                nodes.append(Node(found, (key,), _places(key, wanted, lock.packages)))
    starts: dict[str, list[str]] = {group: [] for group in _GROUPS.values()}
    for folder, _, member in entries.each_json(lock.workspaces.items(), _Workspace):
        for table, group in _GROUPS.items():
            starts[group] += _places(member.name, getattr(member, table), lock.packages)
        if member.name and not folder:
            entries.packages.append(Dependency(TYPE, member.name, member.version, "workspace", path))
    entries.packages += placed(nodes, starts)
    return entries.inventory()


def _plain_json(text: str) -> str:
    """Return the text without comments and trailing commas."""
    text = _NOISE.sub(lambda match: match[0] if match[0][0] == '"' else " ", text)
    return _COMMA.sub(lambda match: match[0] if match[0][0] == '"' else " ", text)


def _dependency(key: str, line: int | None, item: list[object], entries: Entries) -> Dependency | None:
    texts = [part for part in item if isinstance(part, str)]
    descriptor = _DESCRIPTOR.match(texts[0]) if texts else None
    if descriptor is None:
        entries.gap("an entry that does not name a package and a version", key, line)
        return None
    name, reference = descriptor[1], descriptor[2]
    place = item[1] if len(item) > 1 else None
    if reference[:1].isdigit() and not isinstance(place, str) and not archive_path(reference):
        entries.gap("an entry that does not tell its registry", name, line)
        place = ""
    source, url, commit = _origin(reference, place, name)
    version = reference if source == "registry" else ""
    if source == "git" and not commit:
        entries.gap("a git dependency that is not pinned to a commit", name, line)
    filename = file_name(url) if source == "url" else tarball(name, version)
    digests = _digests(item[_INTEGRITY[source]], name, filename, entries) if source in _INTEGRITY else ()
    return Dependency(TYPE, name, version, source, entries.path, line, digests, commit, url)


def _digests(stated: list[object], name: str, filename: str, entries: Entries) -> tuple[LockedDigest, ...]:
    texts = [text for text in stated if isinstance(text, str)]
    if len(texts) < len(stated):
        entries.gap("an integrity value that is no text", name)
    return entries.digests(name, sri_digests, ((text, filename) for text in texts))


def _origin(reference: str, place: object, name: str) -> tuple[str, str, str]:
    """Return source, address and commit. ``place`` is the second value of an entry: "" or an address of a registry."""
    kind = reference.partition(":")[0] if ":" in reference else ""
    if not kind and not isinstance(place, str):
        return "path", archive_path(reference), ""
    if not kind and isinstance(place, str):
        return origin(place, name, reference) if place.endswith(".tgz") else ("registry", public_url(place), "")
    if kind in {"workspace", "root"}:
        return "workspace", "", ""
    if kind in {"http", "https"} and ".git#" not in reference:
        return "url", public_url(reference), ""
    if kind in {"file", "link"}:
        return "path", archive_path(reference), ""
    commit = reference.partition("#")[2]
    return "git", git_address(reference), commit if is_commit(commit) else ""


def _places(key: str, names: Iterable[str], packages: Container[str]) -> list[str]:
    """Return the keys that names mean at ``key``: the nearest place upwards."""
    steps = _STEP.findall(key)[:_DEEPEST]
    above = ["/".join(steps[:count]) + "/" for count in range(len(steps), 0, -1)] + [""]
    found = []
    for name in names:
        for folder in above:
            if folder + name in packages:
                found.append(folder + name)
                break
    return found
