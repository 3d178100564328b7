from doorward.model.findings import Strength
from tests.rules.repository.made import commit, newcomer

FIRES = {"a stranger's commit": (commit(author=newcomer()), Strength.CONTEXT)}
RESTS = {
    "a known author": commit(),
    "a new committer is another rule's": commit(hand=newcomer(), author=commit().author),
}
