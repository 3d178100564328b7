from math import log

from doorward.model.facts import Missing
from doorward.model.findings import Strength
from tests.rules.build import STRIPPED, change, growth, line, past, release

NEW, OLD = release("1.0.1"), release("1.0.0")
HUGE = growth(log(40), 60.0)
STEADY = line("1.0.0 0.9.0 0.8.0")

FIRES = {
    "after two years of silence": (change(NEW, OLD, [past("1.0.0", 730)], size=HUGE), Strength.WEAK),
    "in a burst of lines": (change(NEW, OLD, STEADY, size=HUGE, burst=("0.9.9", "2.0.5")), Strength.WEAK),
    "with a version out of order": (
        change(release("1.0.44"), OLD, line("1.0.0 0.9.0 0.8.0"), size=HUGE),
        Strength.WEAK,
    ),
    "one odd moment is enough, where another is not known": (
        change(NEW, OLD, [past("1.0.0", 730)], size=HUGE, burst=Missing("no believable times")),
        Strength.WEAK,
    ),
}
RESTS = {
    "a first release": change(NEW),
    "large, at a usual moment": change(NEW, OLD, STEADY, size=HUGE),
    "at an odd moment, but not extreme": change(NEW, OLD, [past("1.0.0", 730)], size=growth(log(2), 6.0)),
    "large without a habit of size": change(NEW, OLD, [past("1.0.0", 730)], size=growth(log(40), None)),
    "of usual size, and no times at all": change(
        release("1.0.1", published=STRIPPED), OLD, STEADY, size=growth(0.0, 0.0), burst=Missing("no believable times")
    ),
}
GAPS = {
    "large, and the moment is not known": (
        change(release("1.0.1", published=STRIPPED), OLD, STEADY, size=HUGE, burst=Missing("no believable times")),
        "removes it",
    ),
    "no sizes": (change(NEW, OLD, size=Missing("no artifact of the same kind")), "same kind"),
}
