from doorward.model.findings import Strength
from tests.rules.repository.made import actor, commit

MOVED = actor(new_address=True, email="alice@elsewhere.example", commits=20)

FIRES = {
    "the author": (commit(author=MOVED), Strength.WEAK),
    "the committer": (commit(hand=MOVED), Strength.WEAK),
}
RESTS = {
    "the known address": commit(),
    "hardly known": commit(author=actor(new_address=True, commits=19)),
}
