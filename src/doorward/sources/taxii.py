"""TAXII 2.1 (OASIS Standard): the objects of one collection, or of all that a server lets us read.

An address is that of a collection's objects, of a collection, of the list of an API root's collections, or of the
server's discovery (``/taxii2/``). What came since the last time is asked for by the time at which the server took it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from doorward.errors import BadResponse
from doorward.sources.feed_server import FeedServer
from doorward.sources.feeds._records import any_json

#: What is accepted, as the specification writes it.
MEDIA_TYPE = "application/taxii+json;version=2.1"
#: Pages of a collection of one update, collections of a server, and bytes of one answer.
MOST_PAGES, MOST_COLLECTIONS, PAGE_BYTES = 1_000, 500, 256 << 20

_OBJECTS = re.compile(r"/collections/[^/]+/objects/?\Z")
_COLLECTION = re.compile(r"/collections/[^/.]+/?\Z")
_COLLECTIONS = re.compile(r"/collections/?\Z")
_DISCOVERY = re.compile(r"/taxii2/?\Z")


def is_taxii(path: str) -> bool:
    """Whether the path of an address is one of TAXII."""
    return any(known.search(path) for known in (_OBJECTS, _COLLECTION, _COLLECTIONS, _DISCOVERY))


def fetch_objects(server: FeedServer, url: str, cursor: str, folder: Path, prefix: str) -> str:
    """Write what a server took up since ``cursor`` into ``folder``, page by page, in files that begin with ``prefix``.

    Return where the next time goes on. FetchError and its kinds where a page cannot be had.
    """
    if _OBJECTS.search(urlsplit(url).path):
        return _objects(server, url, cursor, folder, prefix)
    after = _after(cursor)
    for number, address in enumerate(_addresses(server, url)):
        after[address] = _objects(server, address, after.get(address, ""), folder, f"{prefix}{number:04}-")
    return json.dumps(after, sort_keys=True)


def _after(cursor: str) -> dict[str, str]:
    """Return where each collection goes on."""
    try:
        value = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return {str(key): str(time) for key, time in value.items()} if isinstance(value, dict) else {}


def _addresses(server: FeedServer, url: str) -> list[str]:
    """Return the addresses of the objects of all collections that an address leads to."""
    path = urlsplit(url).path
    if _COLLECTION.search(path) and not _COLLECTIONS.search(path):
        return [f"{url.rstrip('/')}/objects/"]
    roots = [url] if _COLLECTIONS.search(path) else [f"{root.rstrip('/')}/collections/" for root in _roots(server, url)]
    found = [address for root in roots for address in _readable(server, root)]
    if not found:
        raise BadResponse("the server has no collection that may be read")
    if len(found) > MOST_COLLECTIONS:
        raise BadResponse(f"the server has more than {MOST_COLLECTIONS:,} collections: name one")
    return found


def _roots(server: FeedServer, url: str) -> list[str]:
    """Return the API roots of a server; they may be written relative to its discovery."""
    told = _answer(server, url)
    roots = told.get("api_roots") or [told.get("default")]
    known = [urljoin(url, root) for root in roots if isinstance(root, str)] if isinstance(roots, list) else []
    if not known:
        raise BadResponse("the server's discovery names no API root")
    return known


def _readable(server: FeedServer, url: str) -> Iterator[str]:
    collections = _answer(server, url).get("collections", [])
    for item in collections if isinstance(collections, list) else ():
        if isinstance(item, dict) and isinstance(item.get("id"), str) and item.get("can_read") is not False:
            yield f"{url.rstrip('/')}/{quote(item['id'], safe='')}/objects/"


def _answer(server: FeedServer, url: str) -> dict[str, Any]:
    value = any_json(server.get(url, accept=MEDIA_TYPE, cap=PAGE_BYTES).body)
    if not isinstance(value, dict):
        raise BadResponse("an answer of a TAXII server that is no object")
    return value


def _objects(server: FeedServer, url: str, cursor: str, folder: Path, prefix: str) -> str:
    """Write what is new in one collection, and return the time of what the server took up last."""
    after = added = cursor
    following = ""
    for page in range(MOST_PAGES):
        query = {key: value for key, value in (("added_after", added), ("next", following)) if value}
        address = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(query)}" if query else url
        answer = server.get(address, accept=MEDIA_TYPE, cap=PAGE_BYTES)
        value = any_json(answer.body)
        if not isinstance(value, dict):
            raise BadResponse("a page of a TAXII collection that is no object")
        if value.get("objects"):
            (folder / f"{prefix}page{page:05}.json").write_bytes(answer.body)
        last = answer.headers.get("x-taxii-date-added-last", "")
        after = last or after
        if value.get("more") is not True:
            return after
        following = str(value.get("next") or "")
        if not following:
            # As the specification allows: without a "next", the time of the last object leads on.
            if not last or last == added:
                raise BadResponse("a TAXII collection has more objects, and does not tell where")
            added = last
    if after == cursor:
        raise BadResponse(f"a TAXII collection of more than {MOST_PAGES:,} pages, without the time of the last object")
    return after
