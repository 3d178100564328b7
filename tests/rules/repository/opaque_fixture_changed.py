from doorward.model.findings import Strength
from tests.rules.repository.made import YEAR, actor, change, commit, newcomer

FILE = change("tests/files/good-large_compressed.lzma")

FIRES = {
    "by an old hand": (commit(FILE), Strength.WEAK),
    "by someone of fourteen months": (commit(FILE, hand=actor(tenure=YEAR + 60)), Strength.STRONG),
    "by someone without a history": (commit(FILE, hand=newcomer()), Strength.STRONG),
    "by someone of the first year of a young project": (
        commit(FILE, hand=actor(tenure=YEAR, founder=True)),
        Strength.WEAK,
    ),
    "a picture among tests": (commit(change("spec/logo.png")), Strength.WEAK),
    "one of many files": (commit(FILE, *(change(f"src/{n}.c") for n in range(30))), Strength.WEAK),
    "five of them": (commit(*(change(f"tests/{n}.xz") for n in range(5))), Strength.WEAK),
    "added only": (commit(change("tests/new.xz", "A"), hand=newcomer()), Strength.CONTEXT),
}
RESTS = {
    "a picture elsewhere": commit(change("docs/logo.png")),
    "a text among tests": commit(change("tests/test_it.py")),
    "removed": commit(change("tests/old.xz", "D")),
}
