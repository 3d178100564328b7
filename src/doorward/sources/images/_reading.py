"""Reads the images of a file or a folder, and tells what of them can still be seen."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path

from doorward.errors import SourceError
from doorward.model.dependency import Dependency
from doorward.records import dataclass
from doorward.sources.archives import Spent
from doorward.sources.images._containers import LIMITS, Container, open_container
from doorward.sources.images._layers import Held, Kept, Layer, Seen, Unread, read_layer
from doorward.sources.images._manifests import Place, Saved, saved_images
from doorward.sources.installed._reading import format_of


@dataclass(frozen=True, slots=True)
class Sight:
    """A package in one layer of an image."""

    image: Saved
    #: Number of the layer, from 1 at the bottom.
    number: int
    digest: str
    seen: Seen
    #: What became of the file in the layers above: "" where it can still be seen.
    fate: str = ""

    @property
    def place(self) -> Place:
        """The layer, as the image tells of it."""
        return self.image.layers[self.number - 1]


class Images:
    """The images of a file or a folder, with all of their layers."""

    def __init__(self, saved: Sequence[Saved], layers: dict[str, Layer], gaps: Sequence[str]) -> None:
        self.saved = tuple(saved)
        #: What was read of each blob.
        self.layers = layers
        #: What is not known of the whole.
        self.gaps = tuple(gaps)

    def packages(self) -> Iterator[Dependency]:
        """Yield what every layer tells of, each layer once."""
        for layer in self.layers.values():
            yield from (seen.package for seen in layer.seen)

    def sights(self, image: Saved) -> Iterator[Sight]:
        """Yield every package of every layer of an image, from the bottom up."""
        layers = [self.layers[place.blob] for place in image.layers]
        for number, layer in enumerate(layers, 1):
            fates: dict[str, str] = {}
            for seen in layer.seen:
                if seen.path not in fates:
                    fates[seen.path] = _fate(layers, number, seen.path)
                yield Sight(image, number, layer.digest, seen, fates[seen.path])

    def unread(self) -> Iterator[tuple[str, Unread]]:
        """Yield what could not be read, each with the layer that it is in."""
        for blob, layer in self.layers.items():
            yield from ((layer.digest or blob, one) for one in dict.fromkeys(layer.unread))


def read_images(path: Path) -> Images:
    """Read every layer of every image in a file or a folder.

    Raise ManifestError where there is no image, and what the reader of archives raises where it cannot be read at all.
    """
    with open_container(path) as container:
        saved = saved_images(container)
        layers = _layers(container, saved)
        gaps = list(dict.fromkeys(container.gaps))
    for image in saved:
        below: dict[str, bytes] = {}
        for place in image.layers:
            layer = layers[place.blob]
            below |= layer.systems
            _check(place, layer)
            _databases(layer, below)
    return Images(saved, layers, gaps)


def _layers(container: Container, saved: Sequence[Saved]) -> dict[str, Layer]:
    names = {place.blob: place for image in saved for place in image.layers}
    layers = {}
    there = {name for name in names if name and container.resolved(name) == name}
    spent, kept = Spent.nothing(LIMITS), Kept()
    for stream in container.streams(there):
        layers[stream.name] = read_layer(stream, spent, kept)
    for name in names:
        missing = Layer(unread=[Unread("", "it is not there: the image was saved without it")])
        layers.setdefault(name, missing)
    return layers


def _check(place: Place, layer: Layer) -> None:
    """Tell of a layer that is not the one that its manifest names."""
    named = place.digest or ("" if layer.packed else place.unpacked)
    if layer.digest and named.startswith("sha256:") and layer.digest != named:
        gap = Unread("", f"it is not {named}, which its manifest names")
        layer.unread += [] if gap in layer.unread else [gap]


def _databases(layer: Layer, below: dict[str, bytes]) -> None:
    """Read the databases of a layer, once, by the system that it or a layer below it tells of."""
    files = Held(below | layer.databases)
    for path in list(layer.databases):
        module = format_of(path)
        assert module is not None
        try:
            inventory = module.parse(files, path)
        except SourceError as error:
            layer.unread.append(Unread(path, str(error).removeprefix(f"{path}: ")))
        else:
            layer.seen += [Seen(path, package) for package in inventory.packages]
            layer.unread += [Unread(path, gap.reason, gap.entry) for gap in inventory.gaps]
        del layer.databases[path]


def _fate(layers: Sequence[Layer], number: int, path: str) -> str:
    """Return what became of a file of one layer in those above it."""
    above = _folders(path)
    for later, layer in enumerate(layers[number:], number + 1):
        if path in layer.paths:
            return f"replaced by layer {later}"
        if path in layer.gone or not layer.gone.isdisjoint(above) or not layer.emptied.isdisjoint(above):
            return f"deleted by layer {later}"
        if not layer.paths.isdisjoint(above):
            return f"replaced by layer {later}"
    return ""


def _folders(path: str) -> frozenset[str]:
    found, folder = [], posixpath.dirname(path)
    while folder:
        found.append(folder)
        folder = posixpath.dirname(folder)
    return frozenset((*found, ""))
