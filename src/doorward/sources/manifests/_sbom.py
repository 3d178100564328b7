"""Packages of a bill of materials, which names them by package URL."""

from __future__ import annotations

from collections.abc import Iterable

from doorward.errors import InvalidPurl
from doorward.model.dependency import Dependency
from doorward.model.purl import parse_purl
from doorward.sources.manifests._entries import Entries
from doorward.sources.manifests._values import git_address, is_commit, labelled_digests, public_url


def from_purl(
    purl: str, entries: Entries, digests: Iterable[tuple[str, str]] = (), groups: tuple[str, ...] = ()
) -> Dependency | None:
    """Return the package that a purl names; None, and a gap, if it is none. ``digests`` pair "alg:HEX" with a file."""
    try:
        found = parse_purl(purl)
    except InvalidPurl:
        entries.gap("not a package URL", purl[:120])
        return None
    name = found.full_name
    qualifiers = dict(found.qualifiers)
    source, url, commit = "registry", public_url(qualifiers.get("repository_url", "")), ""
    if "vcs_url" in qualifiers:
        repository = qualifiers["vcs_url"].partition("#")[0]
        address, _, revision = repository.rpartition("@")
        pinned = is_commit(revision)
        source, url, commit = "git", git_address(address if pinned else repository), revision if pinned else ""
    elif "download_url" in qualifiers:
        source, url = "url", public_url(qualifiers["download_url"])
    checked = entries.digests(name, labelled_digests, digests)
    return Dependency(found.type, name, found.version, source, entries.path, None, checked, commit, url, groups)
