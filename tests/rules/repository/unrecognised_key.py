from doorward.model.facts import Known, Missing
from doorward.model.findings import Strength
from tests.rules.repository.made import FORGE, FULL, UNKNOWN, commit, signature, tag

RING = Known(3)

FIRES = {
    "a commit": (commit(signatures=(signature(FULL, UNKNOWN),), keyring=RING), Strength.STRONG),
    "a tag": (tag(signatures=(signature(FULL, UNKNOWN),), keyring=RING), Strength.STRONG),
    "a key at hand that is not trusted": (commit(signatures=(signature(),), keyring=RING), Strength.STRONG),
    "a proven identity that is not listed": (
        commit(signatures=(signature("", kind="x509", holder="bob@example.org"),), keyring=RING),
        Strength.STRONG,
    ),
    "one of two": (commit(signatures=(signature(trusted=True), signature("B" * 40)), keyring=RING), Strength.STRONG),
}
RESTS = {
    "a trusted key": commit(signatures=(signature(trusted=True),), keyring=RING),
    "the forge's key": commit(signatures=(signature(FORGE, UNKNOWN),), keyring=RING),
    "unsigned": commit(keyring=RING),
    "unsigned, without a keyring": commit(),
}
GAPS = {
    "no keyring": (commit(signatures=(signature(),)), "no trusted keyring"),
    "a signature that names no key": (commit(signatures=(signature("", kind="x509"),), keyring=RING), "names no key"),
    "a key of the keyring that is only claimed": (
        commit(signatures=(signature(FULL, UNKNOWN, claims_trusted=True),), keyring=RING),
        "nothing proves it: the key is not available",
    ),
    "a certificate without a proof": (
        commit(signatures=(signature("", Missing("no log entry"), kind="x509"),), keyring=RING),
        "no log entry",
    ),
}
