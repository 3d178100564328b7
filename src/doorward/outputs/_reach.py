"""The picture of a run: its process tree on the left, the hosts on the right, and who reached what between them.

Data is what the picture draws and nothing else; it is a figure for the chart library of :mod:`doorward.outputs.charts`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from doorward.model.run import Connection, Outcome, Process, Run
from doorward.outputs import charts
from doorward.outputs._run import every, where_to, who
from doorward.outputs.safe import chart
from doorward.records import dataclass

#: Processes and hosts of one picture. What was refused is drawn first, then what was not expected.
PROCESSES, HOSTS = 40, 30
#: Where the tree begins, where its edges leave, where they arrive: parts of the width.
_TREE, _LEAVE, _ARRIVE = 0.0, 0.46, 0.68
#: A step of the tree, and at most how deep it is drawn.
_STEP, _DEEPEST = 0.018, 8
_ROW, _AROUND = 28, 84
_LABEL, _HOST = 40, 34
#: Points of an edge.
_POINTS = 16

_LOOKS: Mapping[Outcome, tuple[str, str, str]] = {
    Outcome.ALLOWED: ("expected", "var(--usual)", "solid"),
    Outcome.OBSERVED: ("unexpected", "var(--hold)", "dash"),
    Outcome.REFUSED: ("refused", "var(--block)", "dot"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One process of the tree."""

    process: Process | None
    depth: int


@dataclass(frozen=True, slots=True)
class Edge:
    """Connections of one process to one host that ended alike."""

    row: int
    host: int
    outcome: Outcome
    connections: tuple[Connection, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """What is drawn: processes from the outermost down, hosts from the worst down, and what is between them."""

    rows: tuple[Row, ...]
    hosts: tuple[str, ...]
    edges: tuple[Edge, ...]
    #: Connections that have no place in the picture.
    left: int = 0


def reach(run: Run) -> Reach:
    """Return what is drawn of a run."""
    worst = list(reversed(Outcome))
    hosts: dict[str, int] = {}
    chains: dict[tuple[Process, ...], None] = {}
    shown: list[Connection] = []
    found = sorted(every(run), key=lambda item: worst.index(item.outcome))
    for item in found:
        more = {item.actor.processes[: end + 1] for end in range(len(item.actor.processes))} - chains.keys()
        full = len(chains) + len(more) > PROCESSES or (where_to(item) not in hosts and len(hosts) >= HOSTS)
        if not full:
            shown.append(item)
            hosts.setdefault(where_to(item), len(hosts))
            chains.update(dict.fromkeys(more or {item.actor.processes}))
    ordered = sorted(chains, key=_place)
    edges: dict[tuple[int, int, Outcome], list[Connection]] = {}
    for item in shown:
        key = ordered.index(item.actor.processes), hosts[where_to(item)], item.outcome
        edges.setdefault(key, []).append(item)
    return Reach(
        tuple(Row(chain[-1] if chain else None, max(0, len(chain) - 1)) for chain in ordered),
        tuple(hosts),
        tuple(Edge(*key, tuple(connections)) for key, connections in edges.items()),
        len(found) - len(shown),
    )


def _place(chain: tuple[Process, ...]) -> list[tuple[int, int]]:
    """Return where a process stands in its tree: below its parent, siblings by their start."""
    return [(process.started, process.pid) for process in chain]


def figure(drawn: Reach) -> charts.Figure:
    """Return the tree, the hosts and the edges, coloured and dashed by what was decided."""
    height = max(len(drawn.rows), len(drawn.hosts), 2)
    data = [_branches(drawn.rows), *(_edges(drawn, outcome) for outcome in Outcome), *_hints(drawn)]
    layout = charts.layout(_ROW * height + _AROUND)
    for axis in ("xaxis", "yaxis"):
        layout[axis] |= {"visible": False}
    layout["xaxis"] |= {"range": [-0.01, 1]}
    layout["yaxis"] |= {"range": [height - 0.5, -0.5]}
    data += [_names(drawn), _hosts(drawn)]
    return {"data": [trace for trace in data if trace["x"]], "layout": layout}


def _indent(row: Row) -> float:
    return _TREE + _STEP * min(row.depth, _DEEPEST)


def _level(drawn: Reach, host: int) -> float:
    """Return the height of a host: they are spread over the whole picture."""
    height = max(len(drawn.rows), len(drawn.hosts), 2)
    return (host + 0.5) * height / len(drawn.hosts) - 0.5


def _names(drawn: Reach) -> charts.Trace:
    names = [chart(row.process.label if row.process else "a process that is not known", _LABEL) for row in drawn.rows]
    return _texts([_indent(row) for row in drawn.rows], list(range(len(names))), names)


def _hosts(drawn: Reach) -> charts.Trace:
    names = [chart(host, _HOST) for host in drawn.hosts]
    return _texts([_ARRIVE] * len(names), [_level(drawn, at) for at in range(len(names))], names)


def _texts(x: Sequence[float], y: Sequence[float], texts: Sequence[str]) -> charts.Trace:
    """Return labels that stand right of their places."""
    return {
        "type": "scatter",
        "mode": "text",
        "x": list(x),
        "y": list(y),
        # Room for the mark that a label names.
        "text": [f"  {text}" for text in texts],
        "textposition": "middle right",
        "textfont": {"color": "var(--ink)", "size": 12},
        "hoverinfo": "skip",
        "showlegend": False,
        "cliponaxis": False,
    }


def _branches(rows: Sequence[Row]) -> charts.Trace:
    """Return the lines from each process to those that it started."""
    xs: list[float | None] = []
    ys: list[float | None] = []
    for at, row in enumerate(rows):
        above = next((before for before in range(at - 1, -1, -1) if rows[before].depth < row.depth), None)
        if above is not None and row.depth:
            xs += [_indent(rows[above]), _indent(rows[above]), _indent(row), None]
            ys += [above, at, at, None]
    line = {"color": "var(--line)", "width": 1.5}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": xs,
        "y": ys,
        "line": line,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _edges(drawn: Reach, outcome: Outcome) -> charts.Trace:
    """Return all edges of one decision. A faint start under the labels tells which process one leaves."""
    name, color, dash = _LOOKS[outcome]
    xs: list[float | None] = []
    ys: list[float | None] = []
    for edge in drawn.edges:
        if edge.outcome is outcome:
            for x, y in _curve(edge.row, _level(drawn, edge.host)):
                xs.append(x)
                ys.append(y)
            xs.append(None)
            ys.append(None)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": xs,
        "y": ys,
        "line": {"color": color, "width": 2, "dash": dash},
        "hoverinfo": "skip",
    }


def _curve(begin: float, end: float) -> Iterator[tuple[float, float]]:
    """Yield a level start and an even step from one height to another."""
    yield _LEAVE - 0.02, begin
    for at in range(_POINTS + 1):
        part = at / _POINTS
        step = 0.5 - math.cos(math.pi * part) / 2
        yield round(_LEAVE + (_ARRIVE - _LEAVE) * part, 4), round(begin + (end - begin) * step, 3)


def _hints(drawn: Reach) -> Iterator[charts.Trace]:
    """Yield the ends of the edges: dots in the colour of the decision, which tell who reached what and how often."""
    for outcome, (_, color, _) in _LOOKS.items():
        edges = [edge for edge in drawn.edges if edge.outcome is outcome]
        yield {
            "type": "scatter",
            "mode": "markers",
            "x": [x for _ in edges for x in (_LEAVE - 0.02, _ARRIVE)],
            "y": [y for edge in edges for y in (edge.row, _level(drawn, edge.host))],
            "hovertext": [text for edge in edges for text in [_told(edge)] * 2],
            "hoverinfo": "text",
            "marker": {"size": 8, "color": color, "symbol": "circle"},
            "showlegend": False,
        }


def _told(edge: Edge) -> str:
    """Return who it was, in which phase, from where, and how often."""
    first = edge.connections[0]
    count = sum(item.count for item in edge.connections)
    lines = [who(first.actor), first.actor.phase.value, where_to(first), first.actor.attribution.where]
    return "<br>".join(
        [*(chart(line, 2 * _LABEL) for line in lines if line), f"{count:,} times" if count > 1 else "once"]
    )
