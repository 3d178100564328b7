from doorward.model.facts import Known
from doorward.model.findings import Strength
from doorward.model.intelligence import Indicator, IndicatorMatch, Provenance, Role
from tests.rules.runtime.made import contact, did


def match(value: str = "api.invalid", **more: object) -> IndicatorMatch:
    indicator = Indicator("domain", value, Role.CAMPAIGN, **more)  # type: ignore[arg-type]
    return IndicatorMatch(indicator, Provenance("a feed", "R-1"), "endpoint", value)


FIRES = {
    "a domain": (did(contact(), indicators=Known((match(note="a family"),))), Strength.STRONG),
    "many": (did(contact(), indicators=Known(tuple(match(f"h{n}.invalid") for n in range(9)))), Strength.STRONG),
}
RESTS = {
    "none is known": did(contact(), indicators=Known(())),
    "taken back": did(contact(), indicators=Known((match(retracted=True),))),
}
GAPS = {"no feed": (did(contact()), "no feed is imported")}
