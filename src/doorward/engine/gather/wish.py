"""What is asked about a release, before anything is known of it."""

from __future__ import annotations

from doorward.model.purl import Purl
from doorward.model.release import LockedDigest
from doorward.records import dataclass


@dataclass(frozen=True, slots=True)
class Wish:
    """A release to judge."""

    purl: Purl
    locked: tuple[LockedDigest, ...] = ()
    via: tuple[str, ...] = ()
    #: The version to compare with; "" for the one that the definition of the old side gives.
    old_version: str = ""
    #: "path:line" of the file that declares it.
    declared: str = ""
    #: Address of the index, or of the host, that the lock file names for it; "" where it names none.
    place: str = ""
    #: Digests of the files that it installed, where it is installed and lists them.
    installed: tuple[LockedDigest, ...] = ()
