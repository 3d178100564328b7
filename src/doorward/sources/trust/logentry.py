"""An entry of Sigstore's transparency log, as gitsign keeps it in a signature, and the bundle that a verifier wants.

The entry is a message of Protocol Buffers, ``TransparencyLogEntry`` of Sigstore's protobuf-specs, without the body that
was logged. That is written anew from the signature that brings it, so an entry of another signature never fits.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TypeVar

from doorward.records import dataclass

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WIDTHS = {_FIXED64: 8, _FIXED32: 4}
_LONGEST_VARINT, _LAST_GROUP, _LARGEST = 10, 0x80, (1 << 63) - 1
#: Hashes of one proof: a tree of 2^64 leaves needs no more.
_MOST_HASHES = 64
_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"

_Field = int | bytes
_Message = dict[int, list[_Field]]
_T = TypeVar("_T", int, bytes)


class LogEntryError(ValueError):
    """The bytes are no such entry."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """What an entry says, unverified."""

    #: The log by the digest of its key, and the entry's place in it.
    log: bytes
    index: int
    #: The form of the body that was logged: "hashedrekord", "0.0.1".
    kind: str
    version: str
    #: Seconds since 1970 by the log's clock; 0 where it tells none.
    time: int
    #: The log's signature over body and time; b"" where there is none.
    promise: bytes
    #: The path in a tree of ``tree_size`` leaves, up to its root, and what the log signed of that tree.
    proof_index: int
    tree_size: int
    root: bytes
    hashes: tuple[bytes, ...]
    checkpoint: str


def read_entry(data: bytes) -> LogEntry:
    """Read an entry; raise :class:`LogEntryError` where the bytes are none."""
    entry = _message(data)
    log, kind, promise, proof = (_message(_one(entry, field, b"")) for field in (2, 3, 5, 6))
    hashes = proof.get(4, [])
    if len(hashes) > _MOST_HASHES:
        raise LogEntryError("a proof of too many hashes")
    return LogEntry(
        log=_one(log, 1, b""),
        index=_one(entry, 1, 0),
        kind=_text(_one(kind, 1, b"")),
        version=_text(_one(kind, 2, b"")),
        time=_one(entry, 4, 0),
        promise=_one(promise, 1, b""),
        proof_index=_one(proof, 1, 0),
        tree_size=_one(proof, 3, 0),
        root=_one(proof, 2, b""),
        hashes=tuple(one for one in hashes if isinstance(one, bytes)),
        checkpoint=_text(_one(_message(_one(proof, 5, b"")), 1, b"")),
    )


def bundle(entry: LogEntry, certificate: bytes, signature: bytes, signed: bytes) -> str:
    """Return Sigstore's bundle (version 0.3, JSON) of one signature over ``signed``, with the entry that it brings.

    ``certificate`` is in DER. The entry's body is the one that logs exactly this signature.
    """
    digest = hashlib.sha256(signed)
    proof = {
        "logIndex": str(entry.proof_index),
        "rootHash": _b64(entry.root),
        "treeSize": str(entry.tree_size),
        "hashes": [_b64(one) for one in entry.hashes],
        "checkpoint": {"envelope": entry.checkpoint},
    }
    logged = {
        "logIndex": str(entry.index),
        "logId": {"keyId": _b64(entry.log)},
        "kindVersion": {"kind": entry.kind, "version": entry.version},
        "integratedTime": str(entry.time),
        "inclusionPromise": {"signedEntryTimestamp": _b64(entry.promise)},
        "inclusionProof": proof,
        "canonicalizedBody": _b64(_body(certificate, signature, digest.hexdigest())),
    }
    document = {
        "mediaType": _BUNDLE,
        "verificationMaterial": {"certificate": {"rawBytes": _b64(certificate)}, "tlogEntries": [logged]},
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": _b64(digest.digest())},
            "signature": _b64(signature),
        },
    }
    return json.dumps(document)


def _body(certificate: bytes, signature: bytes, digest: str) -> bytes:
    """Return what Rekor logs of a signature (hashedrekord 0.0.1), in the canonical JSON of RFC 8785."""
    lines = base64.b64encode(certificate).decode()
    wrapped = "".join(f"{lines[at : at + 64]}\n" for at in range(0, len(lines), 64))
    pem = f"-----BEGIN CERTIFICATE-----\n{wrapped}-----END CERTIFICATE-----\n"
    spec = {
        "data": {"hash": {"algorithm": "sha256", "value": digest}},
        "signature": {"content": _b64(signature), "publicKey": {"content": _b64(pem.encode())}},
    }
    record = {"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": spec}
    return json.dumps(record, separators=(",", ":"), sort_keys=True).encode()


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise LogEntryError("text that is no UTF-8") from None


def _one(message: _Message, field: int, default: _T) -> _T:
    """Return the one value of a field; raise :class:`LogEntryError` where there are several, or one of another type."""
    values = message.get(field, [default])
    if len(values) != 1 or not isinstance(value := values[0], type(default)):
        raise LogEntryError(f"field {field} is there twice, or of another type")
    return value


def _message(data: bytes) -> _Message:
    """Take a message apart: the values of each field by its number."""
    found: _Message = {}
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        value: _Field
        if key & 7 == _VARINT:
            value, at = _varint(data, at)
        else:
            size, at = _varint(data, at) if key & 7 == _BYTES else (_WIDTHS.get(key & 7, len(data)), at)
            value, at = data[at : at + size], at + size
        if at > len(data):
            raise LogEntryError("a message that ends too early")
        found.setdefault(key >> 3, []).append(value)
    return found


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number and where it ends."""
    value = 0
    for place, byte in enumerate(data[at : at + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * place
        if byte < _LAST_GROUP:
            if value > _LARGEST:
                raise LogEntryError("a number below zero")
            return value, at + place + 1
    raise LogEntryError("a number without an end")
