"""What logs have told so far, in tables that do not grow with the logs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from doorward.model.purl import normalise_name
from doorward.model.run import ConnectionAttempt as Attempt
from doorward.model.run import Decision, Phase
from doorward.records import dataclass
from doorward.sources.logs._actors import Actors, PhaseOf
from doorward.sources.logs._events import (
    Contact,
    Ended,
    Event,
    Fetched,
    Limit,
    Lookup,
    Owner,
    Script,
    Started,
    Touched,
    Used,
    Who,
    Window,
)
from doorward.sources.logs._tables import Table
from doorward.sources.logs._values import LONGEST_NAME

#: Names of addresses, machines, and answers to one question that are remembered.
_NAMES = 50_000
_CLIENTS = 1_000
_ANSWERS = 32
_LIMITS = 20


@dataclass(frozen=True, slots=True)
class Means:
    """What is known elsewhere and needed to join: of processes, of paths, of the policy, of the lock."""

    #: The phase of the last process of a chain, by the processes and their environments.
    phase_of: PhaseOf
    #: "download", "decode", "shell" or "" for a program's path and arguments.
    tool_of: Callable[[str, tuple[str, ...]], str]
    #: "persistence", "credential", "honey" or "" for a path, by whether it was written.
    kind_of: Callable[[str, bool], str]
    decide: Callable[[Attempt], Decision]
    #: The release whose locked digest this is ("sha512:HEX"), None where none has it.
    locked_as: Callable[[str], Owner | None]
    #: Python's public index: pip does not write the address of what came from there.
    public_index: str
    #: The time where no log tells one.
    now: datetime
    #: The machines whose connections count, as logs of networks write them; none: all.
    clients: frozenset[str] = frozenset()


#: The actor's number, whether a network's log tells it, address or socket, port, protocol, host, stopped, call, counts.
ContactKey = tuple[int, bool, str, int, str, str, bool, str, bool, bool]


class Gathered:
    """Takes events in, one log after the other: first those that tell what went on when."""

    def __init__(self, means: Means) -> None:
        self.actors = Actors(means.phase_of)
        self.contacts: Table[tuple[str, ContactKey]] = Table("connections")
        self.queries: Table[tuple[int, str, str, bool]] = Table("queries")
        self.programs: Table[tuple[int, str, tuple[str, ...]]] = Table("executions")
        self.files: Table[tuple[int, str, str, str, str]] = Table("files")
        self.downloads: Table[tuple[str, Fetched]] = Table("downloads")
        self.used: dict[tuple[Owner, Phase], None] = {}
        self.names: dict[str, str] = {}
        self.clients: dict[str, None] = {}
        self.ended: Ended | None = None
        self.first: datetime | None = None
        self.last: datetime | None = None
        #: Of the log that is read: connections by actor, records of other machines, what it cannot tell.
        self.source = self.name = ""
        self.elsewhere = 0
        self.ways: Counter[int] = Counter()
        self.limits: dict[str, None] = {}
        self._means = means
        self._take: Mapping[type, Callable[..., None]] = {
            Contact: self._contact,
            Lookup: self._lookup,
            Started: self._started,
            Touched: self._touched,
            Window: self._window,
            Script: self._script,
            Fetched: self._fetched,
            Used: self._used,
            Ended: self._end,
            Limit: self._limit,
        }

    def begin(self, name: str, source: str) -> None:
        """Begin another log."""
        self.name, self.source = name, source
        self.elsewhere = 0
        self.ways, self.limits = Counter(), {}
        self.actors.renew()

    def take(self, event: Event) -> None:
        """Take an event in."""
        self._take[type(event)](event)

    def limit(self, phrase: str) -> None:
        """Take note of something that the log cannot tell."""
        if len(self.limits) < _LIMITS:
            self.limits[phrase] = None

    @property
    def several_machines(self) -> bool:
        """Whether connections of several machines count, so that none can be attributed by its time."""
        return len(self.clients) > 1

    def _is_elsewhere(self, who: Who) -> bool:
        """Whether an event is of a machine that was not asked for. Machines of the others are remembered."""
        if not who.client:
            return False
        if self._means.clients and who.client not in self._means.clients:
            self.elsewhere += 1
            return True
        if len(self.clients) < _CLIENTS:
            self.clients[who.client] = None
        return False

    def _time(self, time: datetime | None) -> None:
        if time is not None:
            if self.first is None or time < self.first:
                self.first = time
            if self.last is None or time > self.last:
                self.last = time

    def _contact(self, event: Contact) -> None:
        who = event.who
        if self._is_elsewhere(who):
            return
        self._time(event.time)
        actor = self.actors.of(who, event.time)
        if event.host and event.address:
            self._learn(event.address, event.host)
        self.contacts.add(
            (
                self.source,
                (
                    *(actor, bool(who.client), event.socket or event.address, event.port, event.protocol),
                    *(event.host, event.refused, event.call, event.repeats, who.shared),
                ),
            ),
            event.time,
        )
        if not event.repeats:
            self.ways[actor] += 1

    def _learn(self, address: str, name: str) -> None:
        if len(self.names) < _NAMES or address in self.names:
            self.names[address] = name

    def _lookup(self, event: Lookup) -> None:
        if self._is_elsewhere(event.who) or not event.name:
            return
        self._time(event.time)
        for address in event.answers:
            self._learn(address, event.name)
        row = self.queries.add(
            (self.actors.of(event.who, event.time), event.name, event.type, event.refused), event.time
        )
        if row is not None and len(row.answers) < _ANSWERS:
            row.answers = tuple(dict.fromkeys((*row.answers, *event.answers)))[:_ANSWERS]

    def _started(self, event: Started) -> None:
        self._time(event.time)
        self.programs.add((self.actors.of(event.who, event.time), event.path, event.argv), event.time)

    def _touched(self, event: Touched) -> None:
        kind = self._means.kind_of(event.path, event.operation != "read")
        if kind:
            self._time(event.time)
            actor = self.actors.of(event.who, event.time)
            self.files.add((actor, event.path, kind, event.operation, event.seen_by), event.time)

    def _window(self, event: Window) -> None:
        self._time(event.start)
        self._time(event.end)
        self.actors.timeline.add(event)

    def _script(self, event: Script) -> None:
        self.actors.scripts.add(event)
        argv = ("sh", "-c", event.command)
        who = Who(phase=event.phase, owner=event.owner, by=self.source)
        self._started(Started(time=event.time, path="sh", argv=argv, who=who))
        self._used(Used(event.owner, event.phase))

    def _fetched(self, event: Fetched) -> None:
        self._time(event.time)
        owner = event.owner or next(filter(None, map(self._means.locked_as, event.demanded)), None)
        if owner is None:
            self.limit(
                f"bytes came that did not have the demanded digest {event.demanded[0][:40]}, of an unnamed package"
            )
            return
        if not _is_sound(owner):
            return
        named = Owner(owner.ecosystem, normalise_name(owner.ecosystem, owner.package), owner.version)
        url = event.url or (self._means.public_index if named.ecosystem == "pypi" else "")
        self.downloads.add((self.name, msgspec.structs.replace(event, owner=named, url=url, time=None)), event.time)

    def _used(self, event: Used) -> None:
        if len(self.used) < _NAMES and _is_sound(event.owner):
            self.used[event.owner, event.phase] = None

    def _end(self, event: Ended) -> None:
        self._time(event.time)
        self.ended = event

    def _limit(self, event: Limit) -> None:
        self.limit(event.phrase)


def _is_sound(owner: Owner) -> bool:
    """Whether a release may be called that: no registry has longer names."""
    return 0 < len(owner.package) <= LONGEST_NAME and len(owner.version) <= LONGEST_NAME
