"""Installed Python distributions: ``METADATA`` of a ``*.dist-info`` folder, whose name does where that is gone.

``direct_url.json`` (PEP 610) tells where one came from that is not from an index, ``REQUESTED`` (PEP 376) whether a
person asked for it.
"""

from __future__ import annotations

import base64
import posixpath
import re

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.model.purl import normalise_name
from doorward.model.release import LockedDigest
from doorward.records import replace
from doorward.sources.installed._files import Files, text_of
from doorward.sources.installed._headers import first_headers
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries
from doorward.sources.manifests._values import git_address, is_commit, labelled_digests, public_url

NAME = "Python distributions"
FILES = ("*.dist-info/METADATA", "*.dist-info/RECORD", "*.dist-info/WHEEL")
TYPE = "pypi"

#: Name and version of a folder, as PEP 427 and PEP 491 write it.
_FOLDER = re.compile(r"([A-Za-z0-9][A-Za-z0-9._]{0,200})-([0-9][A-Za-z0-9._!+]{0,100})\.dist-info\Z")
#: Lines of a list of files that are read.
_MOST = 200_000
#: 43 characters of base64 are the 32 bytes of a SHA-256.
_RECORD = re.compile(r"(.{1,1000}),sha256=([A-Za-z0-9_-]{43}),(\d{0,20})\Z")


class _Archive(msgspec.Struct):
    hash: str = ""
    hashes: dict[str, str] = {}


class _Repository(msgspec.Struct):
    vcs: str = ""
    commit_id: str = ""


class _Folder(msgspec.Struct):
    editable: bool = False


class _Origin(msgspec.Struct):
    url: str = ""
    archive_info: _Archive | None = None
    vcs_info: _Repository | None = None
    dir_info: _Folder | None = None


def parse(files: Files, path: str) -> Inventory:
    """Read one distribution; raise ManifestError where it does not say what it is."""
    entries = Entries(path)
    folder, file = posixpath.split(path)
    if file != "METADATA" and _is_told_elsewhere(files, folder, file):
        return entries.inventory()
    told = first_headers(text_of(files, path), ("name", "version")) if file == "METADATA" else {}
    name, version = told.get("name", ""), told.get("version", "")
    if not name or not version:
        match = _FOLDER.search(folder)
        if match is None:
            raise ManifestError(f"{path}: neither name nor version")
        name, version = match.groups()
        entries.gap("its METADATA tells neither name nor version: both are those of its folder", name)
    asked = files.content(f"{folder}/REQUESTED") is not None
    members = _members(files, f"{folder}/RECORD", entries, name)
    direct = True if asked else None
    found = Dependency(TYPE, normalise_name(TYPE, name), version, path=path, direct=direct, members=members)
    entries.packages.append(_from_origin(files, f"{folder}/direct_url.json", found, entries))
    return entries.inventory()


def _is_told_elsewhere(files: Files, folder: str, file: str) -> bool:
    """Whether another file of the folder comes first: each distribution is told of once."""
    present = files.names(folder)
    return "METADATA" in present or (file == "WHEEL" and "RECORD" in present)


def _from_origin(files: Files, path: str, found: Dependency, entries: Entries) -> Dependency:
    """Return the distribution with what its ``direct_url.json`` says, where it has one."""
    try:
        content = files.content(path)
        if content is None:
            return found
        origin = load_json(content.decode("utf-8", "replace"), path, _Origin)
    except ManifestError as error:
        entries.gap(f"where it came from is not known: {error}", found.name)
        return found
    digests: tuple[tuple[str, str], ...] = ()
    source, url, commit = "url", public_url(origin.url), ""
    if origin.vcs_info is not None:
        commit = origin.vcs_info.commit_id
        source, url, commit = "git", git_address(origin.url), commit if is_commit(commit) else ""
    elif origin.dir_info is not None or origin.url.startswith("file:"):
        source, url = "path", ""
    if origin.archive_info is not None:
        stated = [f"{algorithm}:{value}" for algorithm, value in origin.archive_info.hashes.items()]
        digests = tuple((text, "") for text in stated or [origin.archive_info.hash] if text)
    checked = entries.digests(found.name, labelled_digests, digests)
    return replace(found, source=source, digests=checked, commit=commit, url=url)


def _members(files: Files, path: str, entries: Entries, name: str) -> tuple[LockedDigest, ...]:
    """Return the digests of ``RECORD``: a path, ``sha256=`` and base64 without padding, and a size on each line.

    Empty files are left out: their digest tells nothing.
    """
    try:
        content = files.content(path)
    except ManifestError as error:
        entries.gap(str(error), name)
        return ()
    found = []
    for line in (content or b"").decode("utf-8", "replace").splitlines()[:_MOST]:
        match = _RECORD.match(line)
        if match and match[3] != "0":
            raw = base64.urlsafe_b64decode(match[2] + "=")
            found.append(LockedDigest("sha256", raw.hex(), match[1].strip('"')))
    return tuple(found)
