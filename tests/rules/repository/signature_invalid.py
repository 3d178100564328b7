from doorward.model.facts import Missing
from doorward.model.findings import Strength
from doorward.model.signature import SignatureState
from tests.rules.repository.made import DAY, FULL, TIME, UNKNOWN, commit, signature, tag


def signed(state, **more):
    return commit(signatures=(signature(FULL, state, **more),))


FIRES = {
    "wrong numbers": (signed(SignatureState.BAD), Strength.CONCLUSIVE),
    "wrong numbers on a tag": (tag(signatures=(signature(FULL, SignatureState.BAD),)), Strength.CONCLUSIVE),
    "a compromised key": (signed(SignatureState.COMPROMISED), Strength.STRONG),
    "before its key existed": (signed(SignatureState.BEFORE_KEY), Strength.STRONG),
    "outside what is allowed": (signed(SignatureState.OUT_OF_BOUNDS, detail="made for 'file'"), Strength.STRONG),
    "a log entry of another signature": (signed(SignatureState.FALSE_ENTRY), Strength.STRONG),
    "a weak digest": (signed(SignatureState.TOO_WEAK, hash="sha1"), Strength.WEAK),
    "a superseded key": (signed(SignatureState.SUPERSEDED), Strength.WEAK),
    "a key that may not sign": (signed(SignatureState.NOT_FOR_SIGNING), Strength.WEAK),
    "no signature at all": (signed(SignatureState.MALFORMED, algorithm="", hash="", created=None), Strength.WEAK),
    "older than its parent": (signed(SignatureState.VALID, created=TIME - 3 * DAY), Strength.STRONG),
    "the second of two": (
        commit(signatures=(signature(), signature("B" * 40, SignatureState.BAD))),
        Strength.CONCLUSIVE,
    ),
}
RESTS = {
    "unsigned": commit(),
    "valid": commit(signatures=(signature(),)),
    "expired since": signed(SignatureState.EXPIRED_SINCE),
    "a few hours older than its parent": signed(SignatureState.VALID, created=TIME - DAY - 3_600),
    "a root has no parent": commit(signatures=(signature(FULL, created=0),), base_time=None),
}
GAPS = {
    "a key that is not at hand": (commit(signatures=(signature(FULL, UNKNOWN),)), "not available"),
    "no verifier": (tag(signatures=(signature(FULL, Missing("install doorward[signing]")),)), "install"),
}
