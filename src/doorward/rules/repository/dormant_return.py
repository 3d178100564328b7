"""A committer is back after a year, and unlike before

What it catches
---------------
A committer who had been silent for more than 365 days. By itself that is context. It is
weak with one of these beside it, and strong with two:

- a UTC offset more than 75 minutes from each that they used in at least 20 commits;
- a trailer such as `Signed-off-by` that they never wrote in at least 20 commits;
- no signature, after ten signed commits in a row;
- an author date more than a day after the commit date.

Why it matters
--------------
Commits were pushed to the server of a large language runtime under the names of two of
its maintainers. One of them had been silent for 522 days and never used that offset in
134 commits. An account that sleeps is a good one to steal: its owner does not look.

What to do
----------
Ask the person, over a channel that is not the repository, whether the commit is theirs.

False alarms
------------
Alone 0 to 5.0 in 1,000 commits, so it is context. Together with a new offset: twice in
35,712 commits of that runtime. People move house, and buy new laptops. The offset is
the committer's own, never an author's that someone else's machine wrote. A perfect
imitation passes.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import DAY, Commit, day
from doorward.rules.registry._words import listed
from doorward.rules.repository._words import days, offset, who

RULE = Rule(
    subject=Commit,
    detection="DS0021",
    family=Family.TIMING,
    strength=Strength.CONTEXT,
    severity=Severity.MEDIUM,
    same_cause=(
        "repository/signature-lapse",
        "repository/signer-changed",
        "repository/known-name-new-address",
        "repository/new-signing-key",
    ),
    advice="ask the person, over another channel, whether the commit is theirs.",
)

#: Silence after which a committer is back.
_SILENCE = 365 * DAY
#: Earlier commits by their own hand that make a habit of offsets and trailers.
_COMMITS = 20
#: Minutes between offsets that summer time does not explain.
_OFFSET = 75
_DAY_MINUTES = 24 * 60
#: Signed commits in a row that make a habit.
_SIGNED = 10
#: Oddities from which on it is rarely innocent.
_STRONG = 2


def check(commit: Commit) -> Iterator[Hit | Gap]:
    """Tell a return, and what is unlike before."""
    hand = commit.hand
    if commit.web_flow or hand.idle is None or hand.idle <= _SILENCE:
        return
    odd = list(_oddities(commit))
    grades = (Strength.CONTEXT, Strength.WEAK, Strength.STRONG)
    lines = (
        Evidence("committer", who(hand), baseline=f"{day(commit.commit_time)}, {hand.by_hand} earlier commits"),
        Evidence("silence", days(hand.idle), baseline="their last commit before"),
        *odd,
    )
    message = "A committer is back after more than a year" + (", and not as before." if odd else ".")
    yield Hit(message, lines[:6], strength=grades[min(len(odd), _STRONG)])


def _oddities(commit: Commit) -> Iterator[Evidence]:
    hand = commit.hand
    if hand.by_hand >= _COMMITS:
        if hand.offset is not None and hand.offsets and min(_apart(hand.offset, one) for one in hand.offsets) > _OFFSET:
            used = ", ".join(offset(one) for one in sorted(hand.offsets)[:6])
            yield Evidence("offset", offset(hand.offset), baseline=f"used before: {used}")
        first = [key for key in commit.trailers if key not in hand.trailers]
        if first:
            yield Evidence("trailer", listed(first[:3]), baseline="never written by them before")
    if not commit.signatures and not commit.merge and hand.signed_run >= _SIGNED:
        yield Evidence("signature", "none", baseline=f"their last {hand.signed_run} commits are signed")
    if commit.author_time is not None and commit.commit_time is not None:
        ahead = commit.author_time - commit.commit_time
        if ahead > DAY:
            yield Evidence("author date", day(commit.author_time), baseline=f"{days(ahead)} after the commit date")


def _apart(one: int, other: int) -> int:
    """Return the minutes between two offsets, around the globe."""
    difference = abs(one - other)
    return min(difference, _DAY_MINUTES - difference)
