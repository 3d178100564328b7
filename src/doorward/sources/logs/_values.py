"""Values that logs write: addresses, ports, names, times. ValueError with a short phrase for what is none."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import urlsplit

from doorward.model.run import Process

#: Longest name of a host that is taken over: DNS has 253 characters, and a unit for the unforeseen.
LONGEST_NAME = 260
#: Longest path or other text that is kept, and characters of all arguments of a program together.
LONGEST_TEXT = 4096
LONGEST_ARGUMENTS = 2048
LARGEST_PORT = 65_535

_SHOWN = 40
_WEB = {"http": 80, "https": 443}
_SDIST = re.compile(r"(.+)-([^-]+)\.(?:tar\.gz|zip|tar\.bz2|tgz|tar\.xz)\Z", re.DOTALL)


@lru_cache(maxsize=1 << 16)
def _parsed(text: str) -> str:
    """Return an IP address in its shortest form, "" for what is none."""
    if len(text) > LONGEST_NAME:
        return ""
    try:
        parsed = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return ""
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)


def address(text: str) -> str:
    """Return an IP address in its shortest form, never the v4-mapped one, without a zone."""
    found = _parsed(text)
    if not found:
        raise ValueError(f"{text[:_SHOWN]!r} is no IP address")
    return found


@lru_cache(maxsize=1 << 12)
def stays_here(text: str) -> bool:
    """Whether a network's monitor sees an address only since machines of one segment greet each other with it."""
    parsed = ipaddress.ip_address(text)
    return parsed.is_multicast or text == "255.255.255.255"


def port(value: str | int) -> int:
    """Return a port, which may be written as text."""
    try:
        number = int(value)
    except ValueError:
        raise ValueError(f"{str(value)[:_SHOWN]!r} is no port") from None
    if not 0 <= number <= LARGEST_PORT:
        raise ValueError(f"{number} is no port")
    return number


def split_endpoint(text: str) -> tuple[str, int]:
    """Split ``address:port`` or ``host:port``; an IPv6 address may have brackets or not."""
    host, colon, number = text.rpartition(":")
    if not colon:
        raise ValueError(f"{text[:_SHOWN]!r} has no port")
    return host.strip("[]"), port(number)


@lru_cache(maxsize=1 << 12)
def name(text: str) -> str:
    """Return a host's name in lower case and without the final dot, "" for a dash."""
    if len(text) > LONGEST_NAME:
        raise ValueError("the name of a host is too long")
    lowered = text.strip().rstrip(".").lower()
    return "" if lowered == "-" else lowered


def place(text: str) -> tuple[str, str]:
    """Return address and name of what an address or a name is written for; the other of the two is ""."""
    return (address(text), "") if is_address(text) else ("", name(text))


def machine(text: str) -> str:
    """Return the address or name of a machine as logs of networks have it."""
    return address(text) if is_address(text) else name(text)


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    return bool(_parsed(text))


def moment(value: str | float) -> datetime:
    """Return a time in UTC from seconds since 1970 or from ISO 8601; UTC where no zone is written."""
    if not isinstance(value, str):
        if not math.isfinite(value):
            raise ValueError("no time")
        return _epoch(value)
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value[:_SHOWN]!r} is no time") from None
    return _utc(found)


def mail_moment(text: str) -> datetime:
    """Return a time as RFC 5322 writes it ("Thu, 15 Jun 2023 05:35:29 GMT")."""
    try:
        return _utc(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        raise ValueError(f"{text[:_SHOWN]!r} is no time") from None


def _epoch(value: float) -> datetime:
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError):
        raise ValueError(f"{value} is no time") from None


def _utc(found: datetime) -> datetime:
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC)
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise ValueError("no time") from None


def web_endpoint(url: str) -> tuple[str, int] | None:
    """Return host and port of a web address; None for what is none."""
    try:
        parts = urlsplit(url)
        number = parts.port
    except ValueError:
        return None
    if parts.scheme not in _WEB or not parts.hostname or len(parts.hostname) > LONGEST_NAME:
        return None
    return parts.hostname, number or _WEB[parts.scheme]


def bare_url(url: str) -> str:
    """Return a web address without user information, query and fragment: they may hold secrets."""
    try:
        parts = urlsplit(url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()[:LONGEST_TEXT]
    except ValueError:
        return ""


def npm_artifact(path: str) -> tuple[str, str] | None:
    """Return name and version of a tarball by its path on an npm registry; None for what is none.

    The path is ``(@scope/)name/-/name-version.tgz``, below any folder.
    """
    folder, dash, filename = path[:LONGEST_TEXT].replace("%2f", "/").replace("%2F", "/").rpartition("/-/")
    parts = folder.split("/")
    stem = f"{parts[-1]}-"
    if not dash or not filename.startswith(stem) or not filename.endswith(".tgz"):
        return None
    scope = f"{parts[-2]}/" if len(parts) > 1 and parts[-2].startswith("@") else ""
    return f"{scope}{parts[-1]}", filename[len(stem) : -len(".tgz")]


def pypi_artifact(filename: str) -> tuple[str, str] | None:
    """Return name and version of a wheel or sdist by its file name; None for what is none."""
    filename = filename[:LONGEST_TEXT]
    if filename.endswith(".whl"):
        parts = filename.split("-")
        return (parts[0], parts[1]) if 5 <= len(parts) <= 6 else None  # noqa: PLR2004 - wheels have five parts or six
    match = _SDIST.match(filename)
    return (match[1], match[2]) if match else None


def process(pid: int, argv: Iterable[str], exe: str = "", cwd: str = "") -> Process:
    """Return a process; of its arguments the first are kept, as many as fit a report."""
    return Process(pid, arguments(argv), exe[:LONGEST_TEXT], cwd[:LONGEST_TEXT])


def arguments(argv: Iterable[str]) -> tuple[str, ...]:
    """Return the first arguments of a program: all of nearly every one, and of a hostile one not too many."""
    kept, room = [], LONGEST_ARGUMENTS
    for word in argv:
        if room <= 0:
            break
        kept.append(word[:room])
        room -= len(word) + 1
    return tuple(kept)
