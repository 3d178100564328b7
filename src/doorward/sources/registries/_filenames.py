"""Names of the files that a PyPI index offers: version, kind and platform.

Held against ``packaging.utils`` by test: what that accepts is read the same here, only faster, for a package document
has thousands of names. It also reads what older tools wrote (eggs, installers, versions before PEP 440), so that it can
be listed: the kind "other" is never read.
"""

from __future__ import annotations

import re
from functools import lru_cache

from packaging.version import InvalidVersion, Version

from doorward.model.purl import normalise_name

#: Longest file name that is read.
LONGEST = 300

#: What pip installs from as a source archive.
_SOURCE = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tbz", ".txz", ".tar")
_OTHER = (".egg", ".exe", ".rpm", ".msi", ".deb", ".dmg", ".tar.Z", ".pybundle")

_PLAIN = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*", re.ASCII)
_BUILD = re.compile(r"[0-9]+[^-]*", re.ASCII)
#: Where the platform of an installer or a "dumb" archive begins behind the version.
_PLATFORM = re.compile(r"[.-](?:win|linux|macosx|cygwin|py[0-9]|(?:[0-9]+\.)?(?:noarch|src|x86_64|i[3-6]86)\b)")
_LINUX = re.compile(r"(?:many|musl)?linux(?:_[0-9]+_[0-9]+|[0-9]*)_([a-z0-9_]+)", re.ASCII)
_MACOS = re.compile(r"macosx_[0-9]+_[0-9]+_([a-z0-9_]+)", re.ASCII)
_ANY_SYSTEM = re.compile(r"([a-z]+)(?:_[0-9]+)*(?:_([a-z0-9_]+))?", re.ASCII)
_ARCHITECTURES = {"amd64": "x86_64", "i686": "x86", "i386": "x86"}

#: Version as PEP 440 writes it, kind, platform.
Parsed = tuple[str, str, str]


@lru_cache(maxsize=1 << 16)
def normal_version(text: str) -> str | None:
    """Return a version as PEP 440 writes it; None for what is none."""
    if _PLAIN.fullmatch(text):
        return text
    try:
        return str(Version(text)) if len(text) <= LONGEST else None
    except InvalidVersion:
        return None


def parse_filename(filename: str, name: str) -> Parsed | None:
    """Return version, kind and platform of a file of the project ``name`` (normalised); None where it is not one.

    A version that PEP 440 does not know is given as it is written, and its file is of the kind "other".
    """
    if len(filename) > LONGEST or "/" in filename or "\\" in filename:
        return None
    if filename.endswith(".whl"):
        return _wheel(filename[:-4], name)
    for extension in _SOURCE:
        if filename.endswith(extension):
            return _source(filename[: -len(extension)], name, extension)
    for extension in _OTHER:
        if filename.endswith(extension):
            return _other(_rest(filename[: -len(extension)], name), extension)
    return None


def _wheel(stem: str, name: str) -> Parsed | None:
    parts = stem.split("-")
    if not 5 <= len(parts) <= 6:  # noqa: PLR2004 - name, version, perhaps build, and three tags
        return None
    project, written, *build, python, abi, platform = parts
    version = normal_version(written)
    if version is None or "__" in project or _normal_name(project) != name:
        return None
    if build and not _BUILD.fullmatch(build[0]):
        return None
    if not _sound_tags(python, abi, platform):
        return None
    return version, "wheel", f"wheel:{system_of(platform)}:{python}:{abi}"


def _source(stem: str, name: str, extension: str) -> Parsed | None:
    project, _, written = stem.rpartition("-")
    version = normal_version(written)
    if version is not None and _normal_name(project) == name:
        return version, "sdist", "sdist"
    rest = _rest(stem, name)
    version = normal_version(rest)
    if version is not None:
        return version, "sdist", "sdist"
    return _other(rest, extension)


def _other(rest: str, extension: str) -> Parsed | None:
    if not rest:
        return None
    found = _PLATFORM.search(rest)
    written = rest[: found.start()] if found else rest
    if not written[:1].isalnum():
        return None
    return normal_version(written) or written, "other", f"other:{extension.rpartition('.')[2].lower()}"


def _rest(stem: str, name: str) -> str:
    """Return what stands behind the project's name and a dash; "" where the name does not stand first."""
    for position, character in enumerate(stem):
        if character == "-" and _normal_name(stem[:position]) == name:
            return stem[position + 1 :]
    return ""


@lru_cache(maxsize=4096)
def _normal_name(text: str) -> str:
    return normalise_name("pypi", text)


@lru_cache(maxsize=4096)
def _sound_tags(python: str, abi: str, platform: str) -> bool:
    return all(part.isidentifier() for part in python.split(".")) and all(abi.split(".")) and all(platform.split("."))


@lru_cache(maxsize=4096)
def system_of(platform: str) -> str:
    """Return ``system:architecture`` of a wheel's platform tag, several tags of one set joined by dots.

    The families of Linux are one system, whatever libc and version; "any" has no architecture.
    """
    pairs = [_system(part.lower()) for part in platform.split(".")]
    systems = ".".join(sorted({system for system, _ in pairs}))
    return f"{systems}:{'.'.join(sorted({architecture for _, architecture in pairs}))}"


def _system(tag: str) -> tuple[str, str]:
    if tag == "any":
        return "any", ""
    if tag.startswith("win"):
        architecture = tag.partition("_")[2]
        return "windows", _ARCHITECTURES.get(architecture, architecture) or "x86"
    for pattern, system in ((_LINUX, "linux"), (_MACOS, "macos")):
        if match := pattern.fullmatch(tag):
            return system, _ARCHITECTURES.get(match[1], match[1])
    match = _ANY_SYSTEM.fullmatch(tag)
    return (match[1], match[2] or "") if match else (tag, "")
