from doorward.model.findings import Strength
from tests.rules.runtime.made import NOBODY, contact, did, nobody_did

FIRES = {
    "in the build": (did(contact(index=True)), Strength.WEAK),
    "in a test": (did(contact("test", index=True)), Strength.WEAK),
}
RESTS = {
    "while packages are resolved": did(contact("resolve", index=True)),
    "declared": did(contact(index=True, outcome="allowed")),
    "the user's own code": nobody_did(contact("test", index=True, attribution=NOBODY)),
    "another host": did(contact()),
}
