from doorward.model.activity import Locked
from doorward.model.facts import Known, Missing
from doorward.model.findings import Strength
from tests.rules.runtime.made import did, fetch

NONE = Known(())
THIS = Known((Locked("1.0.0"), Locked("1.0.1", where="uv.lock:12")))

FIRES = {
    "not in the lock": (did(fetch(), locked=NONE), Strength.STRONG),
    "another version": (did(fetch(), locked=Known((Locked("1.0.0", where="uv.lock:12"),))), Strength.STRONG),
    "what a build fetches for itself": (did(fetch(package="setuptools"), locked=NONE), Strength.WEAK),
    "into an isolated build": (did(fetch(build=True), locked=NONE), Strength.WEAK),
    "another version of a build tool": (
        did(fetch(package="setuptools"), locked=Known((Locked("1.0.0"),))),
        Strength.STRONG,
    ),
}
RESTS = {"locked": did(fetch(), locked=THIS), "nothing was fetched": did(locked=NONE)}
GAPS = {"no lock": (did(fetch(), locked=Missing("no lock file names packages of PyPI")), "no lock file")}
