"""Paket's ``paket.lock``: sections by where packages come from, indented lines within."""

from __future__ import annotations

import re

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._values import git_address, is_commit

NAME = "paket.lock"
FILES = ("paket.lock",)
TYPE = "nuget"

_SECTION = re.compile(r"(NUGET|GITHUB|GIT|GIST|HTTP)\s*\Z")
_GROUP = re.compile(r"GROUP (\S+)\s*\Z")
_REMOTE = re.compile(r" {2}remote: (\S+)")
_PACKAGE = re.compile(r" {4}(\S+)(?: \(([^()]{1,200})\))?")
#: A repository as a whole has no name, only its commit.
_REPOSITORY = re.compile(r" {5}\(([^()]{1,200})\)")


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - what is direct stands in paket.dependencies
    """Read a ``paket.lock``; raise ManifestError where it has no section."""
    reader = _Reader(path)
    for number, line in enumerate(text.split("\n"), 1):
        reader.line(line.rstrip("\r"), number)
    if not reader.known:
        raise ManifestError(f"{path}: no section of a paket.lock")
    return reader.entries.inventory()


class _Reader:
    """Takes the lines of a lock in, one after another."""

    def __init__(self, path: str) -> None:
        self.entries = Entries(path)
        self.known = False
        self._section = self._remote = ""
        self._groups: tuple[str, ...] = ()

    def line(self, line: str, number: int) -> None:
        """Take one line in."""
        if section := _SECTION.match(line):
            self.known, self._section, self._remote = True, section[1], ""
        elif group := _GROUP.match(line):
            self._groups = (group[1],)
        elif remote := _REMOTE.match(line):
            self._remote = remote[1]
        elif (package := _PACKAGE.match(line)) and not package[1].startswith(("remote:", "specs:")):
            self._package(package[1], package[2] or "", number)
        elif repository := _REPOSITORY.match(line):
            self._package(self._remote, repository[1], number)

    def _package(self, name: str, version: str, number: int) -> None:
        if self._section == "NUGET":
            found = Dependency(TYPE, name, version, path=self.entries.path, line=number, groups=self._groups)
        else:
            commit = version if is_commit(version) else ""
            if not commit:
                self.entries.gap("a dependency from no registry that is not pinned to a commit", name, number)
            address = self._remote if "://" in self._remote else f"github:{self._remote}"
            source = "git" if self._section in {"GITHUB", "GIT"} else "url"
            found = Dependency(
                TYPE,
                self._remote or name,
                "",
                source,
                self.entries.path,
                number,
                commit=commit,
                url=git_address(address),
                groups=self._groups,
            )
        self.entries.packages.append(found)
