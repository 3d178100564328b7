"""Whether a lock file takes a release from where doorward looked at it."""

from __future__ import annotations

from collections.abc import Iterator

from doorward.engine.context import Context
from doorward.engine.gather.wish import Wish
from doorward.model.registry import PackageRecord
from doorward.sources.addresses import origin, shown_host, split
from doorward.sources.settings import configured, public_index


def elsewhere(context: Context, wish: Wish, record: PackageRecord) -> str:
    """Return the place that the lock names, for people, where no configured index is there; else "".

    The public index counts as configured, because package managers take what is locked to it from the index that
    stands in for it, and so do the hosts on which the index itself keeps the files of the package.
    """
    if not wish.place:
        return ""
    place = _origin(wish.place)
    if place is None:
        return repr(wish.place)
    return "" if any(_origin(url) == place for url in _known(context, record)) else shown_host(wish.place)


def _known(context: Context, record: PackageRecord) -> Iterator[str]:
    for index in configured(record.type, context.environ, context.home, context.project).indexes:
        yield index.url
    yield public_index(record.type)
    yield from {file.url for version in record.versions for file in version.files}


def _origin(url: str) -> tuple[str, str, int] | None:
    try:
        return origin(split(url))
    except ValueError:
        return None
