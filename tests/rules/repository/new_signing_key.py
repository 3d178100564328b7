from doorward.model.facts import Known
from doorward.model.findings import Strength
from tests.rules.repository.made import FULL, UNKNOWN, commit, signature

NEW = {"signatures": (signature(FULL, UNKNOWN),), "new_keys": frozenset({FULL[-16:]})}

FIRES = {"a key never seen": (commit(**NEW), Strength.WEAK)}
RESTS = {
    "a key that signed before": commit(signatures=(signature(),)),
    "a keyring decides": commit(**NEW, keyring=Known(2)),
    "unsigned": commit(),
}
