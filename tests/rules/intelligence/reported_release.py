from doorward.model.advisories import Kind
from doorward.model.findings import Strength
from tests.rules.intel import NO_FEED, about, says

FIRES = {"a report names it": (about(says(Kind.REPORTED, "report.md:PyPI/lib")), Strength.WEAK)}
RESTS = {
    "nothing is known of it": about(),
    "a list has it, which another rule tells": about(says(Kind.MALICIOUS)),
}
GAPS = {"no feed is imported": (NO_FEED, "no feed is imported")}
