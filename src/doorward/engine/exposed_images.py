"""Exposure in saved container images: in every layer of them, also what a later layer deletes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from doorward.engine.exposed_found import Found
from doorward.errors import SourceError
from doorward.model.dependency import Dependency
from doorward.model.exposure import Looked, Suspects, Trace
from doorward.records import dataclass
from doorward.sources import manifests
from doorward.sources.images import Images, Sight, Unread, read_images
from doorward.sources.installed import format_of

#: purl types of what is compiled into programs.
_COMPILED = ("golang", "cargo")
#: Sources of the project's own code, which nobody published.
_OWN = frozenset({"workspace", "path"})
#: Layers that are named for one file, and hex digits of a digest that a person reads.
_LAYERS, _SHORT = 3, 19


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in an image a release was met, and the records that name it."""

    path: str
    purl: str
    locked: bool
    records: tuple[str, ...]


def look_at_images(found: Found, paths: Sequence[Path]) -> None:
    """Look at every layer of every image that is saved in some files or folders."""
    for path in dict.fromkeys(path.resolve() for path in paths):
        try:
            images = read_images(path)
        except SourceError as error:
            found.gap(str(path), f"not read as a container image: {error}", required=True)
            continue
        _images(found, path, images)


def _images(found: Found, path: Path, images: Images) -> None:
    # A layer that several images share is asked about once.
    asked = [(package, _records_of(found, package)) for package in images.packages()]
    named = {id(package): records for package, records in asked if records is not None}
    for image in images.saved if named else ():
        met: dict[_Place, list[Sight]] = defaultdict(list)
        for sight in images.sights(image):
            package = sight.seen.package
            if id(package) in named:
                met[_Place(sight.seen.path, str(package.purl), sight.seen.locked, named[id(package)])].append(sight)
        found.traces += [_trace(path, place, sights) for place, sights in met.items()]
    for reason in images.gaps:
        found.gap(str(path), reason, required=True)
    for layer, unread in images.unread():
        where = f"{path}, layer {layer[:_SHORT]}{': ' if unread.path else ''}{unread.path}"
        required = _may_be_asked(found.suspects, unread)
        found.gap(where, f"{unread.entry} {unread.reason}".strip(), required=required)
    layers = sum(1 for layer in images.layers.values() if layer.digest)
    held = f"{len(asked):,} {'package' if len(asked) == 1 else 'packages'}"
    what = f"{layers:,} {'layer' if layers == 1 else 'layers'} of {path}, with {held}"
    found.looked.append(Looked("image", layers, what))


def _records_of(found: Found, package: Dependency) -> tuple[str, ...] | None:
    if not package.version or package.source in _OWN:
        return None
    return found.records_of(package)


def _trace(path: Path, place: _Place, sights: Sequence[Sight]) -> Trace:
    last = sights[-1]
    named = [f"{sight.number} of {len(sight.image.layers)}, {sight.digest}" for sight in sights]
    more = [f"and {len(named) - _LAYERS} more"] if len(named) > _LAYERS else []
    told = (
        ("image", last.image.name),
        ("told by", "a lock file" if place.locked else "what is installed"),
        ("layer", "; ".join([*named[:_LAYERS], *more])),
        ("made by", sights[0].place.made),
        ("state", _state(last)),
    )
    return Trace(
        "image",
        place.purl,
        f"{path}: {place.path}",
        place.records,
        first=sights[0].place.time,
        present=not last.fate,
        details=tuple((label, value) for label, value in told if value),
    )


def _state(last: Sight) -> str:
    if not last.fate:
        return "to be seen in a container of this image"
    return f"{last.fate}, so no container sees it; it is in the image, and was there when that layer was made"


def _may_be_asked(suspects: Suspects, unread: Unread) -> bool:
    """Whether what could not be read of a layer may be of a package that is asked about."""
    if not unread.path or unread.loose:
        return not unread.loose
    module = format_of(unread.path)
    if module is None:
        lock = manifests.format_of(unread.path)
        if lock is None:  # a program: which of them is a module of what, only the program tells
            return suspects.has_type(*_COMPILED)
        return suspects.named(lock.TYPE, unread.entry) if unread.entry else suspects.has_type(lock.TYPE)
    if module.TYPE and not suspects.has_type(module.TYPE):
        return False
    return not all("*" in pattern for pattern in module.FILES) or suspects.may_be_at(unread.path)
