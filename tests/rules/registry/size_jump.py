from math import log

from doorward.model.facts import Missing
from doorward.model.findings import Strength
from tests.rules.build import change, growth, release

NEW, OLD = release("1.0.1"), release("1.0.0")

FIRES = {
    "far above the habit": (change(NEW, OLD, size=growth(log(8), 41.0)), Strength.CONTEXT),
    "above +50 % where there is no habit yet": (change(NEW, OLD, size=growth(log(1.6), None)), Strength.CONTEXT),
    "one release to compare with": (change(NEW, OLD, size=growth(log(3), None, usual=())), Strength.CONTEXT),
}
RESTS = {
    "a first release": change(NEW),
    "as usual": change(NEW, OLD, size=growth(0.01, 0.1)),
    "doubled, by a package that grows in such steps": change(NEW, OLD, size=growth(log(2), 1.5)),
    "+40 % where there is no habit yet": change(NEW, OLD, size=growth(log(1.4), None)),
    "far smaller": change(NEW, OLD, size=growth(-log(8), -41.0)),
}
GAPS = {"no sizes": (change(NEW, OLD, size=Missing("no artifact of the same kind")), "same kind")}
