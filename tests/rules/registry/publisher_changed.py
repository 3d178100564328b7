from dataclasses import replace

from doorward.model.findings import Strength
from doorward.model.registry import Identity
from tests.rules.build import ALICE, BOB, STRIPPED, TOKEN, WORKFLOW, change, line, past, release

OLD = release("1.4.0")
SIX = "1.4.0 1.3.0 1.2.0 1.1.1 1.1.0 1.0.0"
BY_ALICE = line(SIX)
BY_WORKFLOW = line(SIX, publisher=WORKFLOW)
MOVED = Identity("workflow", "github:example/lib/publish.yml")
ELSEWHERE = Identity("workflow", "github:somebody/fork/release.yml")


def by(identity, version="1.4.1"):
    return release(version, publisher=identity)


FIRES = {
    "another person": (change(by(BOB), OLD, BY_ALICE), Strength.WEAK),
    "a person beside a workflow": (change(by(ALICE), OLD, BY_WORKFLOW), Strength.WEAK),
    "a token beside a workflow": (change(by(TOKEN), OLD, BY_WORKFLOW), Strength.WEAK),
    "a person who published before the workflow did": (
        change(by(ALICE), OLD, (*BY_WORKFLOW, past("0.9.0", 400))),
        Strength.WEAK,
    ),
    "a workflow of another repository": (change(by(ELSEWHERE), OLD, BY_WORKFLOW), Strength.WEAK),
    "a pre-release by another does not break the habit": (
        change(by(BOB), OLD, (past("1.4.1rc1", 3, publisher=BOB), *BY_ALICE)),
        Strength.WEAK,
    ),
}
RESTS = {
    "the same person": change(by(ALICE), OLD, BY_ALICE),
    "a first release": change(by(BOB)),
    "four releases are no habit": change(by(BOB), OLD, line("1.4.0 1.3.0 1.2.0 1.1.0")),
    "an older line with a publisher of its own": change(
        by(BOB, "1.4.1"), OLD, (*line("2.4.0 2.3.0 2.2.0 2.1.0 2.0.0", line=False), *line("1.4.0 1.3.0", publisher=BOB))
    ),
    "two maintainers who take turns": change(by(BOB), OLD, (*BY_ALICE, past("0.9.0", 300, publisher=BOB))),
    "no one publisher": change(
        by(BOB), OLD, (replace(BY_ALICE[0], publisher=Identity("person", "carol")), *BY_ALICE[1:])
    ),
    "the workflow's file was renamed": change(by(MOVED), OLD, BY_WORKFLOW),
    "a person's releases moved to a workflow of a known account": change(by(None), OLD, BY_ALICE),
}
GAPS = {
    "the index does not tell": (change(by(STRIPPED), OLD, BY_ALICE), "removes it"),
    "nor of an earlier release": (
        change(by(BOB), OLD, (replace(BY_ALICE[0], publisher=None), *BY_ALICE[1:])),
        "who published 1.4.0",
    ),
}
