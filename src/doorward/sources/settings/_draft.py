"""What the readers of settings share: their files, the addresses that they find, and the public defaults."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from netrc import NetrcParseError, netrc
from pathlib import Path
from typing import Any

from doorward.records import dataclass, field, replace
from doorward.sources.addresses import split
from doorward.sources.indexes import Credentials, Index, IndexConfig, open_index

#: Bytes of a settings file that are read.
LARGEST = 1 << 20


@cache
def public_base(purl: str, marker: str) -> str | None:
    """Return the address below which a purl type's public index lies, ending with a slash; None where none is known.

    purl2url gives an address of ``purl``; what stands before ``marker``, a part of its path, is the base.
    """
    # Only where nothing is configured: 15 ms.
    from packageurl.contrib import purl2url  # noqa: PLC0415

    try:
        url: str | None = purl2url.get_download_url(purl) or purl2url.get_repo_url(purl)  # type: ignore[no-untyped-call]
    except (NotImplementedError, ValueError):
        return None  # a type whose address takes more than a name, such as the distribution
    if not url:
        return None
    parts = split(url)
    path, found, _ = parts.path.partition(f"/{marker}")
    return f"{parts.scheme}://{parts.netloc}{path if found else ''}/"


@dataclass(repr=False)
class Draft:
    """Settings while they are read. Without repr, for the environment holds secrets."""

    type: str
    environ: Mapping[str, str]
    home: Path
    #: The inspected tree, where its settings are wanted.
    project: Path | None
    root: Path
    indexes: list[Index] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    bundles: list[tuple[str, Path]] = field(default_factory=list)

    def add(
        self,
        url: str,
        *,
        origin: str,
        scope: str = "",
        trusted: bool = True,
        credentials: Credentials | None = None,
    ) -> None:
        """Add an index; an address that cannot be used becomes a notice, which does not show it."""
        try:
            index = open_index(url.strip(), scope=scope, trusted=trusted, origin=origin)
        except ValueError as error:
            self.notices.append(f"{origin} names an index that cannot be used: {error}")
            return
        if trusted and credentials is not None:
            index = replace(index, credentials=credentials)
        known = {(other.url.rstrip("/"), other.scope) for other in self.indexes}
        if (index.url.rstrip("/"), index.scope) not in known:
            self.indexes.append(index)

    def credentials(self, origin: str, make: Callable[[], Credentials]) -> Credentials | None:
        """Return what ``make`` makes; credentials that cannot be sent become a notice, which does not show them."""
        try:
            return make()
        except ValueError as error:
            # binascii's and Unicode's errors may quote what they were given.
            why = str(error) if type(error) is ValueError else "the credentials cannot be decoded"
            self.notices.append(f"{origin}: {why}")
            return None

    def bundle(self, path: str | None, origin: str) -> None:
        """Add a certificate bundle, where a setting names one."""
        if path:
            self.bundles.append((origin, Path(path).expanduser()))

    def text(self, path: Path) -> str | None:
        """Return a settings file's text; None where there is none, and where a notice says why it was not read."""
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)
            if len(data) <= LARGEST:
                return data.decode()
            why = "it is too large"
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            why = error.strerror or "it cannot be read"
        except ValueError:
            why = "it is not text"
        self.notices.append(f"{path} was not read: {why}")
        return None

    def toml(self, path: Path) -> dict[str, Any]:
        """Return a TOML file's tables; none where there is no file, and where a notice says why it was not read."""
        text = self.text(path)
        try:
            return tomllib.loads(text) if text else {}
        except (tomllib.TOMLDecodeError, RecursionError):
            self.notices.append(f"{path} was not read: it is no TOML")
            return {}

    def user_config(self, name: str) -> Path:
        """Return the user's configuration folder for a tool, as XDG says."""
        return Path(self.environ.get("XDG_CONFIG_HOME") or self.home / ".config") / name

    def system_configs(self, name: str) -> Iterator[Path]:
        """Yield the system's configuration folders for a tool, as XDG says, the least important first."""
        folders = self.environ.get("XDG_CONFIG_DIRS") or str(self.root / "etc/xdg")
        for folder in reversed(folders.split(":")):
            if folder:
                yield Path(folder) / name

    def application_support(self, name: str) -> Path | None:
        """Return the user's folder for a tool on macOS; None elsewhere."""
        return self.home / "Library/Application Support" / name if sys.platform == "darwin" else None

    def use_netrc(self) -> None:
        """Give indexes without credentials those that the user's netrc file has for their host."""
        path = Path(self.environ.get("NETRC") or self.home / ".netrc")
        if all(index.credentials or not index.trusted for index in self.indexes) or self.text(path) is None:
            return
        try:
            # The entry "default" is left out: it would be sent to every host.
            hosts = {host: entry for host, entry in netrc(str(path)).hosts.items() if host != "default"}
        except (NetrcParseError, OSError, ValueError):
            self.notices.append(f"{path} was not read: it is no netrc file")
            return
        self.indexes = [self._with_netrc(index, hosts, path.name) for index in self.indexes]

    def _with_netrc(self, index: Index, hosts: Mapping[str, tuple[str, str, str]], origin: str) -> Index:
        entry = hosts.get(split(index.url).hostname or "")
        if entry is None or index.credentials is not None or not index.trusted:
            return index
        return replace(index, credentials=self.credentials(origin, lambda: Credentials.basic(entry[0], entry[2] or "")))

    def config(self) -> IndexConfig:
        """Return what was found."""
        return IndexConfig(
            self.type, tuple(self.indexes), tuple(dict.fromkeys(self.notices)), tuple(dict.fromkeys(self.bundles))
        )
