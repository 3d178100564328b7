"""The keys with which a forge signs what is made on its pages: fetched from the forge, held to pinned fingerprints.

Anyone can write a commit that names the forge as its committer and a signature that claims the forge's key. Only
verifying tells the difference.
"""

from __future__ import annotations

import binascii
import re

from doorward.model.signature import WEB_FLOW_KEYS
from doorward.sources.trust import packets
from doorward.sources.trust.claims import armour_body
from doorward.sources.trust.keyring import Keys

#: Where GitHub publishes its own, and the fingerprints that they are held to.
WEB_FLOW_URL = "https://github.com/web-flow.gpg"
WEB_FLOW_FINGERPRINTS = frozenset(
    {
        "5DE3E0509C47EA3CF04A42D34AEE18F83AFDEB23",
        "968479A1AFF927E37D1A566BB5690EEEBB952194",
    }
)
assert {fingerprint[-16:] for fingerprint in WEB_FLOW_FINGERPRINTS} == WEB_FLOW_KEYS
_BLOCK = re.compile(
    rb"^-----BEGIN PGP PUBLIC KEY BLOCK-----[ \t\r]*$(.*?)^-----END PGP PUBLIC KEY BLOCK-----", re.MULTILINE | re.DOTALL
)


def pinned(data: bytes, fingerprints: frozenset[str]) -> Keys:
    """Return those certificates in ``data``, which is armoured, whose primary key is pinned."""
    found: list[bytes] = []
    for block in _BLOCK.findall(data):
        try:
            parts = list(packets.packets(armour_body(block)))
        except (packets.PacketError, binascii.Error):
            continue
        starts = [at for at, part in enumerate(parts) if part.tag == packets.PUBLIC_KEY]
        for start, end in zip(starts, [*starts[1:], len(parts)], strict=True):
            if _fingerprint(parts[start].body) in fingerprints:
                found.append(b"".join(part.whole for part in parts[start:end]))
    return Keys(tuple(found))


def _fingerprint(body: bytes) -> str:
    """Return the fingerprint of a key of version 4, the only one that is pinned."""
    return packets.digest_hex("sha1", b"\x99" + len(body).to_bytes(2, "big") + body) if len(body) < 1 << 16 else ""
