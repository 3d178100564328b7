"""Installed gems: the specification that RubyGems writes for each. It is a program, so it is read, never run."""

from __future__ import annotations

import re

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.installed._files import Files, text_of
from doorward.sources.manifests._entries import Entries

NAME = "gem specifications"
FILES = ("specifications/*.gemspec", "specifications/default/*.gemspec")
TYPE = "gem"

#: RubyGems writes one assignment a line, with quotes that hold no other.
_FIELD = re.compile(
    r"""^[ \t]{0,20}\w{1,20}\.(name|version) = (?:Gem::Version\.new\()?["']([^"'\n]{1,200})["']""",
    re.MULTILINE,
)


def parse(files: Files, path: str) -> Inventory:
    """Read one specification; raise ManifestError where it does not say what it is.

    Its platform is no part of the version, but of the file that was installed.
    """
    told: dict[str, str] = {}
    for field, value in _FIELD.findall(text_of(files, path)):
        told.setdefault(field, value)
    if not told.get("name") or not told.get("version"):
        raise ManifestError(f"{path}: neither name nor version")
    entries = Entries(path)
    entries.packages.append(Dependency(TYPE, told["name"], told["version"], path=path))
    return entries.inventory()
