from doorward.model.findings import Strength
from tests.rules.repository.made import actor, commit, signature

SIGNER = actor(signed_run=10)

FIRES = {"unsigned": (commit(hand=SIGNER), Strength.WEAK)}
RESTS = {
    "signed": commit(hand=SIGNER, signatures=(signature(),)),
    "a merge": commit(hand=SIGNER, parents=("1" * 40, "2" * 40)),
    "on the forge": commit(hand=SIGNER, web_flow=True),
    "not always signed": commit(hand=actor(signed_run=9)),
}
