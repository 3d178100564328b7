"""Digests, domains, URLs and addresses in the one form in which indicators are compared.

What feeds and reports write is often made harmless first (``hxxp://evil[.]invalid``), in capitals, or with a port
behind it. All readers of feeds and everything that asks the index go through here, so that both sides agree.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

#: Longest text that is looked at.
MAX_LENGTH = 4096
#: Algorithm by the number of hex digits. Nameless values of 64 digits are SHA-256: BLAKE2b has to be named.
ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_HEX = re.compile(r"[0-9a-f]+\Z")
_LABELS = re.compile(
    r"(?=.{4,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})\Z"
)
_DEFANGED = (
    (re.compile(r"\bh(?:xx|\*\*|\+\+)p(s?)\b", re.IGNORECASE), r"http\1"),
    (re.compile(r"\bfxp\b", re.IGNORECASE), "ftp"),
    (re.compile(r"\[(?:\.|dot)\]|\((?:\.|dot)\)|\{(?:\.|dot)\}", re.IGNORECASE), "."),
    (re.compile(r"\[:(//)?\]|\(:(//)?\)"), r":\1\2"),
    (re.compile(r"\[/\]"), "/"),
    (re.compile(r"\[(?:@|at)\]|\((?:@|at)\)", re.IGNORECASE), "@"),
)
_VARIABLE = re.compile(r"[a-z0-9]+(?:-+[a-z0-9]+)*(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)*\Z", re.IGNORECASE | re.ASCII)
_MAYBE_DEFANGED = re.compile(r"[\[({]|xx|[*+][*+]|fxp", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443, "ftp": 21, "ws": 80, "wss": 443}
_SCHEMES = frozenset(_PORTS)


def refang(text: str) -> str:
    """Return a text as it was before somebody made its addresses harmless."""
    if _MAYBE_DEFANGED.search(text):
        for pattern, real in _DEFANGED:
            text = pattern.sub(real, text)
    return text


def digest_of(text: str, algorithm: str = "") -> tuple[str, str] | None:
    """Return (algorithm, lower-case hex) of a digest, None where it is none.

    ``algorithm`` is the name that stands beside it; without one the length tells.
    """
    value = text.strip().lower()
    if not _HEX.match(value):
        return None
    named = algorithm.lower().replace("-", "").replace("_", "")
    if named.startswith("blake2b"):
        return ("blake2b_256", value) if len(value) == len("00") * 32 else None
    found = ALGORITHMS.get(len(value), "")
    return (found, value) if found and named in {"", found} else None


def domain_of(text: str) -> str:
    """Return a domain in lower case and ASCII, "" where it is none. A leading ``*.`` is dropped."""
    name = text.strip().rstrip(".").removeprefix("*.")
    if not name or len(name) > MAX_LENGTH:
        return ""
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    name = name.lower()
    return name if _LABELS.match(name) else ""


def address_of(text: str) -> str:
    """Return an internet address, "" where it is none.

    One of IPv4 that is written as one of IPv6 is that of IPv4, as connections are told; a zone is of this machine alone
    (RFC 4291, 2.5.5.2; RFC 4007, 11).
    """
    text = text.strip().removeprefix("[").removesuffix("]").partition("%")[0]
    if ":" not in text and not text[-1:].isdigit():
        text = text.removesuffix(".")
        if not text[-1:].isdigit():
            return ""
    try:
        parsed = ip_address(text)
    except ValueError:
        return ""
    return str((parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None) or parsed)


def is_meaningless(address: str) -> bool:
    """Whether an address is of a private network, of the machine itself, of documentation, or of nobody."""
    parsed = ip_address(address)
    return not parsed.is_global or parsed.is_multicast


def is_private(address: str) -> bool:
    """Whether an address is of a private network or of the machine itself."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        return parsed.is_loopback or parsed.is_link_local or parsed.is_unspecified or not parsed.is_global
    return parsed.is_loopback or parsed.is_unspecified or parsed.is_link_local or _is_rfc1918(parsed)


def _is_rfc1918(address: IPv4Address) -> bool:
    first, second = address.packed[:2]
    return first == 10 or (first, second) == (192, 168) or (first == 172 and 16 <= second < 32)  # noqa: PLR2004


def split_port(text: str) -> tuple[str, int | None]:
    """Split ``host:port``; None where no port stands there. An IPv6 address needs brackets to have one."""
    host, colon, port = text.strip().rpartition(":")
    if not colon or not port.isdecimal() or (":" in host and not host.endswith("]")) or int(port) > 65_535:  # noqa: PLR2004
        return text.strip(), None
    return host, int(port)


@lru_cache(maxsize=4096)
def url_of(text: str) -> str:
    """Return a URL without fragment and default port, its host as :func:`domain_of` writes it; "" where it is none."""
    text = text.strip()
    if len(text) > MAX_LENGTH:
        return ""
    try:
        parts = urlsplit(text)
        port, name = parts.port, parts.hostname or ""
    except ValueError:
        return ""
    scheme = parts.scheme.lower()
    host = domain_of(name) or address_of(name)
    if not host or scheme not in _SCHEMES:
        return ""
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _PORTS[scheme]:
        host = f"{host}:{port}"
    user = parts.netloc.rpartition("@")[0]
    query = f"?{parts.query}" if parts.query else ""
    return f"{scheme}://{user + '@' if user else ''}{host}{parts.path or '/'}{query}"


def without_user(url: str) -> str:
    """Return a URL that :func:`url_of` returned, without user and password: who fetches it may leave them out."""
    scheme, mark, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{mark}{authority.rpartition('@')[2]}{slash}{path}"


def host_of(url: str) -> str:
    """Return the host of a URL that :func:`url_of` returned, without port."""
    authority = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    return split_port(authority)[0].strip("[]")


def variable_of(host: str) -> str:
    """Return a host as names of environment variables have it, such that no other host has the same one.

    A dot is one underscore, a hyphen is two: an odd number of them has one dot. That holds for names as RFC 952 has
    them; where a label has an underscore, or begins or ends with a hyphen, there is no such name: "".
    """
    address = address_of(host)
    name = ip_address(address).exploded.replace(":", ".") if address else host.rstrip(".")
    return name.upper().replace("-", "__").replace(".", "_") if _VARIABLE.match(name) else ""


def parents(domain: str) -> tuple[str, ...]:
    """Return a domain and those above it, down to two labels."""
    labels = domain.split(".")
    return tuple(".".join(labels[at:]) for at in range(max(len(labels) - 1, 1)))
