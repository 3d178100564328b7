"""Judge what public records of events tell of a repository: moves that no clone shows, and who was let in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from doorward.engine.context import Context
from doorward.engine.contributions import Judged, judge, rules_for
from doorward.engine.gather.habits import History
from doorward.engine.gather.happenings import Ground, members_of, moves_of
from doorward.engine.gather.inquiry import Inquiry
from doorward.engine.gather.ledger import Questions
from doorward.errors import FetchError, UsageError
from doorward.model.facts import Known
from doorward.model.findings import Coverage
from doorward.model.happenings import EventReading, Happening, MemberAdded
from doorward.model.history import RefMove
from doorward.records import dataclass, field
from doorward.sources.events.gharchive import read_events
from doorward.sources.repositories.location import Repository
from doorward.sources.repositories.refs import present

#: Bytes of one file that is fetched.
_FETCHED = 2 << 30
_WEB = ("https://", "http://")


@dataclass(slots=True)
class EventsJudged:
    """What came of it."""

    moves: Judged = field(default_factory=Judged)
    members: Judged = field(default_factory=Judged)
    #: None where no events were given.
    coverage: Coverage | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventsRead:
    """What the given files hold of one repository."""

    readings: tuple[EventReading, ...] = ()
    #: What had happened by now.
    happenings: tuple[Happening, ...] = ()


def read_all(context: Context, given: Sequence[str], repository: Repository) -> EventsRead:
    """Read the given files and addresses.

    Raises :class:`UsageError` where a file is not there, or the repository has no name by which events could know it.
    """
    if not given:
        return EventsRead()
    address = repository.subject.removeprefix("git+")
    name = urlsplit(address).path.strip("/")
    if not urlsplit(address).netloc or name.count("/") != 1:
        raise UsageError("events name repositories as owner/name, and this one has no origin that tells its own")
    context.progress.phase("files of events", len(given))
    readings = []
    for place in given:
        readings.append(_read(context, place, name))
        context.progress.advance()
    happenings = (event for reading in readings for event in reading.happenings if event.time <= context.now)
    return EventsRead(tuple(readings), tuple(happenings))


def judge_events(
    context: Context,
    read: EventsRead,
    repository: Repository,
    history: History,
    known: tuple[datetime | None, Iterable[RefMove]],
) -> EventsJudged:
    """Judge what events tell since a moment, without the moves that the ledger tells as well."""
    if not read.readings:
        return EventsJudged()
    since, told = known[0], {_step(move) for move in known[1]}
    happenings = [event for event in read.happenings if since is None or event.time >= since]
    ask = Inquiry(repository, history.people)
    ground = Ground(
        repository.subject,
        repository.listing,
        Questions(ask.descends, ask.on_branch),
        lambda one: bool(present(repository.git, [one])),
        context.now,
    )
    requires = context.policy.requires
    return EventsJudged(
        judge(
            (move for move in moves_of(happenings, ground) if _step(move) not in told),
            rules_for(context.rules, RefMove),
            requires,
        ),
        judge(members_of(happenings, ground, history), rules_for(context.rules, MemberAdded), requires),
        _coverage(read.readings),
        tuple(_notices(read.readings)),
    )


def _step(move: RefMove) -> tuple[str, str, str]:
    """Return from where to where a ref went."""
    return move.ref, move.old.value.object if isinstance(move.old, Known) else "", move.new


def _read(context: Context, place: str, name: str) -> EventReading:
    if not place.lower().startswith(_WEB):
        if not Path(place).exists():
            raise UsageError(f"there is no file of events at {place}")
        return read_events(Path(place), name)
    label = urlsplit(place).path.rpartition("/")[2]
    with tempfile.NamedTemporaryFile(prefix="doorward-events-") as file:
        try:
            context.http.download(place, file, cap=_FETCHED, algorithms=())
        except FetchError as error:
            return EventReading(label, broken=str(error))
        file.flush()
        read = read_events(Path(file.name), name)
        return EventReading(label, read.happenings, read.lines, read.refused, read.unread, read.broken)


def _coverage(readings: Sequence[EventReading]) -> Coverage:
    """Say how many files could be read as a whole."""
    damaged = [f"{reading.name}: {reading.broken or _damaged(reading)}" for reading in readings if not _whole(reading)]
    return Coverage("events", len(readings) - len(damaged), len(readings), "; ".join(damaged[:2]))


def _notices(readings: Sequence[EventReading]) -> Iterator[str]:
    for reading in readings:
        if reading.broken:
            yield f"{reading.name}: {reading.broken}"
        for line in reading.unread:
            yield f"{reading.name}, line {line.line}: no event: {line.reason}"
        if reading.refused > len(reading.unread):
            yield f"{reading.name}: {reading.refused - len(reading.unread):,} more lines are no events"


def _whole(reading: EventReading) -> bool:
    return not reading.broken and not reading.refused


def _damaged(reading: EventReading) -> str:
    return f"{reading.refused:,} of {reading.lines:,} lines are no events"
