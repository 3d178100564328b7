"""Judge git dependencies by what feeds say of their commits: no registry knows them, and so nothing else does."""

from __future__ import annotations

from collections.abc import Sequence

from doorward.engine.context import Context
from doorward.engine.coverage import INVENTORY
from doorward.engine.gather.known import by_commit
from doorward.engine.gather.wish import Wish
from doorward.engine.run import ask, select
from doorward.model.facts import Missing, known
from doorward.model.findings import Judgement, Unanswered
from doorward.model.intelligence import Intelligence
from doorward.model.release import ReleaseChange

#: What a rule needs that feeds alone can answer.
_OF_FEEDS = ("intelligence",)


def judged_by_commit(context: Context, wishes: Sequence[Wish], reason: str) -> list[tuple[Judgement, Intelligence]]:
    """Return the judgement of each of whose commit a feed knows something, and what it knows.

    ``reason`` tells why they cannot be looked up otherwise, which leaves them not evaluated all the same.
    """
    if not wishes:
        return []
    rules = [loaded for loaded in select(context.rules, ReleaseChange) if loaded.rule.needs == _OF_FEEDS]
    found = []
    for wish, change in by_commit(context, wishes, Missing(reason)).items():
        answers = ask(change, rules, context.policy.requires)
        unseen = Unanswered(INVENTORY, change.subject, reason, required=True)
        judged = Judgement(
            change.subject,
            answers.findings,
            (unseen, *(gap for gap in answers.gaps if gap.reason != reason)),
            len({finding.rule for finding in answers.findings}),
            via=wish.via,
            declared=wish.declared,
        )
        found.append((judged, known(change.intelligence)))
    return found
