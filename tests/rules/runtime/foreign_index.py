from doorward.model.findings import Strength
from tests.rules.runtime.made import did, fetch

FIRES = {"elsewhere": (did(fetch("https://evil.invalid/lib-1.0.1.tar.gz", index=False)), Strength.STRONG)}
RESTS = {"a configured index": did(fetch()), "nothing was fetched": did()}
