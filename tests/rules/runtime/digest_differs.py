from doorward.model.activity import Locked
from doorward.model.facts import Known, Missing
from doorward.model.findings import Strength
from doorward.model.release import LockedDigest
from tests.rules.runtime.made import did, fetch

A, B = "a" * 64, "b" * 64


def lock(*digests: LockedDigest, version: str = "1.0.1"):
    return Known((Locked(version, digests),))


SAME, OTHER = LockedDigest("sha256", A), LockedDigest("sha256", B)
FETCHED = fetch(digests=(f"sha256:{A.upper()}",))

FIRES = {
    "not what was demanded": (did(fetch(digests=(f"sha256:{A}",), demanded=(f"sha256:{B}",))), Strength.CONCLUSIVE),
    "other bytes": (did(FETCHED, locked=lock(OTHER)), Strength.CONCLUSIVE),
    "other bytes of the same file": (
        did(FETCHED, locked=lock(LockedDigest("sha256", B, "lib-1.0.1.tar.gz"))),
        Strength.CONCLUSIVE,
    ),
}
RESTS = {
    "the same": did(FETCHED, locked=lock(SAME)),
    "one of several": did(FETCHED, locked=lock(OTHER, SAME)),
    "another algorithm": did(FETCHED, locked=lock(LockedDigest("sha512", "c" * 128))),
    "another file": did(FETCHED, locked=lock(LockedDigest("sha256", B, "lib-1.0.1-py3-none-any.whl"))),
    "another version": did(FETCHED, locked=lock(OTHER, version="1.0.0")),
    "no digest is stated, and none is locked": did(fetch(), locked=lock()),
    "nothing was fetched": did(locked=Missing("no lock file names packages of PyPI")),
}
GAPS = {
    "no digest is stated": (did(fetch(), locked=lock(OTHER)), "the digest of what was fetched is not told"),
    "no lock": (did(FETCHED, locked=Missing("no lock file names packages of PyPI")), "no lock file"),
}
