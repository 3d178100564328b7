from doorward.model.activity import Learned
from doorward.model.facts import Known, Missing
from doorward.model.findings import Strength
from tests.rules.runtime.made import contact, did

OTHER = Known(Learned("1.0.0", "1.0.0", upgraded=True, endpoints=("db.example:5432",)))
QUIET = Known(Learned("0.9", "1.0.0", upgraded=True))
SAME = Known(Learned("1.0.0", "1.0.1", upgraded=False))

FIRES = {
    "after an upgrade": (did(contact("test"), learned=OTHER), Strength.STRONG),
    "of a package that reached nothing": (did(contact("build", outcome="refused"), learned=QUIET), Strength.STRONG),
}
RESTS = {
    "the version is known": did(contact("test"), learned=SAME),
    "the endpoint is known": did(contact("test", outcome="allowed"), learned=OTHER),
    "nothing was learned of it": did(contact("test")),
    "nothing was reached": did(learned=OTHER),
}
GAPS = {"the baseline": (did(contact(), learned=Missing("it cannot be read")), "it cannot be read")}
