"""Judge the signatures of commits and tags: each by itself, each parsed and classified before it is verified.

Without the extra ``signing`` nothing is verified and every verdict is ``Missing``. What signatures claim is read all
the same, so that the continuity of keys still shows.
"""

from __future__ import annotations

from collections.abc import Callable

from doorward.model.facts import Fact, Known, Missing
from doorward.model.signature import SignatureCheck, SignatureClaim, SignatureState, SignedObject
from doorward.sources.trust.allowed_signers import AllowedSigner
from doorward.sources.trust.cms import parse_cms
from doorward.sources.trust.keyring import Keys
from doorward.sources.trust.sshcert import SshCertificate
from doorward.sources.trust.sshsig import SshSignature, parse
from doorward.sources.trust.sshwire import SshError, fingerprint

try:
    from doorward.sources.trust import openpgp, ssh, transparency, x509
except ImportError:  # the extra is not installed; doorward goes on without verification, and says so
    HAVE_SIGNING = False
else:
    HAVE_SIGNING = True

NOT_INSTALLED = Missing("install doorward[signing]")
_NO_KEYRING = Missing("no trusted keyring is known for this repository")
_UNREADABLE = Missing("no key of the trusted keyring can be read")
_NAMESPACE = "git"


class Verifier:
    """Verifies with the keys that the user trusts for a repository, and with others that are merely at hand."""

    def __init__(
        self, trusted: Keys, at_hand: Keys | None = None, forge: Callable[[], Fact[Keys]] | None = None
    ) -> None:
        """Read the keys. What of them cannot be read stands in :attr:`problems`.

        ``forge`` is asked for the forge's own keys when its first signature comes and they are not at hand.
        """
        at_hand = Keys() if at_hand is None else at_hand
        self._forge = forge
        self.problems: list[str] = [*trusted.problems, *at_hand.problems]
        self._digest = f"2:{trusted.digest}:{at_hand.digest}"
        self._signers: dict[bytes, list[tuple[AllowedSigner, bool]]] = {}
        for keys, is_trusted in ((trusted, True), (at_hand, False)):
            for signer in keys.signers:
                self._signers.setdefault(signer.key, []).append((signer, is_trusted))
        self._names = trusted.names
        self._keyring: Fact[int] = NOT_INSTALLED
        if HAVE_SIGNING:
            self._logs = transparency.TransparencyLogs(trusted.trusted_roots)
            self._ring, self._roots = openpgp.PgpRing(), x509.X509Roots(self._logs)
            for data in trusted.roots:
                self.problems += self._roots.add(data)
            count = self._add(trusted, trusted=True) + len(trusted.signers) + len(trusted.names) + len(self._roots)
            self._add(at_hand, trusted=False)
            self._keyring = Known(count) if count else _UNREADABLE if trusted else _NO_KEYRING

    @property
    def digest(self) -> str:
        """A name for the keys and for how they are used, under which a verdict can be stored."""
        return f"{self._digest}:{self._logs.version if HAVE_SIGNING else NOT_INSTALLED.reason}"

    @property
    def keyring(self) -> Fact[int]:
        """Number of trusted certificates and signers; ``Missing`` where the user trusts none for this repository."""
        return self._keyring

    def _add(self, keys: Keys, *, trusted: bool) -> int:
        before = len(self._ring)
        for data in keys.certificates:
            self.problems += self._ring.add(data, trusted=trusted)
        return len(self._ring) - before

    def check(self, claims: tuple[SignatureClaim, ...], signed: SignedObject | None) -> tuple[SignatureCheck, ...]:
        """Judge every signature of one commit or tag, in their order."""
        if signed is None:
            return tuple(SignatureCheck(claim, Missing("signs another form of the object")) for claim in claims)
        return tuple(self._judge(claim, data, signed) for claim, data in zip(claims, signed.signatures, strict=True))

    def _judge(self, claim: SignatureClaim, data: bytes, signed: SignedObject) -> SignatureCheck:
        if claim.problem:
            return SignatureCheck(claim, Known(SignatureState.MALFORMED), detail=claim.problem)
        if not HAVE_SIGNING:
            return SignatureCheck(claim, NOT_INSTALLED)
        if claim.kind == "x509":
            return self._x509(claim, data, signed)
        if claim.kind == "ssh":
            return self._ssh(claim, parse(data), signed)
        if claim.web_flow and self._forge and not self._ring.find(claim):
            self._fetch_forge(self._forge)
        state = self._ring.verify(claim, data, signed.payload)
        certificates = self._ring.find(claim)
        trusted, holder = openpgp.holders(certificates)
        listed = (trusted or claim.issuer in self._names) and not claim.web_flow
        # Anyone can write the name of a key: it counts where the key itself was the one to verify with.
        # A weak digest is told without a key.
        proven = isinstance(state, Known) and bool(certificates)
        return SignatureCheck(claim, state, listed and proven, holder, claims_trusted=listed and not proven)

    def _x509(self, claim: SignatureClaim, data: bytes, signed: SignedObject) -> SignatureCheck:
        """Judge by roots. A public root vouches for everybody: where identities are listed, only these are trusted.

        A log's proof rests on the public root, unless another is given, so it makes nobody trusted who is not listed.
        """
        told = self._roots.verify(parse_cms(data[1:])[data[0]], signed.payload, signed.time)
        listed = {tuple(name.split(" ", 1)) for name in self._names if "@" in name or "://" in name}
        known = any((name,) in listed or (name, told.issuer) in listed for name in told.identities)
        good = isinstance(told.state, Known) and told.state.value.good
        detail = ", ".join(filter(None, (told.detail, told.issuer and f"vouched for by {told.issuer}")))
        trusted = good and (known or (told.rooted and not listed))
        return SignatureCheck(claim, told.state, trusted, ", ".join(told.identities), detail)

    def _fetch_forge(self, forge: Callable[[], Fact[Keys]]) -> None:
        """Ask once for the forge's keys."""
        self._forge = None
        keys = forge()
        if isinstance(keys, Missing):
            self.problems.append(f"what the forge signed is believed unverified: its keys are missing ({keys.reason})")
        else:
            self._add(keys.value, trusted=False)

    def _ssh(self, claim: SignatureClaim, signature: SshSignature, signed: SignedObject) -> SignatureCheck:
        """Match the key with the allowed signers, then compute: always possible, for the signature holds the key."""
        if signature.certificate and claim.issuer not in self._names and not self._signers.get(signature.key):
            return self._certified(claim, signature, signature.certificate, signed)
        entries = list(self._signers.get(signature.key, ()))
        if claim.issuer in self._names:
            entries.append((AllowedSigner("", signature.key), True))
        trusted = any(is_trusted for _, is_trusted in entries)
        holder = entries[0][0].principals if entries else ""
        namespace = signature.namespace.decode("utf-8", "backslashreplace")
        detail = "" if namespace == _NAMESPACE else f"made for {namespace!r}, not for git"
        try:
            if not ssh.verify(signature, signed.payload):
                return SignatureCheck(claim, Known(SignatureState.BAD), trusted, holder)
        except SshError as error:
            return SignatureCheck(claim, Missing(str(error)), holder=holder, claims_trusted=trusted)
        state: Fact[SignatureState] = Missing(f"the key {claim.issuer} is not among the allowed signers")
        if ssh.is_weak(signature.key):
            state = Known(SignatureState.TOO_WEAK)
        elif detail or (entries and not any(signer.allows(_NAMESPACE, signed.time) for signer, _ in entries)):
            state = Known(SignatureState.OUT_OF_BOUNDS)
        elif entries:
            state = Known(SignatureState.VALID)
        return SignatureCheck(claim, state, trusted, holder, detail)

    def _certified(
        self, claim: SignatureClaim, signature: SshSignature, certificate: SshCertificate, signed: SignedObject
    ) -> SignatureCheck:
        """Judge a signature by a key that an authority vouches for, which the allowed signers name in its place."""
        found = self._signers.get(certificate.authority, ())
        entries = [(signer, trusted) for signer, trusted in found if signer.authority]
        holder, detail = ", ".join(certificate.principals), ""
        try:
            if not ssh.verify(signature, signed.payload):
                return SignatureCheck(claim, Known(SignatureState.BAD), holder=holder)
            if not ssh.is_certified(certificate):
                detail = "the authority that its certificate names did not sign it"
                return SignatureCheck(claim, Known(SignatureState.BAD), holder=holder, detail=detail)
            weak = ssh.is_weak(signature.key) or ssh.is_weak(certificate.authority)
        except SshError as error:
            return SignatureCheck(claim, Missing(str(error)), holder=holder)
        if not entries:
            name = fingerprint(certificate.authority)
            reason = f"the authority {name} of its certificate is not among the allowed signers"
            return SignatureCheck(claim, Missing(reason), holder=holder)
        refusals = [self._refusal(signer, signature, certificate, signed.time) for signer, _ in entries]
        state = SignatureState.TOO_WEAK if weak else SignatureState.VALID
        if all(refusals):
            state, detail = SignatureState.OUT_OF_BOUNDS, refusals[0]
        trusted = any(is_trusted for (_, is_trusted), why in zip(entries, refusals, strict=True) if not why)
        return SignatureCheck(claim, Known(state), trusted, holder, detail)

    @staticmethod
    def _refusal(signer: AllowedSigner, signature: SshSignature, certificate: SshCertificate, time: int | None) -> str:
        """Return why an authority's entry does not allow a signature; "" where it does."""
        namespace = signature.namespace.decode("utf-8", "backslashreplace")
        if namespace != _NAMESPACE:
            return f"made for {namespace!r}, not for git"
        if not signer.permits(_NAMESPACE, time):
            return "its authority is not allowed at that time or for git"
        return certificate.refusal(signer.principals, time)
