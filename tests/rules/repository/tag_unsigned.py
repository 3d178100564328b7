from doorward.model.findings import Strength
from tests.rules.repository.made import tag

FIRES = {
    "after five signed ones": (tag(signatures=(), signed_run=5), Strength.WEAK),
    "a lightweight one": (tag(signatures=(), tagger=None), Strength.WEAK),
}
RESTS = {
    "signed": tag(),
    "the last ones were not all signed": tag(signatures=(), signed_run=4),
}
