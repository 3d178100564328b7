"""Indicators from text, cleaned up: typed by their form, refanged, and refused where they say nothing."""

from __future__ import annotations

import hashlib
import re

from doorward.model.addresses import (
    MAX_LENGTH,
    address_of,
    digest_of,
    domain_of,
    host_of,
    is_meaningless,
    is_private,
    refang,
    split_port,
    url_of,
)
from doorward.model.intelligence import DIGESTS, Indicator, Refused, Role

#: Digests of no bytes at all: half of all packages have an empty file.
EMPTY = frozenset(
    (name, hashlib.blake2b(digest_size=size).hexdigest() if name == "blake2b_256" else hashlib.new(name).hexdigest())
    for name, size in DIGESTS.items()
)
#: Characters of a refused value that a report shows.
SHOWN = 80
_KINDS = {"ip": "one address", "url": "a URL"}
#: A network of one address, as STIX writes an address.
_ONE_HOST = re.compile(r"(?<=[0-9.])/32\Z|(?<=[0-9a-fA-F:])/128\Z")
#: "TNULL" is what programs write of files that are too small, or too uniform, for a TLSH digest.
_IGNORED = frozenset({"", "n/a", "na", "none", "null", "-", "unknown", "tnull"})
#: A TLSH digest, behind "T1" since the fourth version of the programs.
_TLSH = re.compile(r"(?:T1)?([0-9A-F]{70})\Z")
#: Kinds of which each is of one file.
_OF_FILES = frozenset({*DIGESTS, "tlsh"})


def clean(text: str, template: Indicator, place: str, algorithm: str = "") -> Indicator | Refused | None:
    """Return ``template`` with the kind and the value that ``text`` has; None where the field is left empty.

    ``template.kind`` says what is expected ("" for whatever it is); ``algorithm`` is what stands beside a digest.
    """
    value = text.strip().strip("\"'")
    if value.lower() in _IGNORED:
        return None
    if len(value) > MAX_LENGTH:
        return Refused(place, f"a value of {len(value):,} characters")
    found = _typed(value, template.kind, algorithm)
    if isinstance(found, str):
        return Refused(place, f"{found}: {shown(value)}")
    return with_value(template, *found)


def with_value(template: Indicator, kind: str, value: str, port: int | None = None) -> Indicator:
    """Return a template as an indicator of one value (a third of the time that ``dataclasses.replace`` takes).

    A digest in a list of what a campaign uses is one of its files.
    """
    role = Role.FILE if template.role is Role.CAMPAIGN and kind in _OF_FILES else template.role
    return Indicator(
        kind,
        value,
        role,
        template.record,
        template.seen,
        template.confidence,
        template.valid_until,
        template.tlp,
        template.note,
        template.retracted,
        port,
    )


def shown(text: str) -> str:
    """Return a text from outside as one short line."""
    line = " ".join(text[: 4 * SHOWN].split())
    return line if len(line) <= SHOWN else line[: SHOWN - 3] + "..."


def _typed(value: str, kind: str, algorithm: str) -> tuple[str, str, int | None] | str:
    """Return kind, value and port, or why it is no indicator."""
    if kind in _OF_FILES or algorithm or (not kind and _looks_like_digest(value)):
        return _digest(value, algorithm or kind)
    text = refang(value)
    if "://" in text and kind in {"", "url", "domain"}:
        return _url(text)
    host, port = split_port(_ONE_HOST.sub("", text))
    address = address_of(host)
    if address and kind in {"", "ip", "domain"}:
        return f"an address that says nothing ({address})" if is_meaningless(address) else ("ip", address, port)
    if kind == "url":
        return _url(f"http://{text}")
    domain = domain_of(host)
    if domain and kind in {"", "domain"}:
        return "domain", domain, port
    return f"not {_KINDS.get(kind, 'a ' + kind)}" if kind else "neither a digest nor an address"


def _looks_like_digest(value: str) -> bool:
    return len(value) >= 32 and value.isalnum() and all(char in "0123456789abcdefABCDEF" for char in value)  # noqa: PLR2004


def _digest(value: str, algorithm: str) -> tuple[str, str, None] | str:
    if algorithm == "tlsh":
        fuzzy = _TLSH.match(value.upper())
        return (algorithm, fuzzy[1], None) if fuzzy else "not a TLSH digest"
    found = digest_of(value, algorithm)
    if found is None:
        return f"not a digest of {algorithm}" if algorithm else f"no digest has {len(value)} hex digits"
    if found in EMPTY:
        return "the digest of an empty file"
    return (*found, None)


def _url(text: str) -> tuple[str, str, None] | str:
    url = url_of(text)
    if not url:
        return "not a URL"
    address = address_of(host_of(url))
    if address and is_private(address):
        return "an address of a private network"
    return "url", url, None
