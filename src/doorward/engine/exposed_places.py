"""Exposure outside of lock files and logs: what is installed, cached, and in stored inventories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from doorward.engine.exposed_found import Found
from doorward.engine.stored_names import StoredNames, purl_of
from doorward.errors import SourceError
from doorward.model.exposure import Looked, Trace
from doorward.model.purl import make_purl
from doorward.sources.caches import Cache, Cached, caches
from doorward.sources.installed import format_of, read_installed, readable
from doorward.store import Sighting, Store

#: purl types of what is compiled into programs.
_COMPILED = ("golang", "cargo")


def look_at_installed(found: Found, folder: Path) -> None:
    """Look at everything that is installed below a folder."""
    shown = folder
    folder, exclude = readable(folder)
    inventory = read_installed(folder, exclude)
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
        required = _may_be_asked(found, folder, gap.path)
        found.gap(str(folder / gap.path), f"{gap.entry} {gap.reason}".strip(), required=required)
    what = f"{len(inventory.packages):,} packages in {shown}"
    found.looked.append(Looked("installed", len(inventory.packages), what))


def _may_be_asked(found: Found, folder: Path, path: str) -> bool:
    """Whether what could not be read at a path below a folder may be of a package that is asked about."""
    suspects = found.suspects
    module = format_of(path)
    if module is None:  # a folder, or a program: which of them is a module of what, only the program tells
        return (folder / path).is_dir() or suspects.has_type(*_COMPILED)
    if not suspects.has_type(module.TYPE):
        return False
    # Of most formats, each package has a file of its own, whose path tells the name; the others hold all packages.
    return not all("*" in pattern for pattern in module.FILES) or suspects.may_be_at(path)


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


def look_at_user_trees(found: Found, environ: Mapping[str, str], home: Path, seen: Collection[Path]) -> None:
    """Look at what this user installed outside of any project: tools, libraries, and the environment that is active.

    What lies in a folder that was ``seen`` is not told twice.
    """
    for folder in dict.fromkeys(folder.resolve() for folder in _user_trees(environ, home)):
        if folder.is_dir() and not any(folder.is_relative_to(one) for one in seen):
            look_at_installed(found, folder)


def _user_trees(environ: Mapping[str, str], home: Path) -> Iterator[Path]:
    """Yield where it may lie; sources are the managers' own documents."""
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    cache = Path(environ.get("XDG_CACHE_HOME") or home / ".cache")
    settings = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    yield from (Path(environ[name]) for name in ("VIRTUAL_ENV", "CONDA_PREFIX") if environ.get(name))
    # pip install --user
    yield from sorted(Path(environ.get("PYTHONUSERBASE") or home / ".local").glob("lib/python*/site-packages"))
    yield from sorted(home.glob("Library/Python/*/lib/python/site-packages"))
    # npx, and npm install --global: to a folder of the user's, or below a version that nvm keeps
    yield home / ".npm" / "_npx"
    prefixes = (environ.get(name) for name in ("npm_config_prefix", "NPM_CONFIG_PREFIX"))
    yield from (Path(prefix, "lib", "node_modules") for prefix in prefixes if prefix)
    yield from sorted(Path(environ.get("NVM_DIR") or home / ".nvm").glob("versions/node/*/lib/node_modules"))
    # pnpm add --global, and pnpm dlx
    yield from ([Path(environ["PNPM_HOME"], "global")] if environ.get("PNPM_HOME") else [])
    yield from (data / "pnpm" / "global", home / "Library" / "pnpm" / "global")
    yield from (cache / "pnpm" / "dlx", home / "Library" / "Caches" / "pnpm" / "dlx")
    yield from (settings / "yarn" / "global", home / ".bun" / "install" / "global")
    yield from (data / "uv" / "tools", data / "pipx" / "venvs", home / ".local" / "pipx" / "venvs")


def _cache(found: Found, cache: Cache, folder: Path) -> None:
    count, unread = 0, []
    required = found.suspects.has_type(cache.TYPE)
    try:
        for entry in cache.entries(folder):
            if entry.unread:
                unread.append(entry.unread)
                continue
            count += 1
            _cached(found, cache, folder, entry)
    except SourceError as error:
        found.gap(str(folder), str(error), required=required)
    found.same_gaps(str(folder), unread, required=required)
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
    for sighting in _sightings(found, store):
        purl = purl_of(sighting.package.purl)
        records = found.suspects.records_of(purl, sighting.package.digests) if purl else None
        if purl and purl.version and records is not None:
            found.traces.append(
                Trace(
                    "inventory",
                    str(purl),
                    sighting.project,
                    records,
                    first=sighting.first,
                    last=sighting.last,
                    details=(("declared in", ", ".join(sighting.package.paths)),),
                )
            )
    projects = store.projects()
    found.looked.append(Looked("inventory", projects, f"{projects:,} {'project' if projects == 1 else 'projects'}"))


def _sightings(found: Found, store: Store) -> Iterator[Sighting]:
    """Yield where packages of the names that are asked about ever were, and those that declare such a digest."""
    names = StoredNames(store)
    asked = {(one.type, name) for one in found.suspects.all for name in names.of(one.type, one.affected.name)}
    digested: dict[tuple[str, str], set[str]] = defaultdict(set)
    names_digest = found.suspects.by_digest
    for type_, name, package in store.packages() if names_digest else ():
        if (type_, name) not in asked and names_digest and any(map(names_digest, package.digests)):
            digested[type_, name].add(package.purl)
    for type_, name in sorted(asked):
        yield from store.sightings(type_, name)
    for (type_, name), purls in digested.items():
        yield from (one for one in store.sightings(type_, name) if one.package.purl in purls)
