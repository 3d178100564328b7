"""The policy's ``[intel]``: what is known of releases, how old it may be, and what may be fetched for it."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import msgspec

from doorward.model.addresses import address_of, parents, variable_of
from doorward.model.intelligence import FeedAddress
from doorward.policy.units import duration, size
from doorward.records import dataclass

#: How the variables open whose values a policy may have sent.
KEYS = "DOORWARD_KEY_"
#: A header's name (RFC 9110, 5.1), and those that belong to the client.
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_OWN = frozenset({"host", "connection", "content-length", "transfer-encoding", "te", "upgrade", "range"})


@dataclass(frozen=True, slots=True)
class IntelPolicy:
    """What a project says of its feeds."""

    #: How old the feed that brings most of a topic may be.
    max_age: timedelta = timedelta(days=7)
    #: Whether a scan fetches the records of malicious packages of the ecosystems of which no imported feed lists them.
    fetch: bool = True
    #: Bytes of one ecosystem's archive that such a scan fetches at most.
    fetch_bytes: int = 64_000_000
    #: Where OSV's bucket, or a mirror of it, is; "" for OSV's own.
    bucket: str = ""
    #: Whether a release is looked up online where no feed is imported: its name and version leave this machine.
    online: bool = False
    #: Where OSV's API, or another that answers like it, is; "" for OSV's own.
    api: str = ""
    #: What ``doorward intel update`` fetches, beside the imported feeds that have an address.
    feeds: tuple[FeedAddress, ...] = ()
    #: VEX documents, by their paths from the project's root.
    vex: tuple[str, ...] = ()


class DeclaredFeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A feed of which more is written than its address."""

    url: str
    ecosystem: str = ""
    columns: str = ""
    header: str = ""
    variable: str = ""


class DeclaredIntel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The table as it is written."""

    max_age: str = "7d"
    fetch: bool = True
    fetch_limit: str = "64MB"
    bucket: str = ""
    online: bool = False
    api: str = ""
    feeds: tuple[str | DeclaredFeed, ...] = ()
    vex: tuple[str, ...] = ()


def intel_policy(declared: DeclaredIntel) -> IntelPolicy:
    """Return what a table says; raise ValueError where a value is none."""
    for key, value in (("bucket", declared.bucket), ("api", declared.api)):
        if value and not value.startswith(("https://", "http://")):
            raise ValueError(f"intel.{key} is no address: write https://...")
    return IntelPolicy(
        max_age=duration(declared.max_age),
        fetch=declared.fetch,
        fetch_bytes=size(declared.fetch_limit),
        bucket=declared.bucket.rstrip("/"),
        online=declared.online,
        api=declared.api.rstrip("/"),
        feeds=tuple(map(_feed, declared.feeds)),
        vex=declared.vex,
    )


def _feed(declared: str | DeclaredFeed) -> FeedAddress:
    """Return a feed as it is written.

    A policy stands in the tree that is inspected, so that it may not choose where a secret goes: the variable's name
    says it, and whoever set it has chosen.
    """
    if isinstance(declared, str):
        return FeedAddress(declared)
    header, variable = declared.header, declared.variable
    if variable and not header:
        raise ValueError("a feed of intel.feeds has a variable and no header")
    if header:
        check_header(header)
        if not declared.url.startswith("https://"):
            raise ValueError("a feed with a header has an address that begins with https://")
        allowed = key_variables(declared.url)
        if not allowed:
            raise ValueError("a feed with a header has a host whose name has letters, digits, dots and hyphens alone")
        variable = variable or allowed[0]
        if variable not in allowed:
            raise ValueError(f"the variable of a feed tells its host: {' or '.join(allowed)}, not {variable}")
    return FeedAddress(declared.url, declared.ecosystem, declared.columns, header, variable)


def check_header(name: str) -> None:
    """Raise ValueError where a header cannot be sent by the user's word."""
    if not _HEADER.fullmatch(name) or name.lower() in _OWN:
        raise ValueError(f"{name!r} is no header that a feed can be asked with")


def key_variables(url: str) -> list[str]:
    """Return the variables that may hold what opens an address: by its host, then by the domains that it is in.

    A domain has two labels at least. None where no variable means this host alone.
    """
    host = (urlsplit(url).hostname or "").rstrip(".")
    names = (host,) if address_of(host) else parents(host)
    return [KEYS + own for own in map(variable_of, names) if own]
