"""Names of container images: which image a file names, and which release of it.

A digest is of the image's manifest, not of a file that anybody serves, so that it is a version here and no digest. A
tag beside it is kept as a qualifier: it decides nothing, but says which release was meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from doorward.model.dependency import Dependency
from doorward.sources.manifests._entries import Entries

TYPE = "docker"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?::[0-9]{1,5}(?=/))?(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*\Z")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z")
_DIGEST = re.compile(r"sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})\Z")
#: ``$NAME``, ``${NAME}``, and ``${NAME:-default}`` with its signs; of a default within a default nothing is known.
_VARIABLE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+?])([^${}]*))?\})")
#: Characters of a name that a gap shows, and of the longest that is read.
_SHOWN, _LONGEST = 80, 500
#: How the usual registry of images is written out; images without a publisher lie in a folder of their own there.
_WRITTEN_OUT = ("docker.io/", "index.docker.io/", "registry-1.docker.io/")


def add_image(text: str, line: int, entries: Entries) -> None:
    """Take over the image that ``text`` names; what does not say which one, or which release of it, is a gap."""
    text = text.removeprefix("docker://")
    if "$" in text or "{{" in text:
        entries.gap("an image that is only known when it is used", text[:_SHOWN], line)
        return
    found = image_of(text)
    if found is None:
        entries.gap("not the name of an image", text[:_SHOWN], line)
        return
    name, version, tag = found
    if not version:
        entries.gap("an image without a tag or digest", name, line)
    beside = (("tag", tag),) if tag and tag != version else ()
    package = Dependency(TYPE, name, version, path=entries.path, line=line, direct=True, qualifiers=beside)
    entries.packages.append(package)


def image_of(text: str) -> tuple[str, str, str] | None:
    """Return name, version (digest, else tag, else "") and tag of an image; None for what names none."""
    whole, at, digest = text[:_LONGEST].partition("@")
    name, colon, tag = whole.rpartition(":")
    if not colon or "/" in tag:
        name, colon, tag = whole, "", ""
    if not _NAME.match(name) or (colon and not _TAG.match(tag)) or (at and not _DIGEST.match(digest)):
        return None
    for host in _WRITTEN_OUT:
        name = name.removeprefix(host)
    return name.removeprefix("library/"), digest or tag, tag


def filled_in(text: str, values: Mapping[str, str]) -> str:
    """Return ``text`` with the variables whose values, or defaults, are known; others stay as they stand."""

    def value(match: re.Match[str]) -> str:
        known = values.get(match[1] or match[2])
        sign, other = match[3] or "", match[4] or ""
        missing = known is None or (sign.startswith(":") and not known)
        if sign.endswith("+"):
            return "" if missing else other
        if missing:
            return other if sign.endswith("-") else match[0]
        return known or ""

    return _VARIABLE.sub(value, text[:_LONGEST])
