"""Merged requests as the forge tells them, with the habits before each: the subject MergeRequest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from doorward.engine.context import Context
from doorward.engine.gather.habits import History
from doorward.errors import FetchError
from doorward.model.facts import Fact, Known, Missing, NotKnown, known
from doorward.model.forge import ForgeSignature, ListedMerge, MergeDetails, MergeList
from doorward.model.history import Habit, MergeRequest
from doorward.records import dataclass, field
from doorward.sources.forges import Api, Place

#: Requests that one look judges, and those before one that make the habit.
MOST, HABIT = 50, 10
#: Time after the first merge until which somebody is new to it (repository/merged-by-newcomer).
_NEW = timedelta(days=365)
_HIDDEN = "@users.noreply.github.com"

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Span:
    """Which merges are judged: of which repository (``git+REPO``), into which branch, and when they were made."""

    repository: str
    branch: str
    begin: datetime
    end: datetime


@dataclass(slots=True)
class Merges:
    """What the forge told: the requests to judge, oldest first, and how many more there were."""

    requests: list[MergeRequest] = field(default_factory=list)
    left_out: int = 0
    #: How far the forge's list was read back, where it goes further.
    back_to: datetime | None = None


def gather_merges(context: Context, place: Place, span: Span, history: History) -> Merges:
    """Ask the forge for what was merged in a span. Raise FetchError where it does not even list that."""
    api = Api(context.http, place.api, place.token, context.progress)
    listed = place.forge.merges(api, place.path, span.branch, span.begin)
    until = [merge for merge in listed.merges if merge.merged <= span.end]
    wanted = [merge for merge in until if merge.merged >= span.begin]
    judged = wanted[:MOST]
    asked = until[: len(judged) + HABIT] if judged else []
    context.progress.phase("merge requests", len(asked))
    details: dict[int, MergeDetails] = {}
    for merge in asked:
        details[merge.number] = place.forge.details(api, place.path, merge)
        context.progress.advance()
    reader = _Reader(api, place, MergeList(tuple(until), listed.complete), details, history)
    oldest = min((merge.merged for merge in listed.merges), default=None)
    short = not listed.complete and oldest is not None and oldest > span.begin
    return Merges(list(reader.read(span, judged)), len(wanted) - len(judged), oldest if short else None)


class _Reader:
    """Draws the requests, and remembers what was asked about accounts."""

    def __init__(
        self, api: Api, place: Place, listed: MergeList, details: dict[int, MergeDetails], history: History
    ) -> None:
        self._api, self._place, self._listed, self._details, self._history = api, place, listed, details, history
        self._since: dict[str, Fact[datetime]] = {}
        self._wrote: dict[str, Fact[bool]] = {}

    def read(self, span: Span, judged: Sequence[ListedMerge]) -> Iterator[MergeRequest]:
        merges = self._listed.merges
        for at in reversed(range(len(judged))):
            merge, before = merges[at], merges[at + 1 : at + 1 + HABIT]
            details = self._details[merge.number]
            merger = details.merger
            yield MergeRequest(
                span.repository,
                merge.number,
                merge.author,
                merger,
                merge.merged,
                details.approvals,
                _habit(before, self._approved),
                _habit(before, self._by_other),
                merger if isinstance(merger, Missing) else self._tenure(merger.value, merge, at),
                span.end,
                association=merge.association,
                author_since=self._account(merge.author),
                merger_since=merger if isinstance(merger, Missing) else self._account(merger.value),
                signature=self._signature(merge.commit),
            )

    def _approved(self, merge: ListedMerge) -> bool:
        return any(account != merge.author for account in known(self._details[merge.number].approvals))

    def _by_other(self, merge: ListedMerge) -> bool:
        return known(self._details[merge.number].merger) != merge.author

    def _account(self, account: str) -> Fact[datetime]:
        if not account:
            return Missing("the account is gone")
        if account not in self._since:
            self._since[account] = _asked(lambda: self._place.forge.account_since(self._api, account))
        return self._since[account]

    def _signature(self, commit: str) -> Fact[ForgeSignature]:
        if not commit:
            return Missing("the forge does not tell which commit the merge made")
        return _asked(lambda: self._place.forge.signature(self._api, self._place.path, commit))

    def _tenure(self, account: str, merge: ListedMerge, at: int) -> Fact[int | None]:
        """Return the seconds since an account is known here: by its merges, by the history, or a year at the least."""
        merges = self._listed.merges
        asked = (one for one in merges[at + 1 :] if one.number in self._details)
        firsts = [one.merged for one in asked if self._details[one.number].merger == Known(account)]
        integrated = self._integrated(account)
        firsts += [integrated] if integrated and integrated < merge.merged else []
        first = min(firsts, default=None)
        tenure = None if first is None else int((merge.merged - first).total_seconds())
        if tenure is not None and tenure >= _NEW.total_seconds():
            return Known(tenure)
        year_before = merge.merged - _NEW
        if self._history.began is None or self._history.began > year_before.timestamp():
            return Missing("the project is younger than a year: everyone is new to it")
        wrote = self._wrote_before(account, year_before)
        if isinstance(wrote, Missing):
            return wrote
        return Known(int(_NEW.total_seconds()) if wrote.value else tenure)

    def _integrated(self, account: str) -> datetime | None:
        """Return when somebody with an account's hidden address first integrated, as the history tells."""
        number = self._history.people.addresses.get(f"{account.lower()}{_HIDDEN}")
        first = None if number is None else self._history.people.profile(number)[1].integrated_first
        return None if first is None else datetime.fromtimestamp(first, UTC)

    def _wrote_before(self, account: str, day: datetime) -> Fact[bool]:
        if account not in self._wrote:
            forge, path = self._place.forge, self._place.path
            self._wrote[account] = _asked(lambda: forge.wrote_before(self._api, path, account, day))
        return self._wrote[account]


def _asked(question: Callable[[], Answer]) -> Fact[Answer]:
    try:
        return Known(question())
    except FetchError as error:
        return Missing(str(error))


def _habit(before: Sequence[ListedMerge], usual: Callable[[ListedMerge], bool]) -> Fact[Habit]:
    """Count the usual among the merges before one; ``Missing`` where the forge did not tell of one of them."""
    try:
        return Known(Habit(sum(usual(merge) for merge in before), len(before)))
    except NotKnown as gap:
        return Missing(gap.reason)
