from doorward.model.findings import Strength
from tests.rules.intel import NO_FEED, about, old_feed

FIRES = {"a feed of last month": (about(stale=[old_feed(31)]), Strength.CONTEXT)}
RESTS = {"all feeds are young": about()}
GAPS = {"no feed is imported": (NO_FEED, "no feed is imported")}
