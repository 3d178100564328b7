"""What a JavaScript project declares in ``package.json``: mostly ranges, and only a lock tells what came of one."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.declared._ranges import declare, exact
from doorward.sources.manifests._documents import load_json
from doorward.sources.manifests._entries import Entries, Read

NAME = "package.json"
FILES = ("package.json",)
TYPE = "npm"

#: Table -> the groups of its packages.
_TABLES = {
    "dependencies": (),
    "devDependencies": ("dev",),
    "optionalDependencies": ("optional",),
    "peerDependencies": ("peer",),
}
#: Requirements of what lies in the project.
_NEAR = ("workspace:", "file:", "link:", "portal:")
_ALIAS = re.compile(r"npm:((?:@[^/@]{1,214}/)?[^/@]{1,214})(?:@(.*))?\Z", re.DOTALL)
#: A range or a tag; anything with a slash or a colon leads elsewhere.
_ELSEWHERE = re.compile(r"[/:]")


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read the dependencies of a project; raise ManifestError where it is no ``package.json``."""
    tables = load_json(text, path, dict[str, msgspec.Raw])
    entries = Entries(path)
    for table, groups in _TABLES.items():
        if table not in tables:
            continue
        try:
            wanted = msgspec.json.decode(tables[table], type=dict[str, Any])
        except msgspec.MsgspecError:
            raise ManifestError(f"{path}: {table} is no object") from None
        for name, requirement in wanted.items():
            _take(entries, groups, name, requirement)
    return entries.inventory()


def _take(entries: Entries, groups: tuple[str, ...], name: str, requirement: object) -> None:
    if not name or not isinstance(requirement, str):
        entries.gap("a requirement that is no text", name[:80])
        return
    alias = _ALIAS.match(requirement)
    if alias:
        name, requirement = alias[1], alias[2] or ""
    if requirement.startswith(_NEAR):
        entries.packages.append(Dependency(TYPE, name, "", "path", entries.path, groups=groups, direct=True))
    elif _ELSEWHERE.search(requirement):
        entries.gap("not from a registry, and not pinned here", name)
    else:
        package = Dependency(TYPE, name, exact(requirement), path=entries.path, groups=groups, direct=True)
        declare(entries, package, requirement)
