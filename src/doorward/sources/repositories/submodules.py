"""The submodules of a project: which repositories its commit names, and at which commits."""

from __future__ import annotations

from doorward.errors import RepositoryError
from doorward.records import dataclass
from doorward.sources.repositories.location import Repository

_LINK = "160000"
_FILE = ".gitmodules"
#: Submodules beyond which the list is refused.
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Submodule:
    """One submodule, as the project's commit has it."""

    path: str
    #: As the project writes it: it may be relative to the project's own address.
    url: str
    commit: str


def submodules(repository: Repository, commit: str = "") -> tuple[Submodule, ...]:
    """Return the submodules of a commit, or of the head; raise :class:`RepositoryError` where git cannot list them."""
    head = commit or repository.listing.head
    if not head:
        return ()
    links, described = {}, ""
    for entry in repository.git.run("ls-tree", "-r", "-z", head).decode("utf-8", "surrogateescape").split("\0"):
        about, _, path = entry.partition("\t")
        fields = about.split()
        if fields[:1] == [_LINK]:
            links[path] = fields[2]
        elif path == _FILE and fields[1:2] == ["blob"]:
            described = fields[2]
    if len(links) > _MOST:
        raise RepositoryError(f"more than {_MOST} submodules")
    if not links or not described:
        return ()
    told = _settings(repository, described)
    named = ((settings.get("path", ""), settings.get("url", "")) for settings in told.values())
    return tuple(Submodule(path, url, links[path]) for path, url in sorted(named) if path in links and url)


def _settings(repository: Repository, blob: str) -> dict[str, dict[str, str]]:
    """Return what the file says of each submodule, read by git, which includes no other file for it."""
    out = repository.git.run("config", "--no-includes", f"--blob={blob}", "--null", "--list")
    found: dict[str, dict[str, str]] = {}
    for entry in out.decode("utf-8", "surrogateescape").split("\0"):
        key, _, value = entry.partition("\n")
        section, _, name = key.partition(".")
        submodule, _, setting = name.rpartition(".")
        if section == "submodule" and submodule:
            found.setdefault(submodule, {})[setting] = value
    return found
