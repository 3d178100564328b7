"""Which way leads from the project to a package, and which of its groups want it.

Nodes are numbers. Both functions are linear in nodes and edges for every graph that a resolver writes, and stay bounded
on a hostile one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from doorward.model.dependency import Dependency
from doorward.records import dataclass, replace

#: A longer way than this is cut: no project is so deep, and a chain that long would cost the square of its length.
_LONGEST = 50

#: A lock holds a few versions of one name at most; more is an attack on the time that drawing the edges takes.
FORKS = 32


@dataclass(frozen=True, slots=True)
class Node:
    """One package of a lock file, what it goes by in the requirements of others, and what it requires."""

    package: Dependency
    keys: tuple[str, ...]
    wants: Sequence[str] = ()


def placed(nodes: Sequence[Node], starts: Mapping[str, Iterable[str]], *, grouped: bool = True) -> list[Dependency]:
    """Return the packages with ``direct`` and ``via`` as ``starts`` (group -> keys) lead to them.

    With ``grouped`` they get the groups that lead to them too; those that nothing leads to keep their own.
    """
    known: dict[str, list[int]] = defaultdict(list)
    for number, node in enumerate(nodes):
        for key in node.keys:
            if len(known[key]) < FORKS:
                known[key].append(number)
    edges = [[target for key in node.wants for target in known.get(key, ())] for node in nodes]
    begins = {group: [number for key in keys for number in known.get(key, ())] for group, keys in starts.items()}
    ways = routes((number for begin in begins.values() for number in begin), edges, labels(nodes))
    groups = wanted_by(begins, edges) if grouped else None
    return [
        at_way(node.package, way, groups[number] if groups else node.package.groups)
        for number, (node, way) in enumerate(zip(nodes, ways, strict=True))
    ]


def labels(nodes: Iterable[Node]) -> list[str]:
    """Return ``name version`` of each, as ways are written."""
    return [f"{node.package.name} {node.package.version}".rstrip() for node in nodes]


def at_way(package: Dependency, way: tuple[str, ...] | None, groups: tuple[str, ...]) -> Dependency:
    """Return a package with the way that leads to it; one of the project's own has none."""
    if package.source == "workspace":
        return package
    if way is None:
        return replace(package, direct=False)
    return replace(package, direct=way == (), via=way, groups=groups)


def routes(
    starts: Iterable[int], edges: Sequence[Sequence[int]], labels: Sequence[str]
) -> list[tuple[str, ...] | None]:
    """Return one shortest way to each node, by breadth-first search.

    The way is the labels from the project's own requirement down to the parent: ``()`` for a start, None where none of
    the starts leads to the node.
    """
    ways: list[tuple[str, ...] | None] = [None] * len(edges)
    layer = []
    for start in starts:
        if ways[start] is None:
            ways[start] = ()
            layer.append(start)
    while layer:
        below = []
        for node in layer:
            way = ways[node] or ()
            if len(way) < _LONGEST:
                way = (*way, labels[node])
            for target in edges[node]:
                if ways[target] is None:
                    ways[target] = way
                    below.append(target)
        layer = below
    return ways


def wanted_by(starts: Mapping[str, Iterable[int]], edges: Sequence[Sequence[int]]) -> list[tuple[str, ...]]:
    """Return for each node the groups that lead to it, in the order of ``starts``.

    The group ``""`` is the project itself: what it leads to is in no group, whoever else wants it.
    """
    names = list(starts)
    marks = [0] * len(edges)
    for bit, name in enumerate(names):
        for start in starts[name]:
            marks[start] |= 1 << bit
    order = _outward([node for group in starts.values() for node in group], edges)
    changed = True
    while changed:  # once for a graph without cycles, and once more to see that nothing changes
        changed = False
        for node in order:
            mark = marks[node]
            for target in edges[node]:
                if mark & ~marks[target]:
                    marks[target] |= mark
                    changed = True
    main = 1 << names.index("") if "" in names else 0
    known: dict[int, tuple[str, ...]] = {}
    return [known.setdefault(mark, _named(mark, main, names)) if mark else () for mark in marks]


def _named(mark: int, main: int, names: Sequence[str]) -> tuple[str, ...]:
    if mark & main:
        return ()
    return tuple(name for bit, name in enumerate(names) if mark >> bit & 1)


def _outward(starts: Iterable[int], edges: Sequence[Sequence[int]]) -> list[int]:
    """Return the nodes below ``starts`` so that each stands before what it leads to, but for cycles."""
    seen: set[int] = set()
    finished: list[int] = []
    for start in starts:
        if start in seen:
            continue
        seen.add(start)
        stack = [(start, iter(edges[start]))]
        while stack:
            node, targets = stack[-1]
            for target in targets:
                if target not in seen:
                    seen.add(target)
                    stack.append((target, iter(edges[target])))
                    break
            else:
                finished.append(node)
                stack.pop()
    finished.reverse()
    return finished
