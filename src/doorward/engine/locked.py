"""Which version a release takes the place of in a changed lock file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from doorward.errors import InvalidVersion
from doorward.model.dependency import Dependency
from doorward.model.purl import OSV_ECOSYSTEM
from doorward.model.versions import major_line, sort_key

_Versions = dict[tuple[str, str], dict[str, None]]


class Locked:
    """The versions that were locked then, and those that are locked now.

    A lock file may hold several versions of one package (npm nests them): the one that is gone made room.
    """

    def __init__(self, then: Iterable[Dependency], now: Iterable[Dependency]) -> None:
        """Index both sides by package."""
        self._then, self._now = _by_package(then), _by_package(now)

    def had(self, dependency: Dependency) -> bool:
        """Return whether the same version was locked then."""
        return dependency.version in self._then.get((dependency.type, dependency.name), ())

    def replaced_by(self, new: Dependency) -> str:
        """Return the version that ``new`` is compared with; "" where no other version of the package was locked.

        Of several that are gone it is the nearest: of the same major line where there is one, and lower if possible.
        """
        package = new.type, new.name
        others = [version for version in self._then.get(package, ()) if version != new.version]
        gone = [version for version in others if version not in self._now.get(package, ())]
        return _nearest(OSV_ECOSYSTEM.get(new.type, new.type), new.version, gone or others)


def _by_package(dependencies: Iterable[Dependency]) -> _Versions:
    found: _Versions = defaultdict(dict)
    for dependency in dependencies:
        if dependency.version:
            found[dependency.type, dependency.name][dependency.version] = None
    return found


def _nearest(ecosystem: str, version: str, others: Collection[str]) -> str:
    if len(others) < 2:  # noqa: PLR2004 - nothing to choose from
        return next(iter(others), "")
    try:
        key, line = sort_key(ecosystem, version), major_line(ecosystem, version)
        placed = sorted((sort_key(ecosystem, other), other) for other in others)
        near = [place for place in placed if major_line(ecosystem, place[1]) == line] or placed
    except InvalidVersion:
        return next(iter(others))
    below = [other for place, other in near if place < key]
    return below[-1] if below else near[0][1]
