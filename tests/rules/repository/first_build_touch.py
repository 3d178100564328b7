from doorward.model.findings import Strength
from tests.rules.repository.made import actor, change, commit, newcomer

MAKE = change("Makefile.am")
FRESH = actor(touched=frozenset())

FIRES = {
    "an author's first": (commit(MAKE, author=FRESH), Strength.CONTEXT),
    "a newcomer's, taken in by another": (commit(MAKE, author=newcomer()), Strength.CONTEXT),
    "a newcomer's very first, by their own hand": (commit(MAKE, hand=newcomer()), Strength.WEAK),
    "a newcomer's, on a branch": (commit(MAKE, hand=newcomer(), on_chain=False), Strength.CONTEXT),
    "a newcomer's, on the forge": (commit(MAKE, hand=newcomer(), web_flow=True), Strength.CONTEXT),
}
RESTS = {
    "not the first": commit(MAKE),
    "no build file": commit(change("src/main.c"), author=FRESH),
}
