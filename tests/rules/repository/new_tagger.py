from doorward.model.findings import Strength
from tests.rules.repository.made import newcomer, tag

FIRES = {
    "a stranger": (tag(tagger=newcomer(), tagger_known=False), Strength.WEAK),
    "a known author who never tagged": (tag(tagger_known=False), Strength.WEAK),
}
RESTS = {
    "the usual tagger": tag(),
    "too few tags": tag(tagger_known=False, earlier=2),
    "a lightweight tag names no tagger": tag(tagger=None),
}
