from doorward.model.findings import Strength
from doorward.model.intelligence import Role
from tests.rules.intel import NO_FEED, about, digest, gap

FIRES = {
    "the lock declares it": (about(digest(Role.PACKAGE, "declared", where="the lock file")), Strength.CONCLUSIVE),
    "the bytes have it": (about(digest(Role.PACKAGE, "artifact")), Strength.CONCLUSIVE),
    "a malware repository has the whole file": (
        about(
            digest(Role.FILE, "artifact", note="Family", confidence=90, tlp="amber", valid_until="2027-01-01T00:00:00Z")
        ),
        Strength.CONCLUSIVE,
    ),
    "several digests of several files": (
        about(*(digest(Role.PACKAGE, "artifact", where=f"lib-{n}.whl") for n in range(9))),
        Strength.CONCLUSIVE,
    ),
}
RESTS = {
    "nothing was met": about(),
    "a file inside": about(digest(Role.FILE, "member")),
    "only evidence": about(digest(Role.EVIDENCE, "artifact")),
    "only a report": about(digest(Role.REPORT, "declared")),
}
GAPS = {
    "no feed is imported": (NO_FEED, "no feed is imported"),
    "no digest is known": (about(gap("hashes", "no digest of the release is known")), "no digest"),
}
