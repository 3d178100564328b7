from doorward.model.findings import Strength
from tests.rules.repository.made import actor, commit, newcomer

TWIN = newcomer("Аlice Example", resembles="Alice Example")

FIRES = {
    "an author": (commit(author=TWIN), Strength.STRONG),
    "a committer": (commit(hand=TWIN), Strength.STRONG),
}
RESTS = {
    "a stranger": commit(author=newcomer()),
    "a known person": commit(),
    "the twin is known by now": commit(author=actor("Аlice Example")),
}
