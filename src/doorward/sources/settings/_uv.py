"""uv's settings: its environment, then its user's and its system's file, and the file of a project.

Source: uv's documentation, "Package indexes", "Configuration files" and "Environment variables".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from doorward.records import replace
from doorward.sources.indexes import Credentials
from doorward.sources.settings._draft import Draft
from doorward.sources.settings._pip import YES, Named, Sources

_NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)=(.+)", re.DOTALL)


def read_uv(draft: Draft) -> Sources:
    """Return uv's indexes by environment and by the user's and the system's file."""
    environ = draft.environ
    defaults = [Named(environ[name], name) for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL") if environ.get(name)]
    further = [Named(url, name) for name in ("UV_INDEX", "UV_EXTRA_INDEX_URL") for url in environ.get(name, "").split()]
    none = environ.get("UV_NO_INDEX", "").lower() in YES
    for path in _files(draft):
        table = draft.toml(path)
        named = list(_entries(table, path.name))
        defaults += [entry for entry, default in named if default]
        further += [entry for entry, default in named if not default]
        none = none or table.get("no-index") is True
    if none:
        draft.notices.append("uv is told to use no index")
        return Sources(none=True)
    default = _opened(draft, defaults[0]) if defaults else None
    return Sources(default, tuple(_opened(draft, entry) for entry in further))


def read_uv_project(draft: Draft, project: Path) -> None:
    """Add the indexes that an inspected project names, without trust."""
    table, origin = draft.toml(project / "uv.toml"), "uv.toml"
    if not table:
        tool = draft.toml(project / "pyproject.toml").get("tool")
        uv = tool.get("uv") if isinstance(tool, dict) else None
        table, origin = uv if isinstance(uv, dict) else {}, "pyproject.toml"
    for entry, _ in _entries(table, f"the project's {origin}"):
        draft.add(entry.url, origin=entry.origin, scope=_scope(entry), trusted=False)


def _files(draft: Draft) -> Iterator[Path]:
    """Yield uv's files, the strongest first."""
    if draft.environ.get("UV_NO_CONFIG", "").lower() in YES:
        return
    if draft.environ.get("UV_CONFIG_FILE"):
        yield Path(draft.environ["UV_CONFIG_FILE"])
        return
    yield draft.user_config("uv") / "uv.toml"
    yield from reversed([folder / "uv.toml" for folder in draft.system_configs("uv")])
    yield draft.root / "etc/uv/uv.toml"


def _entries(table: Mapping[str, Any], origin: str) -> Iterator[tuple[Named, bool]]:
    """Yield the indexes of a table in order, and whether each is the default one."""
    listed = table.get("index")
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("url"), str):
            name = entry.get("name") if isinstance(entry.get("name"), str) else ""
            pinned = "pinned" if entry.get("explicit") is True else ""
            yield Named(entry["url"], origin, pinned, name=str(name)), entry.get("default") is True
    if isinstance(table.get("index-url"), str):
        yield Named(table["index-url"], origin), True
    extra = table.get("extra-index-url")
    for url in extra if isinstance(extra, list) else []:
        if isinstance(url, str):
            yield Named(url, origin), False


def _opened(draft: Draft, entry: Named) -> Named:
    """Return an entry with its name split off (``name=url``), and with the credentials that are set for the name."""
    if (match := _NAMED.fullmatch(entry.url)) and not entry.url.startswith(("http:", "https:")):
        entry = replace(entry, name=match[1], url=match[2])
    if not entry.name:
        return entry
    variable = "UV_INDEX_" + re.sub(r"[^A-Z0-9]", "_", entry.name.upper())
    username, password = (draft.environ.get(f"{variable}_{part}", "") for part in ("USERNAME", "PASSWORD"))
    credentials = None
    if username or password:
        credentials = draft.credentials(variable, lambda: Credentials.basic(username, password))
    return replace(entry, scope=_scope(entry), credentials=credentials)


def _scope(entry: Named) -> str:
    return f"pinned:{entry.name}" if entry.scope else ""
