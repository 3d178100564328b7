from datetime import timedelta

from doorward.model.facts import Known, Missing
from doorward.model.findings import Strength
from doorward.model.happenings import MemberAdded
from tests.rules.repository.made import NOW


def added(**more) -> MemberAdded:
    values = {"repository": "git+https://git.example/x", "account": "mallory", "by": "alice", "observed_at": NOW}
    return MemberAdded(**values | {"time": NOW - timedelta(days=1), "known": Known(value=False)} | more)


FIRES = {
    "a stranger": (added(), Strength.WEAK),
    "whether they are known is not told": (added(known=Missing("shallow")), Strength.WEAK),
}
RESTS = {"who committed here before": added(known=Known(value=True))}
