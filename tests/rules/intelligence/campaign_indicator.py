from doorward.model.findings import Strength
from doorward.model.intelligence import Role
from tests.rules.intel import NO_FEED, about, endpoint, gap

FIRES = {
    "a domain of its own": (about(endpoint("domain", "evil.invalid")), Strength.STRONG),
    "a URL": (about(endpoint("url", "http://evil.invalid/stage2")), Strength.STRONG),
    "a whole URL on a shared service": (about(endpoint("url", "https://paste.ee/r/abc")), Strength.STRONG),
    "somebody's own place on a shared service": (about(endpoint("domain", "evil.trycloudflare.com")), Strength.STRONG),
}
RESTS = {
    "nothing was met": about(),
    "a bare address": about(endpoint("ip", "9.9.9.9")),
    "a shared service": about(endpoint("domain", "paste.ee"), endpoint("url", "https://www.paste.ee/")),
    "a report in prose": about(endpoint("domain", "evil.invalid", Role.REPORT)),
}
GAPS = {
    "no feed is imported": (NO_FEED, "no feed is imported"),
    "no feed of hosts": (about(gap("hosts", "no imported feed names hosts", required=False)), "names hosts"),
}
