from doorward.model.advisories import Kind
from doorward.model.findings import Strength
from tests.rules.build import past
from tests.rules.intel import NO_FEED, about, says, sibling

FIRES = {
    "the version before": (about(sibling("1.0.0"), history=(past("1.0.0", 12),)), Strength.CONTEXT),
    "a version of which no time is known": (about(sibling("0.9")), Strength.CONTEXT),
    "many versions": (about(*(sibling(f"0.{n}") for n in range(20))), Strength.CONTEXT),
}
RESTS = {
    "nothing is known of it": about(),
    "it is malicious itself": about(says(Kind.MALICIOUS), sibling("1.0.0")),
}
GAPS = {"no feed is imported": (NO_FEED, "no feed is imported")}
