"""How releases were made: the tag of each, and the commits since the release before, judged by the habits before them.

The habits are learned from everything that the older release's tag reaches; what only the newer one's reaches is
judged. So every commit is held against the history before the upgrade, whatever came to the repository since.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from doorward.engine.contributions import Judged, Requires, judge, rules_for
from doorward.engine.gather.habits import History
from doorward.engine.gather.inquiry import Inquiry
from doorward.engine.gather.look import Looked, Remembered, Window
from doorward.engine.gather.repository import Look, Verifier, judge_history
from doorward.engine.gather.tagnames import TagNames
from doorward.engine.gather.tags import TagFacts, judge_tags
from doorward.errors import RepositoryError
from doorward.model.findings import RISK_FAMILIES, Family, Finding, Judgement, Strength
from doorward.model.history import Commit, RefMove, Tag
from doorward.model.repository import LedgerRow, Lost
from doorward.records import dataclass, field, replace
from doorward.rules import LoadedRule
from doorward.sources.repositories.location import Repository
from doorward.sources.repositories.mailmap import mailmap_at
from doorward.sources.repositories.tags import tags
from doorward.sources.repositories.walk import Manner, walk

#: A time before which everything only teaches.
_NEVER = 1 << 62
SHALLOW = "the history of its repository is cut off"
LEARNING = "the history of its repository is too short to have habits"


@dataclass(frozen=True, slots=True)
class Making:
    """A release whose making is asked about."""

    #: Its id in reports.
    subject: str
    #: The package, as its package manager names it.
    package: str
    version: str
    #: The version before; None where there is none, "" where it is not known.
    before: str | None
    #: When the version before was published; None where that is not known.
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """With what a repository is looked at."""

    now: datetime
    as_of: datetime | None
    verifier: Verifier
    #: Globs of rules, and which of them must have an answer.
    rules: str | None
    requires: Requires
    #: What the ledger knows of the repository.
    rows: tuple[LedgerRow, ...] = ()


@dataclass(slots=True)
class Made:
    """What was found of the releases of one repository."""

    #: Of commits, tags and refs that have a finding or a gap, by subject.
    judgements: dict[str, Judgement] = field(default_factory=dict)
    #: Release -> the subjects that made it.
    related: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: Release -> why its making is not, or not wholly, judged.
    reasons: dict[str, str] = field(default_factory=dict)
    #: Answers about what has neither.
    evaluated: int = 0
    #: What the ledger learned.
    rows: tuple[LedgerRow, ...] = ()

    def take(self, judged: Judged) -> tuple[str, ...]:
        """Take over judgements, none of which stands for itself; return their subjects.

        A tag and its move are one subject, and a commit may lie between several releases.
        """
        self.evaluated += judged.evaluated - sum(item.evaluated for item in judged.judgements)
        for item in judged.judgements:
            before = self.judgements.get(item.subject, Judgement(item.subject))
            self.judgements[item.subject] = replace(
                item,
                findings=tuple(dict.fromkeys((*before.findings, *item.findings))),
                gaps=tuple(dict.fromkeys((*before.gaps, *item.gaps))),
                evaluated=before.evaluated + item.evaluated,
                linked_only=True,
            )
        return tuple(item.subject for item in judged.judgements)


def makings(repository: Repository, asked: Sequence[Making], given: Circumstances) -> Made:
    """Judge how the releases of one repository were made.

    Raises :class:`~doorward.errors.RepositoryError` where the repository cannot be read.
    """
    look = Look(
        repository.subject,
        given.now,
        given.verifier,
        until=int(given.as_of.timestamp()) if given.as_of else None,
        mailmap_at=lambda commit: mailmap_at(repository.git, commit),
    )
    made, maker = Made(), _Maker(repository, given, look)
    for one in asked:
        try:
            maker.judge(one, made)
        except RepositoryError as error:
            made.reasons[one.subject] = f"its repository: {error}"
    _refs(repository, look, given, (asked, made))
    made.judgements[repository.subject] = Judgement(repository.subject, evaluated=made.evaluated, linked_only=True)
    return made


def _rules(given: Circumstances, kind: type) -> list[LoadedRule]:
    """Return the rules for a kind of subject, without those about how a project works: that is not the reader's own."""
    return [loaded for loaded in rules_for(given.rules, kind) if loaded.rule.family not in RISK_FAMILIES]


def _refs(repository: Repository, look: Look, given: Circumstances, work: tuple[Sequence[Making], Made]) -> None:
    """Hold the refs against the ledger: each release is linked to the moves of its tag and to rewritten branches.

    All that the ledger ever saw of its tag counts, whoever was told before.
    """
    asked, made = work
    window = Window(given.now, everything=True, as_of=given.as_of)
    step = Looked(repository, Remembered(given.rows), window, look).refs()
    made.rows = step.rows
    names = {row.ref for row in (*given.rows, *step.rows)} | {ref.name for ref in repository.listing.refs}
    tagged = [name.removeprefix("refs/tags/") for name in names if name.startswith("refs/tags/")]
    for one in asked:
        tag = f"refs/tags/{TagNames(tagged, one.package).find(one.version)}"
        moves = [move for move in step.moves if _concerns(move, tag, one)]
        subjects = made.take(judge(moves, _rules(given, RefMove), given.requires))
        made.related[one.subject] = (*made.related.get(one.subject, ()), *subjects)


def _concerns(move: RefMove, tag: str, asked: Making) -> bool:
    if move.default_branch:
        return asked.since is None or move.observed_at >= asked.since
    return move.ref == tag


def _joins(finding: Finding) -> bool:
    """Whether a finding on a commit says something of the release.

    Weak ones about people come at 2 to 11 in 1,000 commits, so a release of a hundred commits has one by chance: they
    stand beside it as notes.
    """
    return finding.strength >= (Strength.STRONG if finding.family is Family.CONTRIBUTION else Strength.WEAK)


class _Step(NamedTuple):
    """What was judged between two tags."""

    #: The habits up to the newer one.
    history: History
    #: The commits whose findings join the release.
    joining: tuple[str, ...]
    #: What could not be read.
    lost: tuple[Lost, ...]


class _Maker:
    """Judges one release after another of one repository."""

    def __init__(self, repository: Repository, given: Circumstances, look: Look) -> None:
        self._repository, self._given, self._look = repository, given, look
        refs = [ref for ref in repository.listing.refs if ref.name.startswith("refs/tags/")]
        self._tags = {ref.name.removeprefix("refs/tags/"): ref.commit for ref in refs if ref.commit}
        self._names: dict[str, TagNames] = {}
        #: (older commit, newer commit) -> what was judged of the step; many packages may be released at once.
        self._steps: dict[tuple[str, str], _Step] = {}

    def tag_of(self, package: str, version: str) -> str:
        """Return the tag of a release; "" where there is none."""
        if package not in self._names:
            self._names[package] = TagNames(self._tags, package)
        return self._names[package].find(version) if version else ""

    def judge(self, asked: Making, made: Made) -> None:
        """Judge the tag of a release, and the commits between it and the one before."""
        tag = self.tag_of(asked.package, asked.version)
        if not tag:
            made.reasons[asked.subject] = "its repository has no tag for this version"
            return
        before = self.tag_of(asked.package, asked.before or "")
        if asked.before is not None and not before:
            made.reasons[asked.subject] = "its repository has no tag for the version before"
        elif self._repository.shallow:
            made.reasons[asked.subject] = SHALLOW
        step = self._step(self._tags.get(before, ""), self._tags[tag], asked, made)
        lost = dict[str, Lost]()
        judged = self._judge_tag(tag, step.history, lost)
        if step.lost or f"refs/tags/{tag}" in lost:
            first = lost.get(f"refs/tags/{tag}") or step.lost[0]
            made.reasons[asked.subject] = f"its repository is damaged: {first.what}: {first.reason}"
        if not step.history.learned:
            made.reasons.setdefault(asked.subject, LEARNING)
        made.related[asked.subject] = (*step.joining, *made.take(judged))

    def _step(self, old: str, new: str, asked: Making, made: Made) -> _Step:
        """Learn from what the old tag reaches, and judge what only the new one does."""
        if (old, new) not in self._steps:
            history, rules, lost = History(), _rules(self._given, Commit), list[Lost]()
            if old:
                teach = replace(self._look, since=_NEVER)
                for _ in judge_history(walk(self._headed(old), [old], how=Manner(lost=lost.append)), history, teach):
                    pass
            # Without a tag of the version before, it cannot be told which commits are new: they teach.
            look = self._look if old or asked.before is None else replace(self._look, since=_NEVER)
            how = Manner(merges=bool(old), lost=lost.append)
            raws = walk(self._headed(new), [new], [old] if old else [], how=how) if old != new else ()
            judged = judge(judge_history(raws, history, look), rules, self._given.requires)
            made.take(judged)
            joining = tuple(item.subject for item in judged.judgements if any(map(_joins, item.findings)))
            self._steps[old, new] = _Step(history, joining, tuple(lost))
        return self._steps[old, new]

    def _headed(self, commit: str) -> Repository:
        """Return the repository as if the default branch ended at a commit: the chain is the one that led to it."""
        return replace(self._repository, listing=replace(self._repository.listing, head=commit))

    def _judge_tag(self, name: str, history: History, lost: dict[str, Lost]) -> Judged:
        """Judge one tag; ``lost`` takes those that cannot be read."""
        inquiry = Inquiry(self._repository, history.people)
        facts = TagFacts(inquiry.outside(set(self._tags.values())), announced=inquiry.announced)
        rules = _rules(self._given, Tag)
        told = tags(self._repository, lost=lambda one: lost.update({one.what: one}))
        drawn = (tag for tag in judge_tags(told, history, self._look, facts) if tag.name == name)
        return judge(drawn, rules, self._given.requires)
