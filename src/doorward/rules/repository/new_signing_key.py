"""Signed by a key never seen here

What it catches
---------------
A commit signed by a key that signed no earlier commit of this repository, where no
trusted keyring is known for it. The forge's own keys do not count.

Why it matters
--------------
It stands in for repository/unrecognised-key where nobody keeps a keyring: the keys that
signed before are the keyring, learned by first use and trusted by nobody.

What to do
----------
Nothing, if it stands alone. For a repository that matters to you, keep a keyring and
let it decide.

False alarms
------------
0 to 4.6 in 1,000 commits of nine histories: every contributor who signs appears once.
An issuer that was not verified can be forged, and the evidence says that it is only
claimed.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import Missing
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import Commit
from doorward.rules.repository._words import claimed, made

RULE = Rule(
    subject=Commit,
    detection="DS0021",
    family=Family.CONTRIBUTION,
    strength=Strength.WEAK,
    severity=Severity.LOW,
    same_cause=("repository/dormant-return",),
    advice="keep a keyring for this repository, if it matters to you.",
)


def check(commit: Commit) -> Iterator[Hit | Gap]:
    """Look for keys that never signed here."""
    if not commit.new_keys or not isinstance(commit.keyring, Missing):
        return
    new = [check for check in commit.signatures if check.claim.key in commit.new_keys]
    yield Hit(
        "The commit is signed by a key that never signed one here.",
        (*(Evidence("key", claimed(check), baseline="never seen before") for check in new[:4]), made(commit)),
    )
