"""One requirement as pip reads it: a name and a version, an address, a repository or a path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from doorward.discovery import Late
from doorward.model.purl import normalise_name
from doorward.records import dataclass, field
from doorward.sources.manifests._values import BadEntry, file_name, git_address, is_commit, public_url

if TYPE_CHECKING:
    from packaging import requirements, utils
    from packaging import version as versions
else:
    # Most entries are pinned, and need none of them.
    requirements, utils, versions = map(Late, ("packaging.requirements", "packaging.utils", "packaging.version"))

_PINNED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*===?\s*([^\s;,*()$]+)\s*(?:;.*)?\Z")
_NAMED_ADDRESS = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*@\s*(\S+)")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
#: A repository as scp writes it, which pip reads as one over SSH.
_STUB = re.compile(r"git\+[^/@:\s]+@([^/:\s]+):(?!//)")
_EGG = re.compile(r"(?:\A|&)egg=([A-Za-z0-9][A-Za-z0-9._-]*)")
_FRAGMENT_HASH = re.compile(r"(?:\A|&)(md5|sha1|sha224|sha256|sha384|sha512)=([0-9A-Fa-f]+)")
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tar")


@dataclass(frozen=True, slots=True)
class Asked:
    """What one requirement asks for."""

    #: Normalised; "" for a path that does not tell it.
    name: str
    #: Exact version, "" where it is not pinned.
    version: str = ""
    source: str = "registry"
    url: str = ""
    commit: str = ""
    #: Digests in the fragment of an address, as ``sha256=HEX``.
    digests: tuple[str, ...] = field(default=())
    #: Name of the file behind an address or a path.
    filename: str = ""
    #: The path of a local one, as it is written.
    local: str = ""


def read_requirement(text: str) -> Asked:
    """Read a requirement without its options; raise :class:`BadEntry` where it is none."""
    if pinned := _PINNED.match(text):
        return Asked(normalise_name("pypi", pinned[1]), pinned[2])
    if addressed := _NAMED_ADDRESS.match(text):
        return _addressed(addressed[2].removesuffix(";"), normalise_name("pypi", addressed[1]))
    first = text.partition(" ")[0].partition(";")[0]
    if _SCHEME.match(first) or _STUB.match(first):
        return _addressed(text.partition(" ")[0], "")
    if first.startswith((".", "/", "~")) or "/" in first or "\\" in first or first.lower().endswith(_ARCHIVES):
        return _local(first, "")
    return _specified(text)


def _specified(text: str) -> Asked:
    """Read name and version specifiers, as PEP 508 writes them."""
    if "${" in text:
        raise BadEntry("a requirement that the environment fills in")
    try:
        requirement = requirements.Requirement(text)
    except (requirements.InvalidRequirement, RecursionError) as error:
        raise BadEntry("not a requirement that pip could read") from error
    pins = [
        item.version
        for item in requirement.specifier
        if item.operator in {"==", "==="} and not item.version.endswith(".*")
    ]
    return Asked(normalise_name("pypi", requirement.name), pins[0] if pins else "")


def _addressed(address: str, name: str) -> Asked:
    """Read an address: a repository, a file over the network, or a local one."""
    address = _STUB.sub(r"git+ssh://\1/", address, count=1)
    scheme = _SCHEME.match(address)
    kind, plus, _ = scheme[1].lower().partition("+") if scheme else ("file", "", "")
    target, _, fragment = address.partition("#")
    egg = _EGG.search(fragment)
    name = name or (normalise_name("pypi", egg[1]) if egg else "")
    if plus and kind in {"git", "hg", "svn", "bzr"}:
        return _repository(target, kind, name)
    if kind == "file":
        return _local(target.removeprefix("file:").removeprefix("//"), name)
    if kind not in {"http", "https", "ftp"}:
        raise BadEntry("an address of a kind that pip does not know")
    filename = file_name(target)
    found, version = _from_filename(filename)
    if not (name or found):
        raise BadEntry("an address that does not name its package")
    digests = tuple(f"{algorithm}={value}" for algorithm, value in _FRAGMENT_HASH.findall(fragment))
    return Asked(name or found, version, "url", public_url(target), "", digests, filename)


def _repository(target: str, kind: str, name: str) -> Asked:
    """Read ``git+https://host/path@revision``: only a full hash of git is a commit."""
    if not name:
        raise BadEntry("a repository address that does not name its package")
    host, slash, path = target.partition("://")[2].partition("/")
    path, _, revision = path.partition("@")
    address = f"{target.partition('://')[0]}://{host}{slash}{path}"
    if kind != "git":
        return Asked(name, "", "url", public_url(address.partition("+")[2]))
    return Asked(name, "", "git", git_address(address), revision if is_commit(revision) else "")


def _local(path: str, name: str) -> Asked:
    path = path.partition("#")[0].partition("[")[0]
    filename = file_name(path)
    found, version = _from_filename(filename)
    return Asked(name or found, version, "path", filename=filename if version else "", local=path)


def _from_filename(filename: str) -> tuple[str, str]:
    """Return name and version of an archive by its file name; empty where it is named otherwise."""
    try:
        if filename.endswith(".whl"):
            name, version, _, _ = utils.parse_wheel_filename(filename)
        else:
            name, version = utils.parse_sdist_filename(filename)
    except (utils.InvalidWheelFilename, utils.InvalidSdistFilename, versions.InvalidVersion):
        return "", ""
    return str(name), str(version)
