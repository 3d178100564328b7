"""Make one run of what several logs tell, and say how far their connections could be attributed."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from types import ModuleType

from doorward.model.logs import LogReading, UnreadLine
from doorward.model.purl import make_purl
from doorward.model.resolution import Download
from doorward.model.run import (
    Actor,
    Connection,
    ConnectionAttempt,
    Decision,
    Endpoint,
    Execution,
    FileAccess,
    Grade,
    LibraryUse,
    Mode,
    Outcome,
    Overflow,
    Phase,
    Query,
    Run,
)
from doorward.records import dataclass, replace
from doorward.sources.logs._actors import BY_TIME, NOBODY_KNOWN, attribution
from doorward.sources.logs._events import Event, Owner, Refused
from doorward.sources.logs._gathered import Gathered, Means
from doorward.sources.logs._merge import Row, merged

#: Unread lines that are named, and characters of a reason.
_NAMED = 20
_REASON = 120
_UNKNOWN = attribution(None, NOBODY_KNOWN)


@dataclass(frozen=True, slots=True)
class Log:
    """A log whose format is known."""

    name: str
    format: ModuleType
    #: What its lines tell, in the order of its lines. May raise OSError, EOFError or zlib.error on the way.
    events: Iterable[Event | Refused]

    @property
    def tells_when(self) -> bool:
        """Whether it is needed to read the others."""
        return bool(getattr(self.format, "FIRST", False))


def join(logs: Iterable[Log], means: Means, run_id: str) -> Run:
    """Return what the logs tell, as one run. Every log is read once, line by line."""
    gathered = Gathered(means)
    readings = {}
    for log in sorted(logs, key=lambda log: not log.tells_when):
        readings[log.name, log.format.NAME] = _read(gathered, log)
    return _Finish(gathered, means).run(run_id, tuple(readings.values()))


def _read(gathered: Gathered, log: Log) -> LogReading:
    """Take the events of one log in. What cannot be read is counted, and the first of it is named."""
    gathered.begin(log.name, log.format.NAME)
    events = refused = 0
    unread: list[UnreadLine] = []
    broken = ""
    try:
        for event in log.events:
            if isinstance(event, Refused):
                refused += 1
                if len(unread) < _NAMED:
                    unread.append(UnreadLine(event.line, event.reason[:_REASON]))
            else:
                events += 1
                gathered.take(event)
    except (OSError, EOFError, zlib.error) as error:
        broken = f"it cannot be read to its end: {error}"
    if gathered.elsewhere:
        gathered.limit(f"{gathered.elsewhere} of its records are of other machines and were left out")
    if gathered.elsewhere and gathered.elsewhere == events:
        broken = broken or "none of its records is of the machine that was asked for"
    return LogReading(
        log.name,
        log.format.NAME,
        log.format.REACH,
        events,
        gathered.ways.total(),
        _ways(gathered),
        refused,
        tuple(unread),
        tuple(gathered.limits),
        broken,
    )


def _ways(gathered: Gathered) -> tuple[tuple[str, int], ...]:
    """Return what names the packages of a log's connections, and how often."""
    ways: Counter[str] = Counter()
    for number, count in gathered.ways.items():
        told = gathered.actors[number].attribution
        if told.package:
            ways[told.by] += count
    return tuple(ways.most_common())


class _Finish:
    """Makes a run of the tables."""

    def __init__(self, gathered: Gathered, means: Means) -> None:
        self._gathered = gathered
        self._means = means
        self._start = gathered.first or means.now
        self._versions: dict[tuple[str, str], set[str]] = defaultdict(set)
        for owner, _ in gathered.used:
            self._learn(owner)
        for (_, event), _ in gathered.downloads:
            self._learn(event.owner)

    def _learn(self, owner: Owner | None) -> None:
        if owner is not None and owner.version:
            name = make_purl(owner.ecosystem, owner.package).full_name
            self._versions[owner.ecosystem, name].add(owner.version)

    def run(self, run_id: str, logs: tuple[LogReading, ...]) -> Run:
        """Return the run."""
        gathered = self._gathered
        rows = list(self._connections())
        ended = gathered.ended
        tables = (gathered.contacts, gathered.queries, gathered.programs, gathered.files, gathered.downloads)
        overflow = [Overflow(table.name, table.overflow, table.overflow) for table in tables if table.overflow]
        if gathered.actors.timeline.dropped:
            overflow.append(Overflow("windows", gathered.actors.timeline.dropped))
        return Run(
            id=run_id,
            command=ended.command if ended else (),
            mode=Mode.OBSERVE,
            started=self._start,
            seconds=(gathered.last - self._start).total_seconds() if gathered.last else 0.0,
            exit=ended.exit if ended else None,
            signal=None,
            grade=Grade.OBSERVED,
            connections=tuple(row for row in rows if row.endpoint.family != "unix"),
            local=tuple(row for row in rows if row.endpoint.family == "unix"),
            queries=tuple(self._queries()),
            executions=tuple(self._executions()),
            files=tuple(self._files()),
            libraries=tuple(self._libraries()),
            overflow=tuple(overflow),
            names_visible=bool(gathered.names) and any(True for _ in gathered.queries),
            refused=sum(row.count for row in rows if row.outcome is Outcome.REFUSED),
            downloads=tuple(self._downloads()),
            logs=logs,
        )

    def _time(self, time: datetime | None) -> datetime:
        return time or self._start

    def _actor(self, number: int) -> Actor:
        return self._named(self._gathered.actors[number])

    def _named(self, actor: Actor) -> Actor:
        """Return an actor with the version of its package where all logs together tell of one only."""
        told = actor.attribution
        versions = self._versions.get((told.ecosystem, told.package), set())
        if not told.package or told.version or len(versions) != 1:
            return actor
        (version,) = versions
        purl = str(make_purl(told.ecosystem, told.package, version))
        return replace(actor, attribution=replace(told, version=version, purl=purl))

    def _connections(self) -> Iterator[Connection]:
        for row in merged(self._rows(), self._gathered.names):
            actor = self._managed(row)
            attempt = ConnectionAttempt(actor, row.endpoint, row.host, row.call)
            allowed = not row.refused and self._means.decide(attempt) is Decision.ALLOW
            outcome = Outcome.REFUSED if row.refused else Outcome.ALLOWED if allowed else Outcome.OBSERVED
            yield Connection(self._time(row.time), actor, row.endpoint, row.host, outcome, row.call, row.count)

    def _rows(self) -> Iterator[Row]:
        several = self._gathered.several_machines
        for (source, key), counted in self._gathered.contacts:
            number, network, where, port, protocol, host, refused, call, repeats, shared = key
            actor = self._gathered.actors[number]
            if network and several and actor.attribution.by == BY_TIME:
                actor = Actor(Phase.RUN, (), _UNKNOWN)
            endpoint = _endpoint(where, port, protocol)
            counts = {(source, repeats): counted.count}
            yield Row(self._named(actor), endpoint, host, refused, call, counted.time, counts, shared)

    def _managed(self, row: Row) -> Actor:
        """Return the package manager for what it may reach itself, where a log cannot tell it from the package."""
        if not row.shared:
            return row.actor
        manager = Actor(Phase.RESOLVE, row.actor.processes, attribution(None, row.actor.attribution.by))
        attempt = ConnectionAttempt(manager, row.endpoint, row.host, row.call)
        return manager if self._means.decide(attempt) is Decision.ALLOW else row.actor

    def _queries(self) -> Iterator[Query]:
        for (number, name, kind, refused), row in self._gathered.queries:
            actor = self._actor(number)
            attempt = ConnectionAttempt(actor, Endpoint("unresolved"), name, "dns")
            allowed = not refused and self._means.decide(attempt) is Decision.ALLOW
            outcome = Outcome.REFUSED if refused else Outcome.ALLOWED if allowed else Outcome.OBSERVED
            yield Query(self._time(row.time), actor, name, kind, outcome, row.answers, row.count)

    def _executions(self) -> Iterator[Execution]:
        for (number, path, argv), row in self._gathered.programs:
            tool = self._means.tool_of(path, argv)
            yield Execution(self._time(row.time), self._actor(number), path, argv, tool, row.count)

    def _files(self) -> Iterator[FileAccess]:
        for (number, path, kind, operation, seen_by), row in self._gathered.files:
            yield FileAccess(self._time(row.time), self._actor(number), path, kind, operation, seen_by, row.count)

    def _libraries(self) -> Iterator[LibraryUse]:
        phases: dict[tuple[str, str, str], dict[Phase, None]] = defaultdict(dict)
        for owner, phase in self._gathered.used:
            purl = make_purl(owner.ecosystem, owner.package, owner.version)
            phases[owner.ecosystem, purl.full_name, owner.version][phase] = None
        for (ecosystem, package, version), during in phases.items():
            yield LibraryUse(ecosystem, package, version, str(make_purl(ecosystem, package, version)), tuple(during))

    def _downloads(self) -> Iterator[Download]:
        for (name, event), row in self._gathered.downloads:
            if event.owner is not None:
                yield Download(
                    self._time(row.time),
                    event.owner.ecosystem,
                    event.owner.package,
                    event.owner.version,
                    event.url,
                    event.digests,
                    name,
                    event.index,
                    event.demanded,
                    event.build,
                )


def _endpoint(where: str, port: int, protocol: str) -> Endpoint:
    if protocol == "unix":
        return Endpoint("unix", where, 0, "unix")
    if not where:
        return Endpoint("unresolved", "", port, protocol)
    return Endpoint("ipv6" if ":" in where else "ipv4", where, port, protocol)
