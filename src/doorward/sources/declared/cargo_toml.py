"""What a Rust crate declares in ``Cargo.toml``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.declared._ranges import declare, exact
from doorward.sources.manifests._documents import load_toml
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._values import git_address, is_commit

NAME = "Cargo.toml"
FILES = ("Cargo.toml",)
TYPE = "cargo"

_TABLES = {"dependencies": (), "dev-dependencies": ("dev",), "build-dependencies": ("build",)}


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read a ``Cargo.toml``; raise ManifestError where it is none."""
    document = load_toml(text, path)
    if not isinstance(document.get("package"), dict) and not isinstance(document.get("workspace"), dict):
        raise ManifestError(f"{path}: neither a package nor a workspace")
    entries = Entries(path)
    for groups, name, spec in _wanted(document):
        _take(entries, groups, name, spec)
    return entries.inventory()


def _wanted(document: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    targets = document.get("target")
    workspace = document.get("workspace")
    owners = [document, workspace, *(targets.values() if isinstance(targets, dict) else ())]
    for owner in owners:
        for table, groups in _TABLES.items():
            found = owner.get(table) if isinstance(owner, dict) else None
            for name, spec in found.items() if isinstance(found, dict) else ():
                yield groups, name, spec


def _take(entries: Entries, groups: tuple[str, ...], name: str, spec: Any) -> None:
    told = spec if isinstance(spec, dict) else {"version": spec}
    if told.get("workspace") is True:
        return  # the workspace says what it is
    requirement, real = told.get("version"), told.get("package")
    wanted = requirement if isinstance(requirement, str) else ""
    source = "git" if "git" in told else "path" if "path" in told else "registry"
    revision, address = told.get("rev"), told.get("git")
    commit = revision if isinstance(revision, str) and is_commit(revision) else ""
    url = git_address(address) if isinstance(address, str) else ""
    if source == "git" and not commit:
        entries.gap("a git dependency that is not pinned to a commit", name)
    # A bare version is a caret requirement to Cargo.
    version = exact(wanted) if wanted.startswith("=") else ""
    called = real if isinstance(real, str) and real else name
    found = Dependency(TYPE, called, version, source, entries.path, commit=commit, url=url, groups=groups, direct=True)
    declare(entries, found, wanted)
