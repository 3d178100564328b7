from doorward.model.findings import Strength
from tests.rules.runtime.made import NOBODY, contact, did, nobody_did

FIRES = {
    "in a test": (did(contact("test")), Strength.STRONG),
    "in a run, refused": (did(contact("run", outcome="refused")), Strength.STRONG),
    "the user's own code": (nobody_did(contact("test", attribution=NOBODY)), Strength.STRONG),
}
RESTS = {
    "nothing": did(),
    "declared": did(contact("test", outcome="allowed")),
    "loopback": did(contact("test", address="127.0.0.1", outbound=False)),
    "an index": did(contact("test", index=True)),
    "in the build": did(contact()),
}
