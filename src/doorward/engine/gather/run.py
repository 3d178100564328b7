"""Split a run into what each release did: pure functions from events to the subjects of the runtime rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from doorward.guard.attribution.distributions import Distribution
from doorward.model.activity import Activity, Contact, Fetch, Locked
from doorward.model.dependency import Inventory
from doorward.model.facts import Fact, Known, Missing
from doorward.model.intelligence import IndicatorMatch
from doorward.model.purl import parse_purl
from doorward.model.resolution import Download
from doorward.model.run import Actor, Attribution, Connection, ConnectionAttempt, Decision, Endpoint, Outcome, Run
from doorward.policy import Egress, destination_of_url
from doorward.records import dataclass, replace

#: Tables of a run whose events have an actor.
_TABLES = ("connections", "local", "queries", "listeners", "executions", "files", "evasions", "neighbours")
_NAMELESS = Missing("how names are looked up could not be seen")
_NO_KERNEL = Missing("no filter of the kernel told of the calls")
_NO_CHANGES = Missing("changes of files are not watched in tests")

#: Hosts and endpoints -> the live indicators among them.
Lookup = Callable[[Sequence[tuple[str, Endpoint]]], Fact[tuple[IndicatorMatch, ...]]]
_Started = Mapping[tuple[int, int], Attribution]


def no_feed(_endpoints: Sequence[tuple[str, Endpoint]]) -> Fact[tuple[IndicatorMatch, ...]]:
    """Know of no indicator."""
    return Missing("no feed is imported")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What has to be known beside the run itself."""

    egress: Egress = Egress()
    #: What the lock files named before the run.
    inventory: Inventory = Inventory()
    indicators: Lookup = no_feed


def inherited(run: Run) -> Run:
    """Return the run with what nothing explains attributed to the release that started the program.

    A program that a library starts speaks for that library: a call of curl has no language to say so.
    """
    started = {
        (event.actor.processes[-1].pid, event.actor.processes[-1].started): event.actor.attribution
        for event in run.executions
        if event.actor.processes and _speaks(event.actor.attribution)
    }
    if not started:
        return run
    tables: dict[str, Any] = {name: _inherit(getattr(run, name), started) for name in _TABLES}
    return replace(run, **tables)


def _speaks(attribution: Attribution) -> bool:
    """Whether an attribution names more than what starts programs for others."""
    known = Distribution(attribution.ecosystem, attribution.package, attribution.version)
    return bool(attribution.package) and not known.is_transport


def _inherit(events: Iterable[Any], started: _Started) -> tuple[Any, ...]:
    return tuple(replace(event, actor=_with_starter(event.actor, started)) for event in events)


def _with_starter(actor: Actor, started: _Started) -> Actor:
    if actor.attribution.package or actor.attribution.where:
        return actor
    for process in reversed(actor.processes):
        starter = started.get((process.pid, process.started))
        if starter is not None:
            chosen = replace(
                actor.attribution,
                ecosystem=starter.ecosystem,
                package=starter.package,
                version=starter.version,
                purl=starter.purl,
                where=starter.where,
                chain=starter.chain,
                test=actor.attribution.test or starter.test,
                by="start of the program",
            )
            return replace(actor, attribution=chosen)
    return actor


def activities(run: Run, known: Circumstances) -> tuple[Activity, ...]:
    """Return one activity a release that ran, by purl, and first the one of the run itself."""
    shares = shares_of(run)
    for library in run.libraries:
        shares.setdefault(library.purl, _empty(run))
    shares.setdefault("", _empty(run))
    programs = programs_of(run)
    return tuple(replace(activity(purl, shares[purl], known), programs=programs) for purl in sorted(shares))


def programs_of(run: Run) -> frozenset[str]:
    """Return the names of the programs that ran: the command's own words, and those of every process of an event."""
    processes = {process for name in _TABLES for event in getattr(run, name) for process in event.actor.processes}
    parts = [*run.command, *(part for process in processes for part in (process.exe, *process.argv[:2]))]
    return frozenset(part.rpartition("/")[2] for part in parts if part)


def shares_of(run: Run) -> dict[str, Run]:
    """Return the run once a release that did something, with its events only; under "" what is attributed to none."""
    events: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for name in _TABLES:
        for event in getattr(run, name):
            events[event.actor.attribution.purl][name].append(event)
    for download in run.downloads:
        events[download.purl]["downloads"].append(download)
    empty = _empty(run)
    shares = {}
    for purl, found in events.items():
        tables: dict[str, Any] = {name: tuple(rows) for name, rows in found.items()}
        shares[purl] = replace(empty, **tables)
    return shares


def _empty(run: Run) -> Run:
    tables: dict[str, Any] = dict.fromkeys((*_TABLES, "libraries", "downloads", "overflow"), ())
    return replace(run, **tables)


def activity(purl: str, share: Run, known: Circumstances) -> Activity:
    """Return the activity of a release from its share of a run."""
    contacts = tuple(_contact(connection, known.egress) for connection in share.connections)
    kernel: Fact[bool] = Known(value=True) if share.filtered else _NO_KERNEL
    return Activity(
        run=share.subject,
        purl=purl,
        started=share.started,
        cwd=_cwd(share),
        contacts=contacts,
        local=share.local,
        queries=share.queries,
        listeners=share.listeners,
        executions=share.executions,
        files=share.files,
        evasions=share.evasions,
        neighbours=share.neighbours,
        fetches=tuple(_fetch(download, known.egress) for download in share.downloads),
        kernel=kernel,
        # A standing gap is told once, of the run.
        changes=Known(value=True) if purl or share.changes_watched else _NO_CHANGES if share.filtered else _NO_KERNEL,
        names=Known(value=True) if share.names_visible else _NAMELESS,
        learned=Known(known.egress.baseline.of(purl)),
        indicators=known.indicators([(c.connection.host, c.connection.endpoint) for c in contacts if c.outbound]),
        locked=_locked(purl, known.inventory) if purl and share.downloads else Missing("nothing was downloaded"),
        indexes=frozenset(index.host for index in known.egress.indexes),
    )


def _contact(connection: Connection, egress: Egress) -> Contact:
    endpoint = connection.endpoint
    return Contact(
        connection,
        outbound=egress.is_outbound(endpoint),
        index=egress.is_index(connection.host, endpoint),
        name_server=egress.is_name_server(endpoint),
        proxy=egress.is_local_proxy(endpoint),
    )


def _cwd(run: Run) -> str:
    """Return the folder in which the command was started: that of the outermost process of any event."""
    for name in _TABLES:
        for event in getattr(run, name):
            if event.actor.processes:
                return str(event.actor.processes[0].cwd)
    return ""


def _fetch(download: Download, egress: Egress) -> Fetch:
    place = destination_of_url(download.index or download.url)
    known = place is not None and any(index.covers(place.host, place.host, place.port) for index in egress.indexes)
    # Where it came from is not always told.
    return Fetch(download, known or not (download.index or download.url))


def _locked(purl: str, inventory: Inventory) -> Fact[tuple[Locked, ...]]:
    """Return what the lock files name of the package of a release."""
    wanted = parse_purl(purl)
    same_type = [item for item in inventory.packages if item.type == wanted.type and item.source == "registry"]
    if not any(item.version for item in same_type):
        return Missing(f"no lock file names packages of {wanted.ecosystem}")
    return Known(
        tuple(
            Locked(item.version, item.digests, item.path if item.line is None else f"{item.path}:{item.line}")
            for item in same_type
            if item.version and item.purl.at("") == wanted.at("")
        )
    )


def decided_anew(run: Run, egress: Egress) -> Run:
    """Return a stored run as the policy of today sees it: what it expects by now is no finding any more."""
    egress = replace(egress, deny_loopback=run.deny_loopback)
    return replace(
        run,
        connections=tuple(_anew(connection, egress) for connection in run.connections),
        local=tuple(_anew(connection, egress) for connection in run.local),
    )


def _anew(connection: Connection, egress: Egress) -> Connection:
    attempt = ConnectionAttempt(connection.actor, connection.endpoint, connection.host, connection.call)
    if connection.readable and egress.decide(attempt) is Decision.ALLOW:
        return replace(connection, outcome=Outcome.ALLOWED)
    unexpected = Outcome.OBSERVED if connection.outcome is Outcome.ALLOWED else connection.outcome
    return replace(connection, outcome=unexpected)
