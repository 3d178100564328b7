"""Values that many lock formats write alike: digests, addresses, file names."""

from __future__ import annotations

import binascii
import re
from urllib.parse import unquote

from doorward.model.release import LockedDigest

#: Hex digits of each digest that a lock file may declare.
_HEX_LENGTH = {
    "md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128, "blake2b": 128,
    "blake2b_256": 64, "blake2s": 64, "sha3_256": 64, "sha3_384": 96, "sha3_512": 128,
    "blake2b_384": 96, "blake2b_512": 128, "blake3": 64,
}  # fmt: skip
_HEX = re.compile(r"[0-9a-f]+\Z")
_COMMIT = re.compile(r"(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})\Z")
_USER = re.compile(r"\A([A-Za-z][A-Za-z0-9+.-]*:|)//[^/?#]*@")
_SCP = re.compile(r"\A(?:[^@/:\s]+@)?([A-Za-z0-9][A-Za-z0-9.-]*):([^/\\:].*)\Z", re.DOTALL)
_SHORTHAND = re.compile(r"\A(github|gitlab|bitbucket):([\w.-]+/[\w.-]+)\Z")
_HOSTS = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}


class BadEntry(ValueError):
    """One entry that cannot be taken over; its text is the reason of the gap."""


def hex_digest(algorithm: str, value: str, filename: str = "") -> LockedDigest:
    """Check a digest in hex; raise :class:`BadEntry` where it is none of its algorithm."""
    algorithm = algorithm.strip().lower().replace("sha-", "sha").replace("-", "_")
    value = value.strip().lower()
    length = _HEX_LENGTH.get(algorithm)
    if length is None:
        raise BadEntry("a digest of an unknown algorithm")
    if len(value) != length or not _HEX.match(value):
        raise BadEntry(f"a {algorithm} digest that is not {length} hex digits")
    return LockedDigest(algorithm, value, filename)


def labelled_digests(text: str, filename: str = "") -> list[LockedDigest]:
    """Read a digest that is written ``sha256:HEX``, or ``sha256=HEX`` as in the fragment of an address."""
    algorithm, colon, value = text.partition(":")
    if not colon:
        algorithm, colon, value = text.partition("=")
    if not colon:
        raise BadEntry("a digest without an algorithm")
    return [hex_digest(algorithm, value, filename)]


def base64_digest(algorithm: str, value: str, filename: str = "") -> LockedDigest:
    """Check a digest in base64; raise :class:`BadEntry` where it is none of its algorithm."""
    length = _HEX_LENGTH.get(algorithm)
    if length is None:
        raise BadEntry("a digest of an unknown algorithm")
    try:
        raw = binascii.a2b_base64(value, strict_mode=True)
    except ValueError as error:
        raise BadEntry(f"a {algorithm} digest that is not base64") from error
    if 2 * len(raw) != length:
        raise BadEntry(f"a {algorithm} digest that is not {length // 2} bytes")
    return LockedDigest(algorithm, raw.hex(), filename)


def sri_digests(text: str, filename: str = "") -> list[LockedDigest]:
    """Read a Subresource Integrity value: algorithm and base64 with a dash between, several of them, with options."""
    found = []
    for item in text.split():
        algorithm, dash, value = item.partition("-")
        if not dash:
            raise BadEntry("an integrity value without an algorithm")
        found.append(base64_digest(algorithm, value.partition("?")[0], filename))
    return found


def public_url(url: str) -> str:
    """Return ``url`` without user information and fragment: credentials are never kept."""
    url = url.partition("#")[0].strip()
    return _USER.sub(r"\1//", url) if "@" in url else url


def git_address(text: str) -> str:
    """Return the address of a git repository without user information, whichever way it is written.

    ``git+`` falls away, ``git@host:owner/name`` and ``github:owner/name`` are written out.
    """
    text = text.partition("#")[0].strip().removeprefix("git+")
    if shorthand := _SHORTHAND.match(text):
        return f"https://{_HOSTS[shorthand[1]]}/{shorthand[2]}"
    if "://" not in text and (scp := _SCP.match(text)):
        return f"ssh://{scp[1]}/{scp[2]}"
    return public_url(text)


def is_commit(text: str) -> bool:
    """Whether ``text`` is a full commit hash (SHA-1 or SHA-256)."""
    return _COMMIT.match(text) is not None


def file_name(address: str) -> str:
    """Return the last path segment of an address or a path, percent-decoded."""
    name = address.partition("#")[0].partition("?")[0].rstrip("/").rpartition("/")[2]
    return unquote(name) if "%" in name else name


#: How the name of a file ends that is a packed release, not a folder of the project.
_ARCHIVES = (".whl", ".egg", ".zip", ".tgz", ".tar", ".tar.gz", ".tar.bz2", ".tar.xz")


def archive_path(text: str) -> str:
    """Return the path of a packed release in the project; "" for a folder, which is the project's own code."""
    path = text.partition("#")[0].partition("::")[0].removeprefix("file:").strip()
    return path[:500] if path.lower().endswith(_ARCHIVES) else ""
