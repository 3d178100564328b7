"""npm's cache (cacache): an index of what was fetched from where, with digests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from doorward.sources.caches._entries import Cached, digests_of, walk
from doorward.sources.manifests._values import public_url

NAME = "npm"
TYPE = "npm"

_KEY = "make-fetch-happen:request-cache:"
#: Bytes of a bucket that are read: they have a few lines, one for each time that an entry was written.
_MOST = 4 << 20
_TARBALL = re.compile(r"(?:\A|/)(?P<name>(?:@[^/]{1,214}/)?[^/@]{1,214})/-/(?P<file>[^/]{1,500})\.tgz\Z")


class _Line(msgspec.Struct):
    key: str = ""
    integrity: str | None = None
    time: float = 0


_decode = msgspec.json.Decoder(_Line).decode


def folders(environ: Mapping[str, str], home: Path, project: Path) -> Iterable[Path]:  # noqa: ARG001 - one a user
    """Return where the cache may lie."""
    lowered = {name.lower(): value for name, value in environ.items()}
    set_folder = lowered.get("npm_config_cache")
    return [Path(set_folder)] if set_folder else [home / ".npm"]


def entries(folder: Path) -> Iterator[Cached]:
    """Yield the tarballs of the index. An entry that was removed since was fetched all the same."""
    for index in sorted((folder / "_cacache").glob("index-v*")):
        for path, entry in walk(index):
            if entry.is_file(follow_symlinks=False):
                try:
                    with Path(entry.path).open("rb") as file:
                        content = file.read(_MOST)
                except OSError as error:
                    yield Cached((), "", f"_cacache/{index.name}/{path}", unread=error.strerror or str(error))
                    continue
                yield from _bucket(content, f"_cacache/{index.name}/{path}")


def _bucket(content: bytes, path: str) -> Iterator[Cached]:
    """Yield the releases of one bucket: each line is a digest of the rest, a tab, and JSON."""
    for line in content.split(b"\n"):
        _, tab, document = line.partition(b"\t")
        if not tab or _KEY.encode() not in document or b".tgz" not in document:
            continue
        try:
            told = _decode(document)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            yield Cached((), "", path, unread="a line that is not JSON")
            continue
        release = _release(told.key.removeprefix(_KEY))
        if release is not None:
            name, version, url = release
            yield Cached((name,), version, path, _time(told.time), url, digests_of(told.integrity or ""))


def _release(address: str) -> tuple[str, str, str] | None:
    """Return name, version and public address of a tarball's address, None where it is of none."""
    try:
        found = _TARBALL.search(unquote(urlsplit(address).path))
    except ValueError:
        return None
    if found is None:
        return None
    short = found["name"].rpartition("/")[2]
    file = found["file"]
    return (found["name"], file[len(short) + 1 :], public_url(address)) if file.startswith(f"{short}-") else None


def _time(milliseconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None
