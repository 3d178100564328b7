from doorward.model.findings import Strength
from tests.rules.repository.made import FORGE, FULL, OTHER, UNKNOWN, actor, commit, signature

SIGNER = actor(signatures=10, keys=(FULL[-16:],))

FIRES = {
    "another key": (commit(hand=SIGNER, signatures=(signature(OTHER),)), Strength.WEAK),
    "another key, only claimed": (commit(hand=SIGNER, signatures=(signature(OTHER, UNKNOWN),)), Strength.WEAK),
}
RESTS = {
    "the same key": commit(hand=SIGNER, signatures=(signature(),)),
    "both keys": commit(hand=SIGNER, signatures=(signature(), signature(OTHER))),
    "too few signatures": commit(hand=actor(signatures=9, keys=(FULL[-16:],)), signatures=(signature(OTHER),)),
    "unsigned": commit(hand=SIGNER),
    "the forge's key": commit(hand=SIGNER, signatures=(signature(FORGE),)),
    "on the forge": commit(hand=SIGNER, signatures=(signature(OTHER),), web_flow=True),
}
