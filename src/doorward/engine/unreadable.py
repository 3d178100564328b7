"""What of a repository could not be read: each such thing is a gap of its own, and never part of a clean verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from doorward.model.findings import Coverage, Judgement, Unanswered
from doorward.model.repository import Lost

#: Kind of evidence, and the rule named by a gap of something that could not be read.
OBJECTS = "objects"
_BLIND = "of {} which paths were changed could not be read"


def unreadable(subject: str, lost: Sequence[Lost], blind: int) -> Iterator[Judgement]:
    """Yield one judgement for each thing that could not be read, and one for commits without their paths."""
    for one in lost:
        name = f"{subject}@{one.what}"
        yield Judgement(name, gaps=(Unanswered(OBJECTS, name, one.reason, required=True),))
    if blind:
        yield Judgement(subject, gaps=(Unanswered(OBJECTS, subject, _without(blind), required=True),))


def readable(commits: int, lost: Sequence[Lost], blind: int) -> Iterator[Coverage]:
    """Yield how many of the commits and refs to judge could be read, where not all could."""
    if lost or blind:
        reasons = [*([_without(blind)] if blind else []), *(f"{one.what}: {one.reason}" for one in lost)]
        more = [f"{len(reasons) - 1} more"] if len(reasons) > 1 else []
        yield Coverage(OBJECTS, commits - blind, commits + len(lost), "; ".join([*reasons[:1], *more]))


def _without(blind: int) -> str:
    return _BLIND.format(f"{blind:,} commits" if blind > 1 else "1 commit")
