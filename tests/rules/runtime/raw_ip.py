from doorward.model.findings import Strength
from tests.rules.runtime.made import NO_FILTER, NOBODY, contact, did, nobody_did

FIRES = {
    "by its address": (did(contact(host="")), Strength.STRONG),
    "while packages are resolved": (did(contact("resolve", host="")), Strength.STRONG),
    "a datagram": (did(contact("test", host="", protocol="udp", call="sendto")), Strength.STRONG),
    "a UDP socket that is connected": (did(contact("test", host="", protocol="udp")), Strength.WEAK),
    "the user's own code": (nobody_did(contact("run", host="", attribution=NOBODY)), Strength.STRONG),
}
RESTS = {
    "by its name": did(contact()),
    "a declared address": did(contact(host="", outcome="allowed")),
    "loopback": did(contact(host="", address="127.0.0.1", outbound=False)),
    "an index by its address": did(contact("resolve", host="", index=True)),
    "a name server": did(contact(host="", port=53, protocol="udp", name_server=True)),
    "the metadata service, which has a rule": did(contact(host="", address="169.254.169.254")),
}
GAPS = {"names are unseen": (did(contact(host=""), names=NO_FILTER), "no filter")}
