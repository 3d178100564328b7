"""Packages of a bill of materials, which names them by package URL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from doorward.errors import InvalidPurl
from doorward.model.dependency import Dependency
from doorward.model.exposure import SYSTEMS
from doorward.model.purl import parse_purl
from doorward.sources.manifests._entries import Entries
from doorward.sources.manifests._values import git_address, is_commit, labelled_digests, public_url

#: Qualifiers that tell packages of an operating system apart.
_TELLING = ("arch", "distro", "upstream")


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
    version, told = _of_system(found.version, qualifiers) if found.type in SYSTEMS else (found.version, ())
    path = entries.path
    return Dependency(found.type, name, version, source, path, None, checked, commit, url, groups, qualifiers=told)


def _of_system(version: str, qualifiers: Mapping[str, str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the version of a package of an operating system with its epoch, and what tells it apart.

    Advisories speak of a distribution and of source packages; of rpm's, purls name the file.
    """
    epoch = qualifiers.get("epoch", "0")
    kept = {key: qualifiers[key] for key in _TELLING if qualifiers.get(key)}
    if kept.get("upstream", "").endswith(".src.rpm"):
        kept["upstream"] = kept["upstream"].removesuffix(".src.rpm").rsplit("-", 2)[0]
    whole = version if epoch == "0" or ":" in version else f"{epoch}:{version}"
    return whole, tuple(sorted(kept.items()))
