"""npm's settings: its environment over the user's ``.npmrc`` over the global one, and the file of a project.

Source: npm's documentation, "config", "npmrc" and "scope".
"""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from doorward.sources.indexes import Credentials
from doorward.sources.settings._draft import Draft, public_base
from doorward.sources.settings._npmrc import expand, parse_npmrc

TYPE = "npm"

#: Setting -> where it stands and what it says.
Settings = Mapping[str, tuple[str, str]]

_PREFIX = "npm_config_"


def read(draft: Draft) -> None:
    """Add npm's registries, those of scopes included, to ``draft``."""
    settings = _settings(draft)
    draft.bundle(settings.get("cafile", ("", ""))[1], settings.get("cafile", ("npm's cafile", ""))[0])
    origin, registry = settings.get("registry", ("default", ""))
    if not registry:
        registry = public_base("pkg:npm/probe@1", "probe/-/") or ""
    _add(draft, settings, registry, origin)
    for key, (where, url) in settings.items():
        if key.startswith("@") and key.endswith(":registry"):
            _add(draft, settings, url, where, key.removesuffix(":registry"))
    if draft.project is not None:
        _read_project(draft, draft.project)


def _add(draft: Draft, settings: Settings, url: str, origin: str, scope: str = "") -> None:
    address = url.rstrip("/") + "/"
    draft.add(address, origin=origin, scope=scope, credentials=_credentials(draft, settings, address))


def _read_project(draft: Draft, project: Path) -> None:
    """Add what an inspected project names: nothing is expanded, for that would hand the environment to a stranger."""
    text = draft.text(project / ".npmrc")
    for key, value in parse_npmrc(text).items() if text else ():
        scope, _, name = key.rpartition(":")
        if name == "registry" and (not scope or scope.startswith("@")):
            draft.add(value.rstrip("/") + "/", origin="the project's .npmrc", scope=scope, trusted=False)


def _settings(draft: Draft) -> Settings:
    """Return all settings that count, the stronger ones over the weaker ones."""
    environ = dict(_environment(draft.environ))
    user_file = environ.get("userconfig", ("", ""))[1]
    user = dict(_file(draft, Path(user_file) if user_file else draft.home / ".npmrc"))
    found: dict[str, tuple[str, str]] = {}
    for path in _global_files(draft, {**user, **environ}):
        found |= _file(draft, path)
    return {**found, **user, **environ}


def _environment(environ: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, str]]]:
    for name, value in environ.items():
        if name.lower().startswith(_PREFIX) and value:
            key = name[len(_PREFIX) :]
            if not key.startswith("//"):
                key = key[:1].lower() + key[1:].lower().replace("_", "-")
            yield key, (name if not key.startswith("//") else "the environment", value)


def _file(draft: Draft, path: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    text = draft.text(path)
    for key, value in parse_npmrc(text).items() if text else ():
        yield expand(key, draft.environ), (path.name, expand(value, draft.environ))


def _global_files(draft: Draft, settings: Settings) -> Iterator[Path]:
    """Yield the global files, the strongest last: Debian's, then the one below npm's prefix."""
    yield draft.root / "etc/npmrc"
    named = settings.get("globalconfig", ("", ""))[1]
    prefix = settings.get("prefix", ("", ""))[1] or draft.environ.get("PREFIX", "")
    if not named and not prefix:
        node = shutil.which("node", path=draft.environ.get("PATH", ""))
        prefix = str(Path(node).resolve().parent.parent) if node else ""
    if named or prefix:
        yield Path(named) if named else Path(prefix) / "etc/npmrc"


def _credentials(draft: Draft, settings: Settings, url: str) -> Credentials | None:
    """Return what is set for an address: for its own path, or for the nearest one above it."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    prefixes = [f"//{parts.netloc.rpartition('@')[2]}{path}/:"]
    while path:
        path = path.rpartition("/")[0]
        prefixes.append(f"//{parts.netloc.rpartition('@')[2]}{path}/:")
    made = (_credentials_below(draft, settings, prefix) for prefix in prefixes)
    return next((credentials for credentials in made if credentials is not None), None)


def _credentials_below(draft: Draft, settings: Settings, prefix: str) -> Credentials | None:
    def told(name: str) -> str:
        return settings.get(prefix + name, ("", ""))[1]

    origin = f"npm's credentials for {unquote(prefix.strip('/:'))}"
    if told("_authToken"):
        return draft.credentials(origin, lambda: Credentials.bearer(told("_authToken")))
    if told("username") and told("_password"):
        return draft.credentials(origin, lambda: Credentials.basic(told("username"), _decoded(told("_password"))))
    if told("_auth"):
        return draft.credentials(origin, lambda: Credentials(f"Basic {told('_auth')}"))
    return None


def _decoded(text: str) -> str:
    return base64.b64decode(text, validate=True).decode()
