"""``doorward ingest``: make one run of logs that others wrote, and judge it as a watched one."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from doorward.engine.context import Context
from doorward.engine.gather.expected import Asked, baseline_of, egress_of, file_hosts
from doorward.engine.gather.run import inherited
from doorward.engine.guard import Watched
from doorward.engine.guarded import judge_run
from doorward.errors import NothingToScan, SourceError, UsageError
from doorward.guard.handlers.programs import tool_of
from doorward.guard.paths import Sensitive
from doorward.guard.phases import phase_of
from doorward.model.addresses import is_private
from doorward.model.dependency import Inventory
from doorward.model.findings import Coverage, Report, SubjectVerdict, Unanswered, Verdict
from doorward.model.logs import LogReading
from doorward.model.resolution import Download
from doorward.model.run import ConnectionAttempt, Decision, Phase, Run
from doorward.policy import Destination, Egress, destination_of_url
from doorward.records import dataclass, replace
from doorward.sources.logs import Log, Means, Owner, join, machine, open_log
from doorward.sources.manifests import read_file
from doorward.sources.settings import public_index

#: The rule named by the gap of what a log does not tell.
LOG = "ingest/log"
#: Home directories on the machines whose logs are read.
_HOMES = ("/root", "/home/runner", "/home/circleci", "/home/vscode", "/home/node", "/home/ubuntu", "/builds")
_ID_DIGITS = 16
_DNS = 53


@dataclass(frozen=True, slots=True)
class IngestWish:
    """What is to be read, and how it is to be judged."""

    logs: tuple[Path, ...]
    #: The lock files of the project that was built.
    locks: tuple[Path, ...] = ()
    #: Expected in every phase.
    allow: tuple[Destination, ...] = ()
    #: Addresses of the machines that built, where a log tells of others as well.
    clients: frozenset[str] = frozenset()


def ingest(context: Context, wish: IngestWish) -> Report:
    """Read the logs and return the report about the run that they tell of.

    Raise UsageError for a log that is not there, NothingToScan where none can be read, ManifestError for a lock file
    that cannot be read, PolicyError for a baseline that cannot be.
    """
    started = time.perf_counter()
    logs, unread, run_id = _opened(wish.logs)
    inventory = _inventory(wish.locks)
    project = context.project or Path.cwd()
    egress = egress_of(context, inventory, baseline_of(context.project), Asked((), project, wish.allow))
    expected = _Expected(egress, lambda: file_hosts(context, inventory))
    means = Means(
        phase_of=phase_of,
        tool_of=tool_of,
        kind_of=_Kinds(context),
        decide=expected,
        locked_as=_locked(inventory).get,
        public_index=public_index("pypi"),
        now=context.now,
        clients=frozenset(map(machine, wish.clients)),
    )
    run = _with_starters(join(logs, means, run_id))
    run = replace(run, logs=(*run.logs, *unread))
    expected.look_up(run.downloads)
    header = tuple(map(_line, run.logs))
    if context.announce:
        context.announce(header)
    report = _with_gaps(_judged(context, Watched(run, expected.egress, inventory)), run, list(_gaps(run)))
    return replace(report, header=header, seconds=time.perf_counter() - started)


def _opened(paths: Sequence[Path]) -> tuple[list[Log], list[LogReading], str]:
    """Return the logs whose format is known, those whose is not, and an id that the same logs always have."""
    logs: list[Log] = []
    unread: list[LogReading] = []
    identity = hashlib.sha256()
    for path in paths:
        if not path.is_file():
            raise UsageError(f"{path}: {'not a file' if path.exists() else 'no such file'}")
        try:
            head, found = open_log(path)
        except SourceError as error:
            unread.append(LogReading(str(path), "", broken=str(error).removeprefix(f"{path}: ")))
            continue
        identity.update(hashlib.sha256(head).digest())
        logs += found
    if not logs:
        raise NothingToScan("; ".join(f"{item.name}: {item.broken}" for item in unread))
    return logs, unread, identity.hexdigest()[:_ID_DIGITS]


def _inventory(locks: Sequence[Path]) -> Inventory:
    parts = []
    for path in locks:
        if not path.is_file():
            raise UsageError(f"{path}: no such file")
        part = read_file(path.parent, path.name)
        parts.append(replace(part, files=tuple(str((path.parent / name).absolute()) for name in part.files)))
    return Inventory(
        tuple(package for part in parts for package in part.packages),
        tuple(gap for part in parts for gap in part.gaps),
        tuple(file for part in parts for file in part.files),
        tuple(index for part in parts for index in part.indexes),
    )


def _locked(inventory: Inventory) -> dict[str, Owner]:
    """Return the release that each locked digest is of."""
    return {
        str(digest): Owner(package.type, package.name, package.version)
        for package in inventory.packages
        for digest in package.digests
    }


class _Expected:
    """Decides what was expected, on another machine than this one.

    Where the indexes keep their files is asked once, when a log tells of a host that nothing else explains. A private
    address that answers on the port of name servers is one: this machine's own configuration says nothing about that.
    """

    def __init__(self, egress: Egress, hosts: Callable[[], Iterable[Destination]]) -> None:
        self.egress = egress
        self._hosts = hosts
        self._asked = False

    def __call__(self, attempt: ConnectionAttempt) -> Decision:
        """Decide about one attempt."""
        endpoint, names = attempt.endpoint, self.egress.names
        if endpoint.port == _DNS and endpoint.is_ip and is_private(endpoint.address):
            self.egress = replace(self.egress, names=replace(names, servers=names.servers | {endpoint.address}))
        decision = self.egress.decide(attempt)
        if decision is Decision.ALLOW or attempt.actor.phase is not Phase.RESOLVE or not attempt.host:
            return decision
        self._ask()
        return self.egress.decide(attempt)

    def look_up(self, downloads: Iterable[Download]) -> None:
        """Ask where the indexes keep their files, where a download came from a host that is not known."""
        for download in downloads:
            place = destination_of_url(download.index or download.url)
            if place is not None and not any(index.covers(place.host, "", place.port) for index in self.egress.indexes):
                self._ask()
                return

    def _ask(self) -> None:
        if not self._asked:
            self._asked = True
            self.egress = replace(self.egress, indexes=tuple(dict.fromkeys((*self.egress.indexes, *self._hosts()))))


class _Kinds:
    """Tells what a path on another machine is to whoever reads or writes it."""

    def __init__(self, context: Context) -> None:
        planted = (str(Path(path).expanduser()) for path in context.policy.guard.honey_files)
        self._sensitive = Sensitive([*_HOMES, str(context.home)], planted)

    def __call__(self, path: str, written: bool) -> str:  # noqa: FBT001 - what the joining asks for
        """Return "persistence", "credential", "honey" or ""."""
        return self._sensitive.written(path) if written else self._sensitive.read(path)


def _with_starters(run: Run) -> Run:
    """Attribute what nothing explains to what started the program, where processes can be told apart by their ids."""
    known = tuple(event for event in run.executions if event.actor.processes and event.actor.processes[-1].pid)
    others = tuple(event for event in run.executions if not (event.actor.processes and event.actor.processes[-1].pid))
    told = inherited(replace(run, executions=known))
    return replace(told, executions=(*told.executions, *others))


def _judged(context: Context, watched: Watched) -> Report:
    """Judge the run, and say what its attribution rests on."""
    run, report = watched.run, judge_run(context, watched)
    return replace(report, coverage=tuple(_reach(run, line) for line in report.coverage))


def _reach(run: Run, line: Coverage) -> Coverage:
    """Say of the attribution what it rests on, in the words of the logs."""
    if line.kind != "attribution":
        return line
    by = Counter(event.actor.attribution.by for event in (*run.connections, *run.local))
    return replace(line, cause=", ".join(f"{_how(layer)} {count}" for layer, count in by.most_common()))


def _gaps(run: Run) -> Iterator[Unanswered]:
    """Say what could not be read. It decides where nothing else was read of a log, or its end is missing."""
    for log in run.logs:
        nothing = bool(log.broken or (log.refused and not log.events))
        if log.broken:
            yield Unanswered(LOG, run.subject, f"{log.name}: {log.broken}", required=True)
        for line in log.unread:
            yield Unanswered(LOG, run.subject, f"{log.name}:{line.line}: {line.reason}", required=nothing)
        if log.refused > len(log.unread):
            more = f"{log.name}: {log.refused - len(log.unread):,} more lines could not be read"
            yield Unanswered(LOG, run.subject, more, required=nothing)


def _with_gaps(report: Report, run: Run, gaps: Sequence[Unanswered]) -> Report:
    """Return the report with what the logs do not tell, and with the verdict that follows from it."""
    notices = tuple(f"{log.name}: {limit}" for log in run.logs for limit in log.limits)
    report = replace(report, gaps=(*report.gaps, *gaps), notices=(*report.notices, *notices))
    if not any(gap.required for gap in gaps):
        return report
    worst = min(report.verdict, Verdict.NOT_EVALUATED, key=lambda verdict: verdict.rank)
    subjects = tuple(item for item in report.subjects if item.subject != run.subject)
    own = next((item for item in report.subjects if item.subject == run.subject), None)
    verdict = min(own.verdict, Verdict.NOT_EVALUATED, key=lambda verdict: verdict.rank) if own else worst
    mine = replace(own, verdict=verdict) if own else SubjectVerdict(run.subject, Verdict.NOT_EVALUATED)
    return replace(report, verdict=worst, incomplete=True, subjects=(*subjects, mine))


def _line(log: LogReading) -> tuple[str, str]:
    """Return what a person should know of one log before reading on."""
    if not log.format:
        return log.name, log.broken
    parts = [log.format]
    if log.connections:
        parts.append(f"{log.connections:,} connection{'' if log.connections == 1 else 's'}")
        named = ", ".join(f"{count:,} {_how(by)}" for by, count in log.attributed)
        parts.append(f"to a package: {named}" if named else f"none to a package ({log.reach})")
    else:
        parts.append(f"{log.events:,} event{'' if log.events == 1 else 's'}")
    if log.refused:
        first = f", the first is line {log.unread[0].line}" if log.unread else ""
        parts.append(f"{log.refused:,} line{'' if log.refused == 1 else 's'} not read{first}")
    return log.name, "; ".join(parts)


def _how(by: str) -> str:
    return by if by.startswith("by ") else f"by {by}"
