"""Exposure outside of lock files: what is installed, cached, in stored inventories and in logs."""

from __future__ import annotations

import gzip
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from doorward.engine.exposed_found import Found
from doorward.errors import InvalidPurl, SourceError, UsageError
from doorward.model.exposure import Looked, Trace
from doorward.model.purl import make_purl, parse_purl
from doorward.sources.caches import Cache, Cached, caches
from doorward.sources.installed import read_installed
from doorward.sources.logs import Log, open_log
from doorward.sources.logs._events import Fetched, Refused, Script, Used, Window
from doorward.store import Store

#: Bytes of a line of plain text that are looked at, and releases that are searched for in it.
_LONGEST, _MENTIONED = 1 << 16, 5_000
#: Characters of such a line that a trace keeps.
_SHOWN = 160


def look_at_installed(found: Found, folder: Path) -> None:
    """Look at everything that is installed below a folder."""
    inventory = read_installed(folder)
    for package in inventory.packages:
        records = found.records_of(package)
        if records is None or not package.version or package.source == "workspace":
            continue
        for path in (package.path, *package.also_in):
            where = folder / path
            details = (("came from", package.url),) if package.url else ()
            found.traces.append(
                Trace(
                    "installed",
                    str(package.purl),
                    str(where),
                    records,
                    first=_written(where),
                    present=True,
                    details=details,
                )
            )
    for gap in inventory.gaps:
        found.gap(str(folder / gap.path), f"{gap.entry} {gap.reason}".strip())
    what = f"{len(inventory.packages):,} packages in {folder}"
    found.looked.append(Looked("installed", len(inventory.packages), what))


def _written(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    except (OSError, ValueError, OverflowError):
        return None


def look_at_caches(found: Found, environ: Mapping[str, str], home: Path, project: Path) -> None:
    """Look at the caches of every package manager that doorward knows."""
    for cache in caches():
        folders = dict.fromkeys(folder for folder in cache.folders(environ, home, project) if folder.is_dir())
        for folder in folders:
            _cache(found, cache, folder)


def look_at_user_trees(found: Found, environ: Mapping[str, str], home: Path) -> None:
    """Look at what this user installed outside of any project: tools, and the environment that is active."""
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    active = [Path(environ[name]) for name in ("VIRTUAL_ENV", "CONDA_PREFIX") if environ.get(name)]
    tools = [home / ".npm" / "_npx", data / "uv" / "tools", data / "pipx" / "venvs", home / ".local" / "pipx" / "venvs"]
    for folder in dict.fromkeys((*active, *tools)):
        if folder.is_dir():
            look_at_installed(found, folder)


def _cache(found: Found, cache: Cache, folder: Path) -> None:
    count, unread = 0, []
    try:
        for entry in cache.entries(folder):
            if entry.unread:
                unread.append(entry.unread)
                continue
            count += 1
            _cached(found, cache, folder, entry)
    except SourceError as error:
        found.gap(str(folder), str(error))
    found.same_gaps(str(folder), unread)
    found.looked.append(Looked("cache", count, f"{cache.NAME} {count:,}"))


def _cached(found: Found, cache: Cache, folder: Path, entry: Cached) -> None:
    for name in entry.names:
        records = found.suspects.records(cache.TYPE, name, entry.version, entry.digests)
        if records is not None:
            purl = str(make_purl(cache.TYPE, name, entry.version))
            details = [("cache", cache.NAME)] + ([("from", entry.url)] if entry.url else [])
            where = str(folder / entry.path)
            found.traces.append(
                Trace("cache", purl, where, records, first=entry.time, present=True, details=tuple(details))
            )


def look_at_inventories(found: Found, store: Store) -> None:
    """Look at every inventory that a scan stored."""
    for type_, names in _asked_names(found).items():
        for name in sorted(names):
            for sighting in store.sightings(type_, name):
                try:
                    purl = parse_purl(sighting.package.purl)
                except InvalidPurl:
                    continue
                digests = sighting.package.digests
                records = found.suspects.records(purl.type, purl.full_name, purl.version, digests)
                if records is not None and purl.version:
                    details = (("declared in", ", ".join(sighting.package.paths)),)
                    found.traces.append(
                        Trace(
                            "inventory",
                            str(purl),
                            sighting.project,
                            records,
                            first=sighting.first,
                            last=sighting.last,
                            details=details,
                        )
                    )
    projects = store.projects()
    found.looked.append(Looked("inventory", projects, f"{projects:,} {'project' if projects == 1 else 'projects'}"))


def _asked_names(found: Found) -> dict[str, set[str]]:
    asked: dict[str, set[str]] = defaultdict(set)
    for suspect in found.suspects.all:
        asked[suspect.type] |= {suspect.affected.name, suspect.key[1]}
    return asked


def look_at_logs(found: Found, paths: Sequence[Path]) -> None:
    """Look at logs of builds and of CI jobs; one of no known format is searched as text."""
    for path in paths:
        if not path.is_file():
            raise UsageError(f"{path}: {'not a file' if path.exists() else 'no such file'}")
        try:
            _, logs = open_log(path)
        except SourceError:
            _text(found, path)
            continue
        for log in logs:
            _log(found, log)


def _log(found: Found, log: Log) -> None:
    count, refused = 0, []
    met: dict[tuple[str, str], Trace] = {}
    try:
        for event in log.events:
            count += 1
            if isinstance(event, Refused):
                refused.append(event.reason)
            elif isinstance(event, Fetched | Used | Script | Window) and event.owner is not None:
                _event(found, log, event, met)
    except (OSError, EOFError, zlib.error) as error:
        found.gap(log.name, f"not read to its end: {error}", required=True)
    found.same_gaps(log.name, (reason[:120] for reason in refused), required=bool(refused) and len(refused) == count)
    found.traces += met.values()
    found.looked.append(Looked("log", count, f"{log.name} ({log.format.NAME}, {count:,} events)"))


def _event(found: Found, log: Log, event: Fetched | Used | Script | Window, met: dict[tuple[str, str], Trace]) -> None:
    owner = event.owner
    if owner is None or not owner.version:
        return
    digests = event.digests if isinstance(event, Fetched) else ()
    records = found.suspects.records(owner.ecosystem, owner.package, owner.version, digests)
    if records is None:
        return
    did, details = "installed", []
    if isinstance(event, Fetched):
        did, details = "fetched", [("from", event.url)] if event.url else []
    elif isinstance(event, Script):
        did, details = "ran", [("command", event.command)]
    elif isinstance(event, Window):
        did = "built or installed"
    time = event.start if isinstance(event, Window) else getattr(event, "time", None)
    purl = str(make_purl(owner.ecosystem, owner.package, owner.version))
    met.setdefault((purl, did), Trace("log", purl, log.name, records, first=time, details=(("did", did), *details)))


def _text(found: Found, path: Path) -> None:
    """Search a log of no known format for the releases that are named outright."""
    pattern, purls = _mentions(found)
    if pattern is None:
        found.gap(
            str(path), "no log of a format that doorward knows, and no list of releases to search for", required=True
        )
        return
    met: dict[str, Trace] = {}
    number = 0
    try:
        for number, line in enumerate(_lines(path), 1):
            text = line.decode("utf-8", "replace")
            for match in pattern.finditer(text.lower()):
                pair = match["name"].replace("_", "-"), match["version"]
                if pair in purls:
                    purl, records = purls[pair]
                    shown = (("line", f"{number}: {text.strip()[:_SHOWN]}"),)
                    met.setdefault(purl, Trace("log", purl, str(path), records, details=shown))
    except (OSError, EOFError, zlib.error) as error:
        found.gap(str(path), f"not read to its end: {error}", required=True)
    found.traces += met.values()
    found.looked.append(Looked("log", number, f"{path} (as text, {number:,} lines)"))


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
    with gzip.open(path) if packed else path.open("rb") as stream:
        while line := stream.readline(_LONGEST):
            yield line


def _mentions(found: Found) -> tuple[re.Pattern[str] | None, dict[tuple[str, str], tuple[str, tuple[str, ...]]]]:
    """Return what finds ``name==1.0``, ``name@1.0``, ``name-1.0`` and the like, and what each pair means."""
    purls: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}
    for suspect in found.suspects.all:
        name = suspect.affected.name
        records: tuple[str, ...] = (suspect.record,) if suspect.record else ()
        for version in suspect.affected.versions:
            purl = str(make_purl(suspect.type, name, version))
            purls[name.lower().replace("_", "-"), version.lower()] = purl, records
    if not purls or len(purls) > _MENTIONED:
        return None, {}
    names = "|".join(re.escape(name).replace("\\-", "[-_]") for name in sorted({name for name, _ in purls}))
    versions = "|".join(re.escape(version) for version in sorted({version for _, version in purls}, reverse=True))
    between = r"(?:==|@npm:|@|[-_:=]| {1,8}| {0,4}: {0,4})"
    return re.compile(rf"(?<![\w@/.-])(?P<name>{names}){between}v?(?P<version>{versions})(?![\w+]|[.-]\d)"), purls
