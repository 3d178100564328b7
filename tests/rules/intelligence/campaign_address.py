from doorward.model.findings import Strength
from doorward.model.intelligence import Role
from tests.rules.intel import NO_FEED, about, endpoint, gap

FIRES = {
    "a bare address": (about(endpoint("ip", "9.9.9.9", port=8080)), Strength.WEAK),
    "a shared service": (about(endpoint("domain", "paste.ee")), Strength.WEAK),
    "a shared service, as URL": (about(endpoint("url", "https://paste.ee/")), Strength.WEAK),
    "a report in prose": (about(endpoint("domain", "evil.invalid", Role.REPORT)), Strength.WEAK),
}
RESTS = {
    "nothing was met": about(),
    "a domain of its own": about(endpoint("domain", "evil.invalid"), endpoint("url", "https://paste.ee/r/abc")),
}
GAPS = {
    "no feed is imported": (NO_FEED, "no feed is imported"),
    "no feed of hosts": (about(gap("hosts", "no imported feed names hosts", required=False)), "names hosts"),
}
