from doorward.model.facts import Known, Missing
from doorward.model.findings import Strength
from doorward.model.history import Habit
from tests.rules.repository.made import request

FIRES = {
    "no approval": (request(approvals=Known(())), Strength.WEAK),
    "approved by its author": (request(approvals=Known(("mallory",)), merger=Missing("not told")), Strength.WEAK),
}
RESTS = {
    "approved": request(),
    "review is no habit here": request(approvals=Known(()), usually_approved=Known(Habit(8, 10))),
}
GAPS = {"the forge does not answer": (request(approvals=Missing("no token")), "no token")}
