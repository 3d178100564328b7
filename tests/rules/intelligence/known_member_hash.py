from doorward.model.facts import Known
from doorward.model.findings import Strength
from doorward.model.intelligence import Intelligence, Role
from tests.rules.build import change, unread
from tests.rules.intel import NO_FEED, about, digest, gap

FIRES = {
    "a file inside": (about(digest(Role.FILE, "member", where="lib-py3-none-any.whl/lib/x.so")), Strength.STRONG),
    "an archive inside that was a release": (about(digest(Role.PACKAGE, "member")), Strength.STRONG),
}
RESTS = {
    "nothing was met": about(),
    "the whole file": about(digest(Role.FILE, "artifact")),
    "a file that is only evidence": about(digest(Role.EVIDENCE, "member")),
}
GAPS = {
    "no feed is imported": (NO_FEED, "no feed is imported"),
    "the artifact cannot be read": (
        change(unread("1.0.1"), intelligence=Known(Intelligence("b"))),
        "damaged",
    ),
    "the feed is too old": (about(gap("hashes", "the feed list.txt is 9 days old")), "9 days old"),
}
