"""Carthage's ``Cartfile.resolved``: a repository and the tag or commit of each."""

from __future__ import annotations

import re

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._values import git_address, is_commit

NAME = "Cartfile.resolved"
FILES = ("Cartfile.resolved",)
TYPE = "carthage"

_LINE = re.compile(r'(github|git|binary) "([^"\n]{1,500})" "([^"\n]{1,200})"\s*\Z')


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read a ``Cartfile.resolved``; raise ManifestError where no line is of its form."""
    entries = Entries(path)
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None:
            entries.gap("a line that is no pin", line[:80], number)
            continue
        kind, place, version = match.groups()
        address = git_address(f"github:{place}" if kind == "github" and "://" not in place else place)
        name = address.partition("://")[2].removesuffix(".git").strip("/") or place
        pinned = is_commit(version)
        source = "git" if pinned else "url" if kind == "binary" else "registry"
        commit = version if pinned else ""
        found = Dependency(TYPE, name, "" if pinned else version, source, path, number, (), commit, address)
        entries.packages.append(found)
    if not entries.packages:
        raise ManifestError(f"{path}: no pin of Carthage")
    return entries.inventory()
