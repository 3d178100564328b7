from doorward.model.findings import Strength
from tests.rules.runtime.made import NO_FILTER, did, evasion, nobody_did

FIRES = {
    **{
        kind: (did(evasion(kind)), Strength.STRONG)
        for kind in ("x32", "int80", "nested-listener", "raw-socket", "packet-socket", "vsock", "sctp")
    },
    "the user's own raw socket": (nobody_did(evasion("raw-socket")), Strength.STRONG),
    "a guard inside the guard": (nobody_did(evasion("nested-listener", detail="/usr/bin/python")), Strength.WEAK),
    "io_uring": (did(evasion("io-uring", count=4)), Strength.CONTEXT),
    "io_uring and x32": (did(evasion("io-uring"), evasion("x32")), Strength.STRONG),
}
RESTS = {"nothing": did()}
GAPS = {"no filter": (did(kernel=NO_FILTER), "no filter")}
