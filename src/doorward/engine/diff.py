"""``doorward diff``: one upgrade, from two purls or two files."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from pathlib import Path

from doorward.engine.context import Context
from doorward.engine.gather.known import with_vex
from doorward.engine.gather.novelty import new_dependencies
from doorward.engine.gather.reading import how_to_read
from doorward.engine.gather.release import gather_changes, release_of
from doorward.engine.gather.wish import Wish
from doorward.engine.judge import Work, judge_changes
from doorward.engine.upgrade import comparison
from doorward.errors import ArchiveError, UsageError
from doorward.model.content import ArtifactContent
from doorward.model.facts import Fact, Known, Missing
from doorward.model.findings import Report
from doorward.model.purl import is_purl, make_purl, parse_purl
from doorward.model.registry import ArtifactRecord
from doorward.model.release import BARE_FILE, Artifact, Release, ReleaseChange, SizeStep
from doorward.records import replace
from doorward.sources import content as lenses
from doorward.sources.registries import platform_of

Changes = dict[Wish, Fact[ReleaseChange]]


def diff(context: Context, old: str, new: str) -> Report:
    """Judge the step from ``old`` to ``new``: two purls of one package, or two artifact files."""
    started = time.perf_counter()
    if is_purl(old) != is_purl(new):
        raise UsageError("diff takes two purls or two files, not one of each")
    header = (("diff", f"{old} .. {new}"),)
    context, unused = with_vex(context)
    gather = _purls(context, old, new) if is_purl(new) else _files(context, Path(old), Path(new))
    if context.announce:
        context.announce(header)
    changes = gather()
    first, *brought = changes.values()
    linked = frozenset(change.value.subject for change in brought if isinstance(change, Known))
    report = judge_changes(
        context, changes, Work(packages=1, header=header, linked=linked, notices=tuple(unused)), started
    )
    return replace(report, comparison=comparison(first.value)) if isinstance(first, Known) else report


def _purls(context: Context, old: str, new: str) -> Callable[[], Changes]:
    """Check what is asked for, and return what gathers it."""
    before, after = parse_purl(old), parse_purl(new)
    if (before.type, before.full_name) != (after.type, after.full_name):
        raise UsageError(f"diff compares two releases of one package, not {before.full_name} with {after.full_name}")
    if not before.version or not after.version:
        raise UsageError("diff needs a version in both purls")

    def gather() -> Changes:
        wish = Wish(after, old_version=before.version)
        changes = gather_changes(context, [wish])
        return {**changes, **gather_changes(context, _brought(changes[wish]))}

    return gather


def _brought(change: Fact[ReleaseChange]) -> list[Wish]:
    """Return the newest release of every dependency that the upgrade newly brings: each is judged as a link."""
    if isinstance(change, Missing) or isinstance(change.value.new_dependencies, Missing):
        return []
    type_ = change.value.new.purl.type
    return [
        Wish(make_purl(type_, new.requirement.name))
        for new in change.value.new_dependencies.value
        if new.requirement.source == "registry" and isinstance(new.first_published, Known)
    ]


def _files(context: Context, old: Path, new: Path) -> Callable[[], Changes]:
    """Read both files, and return what makes the change of them."""
    before, after = _bare(context, old), _bare(context, new)
    if _strangers(before, after, new.name):
        raise UsageError(f"diff compares two releases of one package, not {before.purl} with {after.purl}")
    change = ReleaseChange(
        new=after,
        old=Known(before),
        history=Known(()),
        size=_size(before, after),
        new_dependencies=Known(()),
        observed_at=context.now,
        first_seen=context.store.first_seen([after.subject], context.now)[after.subject],
        cooldown=context.policy.cooldown,
        burst=BARE_FILE,
    )

    def gather() -> Changes:
        wish = Wish(after.purl)
        brought = new_dependencies(context, {wish: change})
        return {wish: Known(replace(change, new_dependencies=brought[wish]))}

    return gather


def _strangers(before: Release, after: Release, name: str) -> bool:
    """Whether two files are of two packages.

    What a file says of itself may lie: one that is called like the package before it is judged, and the lie with it.
    """
    if (before.purl.type, before.purl.full_name) == (after.purl.type, after.purl.full_name):
        return False
    called = name.lower().replace("_", "-").replace(".", "-")
    return _says_its_name(before) and _says_its_name(after) and before.purl.name.replace(".", "-") not in called


def _says_its_name(release: Release) -> bool:
    return isinstance(release.contents, Known) and all(content.name for content in release.contents.value)


def _size(before: Release, after: Release) -> Fact[SizeStep | None]:
    """Return the step of size between two files of one kind; what is usual for the package is not known."""
    old, new = (
        content[0] if isinstance(release.contents, Known) and (content := release.contents.value) else None
        for release in (before, after)
    )
    if old is None or new is None:
        return BARE_FILE
    if old.kind != new.kind or not old.size or not new.size:
        return Known(None)
    return Known(SizeStep(math.log(new.size / old.size), (), None, new.size, old.size, (), new.kind))


def _bare(context: Context, path: Path) -> Release:
    """Return a release made of one file. Where it cannot be read as an archive its contents are missing."""
    content, digest = _content(context, path)
    read = content.value if isinstance(content, Known) else ArtifactContent("other", path.name, "", ())
    platform = platform_of(path.name, make_purl("pypi", read.name or path.name).name, read.kind)
    record = ArtifactRecord(path.name, "", read.kind, platform, read.size, (f"sha256:{digest}",))
    artifact = Artifact(record, content, chosen=True)
    npm = read.kind == "npm" or (read.kind == "other" and path.suffix == ".tgz")
    return release_of(
        Release(
            purl=make_purl("npm" if npm else "pypi", read.name or path.name, read.version),
            artifacts=Known((artifact,)),
            published=BARE_FILE,
            publisher=BARE_FILE,
            provenance=BARE_FILE,
            contents=BARE_FILE,
            hooks=BARE_FILE,
            requirements=BARE_FILE,
            repository=Known(read.repository) if read.repository else BARE_FILE,
            withdrawn=BARE_FILE,
            file_id=f"file:{path.name}@sha256:{digest}",
        ),
        [artifact],
    )


def _content(context: Context, path: Path) -> tuple[Fact[ArtifactContent], str]:
    """Return the contents of a file, and its SHA-256 in hex."""
    if path.exists() and not path.is_file():
        raise UsageError(f"{path}: no file that can be read from front to back")
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            reading = how_to_read(context)
            stored = context.store.contents([f"sha256:{digest}"], reading.analyser)
            if stored:
                return Known(next(iter(stored.values()))), digest
            stream.seek(0)
            content = lenses.analyse(stream, path.name, reading.limits)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or 'cannot be read'}") from error
    except ArchiveError as error:
        return Missing(f"{path.name}: {error}"), digest
    context.store.put_content(content, reading.analyser)
    return Known(content), digest
