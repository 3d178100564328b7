"""Package indexes as values: where one is, what it may be asked for, and what opens it."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from urllib.parse import unquote

from doorward.records import dataclass
from doorward.sources.addresses import shown_host, split, without_userinfo

#: How the scope of an index opens of which nothing is taken but what is pinned to it.
PINNED = "pinned:"

_VISIBLE = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")


class Credentials:
    """What opens an index. It never shows itself: not by repr, str, format, ``asdict`` or a JSON encoder."""

    __slots__ = ("_header", "name")

    def __init__(self, header: str, name: str = "authorization") -> None:
        """Take the value of a header, and its name; ValueError, without the value, where it cannot be one."""
        if not _VISIBLE.fullmatch(header):
            raise ValueError("the credentials have characters that cannot be sent")
        self._header = header
        self.name = name

    @classmethod
    def basic(cls, username: str, password: str) -> Credentials:
        """Return credentials of a user name and a password."""
        return cls("Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii"))

    @classmethod
    def bearer(cls, token: str) -> Credentials:
        """Return credentials of a token."""
        return cls(f"Bearer {token}")

    def header(self) -> str:
        """Return the value of the header: for the HTTP client, and for nothing else."""
        return self._header

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Credentials) and (other.name, other._header) == (self.name, self._header)

    def __hash__(self) -> int:
        return hash((self.name, self._header))

    def __repr__(self) -> str:
        return "Credentials(hidden)"


@dataclass(frozen=True, slots=True)
class Index:
    """One package index, or another server whose address somebody wrote down."""

    #: Without user information. Ends with a slash where the ecosystem's clients append to it.
    url: str
    #: "" serves every name; "@scope" only that npm scope; "pinned:NAME" only what a lock file pins to it.
    scope: str = ""
    credentials: Credentials | None = None
    #: False where only the inspected tree names it: no credentials, no private addresses.
    trusted: bool = True
    #: Where the address stands: "pip.conf", "UV_INDEX", ".npmrc", "default".
    origin: str = ""

    @property
    def label(self) -> str:
        """The host, for people."""
        return shown_host(self.url)


@dataclass(frozen=True, slots=True)
class IndexConfig:
    """What the user's package managers are configured for, for one purl type."""

    type: str
    #: In the order in which a name is looked for.
    indexes: tuple[Index, ...]
    #: What was found and could not be used, for people, one line each.
    notices: tuple[str, ...] = ()
    #: Certificate bundles that the settings name, with the name of the setting.
    bundles: tuple[tuple[str, Path], ...] = ()


def open_index(url: str, *, scope: str = "", trusted: bool = True, origin: str = "") -> Index:
    """Return the index at an address that may carry user information; ValueError for what is no web address.

    User information becomes the index's credentials where it is trusted, and is dropped where it is not.
    """
    parts = split(url)
    credentials = None
    if trusted and parts.username:
        credentials = Credentials.basic(unquote(parts.username), unquote(parts.password or ""))
    return Index(without_userinfo(url), scope, credentials, trusted, origin)
