"""From gathered changes to a report: ask, link, decide, count."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from doorward.engine.conduct import with_conduct
from doorward.engine.context import Context
from doorward.engine.coverage import INVENTORY, coverage
from doorward.engine.gather.wish import Wish
from doorward.engine.pictures import shown_sizes
from doorward.engine.run import ask, select
from doorward.engine.with_source import with_source
from doorward.model.dependency import Inventory
from doorward.model.facts import Fact, Known, Missing
from doorward.model.findings import Coverage, Finding, Judgement, Moved, Report, SubjectVerdict, Unanswered
from doorward.model.intelligence import Intelligence
from doorward.model.purl import make_purl
from doorward.model.release import ReleaseChange
from doorward.policy import decide
from doorward.records import dataclass, replace
from doorward.rules import LoadedRule


@dataclass(frozen=True, slots=True)
class Work:
    """What a command wants judged, beside the releases themselves."""

    #: Number of packages that the reader asked about.
    packages: int
    #: What is named but cannot be looked up: (subject, reason, the path that brings it).
    unverifiable: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    #: Lines that only a person needs to know, not about one package.
    notices: tuple[str, ...] = ()
    header: tuple[tuple[str, str], ...] = ()
    #: Whether everything was looked at, so that an unused allowance can be called unused.
    full: bool = False
    #: Purls of subjects that only explain others.
    linked: frozenset[str] = frozenset()
    #: Lock files that were read.
    files: tuple[str, ...] = ()
    #: What the project declares, where it is a project.
    inventory: Inventory | None = None
    #: What was judged already beside the releases, and how far that reaches.
    judgements: tuple[Judgement, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    #: What a change of the lock files brings, where that is judged.
    moved: tuple[Moved, ...] = ()
    #: What feeds say of subjects that were judged already.
    intelligence: tuple[tuple[str, Intelligence], ...] = ()


def judge_changes(context: Context, changes: Mapping[Wish, Fact[ReleaseChange]], work: Work, started: float) -> Report:
    """Ask every rule about every change, decide by policy, and return the report."""
    rules = select(context.rules, ReleaseChange)
    subjects = {str(wish.purl) for wish in changes} | {
        change.value.subject for change in changes.values() if isinstance(change, Known)
    }
    judgements = [_judgement(context, wish, change, rules, subjects, work) for wish, change in changes.items()]
    judgements = with_source(context, with_conduct(context, judgements), changes.values())
    judgements += [*(_unverifiable(*item) for item in work.unverifiable), *work.judgements]
    decided = decide(context.policy, judgements, now=context.now, full=work.full)
    return Report(
        verdict=decided.verdict,
        subjects=tuple(item for item in decided.subjects if _shown(item, decided.findings)),
        findings=decided.findings,
        gaps=decided.gaps,
        coverage=(*coverage(judgements, rules, work.packages, source=context.policy.source.on), *work.coverage),
        notices=(*work.notices, *decided.notices),
        incomplete=decided.incomplete,
        until=decided.until,
        packages=work.packages,
        evaluated=sum(item.evaluated for item in judgements),
        unverifiable=len(work.unverifiable) + sum(isinstance(change, Missing) for change in changes.values()),
        header=work.header,
        files=work.files,
        seconds=time.perf_counter() - started,
        observed_at=context.now,
        inventory=work.inventory,
        moved=work.moved,
        intelligence=(*_named(changes), *work.intelligence),
        sizes=shown_sizes(
            [change.value for change in changes.values() if isinstance(change, Known)],
            decided.subjects,
            decided.findings,
            every=work.packages == 1,
        ),
    )


def _named(changes: Mapping[Wish, Fact[ReleaseChange]]) -> Iterator[tuple[str, Intelligence]]:
    """Yield what feeds say of the releases that they name."""
    for change in changes.values():
        told = change.value.intelligence if isinstance(change, Known) else None
        if isinstance(change, Known) and isinstance(told, Known) and (told.value.advisories or told.value.indicators):
            yield change.value.subject, told.value


def _judgement(
    context: Context,
    wish: Wish,
    change: Fact[ReleaseChange],
    rules: Sequence[LoadedRule],
    subjects: set[str],
    work: Work,
) -> Judgement:
    if isinstance(change, Missing):
        subject = str(wish.purl)
        gaps = _gaps(context, subject, change.reason, rules)
        if not any(gap.required for gap in gaps):
            gaps = _nothing_answered(subject, gaps)
        return Judgement(subject, gaps=gaps, via=wish.via, declared=wish.declared)
    answers = ask(change.value, rules, context.policy.requires)
    if not answers.evaluated:
        answers = replace(answers, gaps=_nothing_answered(change.value.subject, answers.gaps))
    old = change.value.old
    return Judgement(
        change.value.subject,
        answers.findings,
        answers.gaps,
        answers.evaluated,
        published=change.value.new.published,
        first_seen=change.value.first_seen,
        via=wish.via,
        related=_related(change.value, subjects),
        linked_only=change.value.subject in work.linked,
        compared_with=old.value.version if isinstance(old, Known) and old.value else "",
        declared=wish.declared,
    )


def _nothing_answered(subject: str, gaps: tuple[Unanswered, ...]) -> tuple[Unanswered, ...]:
    """Return the gaps of a release of which no rule had an answer: whatever was asked for, it was not looked at."""
    if not gaps:
        gaps = (Unanswered(INVENTORY, subject, "no rule that was asked for looks at releases", required=True),)
    return tuple(replace(gap, required=True) for gap in gaps)


def _shown(item: SubjectVerdict, findings: Sequence[Finding]) -> bool:
    """Whether a subject is listed: of what made a release, only what has a finding."""
    return not (item.linked_only and item.subject.startswith("git+")) or any(
        finding.subject == item.subject for finding in findings
    )


def _gaps(context: Context, subject: str, reason: str, rules: Sequence[LoadedRule]) -> tuple[Unanswered, ...]:
    """Every rule goes without an answer for a release that could not be had."""
    return tuple(
        Unanswered(loaded.id, subject, reason, context.policy.requires(loaded.id, loaded.rule)) for loaded in rules
    )


def _related(change: ReleaseChange, subjects: set[str]) -> tuple[str, ...]:
    """Return the subjects that are dependencies which the release newly brings."""
    if isinstance(change.new_dependencies, Missing):
        return ()
    brought = {str(make_purl(change.new.purl.type, new.requirement.name)) for new in change.new_dependencies.value}
    return tuple(sorted(s for s in subjects if s.rpartition("@")[0] in brought)) if brought else ()


def _unverifiable(subject: str, reason: str, via: tuple[str, ...]) -> Judgement:
    """Something that is named but cannot be looked up: one gap, which leaves it not evaluated."""
    return Judgement(subject, gaps=(Unanswered(INVENTORY, subject, reason, required=True),), via=via)
