from doorward.model.findings import Strength
from tests.rules.runtime.made import contact, did

SERVICE = {"address": "168.63.129.16", "port": 80, "host": ""}

FIRES = {
    "in a test": (did(contact("test", **SERVICE)), Strength.STRONG),
    "in a run": (did(contact("run", **SERVICE)), Strength.STRONG),
}
RESTS = {
    "declared": did(contact("test", **SERVICE, outcome="allowed")),
    "in the build, which has a rule": did(contact(**SERVICE)),
    "another address": did(contact("test")),
}
