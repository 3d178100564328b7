from doorward.model.facts import Known, Missing
from doorward.model.findings import Strength
from tests.rules.repository.made import OTHER, UNKNOWN, signature, tag

NEW = {"signatures": (signature(OTHER, UNKNOWN),), "new_keys": frozenset({OTHER[-16:]})}

FIRES = {
    "a key that is only claimed": (tag(**NEW), Strength.STRONG),
    "the least habit": (tag(**NEW | {"earlier": 3, "earlier_signed": 3}), Strength.STRONG),
    "a release robot": (tag(**NEW | {"tagger": None}), Strength.STRONG),
    "an announced change": (tag(**NEW | {"announced": Known("KEYS@" + "c" * 40)}), Strength.WEAK),
    "a trusted key": (tag(**NEW | {"signatures": (signature(OTHER, trusted=True),)}), Strength.CONTEXT),
    "a trusted key that is only claimed": (
        tag(**NEW | {"signatures": (signature(OTHER, UNKNOWN, trusted=True),)}),
        Strength.STRONG,
    ),
    "nobody could look for an announcement": (tag(**NEW | {"announced": Missing("no contents")}), Strength.STRONG),
}
RESTS = {
    "the same key": tag(),
    "too few tags": tag(**NEW | {"earlier": 2, "earlier_signed": 2}),
    "too few signed ones": tag(**NEW | {"earlier": 9, "earlier_signed": 2}),
    "unsigned": tag(signatures=()),
}
