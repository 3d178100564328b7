"""What is new in a release, as the rules about contents understand it.

A file has changed where its (SHA-256, length) occurs nowhere in the old release: a checksum of the archive would be the
attacker's to choose. A path is compared with the package's own version replaced, so that ``x-1.2.dist-info`` and
``x-1.3.dist-info`` are the same place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from doorward.model.content import ArtifactContent, Member
from doorward.model.facts import known
from doorward.model.release import Release
from doorward.records import dataclass

#: A text line of this many bytes is opaque to a reviewer, where it is also four times the old file's longest line.
LONG_LINE = 2_000
_LONGER, _USUAL_LINE = 4, 80
#: Tools that a package needs to compile its native part. They bring a binary, a build hook and themselves at once.
NATIVE_TOOLS = frozenset({
    "cffi", "cmake", "cython", "maturin", "mesonpy", "meson", "meson-python", "mypy", "mypyc", "nanobind", "ninja",
    "numpy", "pybind11", "scikit-build", "scikit-build-core", "setuptools-rust",
    "@mapbox/node-pre-gyp", "@napi-rs/cli", "bindings", "cmake-js", "nan", "node-addon-api", "node-gyp",
    "node-gyp-build", "node-pre-gyp", "prebuild", "prebuild-install", "prebuildify",
})  # fmt: skip
_NUMBERS = re.compile(r"\s*v?(?:\d{1,9}!)?(\d{1,18}(?:\.\d{1,18})*)")


def numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version, at least three; () where it starts with none."""
    match = _NUMBERS.match(version)
    found = [int(part) for part in match[1].split(".")] if match else []
    return (*found, *[0] * (3 - len(found))) if found else ()


def is_patch(old: str, new: str) -> bool:
    """Whether a step leaves the first two numbers as they are. A step that cannot be told is judged as strictly."""
    before, after = numbers(old), numbers(new)
    return not before or not after or before[:2] == after[:2]


def path_key(path: str, version: str) -> str:
    """Return ``path`` with the package's own version replaced by a placeholder."""
    if not version or version not in path:
        return path
    return re.sub(rf"(?<!\d)(?<!\d\.){re.escape(version)}(?!\.?\d)", "{version}", path)


def contents_of(release: Release | None) -> tuple[ArtifactContent, ...]:
    """Return what a release contains; nothing where there is no release."""
    return known(release.contents) if release else ()


@dataclass(frozen=True)
class Files:
    """All files of one release, over its artifacts."""

    contents: tuple[ArtifactContent, ...]
    version: str

    @classmethod
    def of(cls, release: Release | None) -> Files:
        """Collect the files of a release, which may not exist."""
        return cls(contents_of(release), release.version if release else "")

    @cached_property
    def ids(self) -> frozenset[tuple[bytes, int]]:
        """(SHA-256, length) of every file."""
        return frozenset((member.sha256, member.size) for content in self.contents for member in content.members)

    @cached_property
    def by_key(self) -> Mapping[str, tuple[Member, ...]]:
        """The files at each path key: a wheel and an sdist may hold different ones at one path."""
        found: dict[str, dict[bytes, Member]] = {}
        for content in self.contents:
            for member in content.members:
                found.setdefault(path_key(member.path, self.version), {})[member.sha256] = member
        return {key: tuple(members.values()) for key, members in found.items()}

    @cached_property
    def capabilities(self) -> Mapping[str, frozenset[str]]:
        """Names of the capabilities that each file shows, by path."""
        found: dict[str, set[str]] = {}
        for content in self.contents:
            for capability in content.capabilities:
                found.setdefault(capability.where.rpartition(":")[0], set()).add(capability.name)
        return {path: frozenset(names) for path, names in found.items()}

    def members(self, paths: Iterable[str]) -> list[Member]:
        """Return the files at some paths, as far as there are any."""
        return [member for path in paths for member in self.by_key.get(path_key(path, self.version), ())]


def is_new(member: Member, old: Files) -> bool:
    """Whether these bytes occur nowhere in the old release."""
    return (member.sha256, member.size) not in old.ids


def is_opaque(member: Member, new: Files, old: Files) -> bool:
    """Whether a reviewer could not read this file, where the one before could be: hidden text, or far longer lines."""
    before = old.by_key.get(path_key(member.path, new.version), ())
    hidden = set(member.opaque).difference(*(one.opaque for one in before))
    if hidden or "decode-exec" in new.capabilities.get(member.path, ()):
        return True
    usual = max((_USUAL_LINE, *(one.longest_line for one in before)))
    return member.longest_line > max(LONG_LINE, _LONGER * usual)
