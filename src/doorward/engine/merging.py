"""Judge what was merged on the forge of a repository."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from doorward.engine.context import Context
from doorward.engine.contributions import Judged, judge, rules_for
from doorward.engine.gather.habits import History
from doorward.engine.gather.look import FIRST_LOOK
from doorward.engine.gather.merges import Merges, Span, gather_merges
from doorward.errors import FetchError
from doorward.model.facts import Fact, Known, Missing
from doorward.model.findings import Coverage, Judgement, Unanswered
from doorward.model.history import MergeRequest
from doorward.records import dataclass, field
from doorward.sources.forges import find_place

_KIND = "merge-requests"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which repository is asked about, and from when on."""

    #: ``git+REPO``.
    subject: str
    #: Its default branch ("refs/heads/main"); "" where it has none.
    branch: str
    #: What was learned of its people.
    history: History
    #: From when on; None: a year.
    since: datetime | None
    everything: bool = False
    #: Address of the forge's API where the user names it; "": by the repository's host.
    api: str = ""


@dataclass(slots=True)
class MergesJudged:
    """What came of it."""

    judged: Judged = field(default_factory=Judged)
    #: None where the repository is on no forge at all.
    coverage: Coverage | None = None


def judge_merges(context: Context, asked: Asked) -> MergesJudged:
    """Ask the forge, where there is one, and judge what it tells. What it does not tell is a gap of each rule."""
    rules = rules_for(context.rules, MergeRequest)
    address = asked.subject.removeprefix("git+")
    if not rules or not urlsplit(address).netloc:
        return MergesJudged()
    told = _ask(context, asked, address)
    if isinstance(told, Missing):
        subject = f"{asked.subject}@refs/pull"
        requires = context.policy.requires
        gaps = tuple(Unanswered(r.id, subject, told.reason, requires(r.id, r.rule)) for r in rules)
        return MergesJudged(Judged([Judgement(subject, gaps=gaps)]), Coverage(_KIND, 0, 1, told.reason))
    judged = judge(told.value.requests, rules, context.policy.requires)
    unanswered = sum(bool(item.gaps) for item in judged.judgements)
    of = len(told.value.requests) + told.value.left_out
    causes = [f"{told.value.left_out} earlier ones were not asked about"] if told.value.left_out else []
    causes += [f"the list was read back to {told.value.back_to:%Y-%m-%d}"] if told.value.back_to else []
    causes += sorted({gap.reason for item in judged.judgements for gap in item.gaps})[:1]
    return MergesJudged(judged, Coverage(_KIND, len(told.value.requests) - unanswered, of, "; ".join(causes)))


def _ask(context: Context, asked: Asked, address: str) -> Fact[Merges]:
    place = find_place(address, context.environ, asked.api)
    if isinstance(place, Missing):
        return place
    begin = datetime.fromtimestamp(0, UTC) if asked.everything else asked.since or context.now - FIRST_LOOK
    span = Span(asked.subject, asked.branch.removeprefix("refs/heads/"), begin, context.now)
    try:
        return Known(gather_merges(context, place.value, span, asked.history))
    except FetchError as error:
        return Missing(str(error))
