"""Which images a container holds, and which layers each of them has, from the bottom up."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from doorward.errors import ManifestError
from doorward.model.advisories import moment_of, stamp
from doorward.records import dataclass
from doorward.sources.images._containers import Container, inside
from doorward.sources.manifests._documents import load_json

#: Images of one container, layers of one image, and indexes that stand in indexes.
_IMAGES, _LAYERS, _DEPTH = 200, 1_000, 3
#: Characters of a command, and of a name.
_SHOWN = 200
_DIGEST = re.compile(r"(sha256|sha512):([0-9a-f]{64,128})\Z")
_NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """One layer of an image."""

    #: The blob's name in the container.
    blob: str
    #: Digest of the blob as it is stored, and of what it unpacks to; "" where nothing tells.
    digest: str = ""
    unpacked: str = ""
    #: The command that made it and when, by the image's own word.
    made: str = ""
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """One image."""

    #: "registry.example/app:1.2", or the beginning of its manifest's digest.
    name: str
    layers: tuple[Place, ...]


class _Docker(msgspec.Struct, rename="pascal"):
    config: str = ""
    repo_tags: list[str] | None = None
    layers: list[str] | None = None


class _Platform(msgspec.Struct):
    os: str = ""
    architecture: str = ""
    variant: str = ""


class _Descriptor(msgspec.Struct, rename="camel"):
    media_type: str = ""
    digest: str = ""
    annotations: dict[str, str] | None = None
    platform: _Platform | None = None


class _Manifest(msgspec.Struct):
    """An index has manifests, a manifest has layers."""

    manifests: list[_Descriptor] | None = None
    layers: list[_Descriptor] | None = None
    config: _Descriptor | None = None


class _Step(msgspec.Struct):
    created: str | None = None
    created_by: str | None = None
    empty_layer: bool | None = None


class _Root(msgspec.Struct):
    diff_ids: list[str] | None = None


class _Config(msgspec.Struct):
    rootfs: _Root | None = None
    history: list[_Step] | None = None


def saved_images(container: Container) -> list[Saved]:
    """Return the images, each once; raise ManifestError where there is none. Why more may be is noted."""
    found: dict[tuple[str, ...], Saved] = {}
    for image in (*_docker(container), *_indexed(container, "index.json", "", _DEPTH)):
        if len(found) >= _IMAGES:
            container.gaps.append(f"more than {_IMAGES} images: the rest was not read")
            break
        found.setdefault(tuple(place.blob for place in image.layers), image)
    if not found:
        reason = f" ({container.gaps[0]})" if container.gaps else ""
        raise ManifestError(f"no saved container image: neither manifest.json nor index.json names a layer{reason}")
    return list(found.values())


def _docker(container: Container) -> Iterator[Saved]:
    """Yield the images that ``manifest.json`` names."""
    for told in _document(container, "manifest.json", list[_Docker]) or ():
        config = _document(container, inside(told.config), _Config) or _Config()
        named = [inside(name) for name in told.layers or ()]
        names = [container.resolved(name) or name for name in named]
        digests = [_blob_digest(name) for name in named]
        if not names:
            continue
        yield Saved(", ".join(told.repo_tags or ())[:_SHOWN], _places(container, names, digests, config))


def _blob_digest(name: str) -> str:
    """Return the digest by which a blob of an OCI layout is named, "" for another name."""
    folder, _, value = name.rpartition("/")
    digest = f"{posixpath.basename(folder)}:{value}"
    return digest if folder.startswith("blobs/") and _DIGEST.match(digest) else ""


def _indexed(container: Container, name: str, called: str, depth: int) -> Iterator[Saved]:
    """Yield the images to which an index leads, or the one that a manifest is of."""
    document = _document(container, name, _Manifest)
    if document is None:
        if called:
            container.gaps.append(f"{called}: its manifest is not there")
        return
    for descriptor in document.manifests or ():
        if depth:
            told = descriptor.annotations or {}
            title = next((told[key] for key in _NAMES if told.get(key)), called or descriptor.digest[:19])
            platform = _platform(descriptor.platform)
            title = title[:_SHOWN] if title.endswith(platform) else f"{title[:_SHOWN]}{platform}"
            yield from _indexed(container, _blob(descriptor.digest), title, depth - 1)
    layers = [layer for layer in document.layers or () if "tar" in layer.media_type or not layer.media_type]
    if layers:
        others = len(document.layers or ()) - len(layers)
        if others:
            container.gaps.append(f"{called}: {others:,} of its layers are no tar files, and not read")
        config = _document(container, _blob(document.config.digest), _Config) if document.config else None
        names, digests = [_blob(layer.digest) for layer in layers], [layer.digest for layer in layers]
        yield Saved(called, _places(container, names, digests, config or _Config()))


def _platform(told: _Platform | None) -> str:
    """Return what tells images of one name apart."""
    parts = (told.os, told.architecture, told.variant) if told else ()
    shown = "/".join(part for part in parts if part and part != "unknown")[:_SHOWN]
    return f" ({shown})" if shown else ""


def _blob(digest: str) -> str:
    """Return where a layout has the blob of a digest, "" for what is no digest."""
    match = _DIGEST.match(digest)
    return f"blobs/{match[1]}/{match[2]}" if match else ""


def _places(container: Container, names: Sequence[str], digests: Sequence[str], config: _Config) -> tuple[Place, ...]:
    if len(names) > _LAYERS:
        container.gaps.append(f"an image of more than {_LAYERS:,} layers: the rest was not read")
    unpacked = (config.rootfs.diff_ids or []) if config.rootfs else []
    steps = [step for step in config.history or () if not step.empty_layer]
    # What does not tell of as many layers as there are tells nothing of any of them.
    unpacked = unpacked if len(unpacked) == len(names) else [""] * len(names)
    steps = steps if len(steps) == len(names) else [_Step()] * len(names)
    return tuple(
        Place(name, digest, diff, " ".join((step.created_by or "").split())[:_SHOWN], moment_of(stamp(step.created)))
        for name, digest, diff, step in list(zip(names, digests, unpacked, steps, strict=True))[:_LAYERS]
    )


def _document(container: Container, name: str, kind: type[T]) -> T | None:
    """Return a document, None where it is not there; one that cannot be read is noted."""
    content = container.document(name) if name else None
    if content is None:
        return None
    try:
        return load_json(content.decode("utf-8", "replace"), name, kind)
    except ManifestError as error:
        container.gaps.append(str(error))
        return None
