"""What a project's ``pyproject.toml`` asks for, by group: the roots of a lock file that does not name them."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from doorward.errors import ManifestError
from doorward.model.purl import normalise_name
from doorward.sources.manifests._documents import load_toml
from doorward.sources.manifests._entries import Entries, Read
from doorward.sources.manifests._python import Want, poetry_wants, wants


def requested(read: Read, entries: Entries) -> dict[str, list[Want]] | None:
    """Return what the ``pyproject.toml`` beside the lock asks for; None where it does not tell.

    The key is ``""`` for the project itself, the name of a dependency group, or ``extra:`` and the name of an extra.
    """
    try:
        text = read("pyproject.toml")
        document = None if text is None else load_toml(text, "pyproject.toml")
    except ManifestError as error:
        entries.gap(f"what the project itself asks for is not known: {error}")
        return None
    if document is None:
        return None
    found: dict[str, list[Want]] = {"": []}
    _standard(document, found)
    _poetry(_table(document, "tool", "poetry"), found)
    for group, items in _table(document, "tool", "pdm", "dev-dependencies").items():
        found.setdefault(group, []).extend(wants(_texts(items)))
    found.setdefault("dev", []).extend(wants(_texts(_table(document, "tool", "uv").get("dev-dependencies"))))
    return found if any(found.values()) else None


def project_name(read: Read, folder: str) -> str:
    """Return the name of the project in a folder; "" where there is none, or none that can be read."""
    try:
        document = load_toml(read(posixpath.join(folder, "pyproject.toml")) or "", "pyproject.toml")
    except ManifestError:
        return ""
    name = _table(document, "project").get("name") or _table(document, "tool", "poetry").get("name")
    return normalise_name("pypi", name) if isinstance(name, str) else ""


def _standard(document: Mapping[str, Any], found: dict[str, list[Want]]) -> None:
    """Read PEP 621's tables and PEP 735's groups."""
    project = _table(document, "project")
    found[""] += wants(_texts(project.get("dependencies")))
    for extra, items in _table(project, "optional-dependencies").items():
        found.setdefault(f"extra:{normalise_name('pypi', extra)}", []).extend(wants(_texts(items)))
    groups = _table(document, "dependency-groups")
    for group in groups:
        found.setdefault(group, []).extend(wants(_group(groups, group)))


def _group(groups: Mapping[str, Any], name: str) -> list[str]:
    """Return the requirements of a group and of those that it includes, each once."""
    by_name = {normalise_name("pypi", group): items for group, items in groups.items()}
    waiting, seen, found = [normalise_name("pypi", name)], set(), []
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        items = by_name.get(current)
        found += _texts(items)
        for item in items if isinstance(items, list) else ():
            included = item.get("include-group") if isinstance(item, dict) else None
            if isinstance(included, str):
                waiting.append(normalise_name("pypi", included))
    return found


def _poetry(poetry: Mapping[str, Any], found: dict[str, list[Want]]) -> None:
    """Read Poetry's own tables, which stand beside or in place of the standard ones."""
    found[""] += poetry_wants(_table(poetry, "dependencies"))
    found.setdefault("dev", []).extend(poetry_wants(_table(poetry, "dev-dependencies")))
    for group, table in _table(poetry, "group").items():
        if isinstance(table, dict):
            found.setdefault(group, []).extend(poetry_wants(_table(table, "dependencies")))
    for extra, items in _table(poetry, "extras").items():
        found.setdefault(f"extra:{normalise_name('pypi', extra)}", []).extend(wants(_texts(items)))


def _table(document: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """Return a table below ``document``; an empty one where there is none."""
    for key in keys:
        value = document.get(key)
        if not isinstance(value, dict):
            return {}
        document = value
    return document


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
