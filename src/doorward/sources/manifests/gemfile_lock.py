"""Bundler's ``Gemfile.lock`` and ``gems.locked``: sections of indented lines.

The platform behind a version (``1.2.0-x86_64-linux``) is no part of the version, but of the file that is installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.records import dataclass, field, replace
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._graph import Node, placed
from doorward.sources.manifests._values import git_address, is_commit, labelled_digests, public_url

NAME = "Gemfile.lock"
FILES = ("Gemfile.lock", "gems.locked", "*.gemfile.lock")
TYPE = "gem"

_SOURCES = {"GEM": "registry", "GIT": "git", "PATH": "path", "PLUGIN SOURCE": "url"}
_SPEC = re.compile(r"([^\s()]+)(?: \(([^()]*)\))?")
#: Sections that name no gem.
_OTHERS = frozenset({"PLATFORMS", "RUBY VERSION", "BUNDLED WITH"})


@dataclass(slots=True)
class _Gem:
    """One gem at one version, on whichever platforms."""

    package: Dependency
    wants: list[str] = field(default_factory=list)


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - the lock names what the project asks for
    """Read a ``Gemfile.lock``; raise ManifestError where it is none."""
    entries = Entries(path)
    reader = _Reader(entries)
    for number, section, depth, body in _lines(text):
        reader.take(number, section, depth, body)
    if not reader.sections & {*_SOURCES, "DEPENDENCIES"}:
        raise ManifestError(f"{path}: none of Bundler's sections")
    nodes = [Node(reader.finished(gem), (gem.package.name,), gem.wants) for gem in reader.gems.values()]
    entries.packages = placed(nodes, {"": reader.asked})
    return entries.inventory()


def _lines(text: str) -> Iterator[tuple[int, str, int, str]]:
    """Yield number, section, depth and content of every line below a section's heading, and of the heading."""
    section = ""
    for number, raw in enumerate(text.split("\n"), 1):
        body = raw.strip()
        depth = len(raw) - len(raw.lstrip(" "))
        if body:
            section = section if depth else body
            yield number, section, depth, body


class _Reader:
    """Takes the lines one by one."""

    def __init__(self, entries: Entries) -> None:
        self.entries = entries
        self.gems: dict[tuple[str, str, str], _Gem] = {}
        self.asked: list[str] = []
        self.sections: set[str] = set()
        self.digests: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._about: dict[str, str] = {}
        self._gem: _Gem | None = None

    def take(self, number: int, section: str, depth: int, body: str) -> None:
        """Take over one line."""
        if depth == 0:
            self.sections.add(section)
            if section not in {*_SOURCES, *_OTHERS, "DEPENDENCIES", "CHECKSUMS"}:
                self.entries.gap(
                    "a section that Bundler does not have: what stands in it is not read", body[:80], number
                )
            self._about, self._gem = {}, None
        elif section in _SOURCES:
            self._take_source(number, section, depth, body)
        elif section == "DEPENDENCIES":
            self.asked.append(body.partition(" ")[0].removesuffix("!"))
        elif section == "CHECKSUMS":
            self._take_checksum(body)

    def _take_source(self, number: int, section: str, depth: int, body: str) -> None:
        """Take a line of a source: its settings at 2 blanks, gems at 4, what they require at 6."""
        spec = _SPEC.match(body)
        if depth <= 2:  # noqa: PLR2004 - as said above
            key, _, value = body.partition(": ")
            self._about[key] = value
        elif depth > 4 and self._gem and spec:  # noqa: PLR2004
            self._gem.wants.append(spec[1])
        elif spec is None or not spec[2]:
            self.entries.gap("no version", body[:80], number)
            self._gem = None
        else:
            version = spec[2].partition("-")[0]
            place = section, spec[1], version
            if place not in self.gems:
                self.gems[place] = _Gem(self._dependency(number, section, spec[1], version))
            self._gem = self.gems[place]

    def _dependency(self, number: int, section: str, name: str, version: str) -> Dependency:
        remote, commit = self._about.get("remote", ""), self._about.get("revision", "")
        source = "workspace" if section == "PATH" and remote == "." else _SOURCES[section]
        if source == "git" and not is_commit(commit):
            self.entries.gap("a git dependency that is not pinned to a commit", name, number)
            commit = ""
        url = git_address(remote) if source == "git" else public_url(remote) if "://" in remote else ""
        path = self.entries.path
        return Dependency(TYPE, name, version, source, path, number, commit=commit if source == "git" else "", url=url)

    def _take_checksum(self, body: str) -> None:
        spec = _SPEC.match(body)
        if spec and spec[2]:
            version = spec[2].partition("-")[0]
            filename = f"{spec[1]}-{spec[2]}.gem"
            found = body[spec.end() :].replace(",", " ").split()
            self.digests.setdefault((spec[1], version), []).extend((text, filename) for text in found)

    def finished(self, gem: _Gem) -> Dependency:
        """Return the package with the digests of its files."""
        package = gem.package
        found = self.digests.get((package.name, package.version), []) if package.source == "registry" else []
        return replace(package, digests=self.entries.digests(package.name, labelled_digests, found))
