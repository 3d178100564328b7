"""SSH signatures (OpenSSH's PROTOCOL.sshsig), taken apart."""

from __future__ import annotations

from functools import lru_cache

from doorward.records import dataclass
from doorward.sources.trust import sshcert
from doorward.sources.trust.sshwire import Reader, SshError, fingerprint, word

_MAGIC = b"SSHSIG"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class SshSignature:
    """What an SSH signature says."""

    #: The public key in SSH's wire format, without its certificate.
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
    #: The certificate of the key, where it was given in place of the key.
    certificate: sshcert.SshCertificate | None = None

    @property
    def fingerprint(self) -> str:
        """The key's name as OpenSSH prints it."""
        return fingerprint(self.key)


@lru_cache(maxsize=64)
def parse(data: bytes) -> SshSignature:
    """Take a signature apart, once for its claim and its verification.

    Raises :class:`SshError` where it is damaged or of another version.
    """
    reader = Reader(data)
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise SshError("not an SSH signature")
    if int.from_bytes(reader.take(4), "big") != _VERSION:
        raise SshError("an SSH signature of an unknown version")
    key, namespace, reserved = reader.string(), reader.string(), reader.string()
    digest, signature = reader.string(), Reader(reader.string())
    if reader.rest():
        raise SshError("an SSH signature with bytes after its end")
    key_type, certificate = word(Reader(key).string()), None
    if key_type.endswith(sshcert.SUFFIX):
        certificate = sshcert.parse(key)
        key, key_type = certificate.key, certificate.key_type
    return SshSignature(
        key=key,
        key_type=key_type,
        namespace=namespace,
        reserved=reserved,
        hash=word(digest),
        algorithm=word(signature.string()),
        blob=signature.rest(),
        certificate=certificate,
    )
