from doorward.model.findings import Strength
from tests.rules.runtime.made import contact, did, nobody_did

SERVICE = {"address": "169.254.169.254", "port": 80, "host": ""}

FIRES = {
    "in the build": (did(contact(**SERVICE)), Strength.CONCLUSIVE),
    "in the installation, refused": (did(contact("install", **SERVICE, outcome="refused")), Strength.CONCLUSIVE),
    "while packages are resolved, IPv6": (
        nobody_did(contact("resolve", address="fd00:ec2::254")),
        Strength.CONCLUSIVE,
    ),
}
RESTS = {
    "another address": did(contact(address="169.254.1.1")),
    "in a test, which has a rule": did(contact("test", **SERVICE)),
    "declared": did(contact("resolve", **SERVICE, outcome="allowed")),
}
