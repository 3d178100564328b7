"""Import feeds into the bundle, and tell what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from doorward.discovery import Late
from doorward.errors import UsageError
from doorward.model.intelligence import FeedAddress, FeedState, Role
from doorward.records import dataclass, replace
from doorward.sources.kept_pages import drop_pages
from doorward.store.intel import Written, open_bundle, rewrite
from doorward.store.intel.schema import OtherVersion

if TYPE_CHECKING:
    from doorward.sources import feeds
else:  # a scan asks for the state of feeds, and reads none
    feeds = Late("doorward.sources.feeds")


@dataclass(frozen=True, slots=True)
class Import:
    """One feed to import from disk."""

    path: Path
    #: "" takes the name of the file, with its folder where another feed has that name.
    name: str = ""
    licence: str = ""
    #: What bare lists of digests are.
    role: Role = Role.FILE
    #: Add to what the feed said before instead of taking its place.
    adds: bool = False
    #: What a table or a list does not tell of its packages and columns.
    ecosystem: str = ""
    columns: str = ""
    #: Ecosystems of which it lists the malicious packages as a whole.
    covers: tuple[str, ...] = ()


def import_feeds(folder: Path, wanted: Sequence[Import], now: datetime) -> list[Written]:
    """Import feeds into the bundle in ``folder``, all of them or, where one fails, none.

    Raise :class:`FeedError` where a feed holds nothing that can be taken over, StoreError where the disk fails.
    """
    done = []
    with rewrite(folder, now) as made:
        known = _origins(folder)
        for item in wanted:
            origin = str(item.path.absolute())
            name = item.name or _free_name(item.path, origin, known)
            known[name] = origin
            state = FeedState(name, "", origin, now, item.licence, digest=feeds.fingerprint(item.path))
            state = replace(state, declared=item.covers)
            hints = FeedAddress("", item.ecosystem, item.columns).hints | ({"adds": "yes"} if item.adds else {})
            read = feeds.read_beside(item.path, hints)
            done.append(made.feed(state, read, adds=item.adds, role=item.role))
    return done


def feed_states(folder: Path) -> tuple[FeedState, ...]:
    """Return what is known of each imported feed, none where nothing was imported."""
    bundle = open_bundle(folder)
    if bundle is None:
        return ()
    with bundle:
        return bundle.feeds


def states_to_renew(folder: Path) -> tuple[FeedState, ...]:
    """Return the same for who writes the bundle anew: of one that another version of doorward wrote, nothing stays."""
    try:
        return feed_states(folder)
    except OtherVersion:
        return ()


def bundle_id(folder: Path) -> str:
    """Return the id of the bundle, "" where nothing was imported."""
    bundle = open_bundle(folder)
    if bundle is None:
        return ""
    with bundle:
        return bundle.id


def forget(folder: Path, names: Sequence[str], now: datetime) -> None:
    """Remove feeds with all that they said; raise UsageError where one is not there."""
    known = {state.name: state.origin for state in feed_states(folder)}
    for name in names:
        if name not in known:
            raise UsageError(f"no feed {name!r} is imported; there are {', '.join(sorted(known)) or 'none'}")
    with rewrite(folder, now) as made:
        for name in names:
            made.remove(name)
    for name in names:
        drop_pages(folder, known[name])


def _origins(folder: Path) -> dict[str, str]:
    return {state.name: state.origin for state in states_to_renew(folder)}


def _free_name(path: Path, origin: str, known: dict[str, str]) -> str:
    """Return a short name that no feed of another origin has: every ecosystem's archive is called ``all.zip``."""
    short = path.absolute()
    for name in (short.name, f"{short.parent.name}/{short.name}"):
        if known.get(name, origin) == origin:
            return name
    return origin
