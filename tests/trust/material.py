"""Signatures made once by GnuPG 2.2 and OpenSSH 9.2 over one payload, and a security key made of software.

``vectors.json`` holds what these programs wrote: certificates, detached signatures, SSH keys. ``pubring.kbx`` is the key
box that GnuPG kept of the same certificates. The names of the entries say how each differs from a plain good one.
"""

import base64
import hashlib
import json
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from doorward.model.signature import SignatureCheck
from doorward.sources.trust.allowed_signers import AllowedSigner, parse_allowed_signers
from doorward.sources.trust.claims import signed_object
from doorward.sources.trust.keyring import Keys
from doorward.sources.trust.verifier import Verifier

HERE = Path(__file__).parent
VECTORS = json.loads((HERE / "vectors.json").read_text())
PAYLOAD = VECTORS["payload"].encode()
#: The payload's committer date.
TIME = 1_600_000_000


def certificates(*names: str) -> Keys:
    """The keyring of some certificates; of all without a name."""
    chosen = names or tuple(VECTORS["certificates"])
    return Keys(tuple(VECTORS["certificates"][name].encode() for name in chosen))


def signers(text: str) -> Keys:
    """The keyring of an allowed-signers file."""
    entries = list(parse_allowed_signers(text))
    assert all(isinstance(entry, AllowedSigner) for entry in entries), entries
    return Keys(signers=tuple(entry for entry in entries if isinstance(entry, AllowedSigner)))


def check(armour: str, keys: Keys, *, payload: bytes = PAYLOAD, time: int | None = TIME) -> list[SignatureCheck]:
    """Judge every signature in an armour."""
    return list(Verifier(keys).check(*signed_object(payload, armour.encode(), time)))


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def mpint(number: int) -> bytes:
    return string(number.to_bytes(number.bit_length() // 8 + 1, "big"))


def ssh_armour(blob: bytes) -> str:
    text = base64.b64encode(blob).decode()
    lines = "\n".join(text[at : at + 70] for at in range(0, len(text), 70))
    return f"-----BEGIN SSH SIGNATURE-----\n{lines}\n-----END SSH SIGNATURE-----\n"


def security_key(kind: str, payload: bytes = PAYLOAD) -> tuple[str, str]:
    """Sign as a FIDO token would: return the public key's line and the armour."""
    application = b"ssh:"
    if kind == "sk-ssh-ed25519@openssh.com":
        secret = ed25519.Ed25519PrivateKey.generate()
        public = string(secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    else:
        elliptic = ec.generate_private_key(ec.SECP256R1())
        point = elliptic.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        public = string(b"nistp256") + string(point)
    key = string(kind.encode()) + public + string(application)
    message = b"".join(map(string, (b"git", b"", b"sha512", hashlib.sha512(payload).digest())))
    flags = b"\x01" + (7).to_bytes(4, "big")
    data = hashlib.sha256(application).digest() + flags + hashlib.sha256(b"SSHSIG" + message).digest()
    if kind == "sk-ssh-ed25519@openssh.com":
        raw = secret.sign(data)
    else:
        r, s = decode_dss_signature(elliptic.sign(data, ec.ECDSA(hashes.SHA256())))
        raw = mpint(r) + mpint(s)
    signature = string(kind.encode()) + string(raw) + flags
    parts = (key, b"git", b"", b"sha512", signature)
    blob = b"SSHSIG" + (1).to_bytes(4, "big") + b"".join(map(string, parts))
    return f"{kind} {base64.b64encode(key).decode()}", ssh_armour(blob)
