"""``doorward scan``: every dependency of a project, or the ones that a change of its lock files brings."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from doorward.engine.by_commit import judged_by_commit
from doorward.engine.context import Context
from doorward.engine.gather.known import with_vex
from doorward.engine.gather.release import gather_changes
from doorward.engine.gather.wish import Wish
from doorward.engine.judge import Work, judge_changes
from doorward.engine.locked import Locked
from doorward.engine.with_source import with_refs
from doorward.errors import NothingToScan, UsageError
from doorward.model.dependency import Dependency, Inventory
from doorward.model.findings import Moved, Report, Verdict
from doorward.model.purl import Purl, is_purl, parse_purl
from doorward.policy import Policy
from doorward.records import replace
from doorward.sources import installed as trees
from doorward.sources.manifests import excluder, read_at, read_file, read_file_at, read_project
from doorward.sources.settings import configured

#: Sources that are the project's own code, not a package that somebody published.
OWN = frozenset({"workspace", "path"})
#: Why a dependency cannot be looked up by its name.
_ELSEWHERE, _REPOSITORY = "it comes from {}, not from a registry", "a git repository"
#: Lock files that the header names one by one.
NAMED = 3


def inventory_of(policy: Policy, targets: Sequence[str], *, installed: bool = False) -> Inventory:
    """Return what paths and purls name, each purl once; with ``installed`` what is installed below folders.

    Raise UsageError for a path that is not there.
    """
    read = _installed if installed else _path
    parts = [_purl(target) if is_purl(target) else read(policy, Path(target)) for target in targets]
    packages: dict[Purl, Dependency] = {}
    for part in parts:
        for dependency in part.packages:
            packages.setdefault(dependency.purl, dependency)
    return Inventory(
        tuple(packages.values()),
        tuple(gap for part in parts for gap in part.gaps),
        tuple(file for part in parts for file in part.files),
    )


def scan(context: Context, targets: Sequence[str], *, since: str | None = None, installed: bool = False) -> Report:
    """Judge every dependency that ``targets`` name; with ``since``, only what changed after that git revision.

    With ``installed`` what is installed below the folders is judged, in place of what their lock files name.
    """
    started = time.perf_counter()
    if installed and since:
        raise UsageError("--since compares lock files: it does not go with --installed")
    inventory = inventory_of(context.policy, targets, installed=installed)
    before = _before(context, targets, since) if since else None
    refs = with_refs(context, [Path(target) for target in targets if Path(target).is_dir()], since)
    if not inventory.packages and not inventory.gaps and not (refs and refs.every):
        raise NothingToScan(_nothing(targets, inventory))
    packages = inventory.packages if before is None else _changed(inventory, before)
    if not packages and before is not None and not (refs and refs.coverage):
        return Report(Verdict.CLEAN, (), (), ())
    foreign = [d for d in packages if _published(d)]
    context, unused = with_vex(context, since)
    locked = Locked(before.packages if before else (), inventory.packages)
    pinned = [_wish(d, locked) for d in foreign if d.source == "git" and d.url and d.commit]
    commits = judged_by_commit(context, pinned, _ELSEWHERE.format(_REPOSITORY))
    known = {judged.subject for judged, _ in commits}
    work = Work(
        packages=len(foreign),
        unverifiable=(*(item for item in _not_looked_up(foreign) if item[0] not in known), *_gaps(inventory)),
        notices=(*_notices(packages), *unused),
        header=_header(context, inventory, foreign, since),
        full=since is None,
        files=inventory.files,
        inventory=replace(inventory, packages=tuple(packages)),
        judgements=(*(refs.judgements if refs else ()), *(judged for judged, _ in commits)),
        coverage=refs.coverage if refs else (),
        moved=_moved(foreign, locked) if since else (),
        intelligence=tuple((judged.subject, told) for judged, told in commits),
    )
    if context.announce:
        context.announce(work.header)
    wishes = [_wish(d, locked) for d in foreign if d.source == "registry" and d.version]
    report = judge_changes(context, gather_changes(context, wishes), work, started)
    context.store.save_inventory(_project(targets), context.now, inventory, report.coverage)
    return report


def _path(policy: Policy, path: Path) -> Inventory:
    if path.is_dir():
        return read_project(path, policy.exclude)
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder")
    return read_file(path.parent, path.name)


def _installed(policy: Policy, path: Path) -> Inventory:
    if path.is_dir():
        inventory = trees.read_installed(*trees.readable(path, excluder(policy.exclude)))
        # The many files that tell of it are no lock files: the folder stands for them.
        return replace(inventory, files=(f"{path} (installed)",) if inventory.files else ())
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder")
    return trees.read_one(path.parent, path.name)


def _purl(text: str) -> Inventory:
    purl = parse_purl(text)
    return Inventory((Dependency(purl.type, purl.full_name, purl.version, path="", direct=True),))


def _before(context: Context, targets: Sequence[str], since: str) -> Inventory:
    if len(targets) != 1 or is_purl(targets[0]):
        raise UsageError("--since takes one folder or lock file: what changed in it")
    path = Path(targets[0])
    if path.is_dir():
        return read_at(path, since, context.policy.exclude)
    return read_file_at(path.parent, since, path.name)


def _changed(inventory: Inventory, before: Inventory) -> tuple[Dependency, ...]:
    """Return what is locked now and was not then. A digest that changed under the same version is a change too."""
    then = {d.purl: frozenset(map(str, d.digests)) for d in before.packages}
    return tuple(d for d in inventory.packages if then.get(d.purl) != frozenset(map(str, d.digests)))


def _moved(packages: Iterable[Dependency], locked: Locked) -> tuple[Moved, ...]:
    """Return what changed, by name. What has new digests under its old version takes its own place."""
    moved = [
        Moved(f"{d.type}/{d.name}", d.version if locked.had(d) else locked.replaced_by(d), d.version)
        for d in packages
        if d.version
    ]
    return tuple(sorted(moved, key=lambda one: (one.package, one.new)))


def _wish(dependency: Dependency, locked: Locked) -> Wish:
    old = locked.replaced_by(dependency)
    declared = _place(dependency.path, dependency.line)
    members = dependency.members
    return Wish(dependency.purl, dependency.digests, dependency.via, old, declared, dependency.url, members)


def _not_looked_up(packages: Iterable[Dependency]) -> Iterable[tuple[str, str, tuple[str, ...]]]:
    for dependency in packages:
        if dependency.source != "registry":
            yield str(dependency.purl), _ELSEWHERE.format(_origin(dependency)), dependency.via
        elif not dependency.version:
            yield str(dependency.purl), "no version is pinned", dependency.via


def _gaps(inventory: Inventory) -> Iterable[tuple[str, str, tuple[str, ...]]]:
    unpinned = {(d.path, d.name) for d in inventory.packages if not d.version}
    for gap in inventory.gaps:
        if (gap.path, gap.entry) not in unpinned:
            yield f"{_place(gap.path, gap.line)} {gap.entry}".strip(), gap.reason, ()


def _place(path: str, line: int | None) -> str:
    return path if line is None else f"{path}:{line}"


def _notices(packages: Iterable[Dependency]) -> Iterable[str]:
    """Say how much of what the files name is no published package, and so is not judged here."""
    own = sum(not _published(d) for d in packages)
    if own:
        yield f"{own} package{' is' if own == 1 else 's are'} the project's own (workspace or path) and not judged"


def _published(dependency: Dependency) -> bool:
    """Whether it is what somebody published: a packed release that lies in the project is no code of its own."""
    packed = dependency.source == "path" and dependency.url
    return dependency.source not in OWN or bool(packed)


def _origin(dependency: Dependency) -> str:
    if dependency.source == "path":
        return f"the file {dependency.url}"
    return _REPOSITORY if dependency.source == "git" else "a URL"


def _header(
    context: Context, inventory: Inventory, packages: Sequence[Dependency], since: str | None
) -> tuple[tuple[str, str], ...]:
    direct = sum(1 for d in packages if d.direct)
    what = f"{len(packages)} package{'' if len(packages) == 1 else 's'}"
    if direct:
        what += f", {direct} direct"
    if since:
        what += f", changed since {since}"
    files = ", ".join(inventory.files[:NAMED])
    if len(inventory.files) > NAMED:
        files += f" and {len(inventory.files) - NAMED} more"
    types = dict.fromkeys(d.type for d in packages if d.source == "registry")
    labels = dict.fromkeys(
        index.label
        for type_ in types
        for index in configured(type_, context.environ, context.home, context.project).indexes
    )
    return ((files or "purls", what), ("index", ", ".join(labels) or "none"))


def _project(targets: Sequence[str]) -> str:
    if len(targets) == 1 and not is_purl(targets[0]):
        return str(Path(targets[0]).resolve())
    return " ".join(sorted(targets))


def _nothing(targets: Sequence[str], inventory: Inventory) -> str:
    where = ", ".join(targets)
    if inventory.files:
        return f"nothing to scan: {', '.join(inventory.files)} names no package"
    return f"nothing to scan: no lock file that doorward reads in {where}"
