"""What a Python project declares in ``pyproject.toml``: PEP 621, PEP 735's groups, build requirements, and Poetry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from doorward.errors import ManifestError
from doorward.model.dependency import Dependency, Inventory
from doorward.model.purl import normalise_name
from doorward.sources.declared._python import take
from doorward.sources.declared._ranges import declare, exact
from doorward.sources.manifests._documents import load_toml
from doorward.sources.manifests._entries import Entries, Read

NAME = "pyproject.toml"
FILES = ("pyproject.toml",)
TYPE = "pypi"


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read a ``pyproject.toml``; raise ManifestError where it is none."""
    document = load_toml(text, path)
    if not any(
        isinstance(document.get(name), dict) for name in ("project", "build-system", "dependency-groups", "tool")
    ):
        raise ManifestError(f"{path}: no table of a project")
    entries = Entries(path)
    for group, requirements in _groups(document):
        take(entries, _texts(requirements, entries), group)
    poetry = _table(_table(document, "tool"), "poetry")
    _poetry(entries, _table(poetry, "dependencies"), ())
    for name, group in _table(poetry, "group").items():
        _poetry(entries, _table(group if isinstance(group, dict) else {}, "dependencies"), (name,))
    return entries.inventory()


def _groups(document: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], object]]:
    project = _table(document, "project")
    yield (), project.get("dependencies", [])
    for extra, items in _table(project, "optional-dependencies").items():
        yield (f"extra:{extra}",), items
    for group, items in _table(document, "dependency-groups").items():
        yield (group,), items
    yield ("build",), _table(document, "build-system").get("requires", [])


def _poetry(entries: Entries, table: dict[str, Any], groups: tuple[str, ...]) -> None:
    for name, spec in table.items():
        if name.lower() == "python":
            continue
        requirement = spec if isinstance(spec, str) else spec.get("version", "") if isinstance(spec, dict) else ""
        source = next((kind for kind in ("git", "path", "url") if isinstance(spec, dict) and kind in spec), "registry")
        if source == "git":
            entries.gap("a git dependency that is not pinned to a commit", name)
        text = requirement if isinstance(requirement, str) else ""
        # A bare version is a caret requirement to Poetry.
        version = exact(text) if text.startswith("=") else ""
        found = Dependency(TYPE, normalise_name(TYPE, name), version, source, entries.path, groups=groups, direct=True)
        declare(entries, found, text)


def _table(table: dict[str, Any], name: str) -> dict[str, Any]:
    found = table.get(name)
    return found if isinstance(found, dict) else {}


def _texts(items: object, entries: Entries) -> list[str]:
    """Return the requirements of a list; a group that another includes is told where it stands itself."""
    if not isinstance(items, list):
        entries.gap("requirements that are no list", str(items)[:80])
        return []
    for item in items:
        if not isinstance(item, str) and not (isinstance(item, dict) and "include-group" in item):
            entries.gap("a requirement that is no text", str(item)[:80])
    return [item for item in items if isinstance(item, str)]
