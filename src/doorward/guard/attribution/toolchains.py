"""Claims of Go and Maven: which module's or project's build or test runs, from the folder that its process works in.

Go runs a package's tests, generators and C compiler in the package's own folder, in its module cache for a dependency;
Maven's Surefire tests run in their project's. The tools themselves make no claim: they resolve for everyone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache

from doorward.guard.programs import program
from doorward.guard.tree import Caller
from doorward.model.run import Claim

_MODULE_FOLDER = re.compile(r"/pkg/mod/([^@]{1,500})@(v[^/]{1,200})(?=/|\Z)")
_ESCAPED = re.compile(r"!([a-z])")
_MODULE = re.compile(r'^module[ \t]+"?([^\s"]{1,500})"?[ \t]*$', re.MULTILINE)
_TAG = re.compile(r"<(/?)([\w.-]{1,100})(?:\s[^<>]*)?(/?)>|<!--")
_SHELL = re.compile(r"(?:\A|/)(?:ba|da)?sh\Z")
_MAX_FILE, _DEEPEST = 1 << 20, 32


def claims(caller: Caller) -> Iterator[Claim]:
    """Yield what Go or Maven, above a process, say of the folder that it works in."""
    folder = caller.process.cwd
    # Maven's launching script calls programs too, before there is a build.
    above = {
        program(process) for process in caller.ancestors if not _SHELL.search(process.argv[0] if process.argv else "")
    }
    if not folder:
        return
    if "go" in above:
        yield from _go(folder)
    elif "mvn" in above or program(caller.process) == "surefire":
        yield from _maven(folder)


def _go(folder: str) -> Iterator[Claim]:
    cached = _MODULE_FOLDER.search(folder)
    if cached:
        # The cache writes capitals as "!" and the small letter.
        name = _ESCAPED.sub(lambda match: match[1].upper(), cached[1])
        yield Claim("go", "golang", name, cached[2], folder)
        return
    place, text = _above(folder, "go.mod")
    module = _MODULE.search(text)
    if module:
        yield Claim("project", "golang", module[1], "", place)


def _maven(folder: str) -> Iterator[Claim]:
    place, text = _above(folder, "pom.xml")
    group, artifact, version = coordinates(text)
    if artifact:
        yield Claim("project", "maven", f"{group}:{artifact}" if group else artifact, version, place)


@lru_cache(maxsize=256)
def _above(folder: str, name: str) -> tuple[str, str]:
    """Return the nearest folder, at or above this one, that has a file, and its text; "" where there is none."""
    for _ in range(_DEEPEST):
        try:
            with open(f"{folder}/{name}", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - a caller waits
                return folder, file.read(_MAX_FILE)
        except OSError:
            parent = os.path.dirname(folder)  # noqa: PTH120 - as above
            if parent == folder:
                break
            folder = parent
    return "", ""


def coordinates(pom: str) -> tuple[str, str, str]:
    """Return group, artifact and version of a project: its own words, or else those of its parent.

    Only elements are looked at, none is expanded: the file may be anything.
    """
    found: dict[tuple[str, ...], str] = {}
    path: list[str] = []
    place = 0
    while (tag := _TAG.search(pom, place)) is not None:
        if tag[0] == "<!--":
            place = pom.find("-->", tag.end())
            if place < 0:
                break
            continue
        if tag[1]:
            found.setdefault(tuple(path), pom[place : tag.start()].strip())
            path = path[:-1]
        elif not tag[3]:
            path.append(tag[2])
            if len(path) > _DEEPEST:
                break
        place = tag.end()
    own, parent = (
        [found.get((*base, name), "") for name in ("groupId", "artifactId", "version")]
        for base in (("project",), ("project", "parent"))
    )
    return own[0] or parent[0], own[1], own[2] or parent[2]
