"""Which keys there are: the ones that the user trusts for a repository, and others that can merely be verified."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from doorward.errors import UsageError
from doorward.records import dataclass
from doorward.sources.trust.allowed_signers import AllowedSigner, parse_allowed_signers

#: Bytes of one file of keys, and files of one folder, that are read.
_MAX_FILE, _MAX_FILES = 64 << 20, 10_000
#: First words of a list of key names, and a line of it.
LIST_HEAD = "# doorward keys 1"
_NAME = re.compile(
    r"^(?:openpgp|ssh)[ \t]+([0-9A-F]{16,64}|SHA256:[A-Za-z0-9+/]{43})(?=\s|\Z)|^x509[ \t]+(\S{1,200})(?:[ \t]+(https?://\S{1,200}))?",
    re.MULTILINE,
)
_ROOT = b"-----BEGIN CERTIFICATE-----"
#: The media type that stands in a trusted root of Sigstore, which is JSON.
_TRUSTED_ROOT = b"application/vnd.dev.sigstore.trustedroot+json"
_ARMOUR = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"
#: First bytes of a binary certificate: a public-key packet in the old and in the new format.
_BINARY = (b"\x98", b"\x99", b"\x9a", b"\xc6")
#: GnuPG's key box: "KBXf" in its first blob; each blob begins with its size and its type.
_KEYBOX, _KEYBOX_OPENPGP = b"KBXf", 2


@dataclass(frozen=True, slots=True)
class Keys:
    """What a set of files holds, before any verifier reads it."""

    certificates: tuple[bytes, ...] = ()
    signers: tuple[AllowedSigner, ...] = ()
    #: Keys by name alone, of a reviewed list: fingerprints of OpenPGP, "SHA256:..." of SSH; identities of X.509, with
    #: a blank and the issuer behind them where only that issuer's word counts.
    names: frozenset[str] = frozenset()
    #: What could not be read, in sentences.
    problems: tuple[str, ...] = ()
    #: Files of X.509 certificates in PEM: roots that may vouch for identities.
    roots: tuple[bytes, ...] = ()
    #: Trusted roots of Sigstore, in JSON: they name logs and authorities, and make nobody trusted.
    trusted_roots: tuple[bytes, ...] = ()

    @property
    def digest(self) -> str:
        """A name for exactly these keys, for whoever stores verdicts."""
        digest = hashlib.sha256()
        signers = (repr(signer).encode() for signer in self.signers)
        for part in (
            *self.certificates,
            *self.roots,
            *self.trusted_roots,
            *signers,
            *(name.encode() for name in sorted(self.names)),
        ):
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()

    def __bool__(self) -> bool:
        """Whether there is any key."""
        return bool(self.certificates or self.signers or self.names or self.roots)


def joined(one: Keys, other: Keys) -> Keys:
    """Return the keys of both."""
    return Keys(
        one.certificates + other.certificates,
        one.signers + other.signers,
        one.names | other.names,
        one.problems + other.problems,
        one.roots + other.roots,
        one.trusted_roots + other.trusted_roots,
    )


def read_keys(paths: Iterable[Path]) -> Keys:
    """Read files and folders of keys: OpenPGP, GnuPG's key box, allowed signers, roots, or a list of names.

    Roots are X.509's in PEM and Sigstore's in JSON. A list is what doorward writes of the keys that it learned; once
    somebody reviewed it, it can be trusted.

    Raises :class:`UsageError` for a path that the user named and that cannot be read.
    """
    certificates: list[bytes] = []
    roots: list[bytes] = []
    trusted_roots: list[bytes] = []
    signers: list[AllowedSigner] = []
    names: set[str] = set()
    problems: list[str] = []
    for file in (file for path in paths for file in _files(path)):
        data = _read(file)
        if _ARMOUR in data or data.startswith(_BINARY):
            certificates.append(data)
        elif data[8:12] == _KEYBOX:
            certificates += _keybox(data)
        elif data.startswith(LIST_HEAD.encode()):
            found = _NAME.findall(data.decode("utf-8", "replace"))
            names |= {key or f"{identity} {issuer}".strip() for key, identity, issuer in found}
        elif _ROOT in data or _TRUSTED_ROOT in data:
            (roots if _ROOT in data else trusted_roots).append(data)
        else:
            entries = list(parse_allowed_signers(data.decode("utf-8", "replace")))
            signers += [entry for entry in entries if isinstance(entry, AllowedSigner)]
            problems += [f"{file.name}, {entry}" for entry in entries if isinstance(entry, str)]
    return Keys(
        tuple(certificates), tuple(signers), frozenset(names), tuple(problems), tuple(roots), tuple(trusted_roots)
    )


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise UsageError(f"there are no keys at {path}")
    if path.is_dir():
        return sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))[:_MAX_FILES]
    return [path]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_FILE)
    except OSError as error:
        raise UsageError(f"the keys in {path} cannot be read: {error.strerror or error}") from error


def _keybox(data: bytes) -> Iterator[bytes]:
    """Yield the certificates of a key box: each blob tells where its certificate begins and how long it is."""
    at = 0
    while at + 16 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 16 or at + size > len(data):  # noqa: PLR2004 - a blob's fixed part
            return
        blob = data[at : at + size]
        if blob[4] == _KEYBOX_OPENPGP:
            start, length = int.from_bytes(blob[8:12], "big"), int.from_bytes(blob[12:16], "big")
            yield blob[start : start + length]
        at += size
