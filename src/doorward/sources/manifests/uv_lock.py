"""uv's ``uv.lock``, revisions 1 to 3: a universal lock that names its own roots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from typing import Any

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.model.purl import normalise_name
from doorward.sources.manifests._documents import load_toml, shaped, table_lines
from doorward.sources.manifests._entries import Entries, Read, named
from doorward.sources.manifests._python import Locked, Want, placed
from doorward.sources.manifests._values import (
    archive_path,
    file_name,
    git_address,
    is_commit,
    labelled_digests,
    public_url,
)

NAME = "uv.lock"
FILES = ("uv.lock", "*.py.lock")
TYPE = "pypi"


#: How uv names a source -> one of the model's sources. What lies in a folder may also be a member of the workspace.
_KINDS = {
    "registry": "registry", "git": "git", "url": "url", "path": "path",
    "directory": "path", "editable": "path", "virtual": "path",
}  # fmt: skip


class _File(msgspec.Struct):
    url: str = ""
    path: str = ""
    filename: str = ""
    hash: str = ""

    @property
    def name(self) -> str:
        return self.filename or file_name(self.url or self.path)


class _Edge(msgspec.Struct):
    name: str
    version: str = ""
    extra: list[str] = []


class _Package(msgspec.Struct):
    name: str
    version: str = ""
    source: dict[str, Any] = {}
    dependencies: list[_Edge] = []
    sdist: _File | None = None
    wheels: list[_File] = []
    optional: dict[str, list[_Edge]] = msgspec.field(default_factory=dict, name="optional-dependencies")
    development: dict[str, list[_Edge]] = msgspec.field(default_factory=dict, name="dev-dependencies")


class _Manifest(msgspec.Struct):
    members: list[str] = []
    #: Requirements of a script, and groups of a workspace without a project.
    requirements: list[_Edge] = []
    groups: dict[str, list[_Edge]] = msgspec.field(default_factory=dict, name="dependency-groups")


class _Lock(msgspec.Struct):
    version: int
    package: list[Any] = []
    manifest: _Manifest = msgspec.field(default_factory=_Manifest)


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - the lock needs no file beside it
    """Read a ``uv.lock``; raise ManifestError where it is none."""
    lock = shaped(load_toml(text, path), path, _Lock)
    entries = Entries(path)
    members = {normalise_name("pypi", name) for name in lock.manifest.members}
    locked: list[Locked] = []
    starts: dict[str, list[Want]] = defaultdict(list, {"": []})
    lines = table_lines(text, "package", len(lock.package))
    for name, line, package in entries.each(named(lock.package), _Package, lines):
        if not all(isinstance(value, str) for key, value in package.source.items() if key in _KINDS):
            entries.gap("a source that is no text", name, line)
            continue
        dependency = _dependency(package, line, members, entries)
        if not package.version and dependency.source == "registry":
            entries.gap("no version", name, line)
            continue
        item = Locked(dependency, _wants(package.dependencies), _by_extra(package.optional))
        locked.append(item)
        if dependency.source == "workspace":
            _add_roots(starts, package, item)
    _add_manifest(starts, lock.manifest)
    entries.packages = placed(locked, starts)
    return entries.inventory()


def _dependency(package: _Package, line: int | None, members: Container[str], entries: Entries) -> Dependency:
    name = normalise_name("pypi", package.name)
    kind, value = next(((key, str(item)) for key, item in package.source.items() if key in _KINDS), ("registry", ""))
    source = _KINDS[kind]
    if source == "path" and kind != "path" and (name in members or value == "."):
        source = "workspace"
    files = [*([package.sdist] if package.sdist else []), *package.wheels]
    if source == "registry" and value and "://" not in value:  # a folder of releases in the project
        source, value = "path", f"{value}/{next((file.path for file in files), '')}"
    whole = file_name(value) if source == "url" else ""
    digests = ((file.hash, file.name or whole) for file in files if file.hash)
    commit = value.partition("#")[2] if source == "git" else ""
    if source == "git" and not is_commit(commit):
        entries.gap("a git dependency that is not pinned to a commit", name, line)
        commit = ""
    return Dependency(
        TYPE,
        name,
        package.version,
        source,
        entries.path,
        line,
        entries.digests(name, labelled_digests, digests),
        commit,
        _address(source, value),
    )


def _address(source: str, value: str) -> str:
    if source == "git":
        return git_address(value.partition("#")[0].partition("?")[0])
    if source == "path":
        return archive_path(value)
    return public_url(value) if source in {"registry", "url"} and "://" in value else ""


def _wants(edges: Iterable[_Edge]) -> list[Want]:
    return [
        Want(
            normalise_name("pypi", edge.name),
            tuple(normalise_name("pypi", extra) for extra in edge.extra),
            edge.version,
        )
        for edge in edges
    ]


def _by_extra(tables: Mapping[str, list[_Edge]]) -> dict[str, list[Want]]:
    return {normalise_name("pypi", extra): _wants(edges) for extra, edges in tables.items()}


def _add_roots(starts: dict[str, list[Want]], package: _Package, item: Locked) -> None:
    """Add what a member of the workspace asks for: the roots of the graph."""
    starts[""].extend(item.wants)
    for extra, wants in item.extras.items():
        starts[f"extra:{extra}"].extend(wants)
    for group, edges in package.development.items():
        starts[group].extend(_wants(edges))


def _add_manifest(starts: dict[str, list[Want]], manifest: _Manifest) -> None:
    """Add the requirements of a script, and the groups of a workspace whose root is no project."""
    starts[""].extend(_wants(manifest.requirements))
    for group, edges in manifest.groups.items():
        starts[group].extend(_wants(edges))
