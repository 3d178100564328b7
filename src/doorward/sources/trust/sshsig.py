"""SSH signatures (OpenSSH's PROTOCOL.sshsig), taken apart."""

from __future__ import annotations

import base64
import hashlib

from doorward.records import dataclass

_MAGIC = b"SSHSIG"
_VERSION = 1


class SshError(ValueError):
    """The bytes are no SSH signature or key that doorward reads."""


@dataclass(frozen=True, slots=True)
class SshSignature:
    """What an SSH signature says."""

    #: The public key in SSH's wire format.
    key: bytes
    #: The key's type ("ssh-ed25519").
    key_type: str
    namespace: bytes
    reserved: bytes
    #: Digest of the message: "sha256" or "sha512".
    hash: str
    #: The signature's own algorithm ("rsa-sha2-512"), and the rest of its blob.
    algorithm: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """The key's name as OpenSSH prints it."""
        return fingerprint(self.key)


class Reader:
    """Reads the strings of SSH's wire format."""

    def __init__(self, data: bytes) -> None:
        """Begin at the first byte."""
        self._data, self._at = data, 0

    def take(self, size: int) -> bytes:
        """Return the next ``size`` bytes."""
        end = self._at + size
        if end > len(self._data):
            raise SshError("a truncated SSH signature")
        part, self._at = self._data[self._at : end], end
        return part

    def string(self) -> bytes:
        """Return the next string, which its length of four bytes precedes."""
        return self.take(int.from_bytes(self.take(4), "big"))

    def rest(self) -> bytes:
        """Return everything that is left."""
        return self.take(len(self._data) - self._at)


def parse(data: bytes) -> SshSignature:
    """Take a signature apart; raise :class:`SshError` where it is damaged or of another version."""
    reader = Reader(data)
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise SshError("not an SSH signature")
    if int.from_bytes(reader.take(4), "big") != _VERSION:
        raise SshError("an SSH signature of an unknown version")
    key, namespace, reserved = reader.string(), reader.string(), reader.string()
    digest, signature = reader.string(), Reader(reader.string())
    if reader.rest():
        raise SshError("an SSH signature with bytes after its end")
    return SshSignature(
        key=key,
        key_type=_word(Reader(key).string()),
        namespace=namespace,
        reserved=reserved,
        hash=_word(digest),
        algorithm=_word(signature.string()),
        blob=signature.rest(),
    )


def _word(text: bytes) -> str:
    """Return a name of the protocol, which is short and plain."""
    if len(text) > 64 or not text.isascii():  # noqa: PLR2004 - names of algorithms have at most 64 characters (RFC 4251)
        raise SshError("an SSH signature with a name that is none")
    return text.decode()


def fingerprint(key: bytes) -> str:
    """Return ``SHA256:`` and the unpadded base64 of a public key's digest."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).rstrip(b"=").decode()
