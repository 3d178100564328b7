from doorward.model.findings import Strength
from tests.rules.repository.made import YEAR, actor, change, commit, newcomer, tag

YOUNG = actor(tenure=YEAR - 1)

FIRES = {
    "a release by someone of eleven months": (tag(tagger=YOUNG), Strength.WEAK),
    "a release by a stranger": (tag(tagger=newcomer()), Strength.WEAK),
    "the security policy": (commit(change("SECURITY.md"), hand=YOUNG), Strength.WEAK),
    "the sandbox": (commit(change("src/xz/sandbox.c"), hand=YOUNG), Strength.WEAK),
    "release scripts": (commit(change("tools/make-release.sh"), hand=newcomer()), Strength.WEAK),
}
RESTS = {
    "an old hand": tag(),
    "a tag that is no release": tag("latest", release=False, tagger=YOUNG),
    "the first releases of a project": tag(earlier=2, tagger=YOUNG),
    "someone of the first year": tag(tagger=actor(tenure=100, founder=True)),
    "release notes": commit(change("docs/release-notes.md"), hand=YOUNG),
    "other files": commit(change("src/main.c"), hand=YOUNG),
    "the sandbox, by an old hand": commit(change("src/xz/sandbox.c")),
}
