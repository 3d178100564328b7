from doorward.model.findings import Strength
from tests.rules.repository.made import actor, change, commit

FLOW = change(".github/workflows/publish.yml")

FIRES = {"an author's first": (commit(FLOW, author=actor(touched=frozenset({"build"}))), Strength.CONTEXT)}
RESTS = {
    "not the first": commit(FLOW),
    "no workflow": commit(change("src/main.c"), author=actor(touched=frozenset())),
}
