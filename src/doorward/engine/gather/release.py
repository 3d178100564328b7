"""Release and ReleaseChange: everything the rules ask about the step from one version to the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from doorward.engine.baseline import Timeline
from doorward.engine.context import Context
from doorward.engine.gather.artifacts import choose, counterparts
from doorward.engine.gather.contents import read_artifacts
from doorward.engine.gather.known import first_feeds, with_feeds
from doorward.engine.gather.novelty import new_dependencies
from doorward.engine.gather.origin import elsewhere
from doorward.engine.gather.packages import Package, PackageKey, fetch_packages
from doorward.engine.gather.stated import with_stated
from doorward.engine.gather.wish import Wish
from doorward.model.content import Hook, Requirement
from doorward.model.facts import Fact, Known, Missing
from doorward.model.purl import Purl
from doorward.model.registry import ArtifactRecord, VersionRecord
from doorward.model.release import Artifact, Release, ReleaseChange, SizeStep
from doorward.records import dataclass, replace

Item = TypeVar("Item", Hook, Requirement)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be read for one wish."""

    wish: Wish
    package: Package
    timeline: Timeline
    new: VersionRecord
    old: VersionRecord | None
    #: Why the wanted old version is not there, where it is not.
    old_missing: str
    new_artifacts: tuple[ArtifactRecord, ...]
    old_artifacts: tuple[ArtifactRecord, ...]


def gather_changes(context: Context, wishes: Sequence[Wish]) -> dict[Wish, Fact[ReleaseChange]]:
    """Gather every wished release with its past. ``Missing`` where the index does not have it."""
    with first_feeds(context, wishes) as arrive:
        changes = _with_new_dependencies(context, _gathered(context, wishes))
        return with_feeds(context, changes, arrive())


def _gathered(context: Context, wishes: Sequence[Wish]) -> dict[Wish, Fact[ReleaseChange]]:
    places = {_key(wish.purl): wish.place for wish in wishes if wish.place}
    packages = fetch_packages(context, [_key(wish.purl) for wish in wishes], places)
    plans = {wish: _plan(context, wish, packages[_key(wish.purl)]) for wish in wishes}
    ready = [plan.value for plan in plans.values() if isinstance(plan, Known)]
    wanted = {record: p.package.index for p in ready for record in (*p.new_artifacts, *p.old_artifacts)}
    artifacts = read_artifacts(context, wanted)
    # The real clock also under --as-of: this store did not see the release any earlier.
    subjects = [str(plan.wish.purl.at(plan.new.version)) for plan in ready]
    seen = context.store.first_seen(subjects, datetime.now(context.now.tzinfo))
    changes: dict[Wish, Fact[ReleaseChange]] = {}
    for wish, plan in plans.items():
        if isinstance(plan, Missing):
            changes[wish] = plan
        else:
            change = _change(context, plan.value, artifacts)
            changes[wish] = Known(replace(change, first_seen=seen[change.subject]))
    return changes


def _key(purl: Purl) -> PackageKey:
    return purl.type, purl.full_name


def _plan(context: Context, wish: Wish, package: Fact[Package]) -> Fact[_Plan]:
    if isinstance(package, Missing):
        return package
    timeline = Timeline(package.value.record, believe_times=package.value.believes_times)
    versions = {version.version: version for version in package.value.record.versions}
    new = versions.get(wish.purl.version) if wish.purl.version else timeline.newest()
    if new is None or not new.files:
        return Missing(_absent(context, wish.purl.version) if wish.purl.version else "no release")
    old = versions.get(wish.old_version) if wish.old_version else timeline.old_side(new)
    everything, platforms = context.policy.all_artifacts, context.policy.platforms
    chosen = choose(new.files, old.files if old else None, platforms, everything=everything)
    return Known(
        _Plan(
            wish,
            package.value,
            timeline,
            new,
            old,
            _absent(context, wish.old_version) if wish.old_version and old is None else "",
            tuple(chosen),
            tuple(counterparts(chosen, [file for file in old.files if file.kind != "other"])) if old else (),
        )
    )


def _absent(context: Context, version: str) -> str:
    by_then = f", or it was not published by {context.as_of:%Y-%m-%d}" if context.as_of else ""
    return f"the index does not have version {version}{by_then}"


def _change(context: Context, plan: _Plan, artifacts: Mapping[ArtifactRecord, Artifact]) -> ReleaseChange:
    new = _release(plan.package, plan.wish.purl, plan.new, plan.new_artifacts, artifacts)
    old: Fact[Release | None] = Missing(plan.old_missing) if plan.old_missing else Known(None)
    if plan.old:
        old = Known(_release(plan.package, plan.wish.purl, plan.old, plan.old_artifacts, artifacts))
    burst = plan.timeline.burst(plan.new)
    return ReleaseChange(
        new=new,
        old=old,
        history=Known(plan.timeline.history(plan.new)),
        size=_size(plan, artifacts),
        new_dependencies=Known(()),
        observed_at=context.now,
        first_seen=context.now,
        cooldown=context.policy.cooldown,
        locked=plan.wish.locked,
        installed=plan.wish.installed,
        elsewhere=elsewhere(context, plan.wish, plan.package.record),
        burst=Known(burst) if burst is not None else new.published if isinstance(new.published, Missing) else Known(()),
    )


def _size(plan: _Plan, artifacts: Mapping[ArtifactRecord, Artifact]) -> Fact[SizeStep | None]:
    if plan.old is None:
        return Missing(plan.old_missing) if plan.old_missing else Known(None)
    measured = {
        plan.new.version: _measured(plan.new_artifacts, artifacts),
        plan.old.version: _measured(plan.old_artifacts, artifacts),
    }
    step = plan.timeline.size_step(plan.new, plan.old, measured)
    return Known(step) if step else Missing("no artifact of the same kind has a size in both releases")


def _measured(records: Iterable[ArtifactRecord], artifacts: Mapping[ArtifactRecord, Artifact]) -> dict[str, int]:
    return {
        record.platform: content.value.size
        for record in records
        if isinstance(content := artifacts[record].content, Known)
    }


def _release(
    package: Package,
    purl: Purl,
    version: VersionRecord,
    chosen: tuple[ArtifactRecord, ...],
    artifacts: Mapping[ArtifactRecord, Artifact],
) -> Release:
    read = [artifacts[record] for record in chosen]
    listed = tuple(
        artifacts[record] if record in chosen else Artifact(record, Missing("not chosen for reading"))
        for record in version.files
    )
    judged = release_of(
        Release(
            purl=purl.at(version.version),
            artifacts=Known(listed),
            published=package.published(version),
            publisher=package.publisher(version),
            provenance=package.provenance(version),
            contents=Missing("not read"),
            hooks=Missing("not read"),
            requirements=Missing("not read"),
            repository=Known(version.repository or package.record.repository),
            withdrawn=Known(version.withdrawn),
        ),
        read,
    )
    return with_stated(judged, version)


def release_of(release: Release, read: Sequence[Artifact]) -> Release:
    """Fill in what the artifacts that were read contain. One unread artifact leaves all of it missing."""
    reasons = [artifact.content.reason for artifact in read if isinstance(artifact.content, Missing)]
    contents = [artifact.content.value for artifact in read if isinstance(artifact.content, Known)]
    reasons += [reason for content in contents for reason in content.unread]
    if not read:
        reasons = ["the release has no artifact that doorward reads"]
    if reasons:
        missing = Missing(reasons[0])
        return replace(release, contents=missing, hooks=missing, requirements=missing)
    return replace(
        release,
        contents=Known(tuple(contents)),
        hooks=Known(_unique(hook for content in contents for hook in content.hooks)),
        requirements=Known(_unique(item for content in contents for item in content.requirements)),
    )


def _unique(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys(items))


def _with_new_dependencies(
    context: Context, changes: Mapping[Wish, Fact[ReleaseChange]]
) -> dict[Wish, Fact[ReleaseChange]]:
    """Add what is known of the dependencies that each release newly brings."""
    known = {wish: change.value for wish, change in changes.items() if isinstance(change, Known)}
    brought = new_dependencies(context, known)
    return {
        wish: Known(replace(change.value, new_dependencies=brought[wish])) if isinstance(change, Known) else change
        for wish, change in changes.items()
    }
