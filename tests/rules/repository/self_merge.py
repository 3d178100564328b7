from doorward.model.facts import Known, Missing
from doorward.model.findings import Strength
from doorward.model.history import Habit
from tests.rules.repository.made import request

OWN = Known("mallory")

FIRES = {"against the habit": (request(merger=OWN), Strength.WEAK)}
RESTS = {
    "by somebody else": request(),
    "as usual here": request(merger=OWN, usually_by_other=Known(Habit(8, 10))),
}
GAPS = {"the merger is not told": (request(merger=Missing("no token")), "no token")}
