"""PyPI's JSON API: owners, addresses of a project, and - where the simple index tells less - its files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from doorward.errors import BadResponse
from doorward.sources.registries._simple import File
from doorward.sources.registries._text import LONGEST_NAME, Failures, plain_text, repository_url

#: Labels of a project's source repository (PEP 753, with usual others), without punctuation and in lower case.
_SOURCE_LABELS = ("source", "repository", "sourcecode", "github", "gitlab", "code", "sourcerepository", "git")
#: Hosts where any project's page is its repository.
_FORGES = frozenset({"github.com", "gitlab.com", "codeberg.org", "bitbucket.org", "git.sr.ht"})


class _Info(msgspec.Struct):
    name: str = ""
    home_page: Any = None
    project_urls: Any = None


class _Ownership(msgspec.Struct):
    roles: list[dict[str, Any]] | None = None
    organization: str | None = None


class Project(msgspec.Struct):
    """A project's document without its files."""

    info: _Info = msgspec.field(default_factory=_Info)
    ownership: _Ownership | None = None

    @property
    def owners(self) -> tuple[str, ...] | None:
        """Owners and maintainers; None where the index does not tell."""
        if self.ownership is None or self.ownership.roles is None:
            return None
        names = [plain_text(role.get("user"), LONGEST_NAME) for role in self.ownership.roles]
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def repository(self) -> str:
        """Address of the source repository as the project's metadata names it, "" where it names none."""
        urls = self.info.project_urls if isinstance(self.info.project_urls, dict) else {}
        named = {_label(label): url for label, url in urls.items() if isinstance(url, str)}
        for label in _SOURCE_LABELS:
            if label in named and (found := repository_url(named[label])):
                return found
        homes = [*named.values(), self.info.home_page]
        return next((found for url in homes if isinstance(url, str) and (found := _forge(url))), "")


class ProjectWithFiles(Project):
    """A project's document with its files."""

    releases: dict[str, list[msgspec.Raw]] = {}


class _ReleaseFile(msgspec.Struct):
    filename: str
    url: str
    digests: dict[str, str] = {}
    size: int | None = None
    upload_time_iso_8601: datetime | None = None
    yanked: bool = False
    yanked_reason: str | None = None


_PROJECT = msgspec.json.Decoder(Project)
_WITH_FILES = msgspec.json.Decoder(ProjectWithFiles)
_RELEASE_FILE = msgspec.json.Decoder(_ReleaseFile)


def parse_project(body: bytes) -> Project:
    """Return a project's document without its files; BadResponse where it cannot be read."""
    try:
        return _PROJECT.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadResponse(f"the index's JSON document cannot be read: {error}") from None


def parse_files(body: bytes, failures: Failures) -> list[File]:
    """Return the files of a project's document; one that is malformed is told to ``failures`` and left out."""
    try:
        releases = _WITH_FILES.decode(body).releases
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadResponse(f"the index's JSON document cannot be read: {error}") from None
    files = []
    for version, entries in releases.items():
        for entry in entries:
            try:
                files.append(_as_file(_RELEASE_FILE.decode(entry)))
            except (msgspec.DecodeError, RecursionError) as error:
                failures.add("files", f"a file of {version}", error)
    return files


def complete(files: list[File], others: list[File]) -> None:
    """Fill in sizes, times and digests that ``files`` lack from the entries of the same name in ``others``."""
    by_name: Mapping[str, File] = {file.filename: file for file in others}
    for file in files:
        other = by_name.get(file.filename)
        if other is not None:
            file.size = other.size if file.size is None else file.size
            file.upload_time = file.upload_time or other.upload_time
            file.hashes = {**other.hashes, **file.hashes}


def _as_file(entry: _ReleaseFile) -> File:
    yanked = (entry.yanked_reason or True) if entry.yanked else False
    return File(entry.filename, entry.url, entry.digests, entry.size, entry.upload_time_iso_8601, yanked)


def _label(text: str) -> str:
    return "".join(character for character in text[:LONGEST_NAME].lower() if character.isalnum())


def _forge(url: str) -> str:
    found = repository_url(url)
    parts = urlsplit(found)
    path = parts.path.strip("/").split("/")
    if parts.hostname in _FORGES and len(path) >= 2:  # noqa: PLR2004 - owner and repository
        return f"https://{parts.hostname}/{path[0]}/{path[1].removesuffix('.git')}"
    return ""
