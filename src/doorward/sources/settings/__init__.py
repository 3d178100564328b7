"""Which package indexes, credentials and certificates the user's package managers are configured for.

Their own setting files and environment are read, the managers are never run: a release is looked up where it would come
from. Each purl type is one module here, found by walking the folder, with ``TYPE`` and ``read(draft)``; a type without
one has its public index, where there is one that purl2url knows.

Files of an inspected tree are read only where the caller passes it, and name addresses without trust: nothing in them
is expanded from the environment, and they get no credentials.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from doorward.discovery import members
from doorward.sources.indexes import Credentials, Index, IndexConfig
from doorward.sources.settings._draft import Draft, public_base

__all__ = ["Credentials", "Index", "IndexConfig", "certificates", "configured", "public_base", "public_index"]

#: A place below which there is no file, whatever the machine.
_EMPTY = Path(os.devnull)
#: Environment variables that name a certificate bundle for any of the managers.
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "NODE_EXTRA_CA_CERTS")


def configured(
    type_: str, environ: Mapping[str, str], home: Path, project: Path | None = None, *, root: Path = Path("/")
) -> IndexConfig:
    """Return where packages of a purl type come from, in the order in which a name is looked for.

    ``project`` is an inspected tree whose own settings are added, untrusted and last. ``root`` holds the system's
    files. What could not be read or used is in the result's notices; nothing is raised.
    """
    draft = Draft(type_, environ, home, project, root)
    reader = _readers().get(type_)
    if reader is not None:
        reader(draft)
    elif (url := public_base(f"pkg:{type_}/probe@1", "probe")) is not None:
        draft.add(url, origin="default")
    return draft.config()


def public_index(type_: str) -> str:
    """Return the index of a package manager that nothing configures; "" where none is known."""
    return next((index.url for index in configured(type_, {}, _EMPTY, root=_EMPTY).indexes), "")


def certificates(environ: Mapping[str, str], home: Path, *, root: Path = Path("/")) -> tuple[tuple[str, Path], ...]:
    """Return the certificate bundles that environment and settings name, each with the name of its setting."""
    found = [(name, Path(environ[name])) for name in _BUNDLES if environ.get(name)]
    for type_ in _readers():
        found += configured(type_, environ, home, root=root).bundles
    return tuple(dict.fromkeys(found))


@cache
def _readers() -> Mapping[str, Callable[[Draft], None]]:
    return {module.TYPE: module.read for module in members(__name__).values()}
