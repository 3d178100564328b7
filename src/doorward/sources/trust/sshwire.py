"""SSH's wire format (RFC 4251, section 5), as far as keys, signatures and certificates use it."""

from __future__ import annotations

import base64
import hashlib


class SshError(ValueError):
    """The bytes are no SSH signature, key or certificate that doorward reads."""


class Reader:
    """Reads the strings of SSH's wire format."""

    def __init__(self, data: bytes) -> None:
        """Begin at the first byte."""
        self._data, self.at = data, 0

    def take(self, size: int) -> bytes:
        """Return the next ``size`` bytes."""
        end = self.at + size
        if end > len(self._data):
            raise SshError("a truncated SSH signature")
        part, self.at = self._data[self.at : end], end
        return part

    def string(self) -> bytes:
        """Return the next string, which its length of four bytes precedes."""
        return self.take(int.from_bytes(self.take(4), "big"))

    def number(self, size: int) -> int:
        """Return the next number of a fixed size in bytes."""
        return int.from_bytes(self.take(size), "big")

    def strings(self) -> list[bytes]:
        """Return the strings in the next string."""
        inner = Reader(self.string())
        found = []
        while inner:
            found.append(inner.string())
        return found

    def rest(self) -> bytes:
        """Return everything that is left."""
        return self.take(len(self._data) - self.at)

    def __bool__(self) -> bool:
        """Whether anything is left."""
        return self.at < len(self._data)


def string(data: bytes) -> bytes:
    """Return a string as it is written."""
    return len(data).to_bytes(4, "big") + data


def word(text: bytes) -> str:
    """Return a name of the protocol, which is short and plain."""
    if len(text) > 64 or not text.isascii():  # noqa: PLR2004 - names of algorithms have at most 64 characters (RFC 4251)
        raise SshError("an SSH signature with a name that is none")
    return text.decode()


def fingerprint(key: bytes) -> str:
    """Return ``SHA256:`` and the unpadded base64 of a public key's digest."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).rstrip(b"=").decode()
