from doorward.model.facts import Missing
from doorward.model.findings import Strength
from tests.rules.build import change, line, past, release

OLD = release("0.7.28")
NEW = release("0.7.29")

FIRES = {
    "three lines within the hour": (change(NEW, OLD, line("0.7.28 0.7.27"), burst=("0.8.0", "1.0.0")), Strength.WEAK),
    "a habit of such releases": (
        change(
            NEW,
            OLD,
            [past("0.7.28", 90), past("0.8.9", 90), past("0.9.9", 90), past("0.7.27", 120)],
            burst=("0.8.0", "1.0.0"),
        ),
        Strength.CONTEXT,
    ),
    "the wave of last week is no habit": (
        change(NEW, OLD, [past("0.7.28", 7), past("0.8.9", 7), past("0.9.9", 7)], burst=("0.8.0", "1.0.0")),
        Strength.WEAK,
    ),
}
RESTS = {
    "alone": change(NEW, OLD, line("0.7.28")),
    "two lines": change(NEW, OLD, line("0.7.28"), burst=("0.8.0",)),
    "many versions of one line": change(NEW, OLD, line("0.7.28"), burst=("0.7.30", "0.7.31", "0.7.32")),
    "versions without numbers": change(NEW, OLD, line("0.7.28"), burst=("latest", "nightly")),
}
GAPS = {"no times": (change(NEW, OLD, burst=Missing("the index gives no believable times")), "believable")}
