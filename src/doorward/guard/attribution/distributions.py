"""From a file to the distribution that installed it: RECORD for Python, the innermost package.json for Node.

The folders belong to the watched command: every read has a bound, and nothing found there is believed beyond a name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from doorward.discovery import Late
from doorward.model.purl import normalise_name
from doorward.records import dataclass, field

if TYPE_CHECKING:
    import csv
    import json
else:
    csv, json = Late("csv"), Late("json")

_SITE = re.compile(r"(.*/(?:site|dist)-packages)/(.+)")
_MAX_RECORD = 16 << 20
_MAX_METADATA = 1 << 16
_MAX_DISTRIBUTIONS = 5_000
_MAX_CACHE = 50_000
_NAME_VERSION = re.compile(r"(.+?)-([^-]+?)(?:-py[0-9.]+)?\.(dist-info|egg-info)\Z")

#: Libraries that carry other libraries' requests: who called them is meant. Also what calls a build backend or a test.
TRANSPORTS = frozenset(
    {
        *("requests", "urllib3", "httpx", "httpcore", "aiohttp", "anyio", "trio", "sniffio", "h11", "h2", "hpack"),
        *("websockets", "websocket-client", "wsproto", "tornado", "twisted", "gevent", "eventlet", "uvloop", "pycurl"),
        *("grpcio", "dnspython", "aiodns", "pycares", "paramiko", "botocore", "s3transfer", "tenacity", "retrying"),
        *("backoff", "requests-toolbelt", "requests-futures", "cachecontrol", "hishel", "niquests", "treq", "asks"),
        *("httplib2", "pyopenssl", "truststore", "certifi", "pysocks", "python-socks", "requests-oauthlib"),
        *("async-timeout", "aiosignal", "aiohappyeyeballs", "google-auth", "curl-cffi", "primp", "curio", "cffi"),
        *(
            "setuptools",
            "wheel",
            "pip",
            "pyproject-hooks",
            "build",
            "flit-core",
            "hatchling",
            "poetry-core",
            "pdm-backend",
        ),
        *("meson-python", "scikit-build-core", "maturin", "setuptools-scm", "setuptools-rust"),
        *("pytest", "pluggy", "_pytest", "tox", "nox", "unittest2", "pytest-asyncio", "pytest-xdist", "execnet"),
        *("coverage", "pytest-cov", "hypothesis", "decorator", "wrapt", "importlib-metadata", "click", "typer"),
    }
)
NODE_TRANSPORTS = frozenset(
    {
        *("undici", "axios", "node-fetch", "got", "request", "follow-redirects", "superagent", "needle", "cross-fetch"),
        *("isomorphic-fetch", "isomorphic-unfetch", "ky", "agent-base", "https-proxy-agent", "http-proxy-agent"),
        *("socks-proxy-agent", "socks", "proxy-agent", "ws", "make-fetch-happen", "minipass-fetch", "phin", "bent"),
        *("simple-get", "gaxios", "@hapi/wreck", "node-fetch-native", "ofetch", "whatwg-fetch", "cacheable-request"),
        *("promise-retry", "@gar/promise-retry", "@npmcli/agent", "@cypress/request", "postman-request"),
        *("keepalive-agent", "agentkeepalive", "faye-websocket", "websocket", "engine.io-client", "socket.io-client"),
        *("@grpc/grpc-js", "global-agent", "tunnel-agent", "retry", "p-retry", "async-retry", "tslib", "graceful-fs"),
    }
)


@dataclass(frozen=True, slots=True)
class Distribution:
    """An installed package."""

    ecosystem: str
    name: str
    version: str

    @property
    def is_transport(self) -> bool:
        """Whether it only carries what others send."""
        names = TRANSPORTS if self.ecosystem == "pypi" else NODE_TRANSPORTS
        return self.name in names

    def __str__(self) -> str:
        """Return name and version, as chains show them."""
        return f"{self.name} {self.version}".strip()


@dataclass(slots=True)
class _Site:
    """One site-packages folder: its distributions, and which one installed each file."""

    folder: Path
    distributions: dict[str, Distribution] = field(default_factory=dict)
    #: When the folder was last changed, as it was listed.
    stamp: int = -1
    #: Top-level name -> folders of metadata that may own it, and the exact files once they were read.
    files: dict[str, Distribution] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    whole: bool = False

    def owner(self, inside: str) -> Distribution | None:
        """Return who installed a file, given its path below the folder. What is installed meanwhile is found too."""
        if self._changed():
            self.distributions = _installed(str(self.folder))
            self.files, self.read, self.whole = {}, set(), False
        top = normalise_name("pypi", inside.partition("/")[0].removesuffix(".py"))
        for folder, distribution in self.distributions.items():
            if distribution.name == top:
                self._read(folder, distribution)
        if inside not in self.files and not self.whole:
            self.whole = True
            for folder, distribution in self.distributions.items():
                self._read(folder, distribution)
        return self.files.get(inside) or self.files.get(inside.partition("/")[0] + "/")

    def _changed(self) -> bool:
        try:
            before, self.stamp = self.stamp, self.folder.stat().st_mtime_ns
        except OSError:
            return False
        return before != self.stamp

    def _read(self, folder: str, distribution: Distribution) -> None:
        if folder in self.read:
            return
        self.read.add(folder)
        for line in _record(self.folder / folder):
            self.files.setdefault(line, distribution)


def _record(folder: Path) -> Iterator[str]:
    """Yield the files of a distribution's RECORD; of an egg-info its top-level names, with a slash."""
    try:
        with (folder / "RECORD").open(encoding="utf-8", errors="replace", newline="") as file:
            text = file.read(_MAX_RECORD)
        yield from (row[0] for row in csv.reader(text.splitlines()) if row)
    except (OSError, csv.Error):
        yield from (f"{name}/" for name in _head(folder / "top_level.txt").split())


def _head(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_MAX_METADATA)
    except OSError:
        return ""


class Distributions:
    """Finds distributions of files, and remembers."""

    def __init__(self) -> None:
        self._sites: dict[str, _Site] = {}
        self._known: dict[str, Distribution | None] = {}

    def owner(self, file: str) -> Distribution | None:
        """Return the distribution that a file belongs to; None for the user's own code and the language's library."""
        if file in self._known:
            return self._known[file]
        if len(self._known) >= _MAX_CACHE:
            self._known.clear()
        if "/node_modules/" in file:
            self._known[file] = node_package(file)
        elif match := _SITE.match(file):
            folder, inside = match.groups()
            site = self._sites.setdefault(folder, _Site(Path(folder)))
            found = site.owner(inside)
            if found is None:
                return None  # perhaps not yet: it is asked again
            self._known[file] = found
        else:
            self._known[file] = None
        return self._known[file]


def _installed(folder: str) -> dict[str, Distribution]:
    """Return the distributions of a folder by the name of their metadata folder."""
    found: dict[str, Distribution] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                match = _NAME_VERSION.match(entry.name)
                if match and len(found) < _MAX_DISTRIBUTIONS:
                    found[entry.name] = Distribution("pypi", normalise_name("pypi", match[1]), match[2])
    except OSError:
        pass
    return found


def node_package(file: str) -> Distribution | None:
    """Return the package of the last ``node_modules/<name>`` in a path, with the version of its package.json."""
    base, _, rest = file.rpartition("/node_modules/")
    parts = rest.split("/")
    name = "/".join(parts[:2]) if parts[0].startswith("@") else parts[0]
    if not name or name.startswith("."):
        return None
    _name, version = read_package_json(Path(base) / "node_modules" / name)
    return Distribution("npm", name, version)


def read_package_json(folder: Path) -> tuple[str, str]:
    """Return (name, version) of a package.json, "" for what it does not say."""
    try:
        data = json.loads(_head(folder / "package.json"))
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(data, dict):
        return "", ""
    name, version = data.get("name"), data.get("version")
    return name if isinstance(name, str) else "", version if isinstance(version, str) else ""


def read_pkg_info(folder: Path) -> tuple[str, str]:
    """Return (name, version) of a PKG-INFO, or of the [project] table of pyproject.toml, "" for what they lack."""
    found: dict[str, str] = {}
    for line in _head(folder / "PKG-INFO").splitlines():
        key, colon, value = line.partition(":")
        if not line.strip():
            break
        if colon and key in {"Name", "Version"}:
            found.setdefault(key, value.strip())
    if found.get("Name"):
        return found["Name"], found.get("Version", "")
    return _project(folder)


def _project(folder: Path) -> tuple[str, str]:
    """Read name and version of a pyproject.toml line by line: a version may be dynamic, and no more is needed."""
    table = ""
    found: dict[str, str] = {}
    for line in _head(folder / "pyproject.toml").splitlines():
        text = line.strip()
        if text.startswith("["):
            table = text
        key, equals, value = text.partition("=")
        if table == "[project]" and equals and key.strip() in {"name", "version"}:
            found.setdefault(key.strip(), value.strip().strip("\"'"))
    return found.get("name", ""), found.get("version", "")
