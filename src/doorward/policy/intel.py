"""The policy's ``[intel]``: what is known of releases, how old it may be, and what may be fetched for it."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from doorward.policy.units import duration, size
from doorward.records import dataclass


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
    #: Addresses that ``doorward intel update`` fetches, beside the imported feeds that have one.
    feeds: tuple[str, ...] = ()
    #: VEX documents, by their paths from the project's root.
    vex: tuple[str, ...] = ()


class DeclaredIntel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The table as it is written."""

    max_age: str = "7d"
    fetch: bool = True
    fetch_limit: str = "64MB"
    bucket: str = ""
    online: bool = False
    api: str = ""
    feeds: tuple[str, ...] = ()
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
        feeds=declared.feeds,
        vex=declared.vex,
    )
