from doorward.model.findings import Strength
from doorward.model.run import Endpoint
from tests.rules.runtime.made import NO_FILTER, contact, did

HIDDEN = {"endpoint": Endpoint("unreadable"), "host": "", "readable": False}

FIRES = {
    "in a test": (did(contact("test", **HIDDEN)), Strength.STRONG),
    "refused": (did(contact(**HIDDEN, outcome="refused", count=3)), Strength.STRONG),
}
RESTS = {"readable": did(contact()), "nothing": did()}
GAPS = {"no filter": (did(kernel=NO_FILTER), "no filter")}
