"""Packages of conda by the address of their file, which names them: ``channel/platform/name-version-build.conda``."""

from __future__ import annotations

import re

from doorward.records import dataclass
from doorward.sources.manifests._values import file_name, public_url

#: Where Python's index keeps files, and its mirrors do: below the digest of each.
_FILED = re.compile(r"/packages/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}/[^/]+\Z")
#: A key for a private channel, which stands in its address.
_KEY = re.compile(r"(?<=[^/])/t/[^/]+(?=/)")
_ENDINGS = (".conda", ".tar.bz2")


@dataclass(frozen=True, slots=True)
class CondaFile:
    """What the address of a package tells."""

    name: str
    version: str
    #: Its file's name, by which digests are kept.
    filename: str
    #: Address of the channel, "" where only a path is told. A channel holds a folder for each platform.
    channel: str


def conda_file(address: str) -> CondaFile | None:
    """Return what an address or a path tells; None where it is that of no package of conda."""
    filename = file_name(address)
    ending = next((ending for ending in _ENDINGS if filename.endswith(ending)), "")
    parts = filename.removesuffix(ending).rsplit("-", 2)
    if not ending or len(parts) != 3 or not all(parts):  # noqa: PLR2004 - name, version, build
        return None
    return CondaFile(parts[0], parts[1], filename, channel_of(address))


def channel_of(address: str) -> str:
    """Return the address of the channel that a package lies in, without user and key; "" for a path."""
    return _KEY.sub("", "/".join(public_url(address).split("/")[:-2])) if "://" in address else ""


def is_release(address: str) -> bool:
    """Whether an address is that of a release as an index of Python keeps it: conda's locks name these by address."""
    return _FILED.search(address.partition("#")[0]) is not None
