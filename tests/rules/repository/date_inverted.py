from doorward.model.findings import Strength
from tests.rules.repository.made import DAY, TIME, commit

FIRES = {"two days": (commit(author_time=TIME + 2 * DAY), Strength.WEAK)}
RESTS = {
    "a day to the second": commit(author_time=TIME + DAY),
    "as usual": commit(author_time=TIME - 30 * DAY),
}
GAPS = {
    "no valid author date": (commit(author_time=None), "not valid"),
    "no valid commit date": (commit(commit_time=None), "not valid"),
}
