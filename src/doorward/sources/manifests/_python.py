"""The dependency graph of a Python lock file: packages, their extras, and what asks for them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from doorward.model.dependency import Dependency
from doorward.model.purl import normalise_name
from doorward.records import dataclass, field
from doorward.sources.manifests._graph import FORKS, at_way, routes, wanted_by

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\[\]]*)\])?")


@dataclass(frozen=True, slots=True)
class Want:
    """A requirement, as far as a lock file needs it: a name, its extras, and the version where the lock says which."""

    name: str
    extras: tuple[str, ...] = ()
    version: str = ""


@dataclass(frozen=True, slots=True)
class Locked:
    """One package of a lock file with what it requires."""

    package: Dependency
    wants: Sequence[Want] = ()
    #: What each of its extras requires on top.
    extras: Mapping[str, Sequence[Want]] = field(default_factory=dict)


def want(requirement: str) -> Want | None:
    """Read name and extras of a requirement as pip writes it; None where it has no name."""
    match = _REQUIREMENT.match(requirement)
    if match is None:
        return None
    return Want(_key(match[1]), tuple(_key(extra.strip()) for extra in (match[2] or "").split(",") if extra.strip()))


def wants(requirements: Iterable[str]) -> list[Want]:
    """Read name and extras of many requirements."""
    return [found for requirement in requirements if (found := want(requirement))]


def poetry_wants(table: Mapping[str, Any]) -> list[Want]:
    """Read a table of Poetry's: name -> constraint, a table, or several of them for different markers.

    Optional ones are left out: an extra asks for them.
    """
    found = []
    for name, spec in table.items():
        for item in spec if isinstance(spec, list) else [spec]:
            options = item if isinstance(item, dict) else {}
            if options.get("optional") is not True:
                extras = options.get("extras")
                texts = [extra for extra in extras if isinstance(extra, str)] if isinstance(extras, list) else []
                found.append(Want(_key(name), tuple(map(_key, texts))))
    return found


def _key(name: str) -> str:
    return normalise_name("pypi", name)


def placed(locked: Sequence[Locked], starts: Mapping[str, Sequence[Want]]) -> list[Dependency]:
    """Return the packages with ``direct``, ``via`` and ``groups`` as ``starts`` (group -> requirements) lead to them.

    Packages that nothing leads to keep the groups that they came with.
    """
    graph = _Graph(locked)
    begins = {group: [node for item in items for node in graph.targets(item)] for group, items in starts.items()}
    graph.settle()
    ways = routes((node for nodes in begins.values() for node in nodes), graph.edges, graph.labels)
    groups = wanted_by(begins, graph.edges)
    return [at_way(item.package, way, group) for item, way, group in zip(locked, ways, groups, strict=False)]


class _Graph:
    """A node for each package, and one more for each extra of a package that something asks for."""

    def __init__(self, locked: Sequence[Locked]) -> None:
        self.locked = locked
        self.labels = [f"{item.package.name} {item.package.version}".rstrip() for item in locked]
        self.edges: list[list[int]] = [[] for _ in locked]
        self._named: dict[str, list[int]] = defaultdict(list)
        self._extra: dict[tuple[int, str], int] = {}
        self._unsettled: list[tuple[int, int, str]] = []
        for number, item in enumerate(locked):
            named = self._named[item.package.name]
            if len(named) < FORKS:
                named.append(number)
        for number, item in enumerate(locked):
            self.edges[number] = [node for wanted in item.wants for node in self.targets(wanted)]

    def targets(self, wanted: Want) -> list[int]:
        """Return the nodes that a requirement leads to: the package, and its extras."""
        found = []
        for number in self._named.get(wanted.name, ()):
            if wanted.version and self.locked[number].package.version != wanted.version:
                continue
            found.append(number)
            found.extend(self._extra_node(number, extra) for extra in wanted.extras if extra in self._extras(number))
        return found

    def settle(self) -> None:
        """Draw the edges of the extras that were asked for, and of those that these ask for in turn."""
        while self._unsettled:
            node, number, extra = self._unsettled.pop()
            self.edges[node] = [target for item in self._extras(number)[extra] for target in self.targets(item)]

    def _extras(self, number: int) -> Mapping[str, Sequence[Want]]:
        return self.locked[number].extras

    def _extra_node(self, number: int, extra: str) -> int:
        """Return the node of an extra; it is made when something first asks for it."""
        key = (number, extra)
        if key not in self._extra:
            self._extra[key] = len(self.edges)
            self._unsettled.append((len(self.edges), number, extra))
            self.labels.append(self.labels[number])
            self.edges.append([])
        return self._extra[key]
