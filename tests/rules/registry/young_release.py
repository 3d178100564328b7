from datetime import timedelta

from doorward.model.findings import Strength
from tests.rules.build import ALICE, BOB, NOW, STRIPPED, change, line, release

EARLIER = line("1.4.0 1.3.0 1.2.0 1.1.0 1.0.0")
ATTESTED = line("1.4.0 1.3.0 1.2.0 1.1.0 1.0.0", provenance=True)
OLD = release("1.4.0")


def young(**facts):
    return release("1.4.1", published=NOW - timedelta(hours=5), **facts)


FIRES = {
    "five hours old": (change(young(), OLD, EARLIER), Strength.CONTEXT),
    "a young first release": (change(young()), Strength.CONTEXT),
    "young, and its provenance is gone": (change(young(), OLD, ATTESTED), Strength.WEAK),
    "young, by another publisher": (change(young(publisher=BOB), OLD, EARLIER), Strength.WEAK),
    "young, and who published is not told": (
        change(young(publisher=STRIPPED, provenance=STRIPPED), OLD, EARLIER),
        Strength.CONTEXT,
    ),
    "only another line had provenance": (
        change(young(), OLD, line("2.4.0 2.3.0 2.2.0 2.1.0 2.0.0", provenance=True, line=False)),
        Strength.CONTEXT,
    ),
    "a longer cooldown": (change(release("1.4.1"), OLD, EARLIER, cooldown=timedelta(days=14)), Strength.CONTEXT),
}
RESTS = {
    "exactly as old as the cooldown": change(release("1.4.1", published=NOW - timedelta(days=3)), OLD, EARLIER),
    "old, by another publisher": change(release("1.4.1", publisher=BOB), OLD, EARLIER),
    "no cooldown": change(young(publisher=ALICE), OLD, EARLIER, cooldown=timedelta(0)),
}
GAPS = {"no upload time": (change(release("1.4.1", published=STRIPPED), OLD, EARLIER), "removes it")}
