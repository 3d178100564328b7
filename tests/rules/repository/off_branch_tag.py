from doorward.model.facts import Known, Missing
from doorward.model.findings import Strength
from tests.rules.repository.made import tag

OFF = {"off_branch": Known(value=True)}

FIRES = {
    "for the first time": (tag(**OFF), Strength.WEAK),
    "as some before": (tag(**OFF, earlier_off_branch=True), Strength.CONTEXT),
    "one of the first tags": (tag(**OFF, earlier=2), Strength.CONTEXT),
}
RESTS = {"on a branch": tag()}
GAPS = {"the branches are not known": (tag(off_branch=Missing("shallow clone")), "shallow clone")}
