"""Cargo's settings: registries by environment, ``config.toml`` and ``credentials.toml``, and source replacement.

Source: the Cargo book, "Configuration", "Source replacement" and "Registry authentication".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from doorward.records import dataclass
from doorward.sources.indexes import Credentials
from doorward.sources.settings._draft import Draft, public_base

TYPE = "cargo"

#: The name that Cargo itself gives to the source that is used where nothing else is said.
_USUAL = "crates-io"
_VARIABLE = re.compile(r"CARGO_REGISTRIES_([A-Z0-9_]+)_INDEX")


@dataclass(frozen=True, slots=True)
class _Registry:
    name: str
    url: str
    origin: str
    #: False where the inspected tree names it, which gets no token.
    trusted: bool = True


def read(draft: Draft) -> None:
    """Add the index that stands for the usual one, then the named registries, to ``draft``."""
    folder = Path(draft.environ.get("CARGO_HOME") or draft.home / ".cargo")
    config = draft.toml(folder / "config.toml") or draft.toml(folder / "config")
    secrets = draft.toml(folder / "credentials.toml") or draft.toml(folder / "credentials")
    _add_usual(draft, config, secrets)
    for registry in _registries(draft, config):
        _add(draft, secrets, registry, f"pinned:{registry.name}")
    if draft.project is not None:
        path = draft.project / ".cargo"
        project = draft.toml(path / "config.toml") or draft.toml(path / "config")
        for name, url in _tables(project, "registries", "index"):
            registry = _Registry(name, url, "the project's .cargo/config.toml", trusted=False)
            _add(draft, {}, registry, f"pinned:{name}")


def _add_usual(draft: Draft, config: Mapping[str, Any], secrets: Mapping[str, Any]) -> None:
    replaced = dict(_tables(config, "source", "replace-with"))
    addresses = dict(_tables(config, "source", "registry"))
    name, seen = _USUAL, set[str]()
    while name in replaced and name not in seen:
        seen.add(name)
        name = replaced[name]
    url = addresses.get(name)
    if name == _USUAL and url is None:
        base = public_base("pkg:cargo/probe@1", "api/v1/")
        if base is not None:
            draft.add(base, origin="default")
    elif url is None:
        draft.notices.append(f"Cargo takes crates from the source {name!r}, which is no registry that can be asked")
    else:
        _add(draft, secrets, _Registry(name, url, "config.toml"))


def _registries(draft: Draft, config: Mapping[str, Any]) -> Iterator[_Registry]:
    for variable, url in draft.environ.items():
        if match := _VARIABLE.fullmatch(variable):
            yield _Registry(match[1].lower().replace("_", "-"), url, variable)
    for name, url in _tables(config, "registries", "index"):
        yield _Registry(name, url, "config.toml")


def _add(draft: Draft, secrets: Mapping[str, Any], registry: _Registry, scope: str = "") -> None:
    name, origin = registry.name, registry.origin
    if not registry.url.startswith("sparse+"):
        draft.notices.append(f"{origin} names the registry {name!r} by a git repository, which doorward does not read")
        return
    credentials = None
    if registry.trusted:
        token = draft.environ.get(f"CARGO_REGISTRIES_{name.upper().replace('-', '_')}_TOKEN", "")
        token = token or dict(_tables(secrets, "registries", "token")).get(name, "")
        if token:
            credentials = draft.credentials(f"Cargo's token for {name!r}", lambda: Credentials(token))
    url = registry.url.removeprefix("sparse+")
    draft.add(url, origin=origin, scope=scope, trusted=registry.trusted, credentials=credentials)


def _tables(config: Mapping[str, Any], section: str, key: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of a string setting of every table in a section."""
    tables = config.get(section)
    for name, table in tables.items() if isinstance(tables, dict) else ():
        value = table.get(key) if isinstance(table, dict) else None
        if isinstance(value, str):
            yield name, value
