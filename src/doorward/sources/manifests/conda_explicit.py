"""conda's explicit lists (``@EXPLICIT``): one address a line, with the digest of the file behind it.

``conda list --explicit`` writes them, and ``conda-lock`` as one file for each platform. What pip installs beside stands
in comments of the latter.
"""

from __future__ import annotations

import re

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests._conda import conda_file, is_release
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._requirement import Asked, read_requirement
from doorward.sources.manifests._requirement_lines import split_options
from doorward.sources.manifests._values import BadEntry, archive_path, labelled_digests, public_url

NAME = "conda explicit list"
FILES = (
    "conda-*.lock",
    "*.conda.lock",
    "conda-explicit*.txt",
    "conda-spec*.txt",
    "conda-linux*.txt",
    "conda-osx*.txt",
    "conda-win*.txt",
    "explicit.txt",
    "spec-file.txt",
)
#: Packages of conda; those of pip are "pypi".
TYPE = "conda"

#: How conda-lock writes what pip installs.
_PIP = "# pip "
#: Hex digits of an MD5, which stands there without its name.
_MD5 = 32
_PLAIN_PATH = re.compile(r"(?:file://|/|\.{1,2}/|~/)")


def is_explicit(text: str) -> bool:
    """Whether a text is a list of this kind, whatever its file is called."""
    return any(line.strip() == "@EXPLICIT" for line in text.split("\n"))


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read a list; raise ManifestError where it is none."""
    if not is_explicit(text):
        raise ManifestError(f"{path}: no @EXPLICIT: not a list of conda's")
    entries = Entries(path)
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if line.startswith(_PIP):
            _add_pip(line.removeprefix(_PIP), number, entries)
        elif line and line != "@EXPLICIT" and not line.startswith("#"):
            _add(line.partition(" ")[0], number, entries)
    return entries.inventory()


def _add(address: str, line: int, entries: Entries) -> None:
    address, _, fragment = address.partition("#")
    found = conda_file(address)
    if found is None:
        entries.gap("not the address of a package of conda", public_url(address)[:120], line)
        return
    value = fragment.removeprefix("sha256:")
    algorithm = "md5" if len(value) == _MD5 else "sha256"
    stated = [(f"{algorithm}:{value}", found.filename)] if fragment else []
    entries.packages.append(
        Dependency(
            TYPE,
            found.name,
            found.version,
            "path" if _PLAIN_PATH.match(address) else "registry",
            entries.path,
            line,
            entries.digests(found.name, labelled_digests, stated),
            url=archive_path(address) if _PLAIN_PATH.match(address) else found.channel,
        )
    )


def _add_pip(text: str, line: int, entries: Entries) -> None:
    """Take over what pip installs: ``name @ address --hash=...``."""
    try:
        requirement, options = split_options(text)
        asked = read_requirement(requirement)
    except BadEntry as error:
        entries.gap(str(error), text[:80], line)
        return
    hashes = [(value, asked.filename) for option, value in options if option == "--hash"]
    entries.packages.append(_pip(asked, line, hashes, entries))


def _pip(asked: Asked, line: int, hashes: list[tuple[str, str]], entries: Entries) -> Dependency:
    stated = [*hashes, *((digest, asked.filename) for digest in asked.digests)]
    if asked.source == "git" and not asked.commit:
        entries.gap("a git dependency that is not pinned to a commit", asked.name, line)
    digests = entries.digests(asked.name, labelled_digests, stated)
    source, url = ("registry", "") if is_release(asked.url) else (asked.source, asked.url)
    path = entries.path
    return Dependency("pypi", asked.name, asked.version, source, path, line, digests, asked.commit, url)
