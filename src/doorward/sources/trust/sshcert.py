"""SSH certificates (OpenSSH's PROTOCOL.certkeys), taken apart: a key, and an authority's word for whose it is."""

from __future__ import annotations

from fnmatch import fnmatchcase

from doorward.records import dataclass
from doorward.sources.trust.sshwire import Reader, SshError, string, word

#: What the type of a certified key ends with, and how many strings its public part has.
SUFFIX = "-cert-v01@openssh.com"
_PARTS = {
    "ssh-ed25519": 1,
    "ssh-rsa": 2,
    "ecdsa-sha2-nistp256": 2,
    "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2,
    "sk-ssh-ed25519": 2,
    "sk-ecdsa-sha2-nistp256": 3,
}
#: Certificates for people, not for hosts.
_USER = 1


@dataclass(frozen=True, slots=True)
class SshCertificate:
    """What a certificate says."""

    #: The certified key in SSH's wire format, as it is without a certificate, and its type.
    key: bytes
    key_type: str
    kind: int
    #: The authority's own name for it.
    key_id: str
    principals: tuple[str, ...]
    #: Seconds since 1970: from the first on, before the second.
    valid_after: int
    valid_before: int
    #: Names of options without which it may not be used.
    critical: tuple[str, ...]
    #: The authority's key, the bytes that it signed, and its signature's algorithm and rest.
    authority: bytes
    signed: bytes
    algorithm: str
    blob: bytes

    def refusal(self, principals: str, time: int | None) -> str:
        """Return why it does not make its key one of ``principals`` (patterns) at a time; "" where it does."""
        if self.kind != _USER:
            return "its certificate is for a host"
        if self.critical:
            return f"its certificate has conditions of its own: {', '.join(self.critical)}"
        patterns = principals.split(",")
        if not any(fnmatchcase(name, pattern) for name in self.principals for pattern in patterns):
            return "its certificate names nobody whom the authority may name"
        if time is None or not self.valid_after <= time < self.valid_before:
            return "made outside the time of its certificate"
        return ""


def parse(data: bytes) -> SshCertificate:
    """Take a certificate apart; raise :class:`~doorward.sources.trust.sshwire.SshError` where it is none."""
    reader = Reader(data)
    plain = word(reader.string()).removesuffix(SUFFIX)
    if plain not in _PARTS:
        raise SshError(f"a certificate of the type {plain}")
    reader.string()  # the nonce
    parts = [reader.string() for _ in range(_PARTS[plain])]
    key_type = f"{plain}@openssh.com" if plain.startswith("sk-") else plain
    reader.number(8)  # the serial number
    kind, key_id, principals = reader.number(4), reader.string(), reader.strings()
    after, before = reader.number(8), reader.number(8)
    critical = reader.strings()[::2]
    reader.string()  # extensions: what a login may do
    reader.string()  # reserved
    authority = reader.string()
    signed = data[: reader.at]
    signature = Reader(reader.string())
    if reader:
        raise SshError("a certificate with bytes after its end")
    return SshCertificate(
        key=b"".join(map(string, (key_type.encode(), *parts))),
        key_type=key_type,
        kind=kind,
        key_id=key_id.decode("utf-8", "backslashreplace"),
        principals=tuple(name.decode("utf-8", "backslashreplace") for name in principals),
        valid_after=after,
        valid_before=before,
        critical=tuple(name.decode("utf-8", "backslashreplace")[:64] for name in critical),
        authority=authority,
        signed=signed,
        algorithm=word(signature.string()),
        blob=signature.rest(),
    )
