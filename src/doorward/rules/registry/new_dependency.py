"""A dependency that no earlier release had

What it catches
---------------
A package that this release depends on (at run time, for its build, as a peer, or as one
of npm's optional dependencies) and that no earlier release named. It is strong where
the dependency is a git reference, an address or a local path; where its own first
release came less than 24 hours before this one, or after it; or where that is less than
30 days ago and no code of the release imports it. Else it is weak. Extras that nobody
gets without asking count only where strong.

Why it matters
--------------
The package that you know may stay almost as it was: event-stream 3.3.6 only named
flatmap-stream, and the payload sat there. Such a carrier is made for the occasion, so
it is hours old, and nothing has a use for it.

What to do
----------
Look at the dependency itself: who publishes it, since when, and what it contains.
doorward judges its release too, as a first release by itself. If it is a known package
that the code now uses, there is nothing more to do.

False alarms
------------
A dependency never seen before: about 19 in 1,000 steps, weak for that reason. Of 22
that came in patches, 18 were the platform binaries of one package: npm packages of the
same scope with exactly the same version are exempt. Type stubs, plug-ins, peers and
build tools are rightly never imported, so that they are not counts for nothing against
them. The strong forms are not measured. Tools that compile native code share their
cause with registry/new-binary and with a build hook: a package that becomes native is
one witness. So do a new maintainer and a build tool that is at least a year old, which
cannot have been made for the occasion: it counts nothing beside rules such as
repository/new-integrator. Where the index tells no time of the dependency, its age cannot make the
finding strong; the evidence says so, and registry/young-release is a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from doorward.model.content import Requirement
from doorward.model.durations import duration
from doorward.model.facts import Known, Missing, known, known_or
from doorward.model.findings import Evidence, Family, Gap, Hit, Rule, Severity, Strength
from doorward.model.release import NewDependency, ReleaseChange
from doorward.rules.registry._compare import NATIVE_TOOLS
from doorward.rules.registry._words import cut, shown

RULE = Rule(
    subject=ReleaseChange,
    detection="DS0050",
    family=Family.DEPENDENCY,
    strength=Strength.WEAK,
    severity=Severity.MEDIUM,
    needs=("old.requirements", "new_dependencies"),
    required=True,
    advice="look at who publishes the new dependency, since when, and what it contains.",
)

NEWBORN = timedelta(hours=24)
YOUNG = timedelta(days=30)
ESTABLISHED = timedelta(days=365)
_DIRECT = {"git": "a git reference", "url": "an address", "path": "a local path"}
#: Names of packages that are used without being imported.
_UNIMPORTED = re.compile(r"(?:^|[-/@])(?:types|stubs|plugin|preset|config|loader)(?:[-/]|$)|^pytest-")
#: What comes with an honest new maintainer, who often brings another build tool.
_MAINTAINER_CAUSE = (
    "repository/new-integrator",
    "repository/new-tagger",
    "repository/newcomer-release",
    "repository/tag-key-changed",
)
_NATIVE_CAUSE = ("registry/new-binary", "registry/new-install-hook")


def check(change: ReleaseChange) -> Iterator[Hit | Gap]:
    """Grade every dependency that the old release did not declare."""
    seen = frozenset[str]().union(*(past.requirements or () for past in known_or(change.history, ())))
    found, tools = [], True
    for dependency in known(change.new_dependencies):
        requirement = dependency.requirement
        if requirement.group == "development" or _is_usual(requirement, seen) or _is_platform_part(change, requirement):
            continue
        strength, why = _grade(change, dependency)
        if isinstance(dependency.looked_up, Missing) and strength < Strength.STRONG:
            yield Gap(f"{requirement.name}: {dependency.looked_up.reason}")
        if strength > Strength.CONTEXT:
            found.append((strength, requirement, why))
            tools = tools and _is_build_tool(requirement, _age(change, dependency))
    if found:
        yield _hit(change, found, tools=tools)


def _hit(change: ReleaseChange, found: list[tuple[Strength, Requirement, str]], *, tools: bool) -> Hit:
    found.sort(key=lambda item: (-item[0], item[1].name))
    strongest = found[0][0]
    compilers = strongest is Strength.WEAK and all(_compiles(requirement) for _, requirement, _ in found)
    last = known(change.old)
    baseline = f"not in {last.version}" if last else ""
    evidence = [
        Evidence(
            "dependency",
            f"{cut(requirement.name, 80)} {cut(requirement.specifier, 80)}".rstrip() + f" ({requirement.group}){why}",
            baseline=baseline,
        )
        for _, requirement, why in found
    ]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return Hit(
        f"The release depends on {cut(found[0][1].name, 60)}{more}, which no earlier release named.",
        shown(evidence, "dependency"),
        strength=strongest,
        severity=Severity.HIGH if strongest is Strength.STRONG else Severity.MEDIUM,
        same_cause=(*(_NATIVE_CAUSE if compilers else ()), *(_MAINTAINER_CAUSE if tools else ())),
    )


def _is_usual(requirement: Requirement, seen: frozenset[str]) -> bool:
    return requirement.source == "registry" and requirement.name in seen


def _is_platform_part(change: ReleaseChange, requirement: Requirement) -> bool:
    """Whether it is a part of the package itself: npm's platform binaries, released with it in the same scope."""
    purl = change.new.purl
    scope = requirement.name.partition("/")[0] if requirement.name.startswith("@") else ""
    if purl.type != "npm" or not scope or requirement.source != "registry":
        return False
    return requirement.specifier.lstrip("=v ") == purl.version and scope in _own_scopes(change)


def _own_scopes(change: ReleaseChange) -> set[str]:
    """Return the package's own scope, and those in which the old release already had optional parts."""
    old = known(change.old)
    parts = {
        requirement.name.partition("/")[0]
        for requirement in (known(old.requirements) if old else ())
        if requirement.group == "optional" and requirement.name.startswith("@")
    }
    return parts | {change.new.purl.namespace}


def _grade(change: ReleaseChange, dependency: NewDependency) -> tuple[Strength, str]:
    """Return how much one new dependency tells, and why it is strong."""
    requirement = dependency.requirement
    if requirement.source in _DIRECT:
        return Strength.STRONG, f", {_DIRECT[requirement.source]}"
    age = _age(change, dependency)
    if age is not None and age < NEWBORN:
        return Strength.STRONG, f", first published {_told(age)}"
    if age is not None and age < YOUNG and _must_be_imported(requirement) and _is_unimported(dependency):
        return Strength.STRONG, f", first published {_told(age)}, never imported"
    extra = requirement.group == "optional" and change.new.purl.type == "pypi"
    return (Strength.CONTEXT if extra else Strength.WEAK), _since(dependency, age)


def _since(dependency: NewDependency, age: timedelta | None) -> str:
    if isinstance(dependency.first_published, Missing):
        return f", its first publication is not known: {dependency.first_published.reason}"
    return f", first published {_told(age)}" if age is not None else ""


def _age(change: ReleaseChange, dependency: NewDependency) -> timedelta | None:
    """Return how old the dependency was when this release came; None where it is not known."""
    first: datetime | None = known_or(dependency.first_published, None)
    return known_or(change.new.published, change.observed_at) - first if first else None


def _told(age: timedelta) -> str:
    return f"{duration(abs(age))} {'after' if age < timedelta(0) else 'before'} this release"


def _must_be_imported(requirement: Requirement) -> bool:
    return requirement.group in {"runtime", "optional"} and not _UNIMPORTED.search(requirement.name)


def _is_unimported(dependency: NewDependency) -> bool:
    return dependency.imported == Known(value=False)


def _is_build_tool(requirement: Requirement, age: timedelta | None) -> bool:
    """Whether it is asked for by the build alone, and has long been there."""
    long_there = age is not None and age >= ESTABLISHED
    return requirement.group == "build" and requirement.source == "registry" and long_there


def _compiles(requirement: Requirement) -> bool:
    return requirement.name in NATIVE_TOOLS and requirement.group in {"build", "runtime"}
