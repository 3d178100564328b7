"""``doorward exposed``: were we exposed to a release, where, and when.

Nothing is judged here: a release that is asked about counts as bad, and every place that can still tell of it is looked
at. What could not be looked at is said, and is never a "no" where it might have been one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from doorward.engine.context import Context
from doorward.engine.exposed_asks import Asks, asks
from doorward.engine.exposed_found import Found
from doorward.engine.exposed_images import look_at_images
from doorward.engine.exposed_locks import look_at_locks
from doorward.engine.exposed_logs import look_at_logs
from doorward.engine.exposed_places import (
    look_at_caches,
    look_at_installed,
    look_at_inventories,
    look_at_user_trees,
)
from doorward.engine.gather.packages import Package, fetch_packages
from doorward.errors import UsageError
from doorward.model.advisories import moment_of
from doorward.model.exposure import KINDS, Exposure, Live, Trace
from doorward.model.facts import Known, Missing
from doorward.model.purl import Purl, parse_purl
from doorward.model.registry import VersionRecord
from doorward.records import dataclass
from doorward.store.intel import FOLDER

#: Releases whose hours are looked up: more are not read by anybody.
MOST_LIVE = 20


@dataclass(frozen=True, slots=True)
class ExposedWish:
    """What is asked, and where to look."""

    texts: tuple[str, ...]
    #: Projects, environments, and other folders.
    paths: tuple[Path, ...]
    logs: tuple[Path, ...] = ()
    #: Saved container images.
    images: tuple[Path, ...] = ()
    #: Whether what this user has outside of the paths is looked at: caches of package managers, tools.
    user: bool = True


def exposed(context: Context, wish: ExposedWish) -> Exposure:
    """Look everywhere. Raise UsageError for what cannot be asked or is not there, FeedError for a feed that is none."""
    for path in wish.paths:
        if not path.is_dir():
            raise UsageError(f"{path}: {'not a folder' if path.exists() else 'no such folder'}")
    for path in wish.images:
        if not path.is_file() and not path.is_dir():  # a pipe would be waited for
            raise UsageError(f"{path}: {'neither a file nor a folder' if path.exists() else 'no such file or folder'}")
    with asks(context.store.folder / FOLDER, wish.texts, context.now) as asked:
        found = Found(asked.result(), gaps=list(asked.gaps))
        _look(context, wish, found)
    for purl, reason in found.suspects.open.items():
        found.gap(purl, reason, required=True)
    traces = sorted(found.traces, key=_order)
    return Exposure(
        tuple(asked.meaning),
        context.now,
        tuple(traces),
        tuple(_live(context, asked, traces)),
        tuple(sorted(found.looked, key=lambda item: KINDS.index(item.kind))),
        tuple(dict.fromkeys(found.gaps)),
    )


def _look(context: Context, wish: ExposedWish, found: Found) -> None:
    context.progress.phase("places", len(wish.paths) + 2)
    folders = list(dict.fromkeys(path.resolve() for path in wish.paths))
    for folder in folders:
        look_at_locks(found, folder, context.policy.exclude)
        look_at_installed(found, folder)
        context.progress.advance()
    if wish.user:
        look_at_user_trees(found, context.environ, context.home, folders)
        look_at_caches(found, context.environ, context.home, folders[0])
    context.progress.advance()
    look_at_images(found, wish.images)
    look_at_inventories(found, context.store)
    look_at_logs(found, wish.logs)
    context.progress.advance()


def _order(trace: Trace) -> tuple[object, ...]:
    """Sort the worst last; equals by name and place."""
    return trace.weight, trace.purl, trace.where


def _live(context: Context, asked: Asks, traces: Sequence[Trace]) -> Iterator[Live]:
    """Yield when the releases that were met, and those asked about by name, could be had."""
    met = [parse_purl(trace.purl) for trace in traces]
    named = [parse_purl(purl) for suspect in asked.suspects for purl in suspect.purls]
    purls = [purl for purl in dict.fromkeys(purl.at(purl.version) for purl in (*met, *named)) if purl.version]
    plain = dict.fromkeys(Purl(purl.type, purl.namespace, purl.name, purl.version) for purl in purls)
    chosen = list(plain)[:MOST_LIVE]
    packages = fetch_packages(context, [(purl.type, purl.full_name) for purl in chosen])
    reported = _reported(asked, traces)
    for purl in chosen:
        fact = packages[purl.type, purl.full_name]
        first = reported.get(str(purl))
        if isinstance(fact, Missing):
            yield Live(str(purl), reported=first, reason=fact.reason)
        elif isinstance(fact, Known):
            yield _hours(fact.value, purl, first)


def _hours(package: Package, purl: Purl, reported: datetime | None) -> Live:
    seen = package.record.fetched
    version = next((one for one in package.record.versions if one.version == purl.version), None)
    if version is None:
        since = dict(package.record.removed).get(purl.version) if package.believes_times else None
        reason = "" if since else f"{package.index.label} does not list it"
        return Live(str(purl), since, "gone", seen, reported, reason)
    published = package.published(version)
    state = "withdrawn" if _is_withdrawn(version) else "listed"
    if isinstance(published, Known):
        return Live(str(purl), published.value, state, seen, reported)
    return Live(str(purl), None, state, seen, reported, published.reason)


def _is_withdrawn(version: VersionRecord) -> bool:
    return version.withdrawn is not None or any(file.yanked is not None for file in version.files)


def _reported(asked: Asks, traces: Iterable[Trace]) -> Mapping[str, datetime]:
    """Return when a record first named each release that was met."""
    found: dict[str, datetime] = {}
    for trace in traces:
        times = [moment_of(asked.reported[record]) for record in trace.records if record in asked.reported]
        known = [time for time in times if time is not None]
        if known:
            found[trace.purl] = min([*known, *([found[trace.purl]] if trace.purl in found else [])])
    return found
