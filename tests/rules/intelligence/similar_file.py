from dataclasses import replace

from doorward.model.findings import Strength
from doorward.model.intelligence import Role
from tests.rules.intel import NO_FEED, about, digest, gap, met

ALIKE = replace(met("tlsh", "0A" * 35, Role.EVIDENCE, "similar", "lib.whl/lib/a.py", note="evil/a.py"), distance=12)

FIRES = {
    "a file much like one of a malicious package": (about(ALIKE), Strength.WEAK),
    "many of them": (about(*(replace(ALIKE, where=f"lib.whl/lib/{n}.py") for n in range(30))), Strength.WEAK),
}
RESTS = {
    "nothing is alike": about(),
    "the very same file": about(digest(Role.EVIDENCE, "member")),
}
GAPS = {
    "no feed is imported": (NO_FEED, "no feed is imported"),
    "too many are named": (about(gap("similar", "files are compared with 50,000 of them")), "50,000"),
}
