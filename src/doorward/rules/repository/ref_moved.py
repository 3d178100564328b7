"""A release tag or the default branch was moved

What it catches
---------------
A ref that no longer leads where an earlier look saw it lead: a release tag that points
to another commit or is gone, or a default branch whose new head does not descend from
the old one, also where another branch takes its place. It rests on a ledger that
doorward keeps of every ref, since a later clone no longer shows where a tag was.

How each is graded:

- A release tag with another commit, or a rewritten default branch: strong.
- A tag that is gone, one whose name stands for no single version, one that was made
  anew for the same commit, and a default branch that is gone while the new one holds
  all its commits: weak.
- A tag that was seen to move twice before floats by habit (`v4`, `latest`): context.

Why it matters
--------------
Four of eight studied incidents no longer show the malicious commit in a later clone,
because the ref was forced back or the commits were purged. Workflows that pin an action
by tag ran whatever the tag led to that day.

What to do
----------
Compare what the ref led to before with what it leads to now, both named in the
evidence. Pin by full commit hash. If you built or ran anything from the new commit,
treat that machine as exposed.

False alarms
------------
Not measured. Maintainers do move a tag within minutes of a botched release, and
projects rewrite a branch by accident. The first look at a repository is a gap: there is
nothing to compare with yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from doorward.model.facts import Known, known
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.history import RefMove
from doorward.model.repository import LedgerRow
from doorward.rules.registry._words import count, moment

RULE = Rule(
    subject=RefMove,
    detection="DS0021",
    family=Family.SOURCE,
    strength=Strength.STRONG,
    severity=Severity.HIGH,
    needs=("old",),
    advice="compare the old commit with the new one, and pin by full commit hash.",
)

#: Moves after which a tag counts as floating.
_FLOATING = 2
_BRANCH = "refs/heads/"


def check(move: RefMove) -> Iterator[Hit | Gap]:
    """Grade a move by what moved, how, and how often it did before."""
    old = known(move.old)
    if move.default_branch and move.new and known(move.descends):
        return
    name = move.ref.removeprefix("refs/tags/").removeprefix(_BRANCH)
    yield Hit(
        _message(move, old, name),
        tuple(_evidence(move, old)),
        strength=_strength(move, old),
    )


def _strength(move: RefMove, old: LedgerRow) -> Strength:
    if move.default_branch:
        return Strength.STRONG
    if move.earlier_moves >= _FLOATING:
        return Strength.CONTEXT
    again = move.new_commit == (old.peeled or old.object)
    return Strength.STRONG if move.release and move.new and not again else Strength.WEAK


def _message(move: RefMove, old: LedgerRow, name: str) -> str:
    what = "default branch" if move.default_branch else "branch" if move.ref.startswith(_BRANCH) else "tag"
    if not move.new:
        return f"The {what} {name} is gone."
    if move.default_branch and old.ref != move.ref:
        before = old.ref.removeprefix(_BRANCH)
        return f"The {what} is now {name}, which does not descend from the one before, {before}."
    if move.default_branch:
        return f"The {what} {name} was rewritten: its new head does not descend from the old one."
    return f"The {what} {name} points elsewhere than before."


def _evidence(move: RefMove, old: LedgerRow) -> Iterator[Evidence]:
    seen = f"seen from {moment(old.first_seen)} to {moment(old.last_seen)}"
    yield Evidence("was", old.object or "not told", baseline=f"{seen}, told by {old.source}" if old.source else seen)
    seen = "not seen since" if old.last_seen == move.observed_at else f"seen first at {moment(move.observed_at)}"
    yield Evidence("is", move.new or "gone", baseline=seen)
    if isinstance(move.on_branch, Known) and move.new:
        yield Evidence(
            "branch", "the new commit is on a branch" if move.on_branch.value else "the new commit is on none"
        )
    if move.earlier_moves:
        yield Evidence("before", f"this ref had moved {count(move.earlier_moves, 'time')} before")
