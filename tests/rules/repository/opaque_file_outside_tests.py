from doorward.model.findings import Strength
from tests.rules.repository.made import change, commit

FIRES = {
    "an archive among the sources": (commit(change("src/data.tar.gz", "A")), Strength.WEAK),
    "an object was replaced": (commit(change("lib/helper.o"), change("lib/helper.c")), Strength.WEAK),
}
RESTS = {
    "a picture": commit(change("docs/logo.png", "A")),
    "a fixture": commit(change("tests/data.tar.gz", "A")),
    "removed": commit(change("src/data.tar.gz", "D")),
}
