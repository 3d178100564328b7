"""What a release newly depends on, and how young and how used that is."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import datetime
from typing import TypeVar

from doorward.engine.context import Context
from doorward.engine.gather.packages import Package, PackageKey, fetch_packages
from doorward.model.content import Requirement
from doorward.model.facts import Fact, Known, Missing
from doorward.model.purl import normalise_name
from doorward.model.release import NewDependency, Release, ReleaseChange

#: More new dependencies than this in one release are not looked up one by one.
MOST = 20
#: Length from which a module's name inside a package's name counts as the same ("yaml" in "pyyaml").
LIKE = 4

Key = TypeVar("Key", bound=Hashable)


def new_dependencies(
    context: Context, changes: Mapping[Key, ReleaseChange]
) -> dict[Key, Fact[tuple[NewDependency, ...]]]:
    """Return the dependencies that each release declares and the release before it did not."""
    added = {key: _added(change) for key, change in changes.items()}
    wanted: list[PackageKey] = []
    for key, fact in added.items():
        if isinstance(fact, Known):
            names = [r.name for r in fact.value if r.source == "registry"][:MOST]
            wanted += [(changes[key].new.purl.type, name) for name in names]
    packages = fetch_packages(context, wanted) if wanted else {}
    return {
        key: fact
        if isinstance(fact, Missing)
        else Known(tuple(_judge(requirement, changes[key].new, packages) for requirement in fact.value))
        for key, fact in added.items()
    }


def _added(change: ReleaseChange) -> Fact[tuple[Requirement, ...]]:
    """Return the new requirements, once a name: of a first release, none, for there is nothing that they add to."""
    if isinstance(change.old, Missing):
        return change.old
    if change.old.value is None:
        return Known(())
    new, old = change.new.requirements, change.old.value.requirements
    if isinstance(new, Missing):
        return new
    if isinstance(old, Missing):
        return old
    before = {(item.name, item.source) for item in old.value}
    return Known(tuple({i.name: i for i in reversed(new.value) if (i.name, i.source) not in before}.values()))


def _judge(requirement: Requirement, release: Release, packages: Mapping[PackageKey, Fact[Package]]) -> NewDependency:
    package = packages.get((release.purl.type, requirement.name))
    looked_up: Fact[bool] = Missing(package.reason) if isinstance(package, Missing) else Known(value=True)
    return NewDependency(
        requirement, _first_published(requirement, package), _imported(requirement, release), looked_up
    )


def _first_published(requirement: Requirement, package: Fact[Package] | None) -> Fact[datetime | None]:
    if requirement.source != "registry":
        return Known(None)
    if package is None:
        return Missing(f"the release brings more than {MOST} new dependencies")
    if isinstance(package, Missing):
        return Missing(f"{requirement.name}: {package.reason}")
    times = [package.value.published(version) for version in package.value.record.versions]
    known_times = [time.value for time in times if isinstance(time, Known)]
    if known_times:
        return Known(min(known_times))
    return next((time for time in times if isinstance(time, Missing)), Missing("it has no release"))


def _imported(requirement: Requirement, release: Release) -> Fact[bool]:
    """Whether the release's code imports the package, as far as names tell: ``PyYAML`` is imported as ``yaml``."""
    if isinstance(release.contents, Missing):
        return release.contents
    name = normalise_name("pypi", requirement.name)
    return Known(any(_same(name, imported) for content in release.contents.value for imported in content.imports))


def _same(name: str, imported: str) -> bool:
    plain = normalise_name("pypi", imported if imported.startswith("@") else imported.partition(".")[0])
    return plain == name or (len(plain) >= LIKE and plain in name)
