from doorward.model.findings import Strength
from doorward.model.intelligence import Role
from tests.rules.intel import NO_FEED, about, digest, endpoint, gap

FIRES = {
    "a file inside a malicious package": (about(digest(Role.EVIDENCE, "member")), Strength.WEAK),
    "a digest in a report": (
        about(digest(Role.REPORT, "artifact", note="The dropper is a wheel.")),
        Strength.WEAK,
    ),
}
RESTS = {
    "nothing was met": about(),
    "a malware repository's file": about(digest(Role.FILE, "member")),
    "an address in a report": about(endpoint("domain", "evil.invalid", Role.REPORT)),
}
GAPS = {
    "no feed is imported": (NO_FEED, "no feed is imported"),
    "the feed is too old": (about(gap("hashes", "the feed list.txt is 9 days old")), "9 days old"),
}
