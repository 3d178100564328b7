"""Import feeds into the bundle, and tell what is in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from doorward.model.intelligence import Defect, FeedState, Refused, Role
from doorward.sources.feeds import Item, fingerprint, read_feed
from doorward.store.intel import open_bundle, rewrite

#: Refused records and defects of one feed whose places are kept for the reader.
SHOWN = 20


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


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import took over, and the first of what it could not."""

    state: FeedState
    refused: tuple[Refused, ...] = ()
    defects: tuple[Defect, ...] = ()


def import_feeds(folder: Path, wanted: Sequence[Import], now: datetime) -> list[Imported]:
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
            state = FeedState(name, "", origin, now, item.licence, digest=fingerprint(item.path))
            noted = _Noted(read_feed(item.path))
            counted = made.feed(state, noted, adds=item.adds, role=item.role)
            done.append(Imported(counted, tuple(noted.refused), tuple(noted.defects)))
    return done


def feed_states(folder: Path) -> tuple[FeedState, ...]:
    """Return what is known of each imported feed, none where nothing was imported."""
    bundle = open_bundle(folder)
    if bundle is None:
        return ()
    with bundle:
        return bundle.feeds


def _origins(folder: Path) -> dict[str, str]:
    return {state.name: state.origin for state in feed_states(folder)}


def _free_name(path: Path, origin: str, known: dict[str, str]) -> str:
    """Return a short name that no feed of another origin has: every ecosystem's archive is called ``all.zip``."""
    short = path.absolute()
    for name in (short.name, f"{short.parent.name}/{short.name}"):
        if known.get(name, origin) == origin:
            return name
    return origin


class _Noted:
    """Passes items on, and keeps the first of those that were refused or had defects."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = items
        self.refused: list[Refused] = []
        self.defects: list[Defect] = []

    def __iter__(self) -> Iterator[Item]:
        for item in self._items:
            if isinstance(item, Refused) and len(self.refused) < SHOWN:
                self.refused.append(item)
            elif isinstance(item, Defect) and len(self.defects) < SHOWN:
                self.defects.append(item)
            yield item
