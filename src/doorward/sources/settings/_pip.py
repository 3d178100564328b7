"""pip's settings: its files in the order in which pip lets them override each other, then its environment.

Source: pip's documentation, "Configuration", and its behaviour with several files and sections.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from configparser import Error, RawConfigParser
from pathlib import Path

from doorward.records import dataclass
from doorward.sources.indexes import Credentials
from doorward.sources.settings._draft import Draft

#: The sections that count for an installation, the stronger ones last.
_SECTIONS = ("global", "install", "")
_KEYS = frozenset({"index-url", "extra-index-url", "no-index", "find-links", "cert"})
#: What a switch says that is on.
YES = frozenset({"1", "true", "yes", "on", "y", "t"})


@dataclass(frozen=True, slots=True)
class Named:
    """An address as a setting names it, perhaps with user information."""

    url: str
    origin: str
    #: "pinned" for an index of which nothing is taken but what is pinned to it.
    scope: str = ""
    credentials: Credentials | None = None
    #: The index's name in the settings, where it has one.
    name: str = ""

    def __repr__(self) -> str:
        return f"Named({self.origin})"


@dataclass(frozen=True, slots=True)
class Sources:
    """What one manager is told."""

    default: Named | None = None
    further: tuple[Named, ...] = ()
    #: True where it is told to use no index at all.
    none: bool = False


def read_pip(draft: Draft) -> Sources:
    """Return pip's indexes; its certificate bundle and what it is told beyond indexes go into ``draft``."""
    settings: dict[tuple[str, str], Named] = {}
    for path in _files(draft):
        settings |= _read_file(draft, path)
    settings |= _read_environment(draft)
    told = {key: settings[section, key] for section in _SECTIONS for key in _KEYS if (section, key) in settings}
    if "cert" in told:
        draft.bundle(told["cert"].url, told["cert"].origin)
    if "find-links" in told:
        draft.notices.append(f"pip also takes files from where {told['find-links'].origin} says; doorward does not")
    if "no-index" in told and told["no-index"].url.strip().lower() in YES:
        draft.notices.append(f"{told['no-index'].origin} tells pip to use no index")
        return Sources(none=True)
    further = told.get("extra-index-url", Named("", ""))
    return Sources(told.get("index-url"), tuple(Named(url, further.origin) for url in further.url.split()))


def _files(draft: Draft) -> Iterator[Path]:
    environ = draft.environ
    own = environ.get("PIP_CONFIG_FILE")
    if own == os.devnull:
        return
    for folder in draft.system_configs("pip"):
        yield folder / "pip.conf"
    yield draft.root / "etc/pip.conf"
    if own is None or not Path(own).exists():
        yield draft.home / ".pip/pip.conf"
        mac = draft.application_support("pip")
        yield (mac if mac and mac.is_dir() else draft.user_config("pip")) / "pip.conf"
    if environ.get("VIRTUAL_ENV"):
        yield Path(environ["VIRTUAL_ENV"]) / "pip.conf"
    if own:
        yield Path(own)


def _read_file(draft: Draft, path: Path) -> dict[tuple[str, str], Named]:
    text = draft.text(path)
    if text is None:
        return {}
    parser = RawConfigParser()
    try:
        parser.read_string(text)
    except Error:
        draft.notices.append(f"{path} was not read: it is no pip configuration")
        return {}
    return {
        (section, name): Named(value, path.name)
        for section in parser.sections()
        for key, value in parser.items(section)
        if (name := key.lower().replace("_", "-").removeprefix("--")) in _KEYS and value
    }


def _read_environment(draft: Draft) -> dict[tuple[str, str], Named]:
    found = {}
    for name, value in draft.environ.items():
        key = name[4:].lower().replace("_", "-")
        if name.startswith("PIP_") and key in _KEYS and value:
            found["", key] = Named(value, name)
    return found
