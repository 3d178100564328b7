from doorward.model.findings import Strength
from tests.rules.runtime.made import did, listener

FIRES = {
    "every address": (did(listener("0.0.0.0")), Strength.WEAK),
    "every address, IPv6": (did(listener("::")), Strength.WEAK),
    "one address": (did(listener("192.0.2.9")), Strength.WEAK),
}
RESTS = {
    "loopback": did(listener("127.0.0.1")),
    "a probe for IPv6": did(listener("::1", 0)),
    "nothing": did(),
}
