"""``doorward guard``: run the user's own command under watch, and judge what every release did in it."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from doorward.engine.conduct import baseline_of
from doorward.engine.context import Context
from doorward.engine.gather.expected import Asked, egress_of, file_hosts
from doorward.engine.gather.indicators import endpoint_indicators
from doorward.engine.gather.resolved import traces
from doorward.engine.gather.run import Circumstances, activities, inherited, shares_of
from doorward.engine.run import ask, select
from doorward.errors import ManifestError, StoreError
from doorward.guard import GuardOptions
from doorward.guard import run as run_watched
from doorward.model.activity import Activity
from doorward.model.dependency import Inventory, InventoryGap
from doorward.model.findings import Coverage, Judgement, Report, Unanswered
from doorward.model.run import (
    Connection,
    ConnectionAttempt,
    Decision,
    FileAccess,
    Grade,
    Mode,
    Outcome,
    Phase,
    Process,
    Run,
)
from doorward.policy import Baseline, Destination, Egress, KnownEndpoint, decide
from doorward.policy.baseline import merge, split_version
from doorward.policy.destinations import normal_host
from doorward.records import dataclass
from doorward.rules import LoadedRule
from doorward.sources.manifests import format_of, read_file, read_project
from doorward.store.intel import FOLDER

#: The rule named by the gap of a command that was not started.
GRADE = "guard/grade"
#: Time in which an opened file is told of.
_SLACK = timedelta(seconds=1)
#: Seconds that a package manager waits for what its index says.
_PATIENCE = 10.0
#: Causes that one line of coverage names.
_CAUSES = 2


@dataclass(frozen=True, slots=True)
class GuardWish:
    """How a command is to be guarded."""

    asked: Asked
    mode: Mode = Mode.OBSERVE
    #: The worst grade that will do, beside what the policy says; None: any.
    required: Grade | None = None
    #: Run it in a network of its own, where that can be had.
    hard: bool = False


@dataclass(frozen=True, slots=True)
class Watched:
    """A run, and what has to be known to judge it."""

    run: Run
    egress: Egress
    #: What the lock files named before the run.
    inventory: Inventory
    #: Why something of the run cannot be told.
    notices: tuple[str, ...] = ()


class Decider:
    """Decides about connections as the run goes on.

    Where the indexes keep their files is asked once, when a package manager first wants to reach a name that nothing
    else explains. Whoever wants to connect waits for that, but not for long.
    """

    def __init__(self, egress: Egress, hosts: Callable[[], Iterable[Destination]]) -> None:
        """``hosts`` says where the configured indexes keep their files."""
        self.egress = egress
        self._hosts = hosts
        self._asking: Thread | None = None
        #: When that was asked: credentials that were opened meanwhile were opened by this process.
        self._times: tuple[datetime, datetime] | None = None

    def __call__(self, attempt: ConnectionAttempt) -> Decision:
        """Decide about one attempt."""
        decision = self.egress.decide(attempt)
        if decision is Decision.ALLOW or attempt.actor.phase is not Phase.RESOLVE or not attempt.host:
            return decision
        if self._asking is None:
            self._asking = Thread(target=self._ask, name="guard-hosts", daemon=True)
            self._asking.start()
        self._asking.join(_PATIENCE)
        return self.egress.decide(attempt)

    def _ask(self) -> None:
        began = datetime.now(UTC)
        with suppress(StoreError):  # what was expected stays so, and whoever uses the store next says what is wrong
            indexes = dict.fromkeys((*self.egress.indexes, *self._hosts()))
            self.egress = replace(self.egress, indexes=tuple(indexes))
        self._times = (began, datetime.now(UTC) + _SLACK)

    def is_own(self, event: FileAccess) -> bool:
        """Whether a read of credentials that no process is known of was this process's own."""
        if self._times is None or event.kind != "credential" or event.actor.processes:
            return False
        return self._times[0] <= event.time <= self._times[1]


def watch(context: Context, wish: GuardWish, notice: Callable[[Connection], None]) -> Watched:
    """Run the command under watch. ``notice`` is told of each distinct connection as it is made.

    Raise PolicyError for a baseline that cannot be read, InternalError where guard itself cannot work.
    """
    asked, policy = wish.asked, context.policy.guard
    inventory = locked(asked.project, context.policy.exclude)
    egress = egress_of(context, inventory, baseline_of(asked.project), asked)
    decider = Decider(egress, lambda: file_hosts(context, inventory))
    grades = [grade for grade in (wish.required, policy.require_grade) if grade is not None]
    with traces(asked.project, context.environ) as left:
        options = GuardOptions(
            mode=wish.mode,
            environment=left.environment(context.environ),
            required=min(grades, key=lambda grade: grade.rank, default=None),
            honey_files=tuple(Path(path).expanduser().absolute() for path in policy.honey_files),
            index_hosts=tuple(dict.fromkeys(index.host for index in egress.indexes)),
            floor_ports=egress.ports(),
            hard=wish.hard,
        )
        run = run_watched(asked.command, options, decider, notice)
        fetched = left.downloads(run.started) if run.exit is not None else ()
    run = replace(
        inherited(run),
        deny_loopback=asked.deny_loopback,
        downloads=fetched,
        files=tuple(event for event in run.files if not decider.is_own(event)),
    )
    return Watched(run, decider.egress, inventory, tuple(left.unread))


def locked(project: Path, exclude: Sequence[str]) -> Inventory:
    """Return what the lock files of a project name: those that git tracks, else those in the folder itself."""
    if any((folder / ".git").exists() for folder in (project, *project.parents)):
        return read_project(project, exclude)
    parts, gaps = [], []
    for name in sorted(os.listdir(project)):  # noqa: PTH208 - names are wanted
        if format_of(name) is not None:
            try:
                parts.append(read_file(project, name))
            except ManifestError as error:
                gaps.append(InventoryGap(name, str(error).removeprefix(f"{name}: ")))
    return Inventory(
        tuple(package for part in parts for package in part.packages),
        (*gaps, *(gap for part in parts for gap in part.gaps)),
        tuple(file for part in parts for file in part.files),
        tuple(index for part in parts for index in part.indexes),
    )


def judge_run(context: Context, watched: Watched) -> Report:
    """Ask the rules what each release did, keep it for the scans to come, and return the report."""
    started = time.perf_counter()
    run = watched.run
    if run.exit is None:
        return _not_started(context, run)
    look = endpoint_indicators(context.store.folder / FOLDER, context.now, [run])
    subjects = activities(run, Circumstances(watched.egress, watched.inventory, look))
    rules = select(context.rules, Activity)
    _remember(context, run)
    seen = context.store.first_seen([item.purl for item in subjects if item.by_library], context.now)
    judgements = [_judgement(context, item, rules, seen.get(item.purl)) for item in subjects]
    decided = decide(context.policy, judgements, now=context.now)
    return Report(
        verdict=decided.verdict,
        subjects=decided.subjects,
        findings=decided.findings,
        gaps=decided.gaps,
        coverage=tuple(_coverage(run, judgements, rules)),
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


def _overflow(run: Run) -> Iterator[str]:
    for table in run.overflow:
        yield f"{table.count} more events of {table.table} were counted and not kept one by one"


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


def learned(watched: Watched) -> tuple[Baseline, Baseline]:
    """Return the baseline as it was, and with what the run showed. What was refused is not learned."""
    egress, run = watched.egress, watched.run
    endpoints = [
        _endpoint(connection)
        for connection in run.connections
        if egress.is_outbound(connection.endpoint)
        and connection.outcome is not Outcome.REFUSED
        and not connection.endpoint.is_metadata_service
        and not egress.is_name_server(connection.endpoint)
        and not (connection.actor.phase is Phase.RESOLVE and egress.is_index(connection.host, connection.endpoint))
    ]
    # Where only packages were resolved a package manager's own parts ran, and nothing of what it resolves.
    ran = [library.purl for library in run.libraries if set(library.phases) - {Phase.RESOLVE}]
    return egress.baseline, merge(egress.baseline, endpoints, ran)


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
