from doorward.model.findings import Strength
from tests.rules.runtime.made import NO_FILTER, did, neighbour

FIRES = {
    "ptrace": (did(neighbour("ptrace")), Strength.STRONG),
    "several": (did(*(neighbour(call) for call in ("pidfd_getfd", "process_vm_readv"))), Strength.STRONG),
}
RESTS = {"nothing": did()}
GAPS = {"no filter": (did(kernel=NO_FILTER), "no filter")}
