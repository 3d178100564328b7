from dataclasses import replace

from doorward.model.findings import Strength
from tests.rules.runtime.made import LIB, NO_FILTER, contact, did

UNEXPLAINED = replace(LIB, unexplained=True, native=("/site-packages/lib/_native.so",))
ANONYMOUS = replace(LIB, anonymous_code=True)

FIRES = {
    "past the interpreter": (did(contact("test", attribution=UNEXPLAINED)), Strength.STRONG),
    "from memory without a file": (did(contact("build", attribution=ANONYMOUS)), Strength.STRONG),
}
RESTS = {
    "explained": did(contact()),
    "a declared database": did(contact("test", attribution=UNEXPLAINED, outcome="allowed")),
    "loopback": did(contact("test", attribution=UNEXPLAINED, outbound=False)),
}
GAPS = {"no filter": (did(contact(), kernel=NO_FILTER), "no filter")}
