"""``doorward repo``: a repository's commits, tags and refs, judged against its own habits."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from doorward.engine.context import Context
from doorward.engine.contributions import Judged, judge, rules_for
from doorward.engine.events import EventsJudged, judge_events, read_all
from doorward.engine.gather.forge import forge_keys
from doorward.engine.gather.habits import History
from doorward.engine.gather.ledger import told_by_events
from doorward.engine.gather.look import Looked, Remembered, Window
from doorward.engine.gather.repository import Look
from doorward.engine.lanes import Lanes
from doorward.engine.merging import Asked, MergesJudged, judge_merges
from doorward.engine.replay import replay
from doorward.engine.standing import recalled, to_remember, with_standing
from doorward.engine.unreadable import readable, unreadable
from doorward.model.facts import Known, Missing
from doorward.model.findings import Coverage, Judgement, Report, Strength, Verdict
from doorward.model.history import Commit, RefMove, Tag
from doorward.model.repository import Lost
from doorward.policy import decide
from doorward.records import dataclass, field, replace
from doorward.rules import LoadedRule
from doorward.sources.repositories.location import Repository, open_repository
from doorward.sources.trust.keyring import Keys, joined, read_keys
from doorward.sources.trust.verifier import Verifier

#: Rules that a repository which matters most raises to weak.
_RAISED = frozenset({"repository/new-contributor", "repository/new-signing-key"})
#: Causes that one line of coverage names.
_CAUSES = 2
_CRITICAL = ", as one that matters most"
_STANDING = "what an earlier look found and is not over is told again: --since DATE judges it anew"


@dataclass(frozen=True, slots=True)
class RepositoryWish:
    """What is asked of one repository."""

    #: A path, or an address.
    location: str
    #: Judge from this day on; None: the last year at a first look, what is new at a later one.
    since: datetime | None = None
    #: Judge everything after the learning time.
    everything: bool = False
    #: Judge everything, or what came since, as each day would have judged it.
    replay: bool = False
    #: Keys that the user trusts for this repository, and keys that are merely at hand to verify with.
    trusted: Keys = Keys()
    at_hand: Keys = Keys()
    #: Whether only something inspected names the address: then nothing but https to a public host is followed.
    public_only: bool = False
    #: Address of the API of the repository's forge; "": by the repository's host.
    forge_api: str = ""
    #: Files and addresses of public records of events (GH Archive).
    events: tuple[str, ...] = ()
    #: Whether it matters most: also a new contributor counts. The policy can say so too.
    critical: bool = False

    @property
    def whole(self) -> bool:
        """Whether a replay begins with the history."""
        return self.replay and self.since is None


@dataclass(slots=True)
class RepositoryLook:
    """What a look found, before the policy decides."""

    subject: str
    commits: Judged = field(default_factory=Judged)
    tags: Judged = field(default_factory=Judged)
    refs: Judged = field(default_factory=Judged)
    #: What was merged on the forge.
    merges: MergesJudged = field(default_factory=MergesJudged)
    #: What public records of events tell.
    events: EventsJudged = field(default_factory=EventsJudged)
    #: What earlier looks found of late.
    earlier: Judged = field(default_factory=Judged)
    #: The people and keys that were learned.
    history: History = field(default_factory=History)
    #: Signed commits and tags, and of how many a verdict is known.
    signed: int = 0
    verified: int = 0
    notices: tuple[str, ...] = ()
    #: Whether nothing was known of the repository before.
    first: bool = False
    #: Whether its history is cut off within the time that was to be judged.
    cut: bool = False
    #: What could not be read although it was to be judged, and of how many commits the changed paths could not.
    lost: tuple[Lost, ...] = ()
    blind: int = 0
    #: Whether it was judged as one that matters most.
    critical: bool = False
    #: By ``time.perf_counter``.
    started: float = field(default_factory=time.perf_counter)
    #: People and keys over time, for the pictures.
    lanes: Lanes = field(default_factory=Lanes)

    @property
    def kinds(self) -> tuple[Judged, ...]:
        """What was judged, by kind."""
        return self.commits, self.tags, self.refs, self.merges.judged, self.events.moves, self.events.members

    def judgements(self, context: Context) -> list[Judgement]:
        """Return all judgements, one person's hits within the window folded, and what of earlier looks stands."""
        told = (item for kind in self.kinds[1:] for item in kind.judgements)
        commits = with_standing(self.earlier, self.commits, context.policy, context.now)
        return [*commits, *told, *unreadable(self.subject, self.lost, self.blind)]


def clones(context: Context) -> Path:
    """Return the folder that keeps the clones of repositories that were fetched."""
    return context.store.folder / "repositories"


def look(context: Context, wish: RepositoryWish) -> RepositoryLook:
    """Read a repository, judge what is asked for, and remember where to go on.

    Raises :class:`~doorward.errors.RepositoryError` where it cannot be read.
    """
    offline = context.offline
    with open_repository(wish.location, clones(context), public_only=wish.public_only, offline=offline) as repository:
        return _look(context, wish, repository)


def _look(context: Context, wish: RepositoryWish, repository: Repository) -> RepositoryLook:
    keyring = context.policy.repository.keyring(repository.subject)
    trusted = joined(wish.trusted, read_keys([_below(context, keyring)])) if keyring else wish.trusted
    verifier = Verifier(trusted, wish.at_hand, lambda: forge_keys(context.http))
    store, key = context.store, repository.ledger_key
    events, rows = read_all(context, wish.events, repository), store.refs(key)
    told = told_by_events(events.happenings, rows, key)
    window = Window(context.now, wish.since, wish.everything or wish.whole, context.as_of, wish.replay)
    looked = Looked(
        repository,
        Remembered((*rows, *told), store.history(key)),
        window,
        Look(repository.subject, context.now, verifier),
    )
    found = RepositoryLook(repository.subject, history=looked.history)
    found.critical = wish.critical or context.policy.repository.is_critical(repository.subject)
    requires = context.policy.requires
    rules = rules_for(context.rules, Commit)
    found.commits = judge(
        _counted(looked.commits(), found), [_raised(loaded) for loaded in rules] if found.critical else rules, requires
    )
    found.tags = judge(_counted(looked.tags(), found), rules_for(context.rules, Tag), requires)
    refs = looked.refs()
    found.refs = judge(refs.moves, rules_for(context.rules, RefMove), requires)
    asked = Asked(
        found.subject,
        repository.listing.default_branch,
        looked.history,
        wish.since or looked.last,
        wish.everything or wish.whole,
        wish.forge_api,
    )
    found.merges = judge_merges(context, asked)
    found.events = judge_events(context, events, repository, looked.history, (wish.since, refs.moves))
    if not window.fresh:
        found.earlier = recalled(looked.standing, found.kinds, context.rules, context.now)
    if context.as_of is None:
        anew = datetime.fromtimestamp(0, UTC) if wish.everything or wish.whole else wish.since
        looked.history.standing = to_remember(looked.standing, found.kinds, context.now, anew)
        store.put_look(key, (*told, *refs.rows), looked.remembered())
    found.first, found.cut, found.lost = looked.first, looked.cut, tuple(looked.lost)
    found.notices = (*repository.notices, *verifier.problems, *found.events.notices, *_limits(repository, looked))
    return found


def _raised(loaded: LoadedRule) -> LoadedRule:
    """Return a rule as it counts in a repository that matters most."""
    strength = max(loaded.rule.strength, Strength.WEAK) if loaded.id in _RAISED else loaded.rule.strength
    return replace(loaded, rule=replace(loaded.rule, strength=strength))


def _below(context: Context, path: str) -> Path:
    return (context.project or Path()) / path


def _counted(subjects: Iterable[Commit | Tag], found: RepositoryLook) -> Iterator[Commit | Tag]:
    """Pass subjects on, count the signatures among them, and mark them on their lanes."""
    for subject in subjects:
        found.lanes.see(subject)
        found.blind += isinstance(subject, Commit) and isinstance(subject.read, Missing)
        if subject.signatures:
            found.signed += 1
            found.verified += any(isinstance(check.state, Known) for check in subject.signatures)
        yield subject


def _limits(repository: Repository, looked: Looked) -> Iterator[str]:
    if repository.shallow:
        yield "the history of this clone is cut off: habits before it are not known" + (
            ", nor are all commits that were to be judged: git fetch --unshallow" if looked.cut else ""
        )
    if looked.first:
        yield "what merges change by themselves is not read at a first look"


def report_of(context: Context, wish: RepositoryWish, found: RepositoryLook) -> Report:
    """Decide by policy about what a look found, and return the report."""
    judgements = found.judgements(context)
    decided = decide(context.policy, judgements, now=context.now, full=wish.everything)
    linked = {item.subject for item in judgements if item.linked_only}
    standing = {item.subject for item in found.earlier.judgements} - linked
    unread = {item.subject for item in unreadable(found.subject, found.lost, blind=0)}
    others = {item.subject for kind in found.kinds[2:] for item in kind.judgements} | standing | unread
    loud = sum(item.subject in others and item.verdict is not Verdict.CLEAN for item in decided.subjects)
    subjects = found.commits.subjects + found.tags.subjects
    # A first look at a young project judges nothing, and a history that is cut off hides commits: no clean bill.
    young = found.first and not subjects
    unknown = young or found.cut
    unjudged = unknown and decided.verdict.rank > Verdict.NOT_EVALUATED.rank
    learning = f"nothing is judged yet: all {found.history.commits} commits are learning time (200, or the first year)"
    header = (
        ("repository", found.subject),
        (
            "judged",
            f"{found.commits.subjects} commits, {found.tags.subjects} tags{_CRITICAL if found.critical else ''}",
        ),
        ("history", f"{found.history.commits} commits, {len(found.history.people.profiles)} people"),
    )
    if context.announce:
        context.announce(header)
    return Report(
        verdict=Verdict.NOT_EVALUATED if unjudged else decided.verdict,
        # Hits that explain an earlier one of the same person are no alerts of their own: they stand with it.
        subjects=tuple(item for item in decided.subjects if item.subject not in linked),
        findings=decided.findings,
        gaps=decided.gaps,
        coverage=tuple(_coverage(found)),
        notices=(
            *([learning] if young and unjudged else []),
            *([_STANDING] if any(item.subject in standing for item in decided.subjects) else []),
            *found.notices,
            *decided.notices,
        ),
        incomplete=decided.incomplete or unknown,
        until=decided.until,
        packages=subjects + loud,
        evaluated=sum(kind.evaluated for kind in found.kinds),
        header=header,
        counted=f"{found.commits.subjects:,} commits, {found.tags.subjects:,} tags",
        seconds=time.perf_counter() - found.started,
        observed_at=context.now,
        lanes=found.lanes.drawn(),
        alerts=tuple(replay(context.policy, found.kinds)) if wish.replay else None,
    )


def _coverage(found: RepositoryLook) -> Iterator[Coverage]:
    """Say how far each kind of evidence reaches, with the commonest causes of what is missing."""
    yield Coverage("signatures", found.verified, found.signed, _causes(found, "repository/signature-invalid"))
    unknown = _gaps(found.commits.judgements, "repository/new-integrator")
    judged = found.commits.subjects
    yield Coverage("integrators", judged - len(unknown), judged, _causes(found, "repository/new-integrator"))
    yield from readable(judged, found.lost, found.blind)
    moves = _gaps(found.refs.judgements, "repository/ref-moved")
    yield Coverage("refs", int(not moves), 1, "; ".join(moves[:_CAUSES]))
    yield from (line for line in (found.merges.coverage, found.events.coverage) if line)


def _gaps(judgements: Sequence[Judgement], rule: str) -> list[str]:
    return [gap.reason for item in judgements for gap in item.gaps if gap.rule == rule]


def _causes(found: RepositoryLook, rule: str) -> str:
    reasons = Counter(_gaps([*found.commits.judgements, *found.tags.judgements], rule))
    return "; ".join(reason for reason, _ in reasons.most_common(_CAUSES))
