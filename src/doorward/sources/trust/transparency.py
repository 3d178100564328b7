"""Prove by an entry of a transparency log when a signature was made. The only home of the sigstore package.

A certificate by Fulcio lives for ten minutes. Whoever steals its key can sign with it later and claim any time: only
the log's word tells that a signature was made in these minutes. gitsign keeps that word in the signature. The sigstore
package verifies it against a trusted root, from the user's keyring or out of the package itself. Nothing is fetched,
and nothing is written but a file in the folder for temporary ones.
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, DuplicateExtension, ExtensionNotFound, InvalidVersion

from doorward.model.facts import Fact, Known, Missing
from doorward.model.signature import SignatureState
from doorward.records import dataclass
from doorward.sources.trust.cms import CmsSignature
from doorward.sources.trust.der import OCTETS
from doorward.sources.trust.logentry import LogEntry, LogEntryError, bundle, read_entry

if TYPE_CHECKING:
    from sigstore.verify import Verifier

_INSTALL = Missing("it brings a log entry: install doorward[sigstore] to verify it")
_NO_ENTRY = Missing("it brings no log entry, so nothing proves offline that it was made while its certificate lived")
_TOO_MANY = Missing("it brings several log entries")
_OTHER_FORM = Missing("its log entry has a form that gitsign gave up in 2023")
_OTHER = Missing("its log entry cannot be verified: the key or digest is none that Sigstore logs")
_NO_TIME = Missing("its log entry tells no time that the log signed")
_UNKNOWN_LOG = Missing("the trusted root does not know the log of its entry")
#: What the package says of a proof, by how it begins, and what it comes to.
_SAID: dict[str, Fact[SignatureState]] = {
    "invalid log entry": Known(SignatureState.FALSE_ENTRY),
    "failed to build timestamp certificate chain": Missing("its certificate leads to no authority of the trusted root"),
    "failed to verify SCT": Missing("no log of certificates proves that its certificate was made public"),
}
#: What cryptography raises for certificates that it cannot read; the package lets it through.
_UNREADABLE = (UnsupportedAlgorithm, DuplicateExtension, ExtensionNotFound, InvalidVersion)
#: Where the package keeps the root of Sigstore's public instance.
_PUBLIC = quote("https://tuf-repo-cdn.sigstore.dev", safe="")
_LONGEST_SAID = 160


@dataclass(frozen=True, slots=True)
class Proof:
    """What a log entry proves of a signature whose numbers hold."""

    state: Fact[SignatureState]
    detail: str = ""


class _Log(msgspec.Struct):
    keyId: str  # noqa: N815 - its name in the file


class _Instance(msgspec.Struct):
    logId: _Log  # noqa: N815 - its name in the file


class _Root(msgspec.Struct):
    tlogs: list[_Instance]


class _Anybody:
    """Takes every identity: whom the user trusts is asked afterwards, of the certificate that holds."""

    def verify(self, cert: Certificate) -> None:
        """Accept."""


class TransparencyLogs:
    """The logs that trusted roots name."""

    def __init__(self, roots: Sequence[bytes]) -> None:
        """Take trusted roots as JSON; without any, the public one that the sigstore package brings is used."""
        self._roots = roots
        self._loaded: Fact[list[tuple[frozenset[bytes], Verifier]]] | None = None

    @property
    def version(self) -> str:
        """The version of the sigstore package, and so of the root that it brings; "" where it is not installed."""
        from importlib import metadata  # noqa: PLC0415 - as slow to load as all else of a start

        try:
            return metadata.version("sigstore")
        except metadata.PackageNotFoundError:
            return ""

    def prove(self, signature: CmsSignature, leaf: Certificate, payload: bytes) -> Proof:
        """Judge by its log entry a signature over ``payload`` whose numbers hold for ``leaf``."""
        if len(signature.entries) != 1:
            return Proof(_TOO_MANY if signature.entries else _NO_ENTRY)
        if signature.entries[0].tag != OCTETS:
            return Proof(_OTHER_FORM)
        if self._loaded is None:
            self._loaded = _load(self._roots)
        if isinstance(self._loaded, Missing):
            return Proof(self._loaded)
        try:
            entry = read_entry(signature.entries[0].content)
        except LogEntryError as error:
            return Proof(Known(SignatureState.FALSE_ENTRY), f"a log entry that cannot be read: {error}")
        fitting = [verifier for logs, verifier in self._loaded.value if entry.log in logs]
        return _unfit(entry, signature, leaf) or _asked(fitting, entry, signature, leaf, payload)


def _unfit(entry: LogEntry, signature: CmsSignature, leaf: Certificate) -> Proof | None:
    """Say of an entry why it can prove nothing, whoever wrote it."""
    if not entry.time or not entry.promise:
        return Proof(_NO_TIME)
    if not leaf.not_valid_before_utc.timestamp() <= entry.time <= leaf.not_valid_after_utc.timestamp():
        return Proof(Known(SignatureState.OUT_OF_BOUNDS), "logged outside the time of its certificate")
    if signature.hash != "sha256" or not isinstance(leaf.public_key(), ec.EllipticCurvePublicKey):
        return Proof(_OTHER)
    return None


def _asked(
    fitting: Sequence[Verifier], entry: LogEntry, signature: CmsSignature, leaf: Certificate, payload: bytes
) -> Proof:
    """Ask the verifiers that know the entry's log; one that it satisfies is enough."""
    signed = signature.attributes or payload
    document = bundle(entry, leaf.public_bytes(Encoding.DER), signature.value, signed)
    states = [_verified(verifier, document, signed) for verifier in fitting]
    if Known(SignatureState.VALID) in states:
        return Proof(Known(SignatureState.VALID), f"logged {datetime.fromtimestamp(entry.time, UTC):%Y-%m-%d}")
    return Proof(states[0] if states else _UNKNOWN_LOG)


def _load(given: Sequence[bytes]) -> Fact[list[tuple[frozenset[bytes], Verifier]]]:
    """Build a verifier of each root, with the logs that the root names."""
    from importlib import resources  # noqa: PLC0415 - with the package, for those who meet a log entry

    try:
        from sigstore.errors import Error  # noqa: PLC0415 - a third of a second
        from sigstore.models import TrustedRoot  # noqa: PLC0415
        from sigstore.verify import Verifier  # noqa: PLC0415
    except ImportError:
        return _INSTALL
    try:
        given = given or [(resources.files("sigstore") / "_store" / _PUBLIC / "trusted_root.json").read_bytes()]
        found = []
        for data in given:
            logs = msgspec.json.decode(data, type=_Root).tlogs
            with tempfile.NamedTemporaryFile(suffix=".json") as file:
                file.write(data)
                file.flush()
                verifier = Verifier(trusted_root=TrustedRoot.from_file(file.name))
            found.append((frozenset(base64.b64decode(one.logId.keyId) for one in logs), verifier))
    except (OSError, Error, ValueError, TypeError, UnsupportedAlgorithm) as error:
        return Missing(f"a trusted root cannot be read ({_cut(error)})")
    return Known(found)


def _cut(error: Exception) -> str:
    return " ".join(str(error).split())[:_LONGEST_SAID]


def _verified(verifier: Verifier, document: str, signed: bytes) -> Fact[SignatureState]:
    from sigstore.errors import Error  # noqa: PLC0415 - loaded by now
    from sigstore.models import Bundle  # noqa: PLC0415

    try:
        verifier.verify_artifact(signed, Bundle.from_json(document), _Anybody())
    except (Error, ValueError, LookupError, *_UNREADABLE) as error:
        said = _cut(error)
        known = next((state for words, state in _SAID.items() if said.startswith(words)), None)
        return known or Missing(f"its log entry proves nothing ({said})")
    return Known(SignatureState.VALID)
