from dataclasses import replace

from doorward.model.findings import Strength
from tests.rules.runtime.made import LIB, NOBODY, contact, did, nobody_did

PIP = replace(LIB, package="urllib3", chain=("urllib3 2.5.0", "pip 25.0"))
AGENT = replace(
    LIB, ecosystem="npm", package="agent", where="/usr/lib/node_modules/npm/node_modules/agent/x.js:3", chain=()
)

FIRES = {
    "in a test": (did(contact("test")), Strength.STRONG),
    "in a run, refused": (did(contact("run", outcome="refused")), Strength.STRONG),
    "the user's own code": (nobody_did(contact("test", attribution=NOBODY)), Strength.STRONG),
    "a package manager": (did(contact("resolve", attribution=PIP)), Strength.WEAK),
    "a package that npm brings": (did(contact("resolve", attribution=AGENT)), Strength.WEAK),
    "a package manager without a language": (nobody_did(contact("resolve", attribution=NOBODY)), Strength.WEAK),
    "a library while packages are resolved": (did(contact("resolve")), Strength.STRONG),
}
RESTS = {
    "nothing": did(),
    "declared": did(contact("test", outcome="allowed")),
    "loopback": did(contact("test", address="127.0.0.1", outbound=False)),
    "an index": did(contact("test", index=True)),
    "in the build": did(contact()),
    "an index while packages are resolved": did(contact("resolve", index=True)),
}
