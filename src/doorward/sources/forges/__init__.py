"""Forges, one file each: who reviewed and who merged, which git does not tell.

A member says which hosts are its own and how its API is asked. All of them are asked through :class:`Api`, which holds
the token, the limits and the patience.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Protocol, cast
from urllib.parse import urlsplit

from doorward.discovery import members
from doorward.errors import AccessRefused
from doorward.model.facts import Fact, Known, Missing
from doorward.model.forge import ForgeSignature, ListedMerge, MergeDetails, MergeList
from doorward.records import dataclass
from doorward.sources.forges._api import Api
from doorward.sources.indexes import Credentials

__all__ = ["Api", "Forge", "Place", "find_place", "forges"]

_NAME = re.compile(r"(?!\.+\Z)[A-Za-z0-9._-]{1,100}\Z")


class Forge(Protocol):
    """One forge. Every question raises FetchError where it has no answer."""

    #: The name of its file.
    NAME: str
    #: The environment variables that may hold its token, the first that does counts.
    TOKENS: tuple[str, ...]

    def api(self, host: str, environ: Mapping[str, str]) -> str:
        """Return the address of the API for a host; "" where the host is not this forge's."""

    def merges(self, api: Api, path: str, branch: str, since: datetime) -> MergeList:
        """List what was merged into a branch ("": into any) since a moment, and at least one page more."""

    def details(self, api: Api, path: str, merge: ListedMerge) -> MergeDetails:
        """Return who merged and who approved; what the forge does not answer is ``Missing`` in it."""

    def signature(self, api: Api, path: str, commit: str) -> ForgeSignature:
        """Return what the forge says of a commit's signature."""

    def account_since(self, api: Api, account: str) -> datetime:
        """Return when an account was made."""

    def wrote_before(self, api: Api, path: str, account: str, day: datetime) -> bool:
        """Whether an account is the author of a commit of the repository from before a day."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a repository is on its forge."""

    forge: Forge
    #: Address of the API.
    api: str
    #: "owner/name".
    path: str
    token: Credentials


@cache
def forges() -> Mapping[str, Forge]:
    """Return every forge by name: the modules of this folder."""
    return cast("Mapping[str, Forge]", members("doorward.sources.forges"))


def find_place(address: str, environ: Mapping[str, str], api: str = "") -> Fact[Place]:
    """Find a repository, by the https form of its address, on its forge.

    ``api`` is the address that the user gives for it; "": by its host. ``Missing`` where no forge knows the host, or
    where the environment has no token: without one a forge answers too little to tell a habit.
    """
    parts = urlsplit(address)
    names = parts.path.strip("/").split("/")
    found = {name: api or forge.api(parts.netloc, environ) for name, forge in forges().items()}
    known = next((name for name, base in found.items() if base), None)
    if known is None:
        return Missing(f"{parts.netloc} is no forge that doorward knows")
    if len(names) != 2 or not all(map(_NAME.match, names)):  # noqa: PLR2004 - owner and name
        return Missing("its address names no owner and repository")
    forge = forges()[known]
    token = next((environ[name] for name in forge.TOKENS if environ.get(name)), "")
    if not token:
        return Missing(f"there is no token for the forge: set {' or '.join(forge.TOKENS)}")
    return _place(forge, found[known], "/".join(names), token)


def _place(forge: Forge, api: str, path: str, token: str) -> Fact[Place]:
    try:
        credentials = Credentials.bearer(token.strip())
        Api.check(api)
    except (ValueError, AccessRefused) as error:
        return Missing(str(error))
    return Known(Place(forge, api.rstrip("/"), path, credentials))
