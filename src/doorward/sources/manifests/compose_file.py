"""Compositions of containers (``compose.yaml``): the images that their services run.

They are read line by line, so that anchors cost nothing and no YAML reader is needed. An image that a service is built
as is none that it depends on: what it is built from stands in its ``Dockerfile``.
"""

from __future__ import annotations

import re

from doorward.errors import ManifestError
from doorward.model.dependency import Inventory
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._images import TYPE as DOCKER
from doorward.sources.manifests._images import add_image, filled_in
from doorward.sources.manifests._yaml_lines import images_in, keyed_lines

NAME = "Compose file"
FILES = (
    "compose.yaml",
    "compose.yml",
    "compose.*.yaml",
    "compose.*.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
    "docker-compose.*.yaml",
    "docker-compose.*.yml",
    "docker-compose-*.yaml",
    "docker-compose-*.yml",
    "podman-compose.yaml",
    "podman-compose.yml",
)
TYPE = DOCKER
#: They say what runs beside the project, not what it installs.
ON_REQUEST = True

_SETTING = re.compile(r"""(?:export\s+)?([A-Za-z_]\w*)=(?:"([^"$]*)"|'([^']*)'|([^\s#"'$]*))\s*(?:#.*)?\Z""")
_BUILT = re.compile(r"""["'{,\s]build["']?\s*:""")
_INLINE = "dockerfile_inline"
#: What a file may have at its top: some add only networks or volumes to another.
_PARTS = frozenset({"services", "include", "volumes", "networks", "configs", "secrets"})
#: Keys above an image: "services" and its name, and for a part that services share its own key ("x-base").
_SERVICE, _SHARED = 3, 2


def parse(text: str, path: str, read: Read) -> Inventory:
    """Read the images of the services; raise ManifestError where there are none."""
    lines = list(keyed_lines(text))
    if not any(keys[0] in _PARTS for _, keys, _ in lines):
        raise ManifestError(f"{path}: no services, nor another part of a composition of containers")
    entries = Entries(path)
    settings = _settings(read, entries)
    built = {keys[:-1] for _, keys, _ in lines if keys[-1] == "build" and len(keys) == _depth(keys)}
    for number, keys, value in lines:
        if keys == ("include",) or (keys[0] == "services" and keys[2:] == ("extends", "file")):
            entries.gap(
                "another file that it takes services from is not read with it", f"{keys[-1]}: {value}".rstrip(), number
            )
        if keys[0] == "services" and (keys[-1] == _INLINE or f"{_INLINE}:" in value):
            entries.gap(
                "what a service is built from by a build file within this one is not read",
                f"{_INLINE} of {keys[1]}",
                number,
            )
        for image in _images(keys, value, built):
            add_image(filled_in(image, settings), number, entries)
    return entries.inventory()


def _images(keys: tuple[str, ...], value: str, built: set[tuple[str, ...]]) -> list[str]:
    """Return the images that a line names."""
    depth = _depth(keys)
    if len(keys) == depth and keys[-1] == "image" and keys[:-1] not in built:
        return [value]
    return (
        images_in(value[value.index("{") :]) if len(keys) < depth and "{" in value and not _BUILT.search(value) else []
    )


def _depth(keys: tuple[str, ...]) -> int:
    """Return how many keys lead to the image of a service, or of a part that services share; 0 anywhere else."""
    return _SERVICE if keys[0] == "services" else _SHARED if keys[0].startswith("x-") else 0


def _settings(read: Read, entries: Entries) -> dict[str, str]:
    """Return what the file ``.env`` beside it sets, which fills in its variables."""
    try:
        text = read(".env") or ""
    except ManifestError as error:
        entries.gap(f"what fills in its variables is not known: {error}")
        return {}
    lines = (_SETTING.match(line.strip()) for line in text.splitlines())
    return {line[1]: line[2] or line[3] or line[4] or "" for line in lines if line}
