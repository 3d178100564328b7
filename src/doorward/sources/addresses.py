"""Web addresses: which may be asked, which may be shown, and where a redirect may lead.

An address is hostile until it was taken apart here: the pieces are checked and put together anew, so that no two
parsers can read two hosts in it.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import SplitResult, quote, urljoin, urlsplit

#: Characters of an address that is shown, and longest address that is read at all.
SHOWN = 200
LONGEST = 4_000

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\]", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f]")

#: Networks that are never reached on a stranger's word: this host, private, shared, link-local, multicast, reserved
#: (RFC 1122, 1918, 6598, 3927, 5771, 1112; RFC 4291, 4193, 3879).
_INTERNAL_4 = [
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
]
_INTERNAL_6 = [ipaddress.IPv6Network(text) for text in ("::/127", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8")]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

#: Scheme, host in lower case, port.
Origin = tuple[str, str, int]


def split(url: str) -> SplitResult:
    """Take a web address apart; ValueError with a short reason for what is none."""
    if len(url) > LONGEST:
        raise ValueError("the address is too long")
    if _UNSAFE.search(url) or "\\" in url:
        raise ValueError("the address has characters that no address has")
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("the address is neither http nor https")
    host = parts.netloc.rpartition("@")[2]
    host = host if host.endswith("]") else re.sub(r":[0-9]{0,5}\Z", "", host)
    if not _HOST.fullmatch(host):
        raise ValueError("the address has no host that can be asked")
    if parts.port == 0:  # raises ValueError itself where the port is no number or too large
        raise ValueError("the address has no port that can be asked")
    return parts


def origin(parts: SplitResult) -> Origin:
    """Return scheme, host and port of an address that :func:`split` took apart."""
    return parts.scheme, (parts.hostname or "").rstrip("."), parts.port or _DEFAULT_PORTS[parts.scheme]


def without_userinfo(url: str) -> str:
    """Return an address put together anew, without user information and fragment."""
    parts = split(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2].lower(), fragment="").geturl()


def shown(url: str) -> str:
    """Return host and path for people: no user information, no query (it may sign), no character but visible ASCII."""
    try:
        parts = split(url)
    except ValueError:
        return "an unreadable address"
    text = parts.netloc.rpartition("@")[2] + quote(parts.path, safe="/%@:+~!$&'()*,;=-._")
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def shown_host(url: str) -> str:
    """Return the host, and the port where it is not the usual one, for people."""
    return shown(url).partition("/")[0]


def may_carry_credentials(home: str, target: str) -> bool:
    """Whether what opens ``home`` may be sent to ``target``: the same host and port, never less secure.

    The one other case is the usual step from plain HTTP to TLS on the same host, both on their usual ports.
    """
    one, other = origin(split(home)), origin(split(target))
    if one[1] != other[1]:
        return False
    return one == other or (one[0] == "http" and one[2] == _DEFAULT_PORTS["http"] and other[::2] == ("https", 443))


def next_hop(current: str, location: str) -> str:
    """Return where a redirect leads; ValueError with the reason where it may not lead there."""
    target = without_userinfo(urljoin(current, location.strip()))
    if current.startswith("https:") and not target.startswith("https:"):
        raise ValueError("it leads from https to http")
    return target


def is_internal(address: str) -> bool:
    """Whether an IP address belongs to this host or to a network of its owner's own. What is no address does too."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is None:
            return any(ip in network for network in _INTERNAL_6)
        ip = inner
    return any(ip in network for network in _INTERNAL_4)


def is_link_local(address: str) -> bool:
    """Whether an IP address is one of the local link, where clouds answer questions about the machine."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (inner or ip).is_link_local


def resolve(host: str) -> tuple[str, ...]:
    """Return every IP address of a host as the system resolves it (it also reads "127.1"); () where it has none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
