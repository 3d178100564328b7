"""Feeds over HTTP: what is new there is fetched into a folder, from which it is read like any feed on disk.

Told by its address: a folder of the OSV bucket (``.../all.zip``) is followed by its list of changes, a MISP feed
(``.../manifest.json``, or the folder that has one) by its events and their times, TAXII 2.1 by the time at which its
server took an object up. Everything else is one document, fetched whole.
"""

from __future__ import annotations

import csv
import math
import os
import re
import shutil
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, urlsplit

from doorward.errors import BadResponse, NotFound, SourceError
from doorward.model.advisories import stamp
from doorward.records import dataclass
from doorward.sources.downloads import is_validator
from doorward.sources.feed_integrity import check_signature, check_sum
from doorward.sources.feed_server import FeedServer
from doorward.sources.feeds._records import any_json
from doorward.sources.kept_pages import kept_pages
from doorward.sources.parts import part_of
from doorward.sources.taxii import fetch_objects, is_taxii

#: Changed records that are fetched one by one; more, and the whole archive is quicker.
MOST_CHANGES = 300
#: Events of a MISP feed of one update.
MOST_EVENTS = 5_000
#: Updates of a TAXII collection after which all of it comes again, without what newer versions replaced.
MOST_POLLS = 100
#: Bytes of a whole feed, of a list of changes, and of one record.
FEED_BYTES, LIST_BYTES, RECORD_BYTES = 4 << 30, 256 << 20, 16 << 20
_WORKERS = 8
_UUID = re.compile(r"[0-9a-fA-F-]{1,64}\Z")
_SAFE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a feed."""

    #: Where it lies now; None where there is nothing new.
    path: Path | None
    #: Where the next update goes on; "" where it begins anew.
    cursor: str = ""
    #: Whether it holds only what changed.
    adds: bool = False
    #: Whether it is to be kept, as the next update says something only together with it.
    keep: bool = False


def fetch(server: FeedServer, url: str, cursor: str, folder: Path, certificate: bytes = b"") -> Fetched:
    """Fetch what is new of the feed at ``url`` into ``folder``. FetchError and its kinds; nothing is imported.

    With a ``certificate``, the feed is one document that has to be signed by it: FeedError where it is not.
    """
    path = urlsplit(url).path
    if certificate:
        return _whole(server, url, cursor, folder, certificate)
    if path.endswith("/all.zip"):
        return _bucket(server, url, cursor, folder)
    if path.endswith("/manifest.json"):
        return _misp(server, url, cursor, folder)
    if is_taxii(path):
        return _taxii(server, url, cursor, folder)
    if "." not in path.rpartition("/")[2] and _is_misp(server, url):
        return _misp(server, f"{url.rstrip('/')}/manifest.json", cursor, folder)
    return _whole(server, url, cursor, folder)


def _whole(server: FeedServer, url: str, known: str, folder: Path, certificate: bytes = b"") -> Fetched:
    """Fetch one document, unless the server still has the one that ``known`` tells, by its entity tag or its date.

    What an update leaves that is broken off lies beside ``folder``, for the next one to go on with.
    """
    with part_of(url, folder) as part:
        done = server.renew(url, part.sink, part.note, cap=FEED_BYTES, known=known if is_validator(known) else "")
        if done.unchanged:
            part.drop()
            return Fetched(None, known)
        path = part.take(folder / (_file_name(urlsplit(url).path.rpartition("/")[2]) or "feed"))
    check_sum(server, url, path)
    if certificate:
        check_signature(server, url, path, certificate)
    return Fetched(path, done.tag)


def _file_name(text: str) -> str:
    return _SAFE.sub("_", text)[-100:].lstrip(".")


def _bucket(server: FeedServer, url: str, cursor: str, folder: Path) -> Fetched:
    """Fetch the records that changed since ``cursor``, or the whole archive."""
    base = url[: -len("all.zip")]
    try:
        changes = _changes(server.get(f"{base}modified_id.csv", cap=LIST_BYTES).body)
    except NotFound:
        return _whole(server, url, cursor, folder)
    newest = max((time for time, _ in changes), default="")
    wanted = sorted({name for time, name in changes if time > cursor})
    if cursor and not wanted:
        return Fetched(None, cursor)
    if not cursor or len(wanted) > MOST_CHANGES:
        return Fetched(_whole(server, url, "", folder).path, newest)
    _each(server, folder, [(name, f"{base}{quote(name, safe='')}.json") for name in wanted])
    return Fetched(folder, newest, adds=True)


def fetch_newest(server: FeedServer, url: str, folder: Path, begins: str, most: int, until: float) -> int:
    """Fetch the newest records of a folder of the OSV bucket whose ids have a beginning, and return how many came.

    ``until`` is a moment of the monotonic clock after which no further one is asked for. FetchError and its kinds.
    """
    base = url[: -len("all.zip")]
    changes = _changes(server.get(f"{base}modified_id.csv", cap=LIST_BYTES).body)
    newest = sorted((change for change in changes if change[1].startswith(begins)), reverse=True)
    try:
        _each(server, folder, [(name, f"{base}{quote(name, safe='')}.json") for _, name in newest[:most]], until)
    except SourceError:
        if not any(folder.iterdir()):
            raise
    return sum(1 for _ in folder.iterdir())


def _changes(body: bytes) -> list[tuple[str, str]]:
    """Return (moment, id) of each line of a list of changes; BadResponse where it is none."""
    rows = [row for row in csv.reader(body.decode("utf-8", "replace").splitlines()) if row]
    found = [(stamp(row[0]), row[1].strip()) for row in rows if len(row) == len(("time", "id"))]
    found = [(time, name) for time, name in found if time and name]
    if rows and not found:
        raise BadResponse("the list of changes names no record")
    return found


def _taxii(server: FeedServer, url: str, cursor: str, folder: Path) -> Fetched:
    """Fetch what is new of a TAXII server, and put it with what came before."""
    pages = folder / "pages"
    pages.mkdir()
    before = kept_pages(folder.parent, url, cursor)
    number = int(before[-1].name.partition("-")[0]) + 1 if before else 0
    if not before or number > MOST_POLLS:
        after = fetch_objects(server, url, "", pages, "00000-")
        return Fetched(pages if any(pages.iterdir()) else None, after, keep=True)
    after = fetch_objects(server, url, cursor, pages, f"{number:05}-")
    if not any(pages.iterdir()):
        return Fetched(None, cursor)
    for page in before:
        _link(page, pages / page.name)
    return Fetched(pages, after, keep=True)


def _link(known: Path, place: Path) -> None:
    try:
        os.link(known, place)
    except OSError:  # not every file system has links
        shutil.copyfile(known, place)


def _is_misp(server: FeedServer, url: str) -> bool:
    """Whether an address is the folder of a MISP feed, as MISP's own list of feeds names them."""
    try:
        value = any_json(server.get(f"{url.rstrip('/')}/manifest.json", cap=LIST_BYTES).body)
    except SourceError:
        return False
    return isinstance(value, dict) and all(_UUID.match(key) and isinstance(event, dict) for key, event in value.items())


def _misp(server: FeedServer, url: str, cursor: str, folder: Path) -> Fetched:
    """Fetch the events that are new since ``cursor``, oldest first.

    A MISP feed says what it takes back by leaving it out: an event in the manifest, an attribute in an event. So all
    events come again, to take the place of what was imported, unless those of before are as they were.
    """
    value = any_json(server.get(url, cap=LIST_BYTES).body)
    if not isinstance(value, dict):
        raise BadResponse("a manifest that is no object")
    events = sorted((_seconds(event), uuid) for uuid, event in value.items() if _UUID.match(uuid))
    if not events:
        raise BadResponse("the manifest names no event")
    since = int(cursor.partition(" ")[0]) if cursor.partition(" ")[0].isdecimal() else 0
    known = [event for event in events if event[0] <= since]
    adds = bool(known) and _cursor(known) == cursor
    # Those of before were taken over in several updates where they are many, and come again at once.
    wanted = _oldest(events[len(known) :], MOST_EVENTS) if adds else _oldest(events, max(MOST_EVENTS, len(known)))
    if not wanted:
        return Fetched(None, cursor)
    base = url[: -len("manifest.json")]
    _each(server, folder, [(uuid, f"{base}{uuid}.json") for _, uuid in wanted])
    return Fetched(folder, _cursor([*known, *wanted] if adds else wanted), adds=adds)


def _oldest(events: Sequence[tuple[int, str]], most: int) -> Sequence[tuple[int, str]]:
    """Return the oldest of many, sorted; of one second all or none, as the next update goes on behind it."""
    return [event for event in events if event[0] <= events[most - 1][0]] if len(events) > most else events


def _cursor(events: Sequence[tuple[int, str]]) -> str:
    """Return the time of the last event, and a digest by which these events are known to be as they were."""
    digest = sha256("\n".join(f"{time} {uuid}" for time, uuid in events).encode()).hexdigest()
    return f"{events[-1][0]} {digest}"


def _seconds(event: object) -> int:
    text = str(event.get("timestamp", "")) if isinstance(event, dict) else ""
    return int(text) if text.isdecimal() and len(text) <= len("1777629600") else 1


def _each(server: FeedServer, folder: Path, wanted: Iterable[tuple[str, str]], until: float = math.inf) -> None:
    """Fetch several small documents at once. One that is gone in the meantime is left out."""

    def one(item: tuple[str, str]) -> None:
        if time.monotonic() > until:
            return
        name, url = item
        try:
            body = server.get(url, cap=RECORD_BYTES).body
        except NotFound:
            return
        (folder / f"{_file_name(name)}.json").write_bytes(body)

    with ThreadPoolExecutor(_WORKERS, "feeds") as pool:
        list(pool.map(one, wanted))
