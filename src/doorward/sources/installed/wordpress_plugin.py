"""Plugins of WordPress: the header of the program that stands in a plugin's folder. It is read, never run."""

from __future__ import annotations

import re

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.installed._files import Files
from doorward.sources.manifests._entries import Entries

NAME = "WordPress plugins"
FILES = ("wp-content/plugins/*/*.php", "wp-content/plugins/*.php", "wp-content/mu-plugins/*.php")
TYPE = "wordpress-plugin"

#: Bytes in which WordPress itself looks for the header.
_HEAD = 8_192
_FIELD = re.compile(r"^[ \t/*#@]{0,20}(Plugin Name|Version):[ \t]*([^\r\n]{1,200})", re.MULTILINE)


def parse(files: Files, path: str) -> Inventory:
    """Read one program of a plugin; most of them have no header, and are no plugin's first."""
    with files.blob(path) as blob:
        head = blob.at(0, _HEAD).decode("utf-8", "replace")
    told: dict[str, str] = {}
    for field, value in _FIELD.findall(head):
        told.setdefault(field, value.removesuffix("*/").strip())
    entries = Entries(path)
    if "Plugin Name" in told:
        folder, file = path.split("/")[-2:]
        name = file.removesuffix(".php") if folder.endswith("plugins") else folder
        entries.packages.append(Dependency(TYPE, name, told.get("Version", ""), path=path))
    return entries.inventory()
