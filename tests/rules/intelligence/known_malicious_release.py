from doorward.model.advisories import Kind
from doorward.model.findings import Strength
from doorward.model.intelligence import Role
from tests.rules.intel import NO_FEED, about, digest, gap, says, sibling

MANY = tuple(says(Kind.MALICIOUS, f"MAL-2026-{n}") for n in range(9))

FIRES = {
    "its version is listed": (about(says(Kind.MALICIOUS)), Strength.CONCLUSIVE),
    "every version is named": (about(says(Kind.MALICIOUS, by="every version", summary="")), Strength.CONCLUSIVE),
    "beside a question that stays open": (
        about(says(Kind.MALICIOUS), says(Kind.VULNERABILITY, "CVE-2026-1")),
        Strength.CONCLUSIVE,
    ),
    "many records": (about(*MANY), Strength.CONCLUSIVE),
}
RESTS = {
    "nothing is known of it": about(),
    "it is only vulnerable": about(says(Kind.VULNERABILITY, "CVE-2026-1")),
    "it is only suspected": about(says(Kind.SUSPECTED, "pypi/c/x")),
    "another version was malicious": about(sibling("1.0.0")),
    "a digest alone": about(digest(Role.PACKAGE, "artifact")),
    "another question stays open": about(gap("hosts", "no imported feed names hosts", required=False)),
}
GAPS = {
    "no feed is imported": (NO_FEED, "no feed is imported"),
    "no feed for the ecosystem": (
        about(gap("malicious", "no imported feed lists malicious packages of npm", required=False)),
        "no imported feed",
    ),
    "the feed is too old": (about(gap("malicious", "the feed osv.zip is 9 days old")), "9 days old"),
    "a range that cannot be compared": (about(gap("malicious", "MAL-1: 'x' is not a version of PyPI")), "MAL-1"),
}
