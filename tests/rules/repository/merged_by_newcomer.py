from doorward.model.facts import Known, Missing
from doorward.model.findings import Strength
from tests.rules.repository.made import DAY, YEAR, request

FIRES = {
    "for the first time": (request(merger_tenure=Known(None)), Strength.WEAK),
    "for eleven months": (request(merger_tenure=Known(YEAR - DAY)), Strength.WEAK),
}
RESTS = {"for years": request()}
GAPS = {
    "the merger is not told": (request(merger=Missing("no token")), "no token"),
    "how long is not told": (request(merger_tenure=Missing("no history")), "no history"),
}
