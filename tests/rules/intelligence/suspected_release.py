from doorward.model.advisories import Kind
from doorward.model.findings import Strength
from tests.rules.intel import NO_FEED, about, says

FIRES = {"an analyst suspects it": (about(says(Kind.SUSPECTED, "pypi/2026-05-odd/lib")), Strength.STRONG)}
RESTS = {
    "nothing is known of it": about(),
    "it is malicious, which is another rule's": about(says(Kind.MALICIOUS)),
    "it is spam": about(says(Kind.UNWANTED, "pypi/2026-05-spam/lib")),
}
GAPS = {"no feed is imported": (NO_FEED, "no feed is imported")}
