from dataclasses import replace

from doorward.model.findings import Strength
from tests.rules.build import ALICE, STRIPPED, WORKFLOW, change, line, past, release

OLD = release("1.4.0", provenance=True)
ATTESTED = line("1.4.0 1.3.0 1.2.0 1.1.1 1.1.0", provenance=True)
NEWEST = line("7.5.2 7.5.1 7.5.0 7.4.0 7.3.0", provenance=True, line=False)


def bare(version="1.4.1", publisher=ALICE, provenance=False):
    return release(version, publisher=publisher, provenance=provenance)


FIRES = {
    "the line had it": (change(bare(), OLD, ATTESTED), Strength.STRONG),
    "it began with the fifth release before": (
        change(bare(), OLD, (*ATTESTED, past("1.0.0", 400, provenance=False))),
        Strength.STRONG,
    ),
    "a pre-release without it broke no habit": (
        change(bare(), OLD, (past("1.4.1rc1", 2, provenance=False), *ATTESTED)),
        Strength.STRONG,
    ),
    "the order is that of publication": (
        change(bare("1.3.9"), OLD, (*ATTESTED, past("1.0.9", 500, provenance=False))),
        Strength.STRONG,
    ),
    "only other lines have it": (
        change(bare("5.7.2"), release("5.7.1"), (*NEWEST, *line("5.7.1 5.7.0 5.6.1 5.6.0 5.5.0"))),
        Strength.CONTEXT,
    ),
    "the first release of a new line": (change(bare("2.0.0"), OLD, NEWEST), Strength.CONTEXT),
}
RESTS = {
    "it has provenance": change(bare(provenance=True), OLD, ATTESTED),
    "nobody ever had it": change(bare(), OLD, line("1.4.0 1.3.0 1.2.0 1.1.0 1.0.0")),
    "a first release": change(bare()),
    "four releases are no habit": change(bare(), OLD, ATTESTED[:4]),
    "one of the last five had none": change(
        bare(), OLD, (ATTESTED[0], replace(ATTESTED[1], provenance=False), *ATTESTED[2:])
    ),
}
GAPS = {
    "a mirror strips it": (change(bare(provenance=STRIPPED), OLD, ATTESTED), "removes it"),
    "it is not told of an earlier release": (
        change(bare(), OLD, (replace(ATTESTED[0], provenance=None), *ATTESTED[1:])),
        "whether 1.4.0",
    ),
    "a workflow published it without a statement": (change(bare(publisher=WORKFLOW), OLD, ATTESTED), "a workflow"),
}
