"""What a Julia project declares in ``Project.toml``."""

from __future__ import annotations

import msgspec

from doorward.model.dependency import Dependency, Inventory
from doorward.sources.declared._ranges import declare, exact
from doorward.sources.manifests._documents import load_toml, shaped
from doorward.sources.manifests._entries import Entries, Read

NAME = "Project.toml"
FILES = ("Project.toml", "JuliaProject.toml")
TYPE = "julia"


class _Project(msgspec.Struct):
    deps: dict[str, str] = {}
    weak: dict[str, str] = msgspec.field(default_factory=dict, name="weakdeps")
    compat: dict[str, str] = {}


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read a project; raise ManifestError where it is none."""
    project = shaped(load_toml(text, path), path, _Project)
    entries = Entries(path)
    for table, groups in ((project.deps, ()), (project.weak, ("optional",))):
        for name in table:
            wanted = project.compat.get(name, "")
            version = exact(wanted) if wanted.startswith("=") else ""
            declare(entries, Dependency(TYPE, name, version, path=path, groups=groups, direct=True), wanted)
    return entries.inventory()
