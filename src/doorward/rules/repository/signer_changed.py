"""A person signs with another key than before

What it catches
---------------
A commit by a person with at least ten signatures by keys of their own, signed with a
key that they never used. The forge's own signatures are not theirs and do not count.

Why it matters
--------------
Whoever stole an account or a session, but not the signing key, has to sign with another
one to look right.

What to do
----------
Ask the person whether the new key is theirs, over a channel that does not depend on the
account.

False alarms
------------
5 in 123,550 commits of nine histories. A new laptop is the usual reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import Commit
from doorward.rules.registry._words import count
from doorward.rules.repository._words import claimed, made

RULE = Rule(
    subject=Commit,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    same_cause=("repository/dormant-return",),
    advice="ask the person, over another channel, whether the new key is theirs.",
)

#: Own signatures that make a habit.
_SIGNATURES = 10


def check(commit: Commit) -> Iterator[Hit | Gap]:
    """Compare the keys of a commit with those of its committer."""
    hand = commit.hand
    if commit.web_flow or not commit.signatures or hand.signatures < _SIGNATURES:
        return
    own = [check for check in commit.signatures if check.claim.key and not check.claim.web_flow]
    other = [check for check in own if check.claim.key not in hand.keys]
    if other and len(other) == len(own):
        used = f"{count(hand.signatures, 'signature')} by {', '.join(hand.keys[-3:])}"
        yield Hit(
            "The committer signed with a key that they never used here.",
            (*(Evidence("key", claimed(check), baseline=used) for check in other[:3]), made(commit)),
        )
