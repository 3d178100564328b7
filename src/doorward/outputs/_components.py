"""What outputs for other programs share: the packages of a report, and what feeds say of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from doorward.errors import InvalidPurl
from doorward.model.advisories import Kind
from doorward.model.findings import Report, SubjectVerdict
from doorward.model.purl import Purl, is_purl, parse_purl
from doorward.records import dataclass

if TYPE_CHECKING:
    from doorward.model.dependency import Dependency
    from doorward.model.intelligence import AdvisoryMatch

#: Names everything that doorward makes an id for: the same thing has the same id in every report.
NAMESPACE = UUID("6f4e0a1c-3c55-5d0e-9c0a-3f5d0c9c7b11")
#: Kinds of advisory that call a release harmful.
HARMFUL = frozenset({Kind.MALICIOUS, Kind.SUSPECTED})


@dataclass(frozen=True, slots=True)
class Component:
    """One package of a report."""

    #: Its id in documents: the package URL as the report has it.
    ref: str
    purl: Purl
    #: What the project declares of it, None for one that no file names.
    declared: Dependency | None = None
    decided: SubjectVerdict | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """One advisory, or several that are aliases of one another, that names some releases."""

    match: AdvisoryMatch
    #: Package URLs of the releases, sorted.
    subjects: tuple[str, ...]
    #: The version that clears each release, where one is known: (subject, version).
    upgrades: tuple[tuple[str, str], ...]


def components(report: Report) -> list[Component]:
    """Return the packages of a report, sorted: those that the project declares, and those that were judged."""
    found: dict[str, Component] = {}
    decided = {item.subject: item for item in report.subjects}
    for item in report.inventory.packages if report.inventory else ():
        purl = item.purl
        found[str(purl)] = Component(str(purl), purl, item, decided.get(str(purl)))
    for subject, verdict in decided.items():
        if subject not in found and is_purl(subject):
            try:
                found[subject] = Component(subject, parse_purl(subject), None, verdict)
            except InvalidPurl:
                continue
    return [found[subject] for subject in sorted(found)]


def issues(report: Report) -> Iterator[Issue]:
    """Yield the advisories that name releases of a report, one a group of aliases, in the order of their ids."""
    matches: dict[tuple[str, ...], AdvisoryMatch] = {}
    subjects: dict[tuple[str, ...], dict[str, str]] = {}
    for subject, told in report.intelligence:
        for match in told.advisories:
            if match.advisory.kind in HARMFUL | {Kind.VULNERABILITY}:
                # What is malicious speaks for its group: a flaw by the same name is none.
                key = (match.advisory.kind.value, match.cleared, *match.group)
                matches.setdefault(key, match)
                subjects.setdefault(key, {})[subject] = told.upgrade
    for key in sorted(matches, key=lambda key: (matches[key].advisory.id, key)):
        named = sorted(subjects[key].items())
        yield Issue(matches[key], tuple(name for name, _ in named), tuple(pair for pair in named if pair[1]))


def identity(*parts: str) -> str:
    """Return the UUID of what the parts name (RFC 9562, version 5)."""
    return str(uuid5(NAMESPACE, "\0".join(parts).encode("utf-8", "backslashreplace").decode()))
