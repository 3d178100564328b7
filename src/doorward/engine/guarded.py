"""What a guarded run did: judged release by release, and learned as what the next ones may do.

It is loaded when the command has ended: what starts a command does not wait for the rules.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from doorward.discovery import Late
from doorward.engine.context import Context
from doorward.engine.gather.run import Circumstances, Lookup, activities, no_feed, shares_of
from doorward.engine.guard import Watched
from doorward.engine.run import ask, select
from doorward.model.activity import Activity
from doorward.model.findings import Coverage, Judgement, Report, Unanswered
from doorward.model.run import Connection, Outcome, Phase, Process, Run
from doorward.policy import Baseline, Egress, KnownEndpoint, decide
from doorward.policy.baseline import merge, split_version
from doorward.policy.destinations import normal_host
from doorward.records import dataclass, replace
from doorward.rules import LoadedRule
from doorward.store.intel import FOLDER

if TYPE_CHECKING:
    from doorward.engine.gather import indicators
else:
    indicators = Late("doorward.engine.gather.indicators")

#: The rule named by the gap of a command that was not started.
GRADE = "guard/grade"
#: The rule named by the gap of a run that was not watched, or not to the end.
WATCH = "guard/watch"
#: Causes that one line of coverage names.
_CAUSES = 2


def judge_run(context: Context, watched: Watched) -> Report:
    """Ask the rules what each release did, keep it for the scans to come, and return the report."""
    started = time.perf_counter()
    run = watched.run
    if not run.took_place:
        return _not_started(context, run)
    look = _indicators(context, run)
    subjects = activities(run, Circumstances(watched.egress, watched.inventory, look))
    rules = select(context.rules, Activity)
    _remember(context, run)
    seen = context.store.first_seen([item.purl for item in subjects if item.by_library], context.now)
    judgements = [_judgement(context, item, rules, seen.get(item.purl)) for item in subjects]
    judgements = [
        replace(item, gaps=(*item.gaps, *_unwatched(run))) if item.subject == run.subject else item
        for item in judgements
    ]
    decided = decide(context.policy, judgements, now=context.now)
    return Report(
        verdict=decided.verdict,
        subjects=decided.subjects,
        findings=decided.findings,
        gaps=decided.gaps,
        coverage=(*_coverage(run, judgements, rules), *_behind_proxies(run, watched.egress)),
        notices=(*watched.notices, *_overflow(run), *decided.notices),
        incomplete=decided.incomplete,
        until=decided.until,
        packages=sum(item.by_library for item in subjects),
        evaluated=sum(item.evaluated for item in judgements),
        header=_header(run),
        seconds=run.seconds + time.perf_counter() - started,
        observed_at=context.now,
        files=watched.inventory.files,
        run=run,
    )


def _indicators(context: Context, run: Run) -> Lookup:
    folder = context.store.folder / FOLDER
    return indicators.endpoint_indicators(folder, context.now, [run]) if folder.is_dir() else no_feed


def _not_started(context: Context, run: Run) -> Report:
    """Return the report of a command that was not started, since the machine cannot enforce what was asked for."""
    wanted = run.required.value if run.required else "none"
    why = "; ".join(run.missing) or "nothing is enforced in observe mode"
    reason = f"grade {wanted} is required, {run.grade.value} is what can be had: {why}"
    judgement = Judgement(run.subject, gaps=(Unanswered(GRADE, run.subject, reason, required=True),))
    decided = decide(context.policy, [judgement], now=context.now)
    return Report(
        verdict=decided.verdict,
        subjects=decided.subjects,
        findings=(),
        gaps=decided.gaps,
        notices=decided.notices,
        incomplete=True,
        header=_header(run),
        observed_at=context.now,
        run=run,
    )


def _remember(context: Context, run: Run) -> None:
    """Keep what each release did, of those whose version is known."""
    shares = {purl: share for purl, share in shares_of(run).items() if split_version(purl)[1]}
    if shares:
        context.store.put_runs(shares)


def _judgement(context: Context, item: Activity, rules: Sequence[LoadedRule], first_seen: datetime | None) -> Judgement:
    answers = ask(item, rules, context.policy.requires)
    return Judgement(item.subject, answers.findings, answers.gaps, answers.evaluated, first_seen=first_seen)


def _coverage(run: Run, judgements: Sequence[Judgement], rules: Sequence[LoadedRule]) -> Iterator[Coverage]:
    """Say how many connections have a name behind them, and how far each kind of evidence reaches."""
    events = (*run.connections, *run.local)
    named = sum(bool(event.actor.attribution.package or event.actor.attribution.where) for event in events)
    by = Counter(event.actor.attribution.by for event in events)
    how = ", ".join(f"{layer} {count}" for layer, count in by.most_common())
    yield Coverage("attribution", named, len(events), how and f"told by {how}")
    kinds: dict[str, set[str]] = {}
    for loaded in rules:
        kinds.setdefault(loaded.rule.family.coverage, set()).add(loaded.id)
    for kind, ids in sorted(kinds.items()):
        causes: Counter[str] = Counter()
        answered = 0
        for item in judgements:
            reasons = {gap.reason for gap in item.gaps if gap.rule in ids}
            answered += not reasons
            causes.update(reasons)
        yield Coverage(kind, answered, len(judgements), "; ".join(reason for reason, _ in causes.most_common(_CAUSES)))


def _behind_proxies(run: Run, egress: Egress) -> Iterator[Coverage]:
    """Say how many connections went to a proxy: where they led to from there is not seen."""
    reached = [item for item in run.connections if item.outcome is not Outcome.REFUSED and item.endpoint.is_ip]
    hidden = [item for item in reached if egress.is_proxy(item.host, item.endpoint)]
    if hidden:
        named = ", ".join(dict.fromkeys(str(item.endpoint) for item in hidden[:_CAUSES]))
        cause = f"a proxy hides what lies behind it: {named}"
        yield Coverage("destinations", len(reached) - len(hidden), len(reached), cause)


def _unwatched(run: Run) -> Iterator[Unanswered]:
    """Say what no rule could look at: without it the run is not called clean."""
    lost = (f"{item.lost:,} events of {item.table} were counted only" for item in run.overflow if item.lost)
    for reason in (*run.unwatched, *lost):
        yield Unanswered(WATCH, run.subject, reason, required=True)


def _overflow(run: Run) -> Iterator[str]:
    for table in run.overflow:
        gathered = table.table in {"connections", "local"} and any(c.gathered for c in getattr(run, table.table))
        how = "are gathered by package and address, or by package alone" if gathered else "were counted"
        yield f"{table.count:,} more events of {table.table} {how}, and not kept one by one"


def _header(run: Run) -> tuple[tuple[str, str], ...]:
    if run.exit is None:
        ended = "not started"
    else:
        ended = f"ended by signal {run.signal}" if run.signal else f"ended with {run.exit}"
    missing = f" (missing: {'; '.join(run.missing)})" if run.missing else ""
    return (
        ("guard", Process(0, run.command).title),
        ("mode", f"{run.mode.value}, grade {run.grade.value}{missing}"),
        ("run", f"{run.id}, {ended}"),
    )


@dataclass(frozen=True, slots=True)
class Learning:
    """What a run adds to a baseline."""

    before: Baseline
    #: With all that the run showed.
    after: Baseline
    #: The same, but of no release in ``held`` anything.
    safe: Baseline
    #: Releases that reached a new endpoint, and are of another version than the baseline knows: (purl, those versions).
    held: tuple[tuple[str, str], ...]


def learned(watched: Watched) -> Learning:
    """Return what the run adds to the baseline. What was refused is not learned.

    A new endpoint that came with another version is the sign that the baseline is for: a person has to take it.
    """
    egress, run = watched.egress, watched.run
    endpoints = [
        (connection.actor.attribution.purl, _endpoint(connection))
        for connection in run.connections
        if egress.is_outbound(connection.endpoint)
        and connection.outcome is not Outcome.REFUSED
        and not connection.endpoint.is_metadata_service
        and not egress.is_name_server(connection.endpoint)
        and not (connection.actor.phase is Phase.RESOLVE and egress.is_index(connection.host, connection.endpoint))
    ]
    # Where only packages were resolved a package manager's own parts ran, and nothing of what it resolves.
    ran = [library.purl for library in run.libraries if set(library.phases) - {Phase.RESOLVE}]
    before = egress.baseline
    held = dict(_held(before, endpoints))
    return Learning(
        before,
        merge(before, [item for _, item in endpoints], ran),
        merge(
            before, [item for purl, item in endpoints if purl not in held], [purl for purl in ran if purl not in held]
        ),
        tuple(sorted(held.items())),
    )


def _held(before: Baseline, endpoints: Iterable[tuple[str, KnownEndpoint]]) -> Iterator[tuple[str, str]]:
    for purl, item in endpoints:
        known = before.of(purl)
        if known is not None and known.upgraded and len(merge(before, [item], ()).endpoints) > len(before.endpoints):
            yield purl, known.low if known.low == known.high else f"{known.low} ... {known.high}"


def _endpoint(connection: Connection) -> KnownEndpoint:
    attribution = connection.actor.attribution
    package, version = split_version(attribution.purl)
    names = [item.partition(" ")[0] for item in attribution.chain]
    outer = names[names.index(attribution.package) + 1 :] if attribution.package in names else []
    return KnownEndpoint(
        connection.actor.phase.value,
        package,
        normal_host(connection.host or connection.endpoint.address),
        connection.endpoint.port,
        connection.endpoint.protocol,
        outer[0] if outer else "",
        (version, version),
    )
