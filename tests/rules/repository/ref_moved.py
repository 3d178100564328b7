from doorward.model.facts import Known, Missing
from doorward.model.findings import Strength
from tests.rules.repository.made import move

MAIN = "refs/heads/main"
REWRITTEN = {"default_branch": True, "descends": Known(value=False)}

FIRES = {
    "a release tag with another commit": (move(), Strength.STRONG),
    "to a commit that is on no branch": (move(on_branch=Known(value=False)), Strength.STRONG),
    "whether it is on a branch is not known": (move(on_branch=Missing("gone")), Strength.STRONG),
    "a release tag is gone": (move(new=""), Strength.WEAK),
    "a tag of a line": (move("refs/tags/latest"), Strength.WEAK),
    "made anew for the same commit": (move(new_commit="2" * 40), Strength.WEAK),
    "one that floats": (move("refs/tags/v4", earlier_moves=2), Strength.CONTEXT),
    "a release tag that floats": (move(earlier_moves=2), Strength.CONTEXT),
    "the default branch was rewritten": (move(MAIN, **REWRITTEN), Strength.STRONG),
    "the default branch is gone": (move(MAIN, "", default_branch=True), Strength.STRONG),
}
RESTS = {"the default branch went on": move(MAIN, default_branch=True)}
GAPS = {
    "the first look": (move(MAIN, default_branch=True, old=Missing("this is the first look")), "first look"),
    "whether it went on is not known": (move(MAIN, default_branch=True, descends=Missing("shallow")), "shallow"),
}
