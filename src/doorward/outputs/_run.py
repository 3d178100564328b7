"""A guarded run as readers and programs meet it: notices, the tree of processes, refusals, keys of the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from doorward.model.logs import LogReading
from doorward.model.run import Actor, Connection, Outcome, Process, Run
from doorward.outputs._screen import BOLD, DIM, GREEN, RED, YELLOW, Screen
from doorward.outputs._words import iso, plural
from doorward.outputs.safe import terminal
from doorward.records import dataclass, field

#: Connections of a tree, and refusals that are explained, without ``-v``.
CONNECTIONS, REFUSALS = 20, 5
#: Lines of one refusal.
_LINES = 5
#: Columns that one step of the tree is indented by.
_STEP = 2

_COLORS = {Outcome.ALLOWED: (GREEN,), Outcome.OBSERVED: (YELLOW,), Outcome.REFUSED: (BOLD, RED)}

Json = dict[str, object]


def notice(connection: Connection) -> str:
    """Return one line about a connection that is just made, without its end."""
    actor = connection.actor
    parts = (connection.outcome.value, actor.phase.value, who(actor), where_to(connection), actor.attribution.where)
    return terminal("doorward: " + "  ".join(filter(None, parts)), 300)


def run_keys(run: Run) -> Json:
    """Return the keys that a report about a run has beside those of every report."""
    return {
        "run": {
            "id": run.id,
            "command": list(run.command),
            "mode": run.mode.value,
            "exit": run.exit,
            "signal": run.signal,
            "grade": run.grade.value,
            "required": run.required.value if run.required else None,
            "missing": list(run.missing),
            "refused": run.refused,
            "seconds": round(run.seconds, 3),
            "logs": [_log(item) for item in run.logs],
        },
        "libraries": [
            {
                "ecosystem": item.ecosystem,
                "name": item.package,
                "version": item.version,
                "purl": item.purl,
                "phases": [phase.value for phase in item.phases],
            }
            for item in run.libraries
        ],
        "connections": [_connection(item) for item in every(run)],
    }


def _log(item: LogReading) -> Json:
    return {
        "name": item.name,
        "format": item.format,
        "reach": item.reach,
        "events": item.events,
        "connections": item.connections,
        "attributed": dict(item.attributed),
        "refused": item.refused,
        "unread": [{"line": line.line, "reason": line.reason} for line in item.unread],
        "limits": list(item.limits),
        "broken": item.broken,
    }


def every(run: Run) -> list[Connection]:
    """Return all connections, those to unix sockets too, in their order."""
    return sorted((*run.connections, *run.local), key=lambda item: item.time)


def _connection(item: Connection) -> Json:
    attribution, endpoint = item.actor.attribution, item.endpoint
    return {
        "time": iso(item.time),
        "phase": item.actor.phase.value,
        "package": attribution.package,
        "version": attribution.version,
        "purl": attribution.purl,
        "where": attribution.where,
        "process": [process.title for process in item.actor.processes],
        "host": item.host,
        "address": endpoint.address,
        "port": endpoint.port,
        "protocol": endpoint.protocol,
        "decision": item.outcome.value,
        "attributed_by": attribution.by,
        "count": item.count,
        "gathered": item.gathered,
    }


def cells(run: Run) -> Iterator[tuple[str, ...]]:
    """Yield outcome, phase, who, where to, line, process and how often of each connection, the refused ones first."""
    worst = list(reversed(Outcome))
    for item in sorted(every(run), key=lambda item: worst.index(item.outcome)):
        actor = item.actor
        process = actor.processes[-1].title if actor.processes else ""
        told = (item.outcome.value, actor.phase.value, who(actor), where_to(item), actor.attribution.where, process)
        yield (*told, _times(item))


@dataclass(slots=True)
class _Node:
    """One process, what it connected to, and what it started."""

    process: Process | None = None
    connections: list[Connection] = field(default_factory=list)
    children: dict[Process, _Node] = field(default_factory=dict)


def tree(screen: Screen, run: Run) -> list[str]:
    """Return the processes that connected, each with what it reached below it.

    Without ``-v`` connections that were expected are counted only, and of the others the first are shown.
    """
    found = every(run)
    shown = found if screen.options.verbose else [item for item in found if item.outcome is not Outcome.ALLOWED]
    root = _Node()
    limit = None if screen.options.verbose else CONNECTIONS
    for item in shown[:limit]:
        node = root
        for process in item.actor.processes:
            node = node.children.setdefault(process, _Node(process))
        node.connections.append(item)
    lines = [terminal(f"  {summary(run)}", screen.width), *_draw(screen, root, 1)]
    if limit and len(shown) > limit:
        lines.append(f"  and {plural(len(shown) - limit, 'more connection')}; -v shows them")
    expected = len(found) - len(shown)
    if expected:
        told = terminal(f"  {plural(expected, 'connection')} as expected; -v shows them", screen.width)
        lines.append(screen.paint(told, DIM))
    return lines


def _draw(screen: Screen, node: _Node, depth: int) -> Iterator[str]:
    rows = [_row(item) for item in node.connections]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    indent = " " * min(_STEP * depth, screen.width // 3)
    room = screen.width - len(indent)
    for item, row in zip(node.connections, rows, strict=True):
        word, *rest = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        text = terminal("  ".join(rest).rstrip(), room - len(word) - 2)
        yield f"{indent}{screen.paint(word, *_COLORS[item.outcome])}  {text}"
    for child in node.children.values():
        if child.process is not None:
            yield indent + screen.paint(terminal(child.process.label, room), DIM)
        yield from _draw(screen, child, depth + 1)


def _row(item: Connection) -> tuple[str, ...]:
    cells = (item.outcome.value, item.actor.phase.value, who(item.actor), where_to(item), _times(item))
    return tuple(terminal(cell, 60) for cell in cells)


def _times(item: Connection) -> str:
    if item.gathered:
        return f"{item.count:,} times, with others like it"
    return f"{item.count:,} times" if item.count > 1 else ""


def refusals(screen: Screen, run: Run) -> list[list[str]]:
    """Return for each refusal, in at most five lines: who, from where, to where, and the line that would allow it."""
    refused = [item for item in every(run) if item.outcome is Outcome.REFUSED]
    distinct = {(item.actor.phase, item.actor.attribution.purl, item.host, item.endpoint): item for item in refused}
    shown = list(distinct.values())[: None if screen.options.verbose else REFUSALS]
    blocks = [_refusal(screen, item) for item in shown]
    if len(distinct) > len(shown):
        blocks.append([f"and {plural(len(distinct) - len(shown), 'more refusal')}; -v shows them"])
    return blocks


def _refusal(screen: Screen, item: Connection) -> list[str]:
    phase, room = item.actor.phase.value, screen.width - 9
    what = terminal(f"{phase}  {where_to(item)}", room)
    lines = screen.head("REFUSED", _COLORS[Outcome.REFUSED], what, terminal(who(item.actor), screen.width - 2))
    if item.actor.attribution.where:
        lines.append(f"  at     {terminal(_end_of(item.actor.attribution.where, room), room)}")
    if item.actor.processes and len(lines) < _LINES - 2:
        lines.append(f"  by     {terminal(item.actor.processes[-1].label, room)}")
    if item.readable and not item.endpoint.is_metadata_service:
        target = _target(item)
        allow = f'{phase} = ["{target}"] in [guard] of doorward.toml, or --allow {target}'
        lines += screen.prose(allow, 2, "allow  ")
    return lines


def _end_of(where: str, room: int) -> str:
    """Return the end of a place that is too long: the file and the line tell more than the folders before them."""
    return where if len(where) <= room else "..." + where[3 - room :]


def _target(item: Connection) -> str:
    """Return a destination as the policy writes it."""
    if item.endpoint.family == "unix":
        return item.endpoint.address
    host = item.host or item.endpoint.address
    return f"[{host}]:{item.endpoint.port}" if ":" in host else f"{host}:{item.endpoint.port}"


def who(actor: Actor) -> str:
    """Return whose code it was."""
    return actor.attribution.purl or (
        "the project's own code" if actor.attribution.where else "attributed to no release"
    )


def where_to(item: Connection) -> str:
    """Return the name with its port, or the address; of a unix socket what answers there."""
    endpoint = item.endpoint
    if endpoint.family == "unix":
        return f"{endpoint.address} ({item.host})" if item.host else endpoint.address
    if item.host and endpoint.port:
        return f"{item.host}:{endpoint.port}"
    return item.host or str(endpoint)


def summary(run: Run) -> str:
    """Return how many connections there were, and what became of them."""
    found = every(run)
    counts = {outcome: sum(item.outcome is outcome for item in found) for outcome in Outcome}
    kinds = [f"{count:,} {word}" for word, count in _counted(counts)]
    total = sum(item.count for item in found)
    return (
        f"{plural(len(found), 'connection')}"
        + (f" in {total:,} calls" if total > len(found) else "")
        + (f": {', '.join(kinds)}" if kinds else "")
    )


def _counted(counts: dict[Outcome, int]) -> Iterable[tuple[str, int]]:
    words = {Outcome.ALLOWED: "expected", Outcome.OBSERVED: "unexpected", Outcome.REFUSED: "refused"}
    return [(words[outcome], count) for outcome, count in counts.items() if count]
