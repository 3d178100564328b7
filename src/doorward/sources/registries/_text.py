"""Text and values from outside, brought to what a record may hold: capped, checked, in one form."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin

from doorward.sources.addresses import LONGEST, without_userinfo

#: Characters of free text (reasons, commands), of names, and entries of ``failed`` that are told one by one.
LONGEST_TEXT = 4_000
LONGEST_NAME = 300
MOST_FAILURES = 20

#: Addresses that need no second look: with TLS, without user information and fragment.
_PLAIN_URL = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.-]*/[!\"$-\[\]-~]*", re.ASCII)
_SCP = re.compile(r"(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9.-]+):(?!//)([A-Za-z0-9._~/-]+)", re.ASCII)
_SHORTHAND = re.compile(r"(?:(github|gitlab|bitbucket):)?([A-Za-z0-9._-]+/[A-Za-z0-9._-]+)", re.ASCII)
_FORGES = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}

#: Algorithm -> length of its hex, strongest first.
_HEX_LENGTHS = {"sha512": 128, "sha384": 96, "sha256": 64, "blake2b_256": 64, "sha1": 40, "md5": 32}
_HEX = re.compile(r"[0-9a-f]+", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Malformed(ValueError):
    """An entry of a document that cannot be taken over; the text says why."""


class Failures:
    """Entries that could not be taken over, told one by one up to a number, and counted."""

    def __init__(self) -> None:
        """Begin with none."""
        self._told: list[tuple[str, str]] = []
        self._more = 0

    def add(self, kind: str, name: str, why: object) -> None:
        """Add an entry of a kind ("files", "versions") by its name."""
        if len(self._told) < MOST_FAILURES:
            self._told.append((kind, f"{cut(name, LONGEST_NAME)}: {cut(str(why), LONGEST_NAME)}"))
        else:
            self._more += 1

    def add_fact(self, kind: str, why: object) -> None:
        """Add a fact that could not be had at all."""
        self._told.append((kind, cut(str(why), LONGEST_NAME)))

    def values(self) -> tuple[tuple[str, str], ...]:
        """Return them as a record holds them."""
        if not self._more:
            return tuple(self._told)
        return (*self._told, ("entries", f"{self._more} more entries could not be read"))


def cut(text: str, most: int = LONGEST_TEXT) -> str:
    """Return text of at most ``most`` characters, the last ones replaced where it is longer."""
    return text if len(text) <= most else text[: most - 3] + "..."


def plain_text(value: Any, most: int = LONGEST_TEXT) -> str:
    """Return a string's beginning; "" for what is no string."""
    return cut(value, most) if isinstance(value, str) else ""


def artifact_url(url: str, base: str) -> str:
    """Return the address of a file as a document at ``base`` names it, absolute, without user information.

    Malformed for what is no web address, and for one without TLS in a document that came with TLS.
    """
    if _PLAIN_URL.fullmatch(url) and len(url) <= LONGEST:
        return url
    try:
        url = without_userinfo(urljoin(base, url.strip()))
    except ValueError as error:
        raise Malformed(str(error)) from None
    if base.startswith("https:") and not url.startswith("https:"):
        raise Malformed("its address is http in a document that came by https")
    return url


def digests(stated: Mapping[str, Any]) -> tuple[str, ...]:
    """Return digests as ``algorithm:hex``, strongest first; Malformed for one that is none. Others are left out."""
    if len(stated) == 1 and isinstance(only := stated.get("sha256"), str) and _SHA256.fullmatch(only):
        return (f"sha256:{only}",)
    found = []
    for name, length in _HEX_LENGTHS.items():
        value = stated.get(name)
        if value is None:
            continue
        text = value.lower() if isinstance(value, str) else ""
        if len(text) != length or not _HEX.fullmatch(text):
            raise Malformed(f"its {name} is none")
        found.append(f"{name}:{text}")
    return tuple(found)


def integrity(text: str) -> dict[str, str]:
    """Return the digests of a Subresource Integrity string (W3C SRI) as hex; Malformed for a broken one."""
    found: dict[str, str] = {}
    for token in text[:LONGEST_TEXT].split():
        algorithm, _, value = token.partition("?")[0].partition("-")
        if algorithm in _HEX_LENGTHS:
            try:
                found.setdefault(algorithm, base64.b64decode(value, validate=True).hex())
            except (binascii.Error, ValueError):
                raise Malformed(f"its {algorithm} is none") from None
    return found


def moment(text: str) -> datetime | None:
    """Return an ISO 8601 time with its zone, UTC where it names none; None for what is no time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


@lru_cache(maxsize=4096)
def repository_url(text: str) -> str:
    """Return the https address of a source repository by any of its usual spellings; "" for what names none."""
    text = text.strip().removeprefix("git+").removeprefix("scm:git:")
    if not text or len(text) > LONGEST:
        return ""
    if match := _SHORTHAND.fullmatch(text):
        text = f"https://{_FORGES[match[1] or 'github']}/{match[2]}"
    elif match := _SCP.fullmatch(text):
        text = f"https://{match[1]}/{match[2]}"
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in {"https", "http", "git", "ssh", "git+ssh", "git+https"}:
        return ""
    try:
        url = without_userinfo("https://" + rest.partition("#")[0].partition("?")[0])
    except ValueError:
        return ""
    return url.rstrip("/").removesuffix(".git")
