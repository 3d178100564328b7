from doorward.model.findings import Strength
from tests.rules.build import STRIPPED, change, past, release

NEW, OLD = release("1.0.1"), release("1.0.0")

FIRES = {
    "two years of silence": (change(NEW, OLD, [past("1.0.0", 730), past("0.9.0", 760)]), Strength.CONTEXT),
    "some earlier times are not told": (
        change(NEW, OLD, [past("1.0.0", 400), past("0.9.0", published=None)]),
        Strength.CONTEXT,
    ),
}
RESTS = {
    "a first release": change(NEW),
    "exactly a year": change(NEW, OLD, [past("1.0.0", 365)]),
    "this line slept, another did not": change(NEW, OLD, [past("2.4.0", 20, line=False), past("1.0.0", 900)]),
}
GAPS = {
    "no upload time": (change(release("1.0.1", published=STRIPPED), OLD, [past("1.0.0", 730)]), "removes it"),
    "no times of earlier releases": (change(NEW, OLD, [past("1.0.0", published=None)]), "earlier releases"),
}
