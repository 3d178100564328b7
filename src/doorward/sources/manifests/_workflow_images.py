"""The images that the jobs of a workflow run in, and those of the services beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.sources.manifests._yaml_lines import images_in, keyed_lines

#: Keys of a job's image below "jobs" and its name; "" stands for any name.
_PLACES = (("container",), ("container", "image"), ("services", "", "image"))
#: Keys that tables in braces may stand at, with the images in them.
#: Keys that lead to a job.
_JOB = 2
_IMAGED = re.compile(r"""["'{,\s](?:container|services)["']?\s*:""")
_TABLES = (("container",), ("services",), ("services", ""))


def images(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of each image; of a table that cannot be read, the table."""
    anchors: set[str] = set()
    for number, path, written in keyed_lines(text):
        below = path[2:]
        if path[0] != "jobs" or not any(_fits(below, place) for place in (*_PLACES, *_TABLES)):
            continue
        value = written
        if value.startswith("&"):
            name, _, value = value[1:].partition(" ")
            anchors.add(name)
        if value.startswith("*") and value[1:] in anchors:
            continue
        if value.startswith("{"):
            for image in images_in(value) or [value]:
                yield number, image
        elif value and any(_fits(below, place) for place in _PLACES):
            yield number, value


def unread_jobs(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of whole jobs in braces that name images: a workflow in JSON, or one on a line."""
    if text.lstrip().startswith("{"):
        yield from [(1, text.lstrip())] if _IMAGED.search(text) else []
        return
    for number, path, written in keyed_lines(text):
        if path[0] == "jobs" and len(path) <= _JOB and written.startswith("{") and _IMAGED.search(written):
            yield number, written


def _fits(path: tuple[str, ...], place: tuple[str, ...]) -> bool:
    return len(path) == len(place) and all(want in {"", have} for have, want in zip(path, place, strict=True))
