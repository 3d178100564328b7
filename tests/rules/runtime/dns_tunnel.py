import hashlib

from doorward.model.findings import Strength
from tests.rules.runtime.made import did, query

DATA = hashlib.sha256(b"inert").hexdigest()

FIRES = {
    "one long name": (did(query(f"{DATA}.tunnel.invalid", kind="TXT")), Strength.STRONG),
    "cut into labels": (did(query(f"{DATA[:30]}.{DATA[30:60]}.tunnel.invalid")), Strength.STRONG),
    "many names": (did(*(query(f"n{n}.tunnel.invalid") for n in range(40))), Strength.STRONG),
    "in a build": (did(query(f"{DATA}.tunnel.invalid", "build")), Strength.STRONG),
}
RESTS = {
    "nothing": did(),
    "a name": did(query("db.corp.example")),
    "a hashed name of a cloud": did(query("d111111abcdef8.cdn.example")),
    "long, but text": did(query("a" * 60 + ".example.invalid")),
    "some hosts of one domain": did(*(query(f"h{n}.example.invalid") for n in range(8))),
    "while packages are resolved": did(query(f"{DATA}.tunnel.invalid", "resolve")),
    "the name of an address": did(*(query(f"{n}.2.0.192.in-addr.arpa") for n in range(40))),
}
