"""What a guarded run is expected to reach: read from settings, lock files, the policy and the command line.

Everything here is the user's own: the project that the command builds or tests, its lock files, its package managers'
settings, and the words of the command itself.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from doorward.engine.context import Context
from doorward.engine.gather.packages import fetch_packages
from doorward.model.dependency import Inventory
from doorward.model.facts import Known
from doorward.model.run import Phase
from doorward.policy import (
    BASELINE_FILE,
    Baseline,
    Destination,
    Egress,
    Names,
    destination_of_url,
    parse_baseline,
    read_below,
)
from doorward.records import dataclass
from doorward.sources.listening import listening_ports
from doorward.sources.nameservers import name_service, own_names
from doorward.sources.settings import configured

#: Package managers whose settings name indexes.
MANAGERS = ("pypi", "npm", "cargo", "golang", "maven")
#: Options that name an index on a package manager's own command line.
_INDEX_OPTIONS = frozenset(
    {"-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--index", "--default-index", "--registry"}
)
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "pip_proxy", "npm_config_proxy", "npm_config_https_proxy")
#: The address of an artifact in a lock file.
_ARTIFACT = re.compile(
    r"https?://[^\s\"'<>\\]{1,2000}?\.(?:whl|tar\.gz|tar\.bz2|tar\.xz|tgz|zip|crate|gem|jar|nupkg|conda)(?![\w.])"
)
_LARGEST = 64 << 20
#: Small packages that most indexes have: asked for where no lock names one.
_COMMON = {"pypi": "six", "npm": "once"}
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says of one guarded run."""

    command: tuple[str, ...]
    #: The user's project.
    project: Path
    allow: tuple[Destination, ...] = ()
    deny_loopback: bool = False


def baseline_of(project: Path | None) -> Baseline:
    """Return the baseline of a project, an empty one where it has none. Raise PolicyError where it cannot be read."""
    text = read_below(project, BASELINE_FILE) if project else None
    return Baseline() if text is None else parse_baseline(text)


def egress_of(context: Context, inventory: Inventory, baseline: Baseline, asked: Asked) -> Egress:
    """Return what is expected of a run."""
    policy = context.policy.guard
    servers, search = name_service()
    fetched = _destinations([*_sources(inventory), *_proxies(context.environ)])
    phases = dict(policy.by_phase)
    phases[Phase.RESOLVE] = (*phases.get(Phase.RESOLVE, ()), *fetched)
    return Egress(
        allowed=(*asked.allow, *policy.allow),
        by_phase=MappingProxyType(phases),
        indexes=_destinations(
            [
                *_configured(context, inventory),
                *inventory.indexes,
                *{item.url for item in inventory.packages if item.source == "registry" and item.url},
                *_artifacts(asked.project, inventory.files),
                *_of_command(asked.command),
            ]
        ),
        baseline=baseline,
        proxies=_running(_destinations(_proxies(context.environ))),
        deny_loopback=asked.deny_loopback,
        names=Names(servers, search, own_names()),
    )


def _destinations(urls: Iterable[str]) -> tuple[Destination, ...]:
    found = (destination_of_url(url) for url in urls)
    return tuple(dict.fromkeys(place for place in found if place is not None))


def _configured(context: Context, inventory: Inventory) -> Iterator[str]:
    """Yield the addresses of the configured indexes, of every manager that may run and every type that is locked."""
    for type_ in dict.fromkeys((*MANAGERS, *(item.type for item in inventory.packages))):
        for index in configured(type_, context.environ, context.home, context.project).indexes:
            yield index.url


def _sources(inventory: Inventory) -> Iterator[str]:
    """Yield where dependencies come from that are on no index."""
    for item in inventory.packages:
        if item.source in {"git", "url"} and item.url:
            parts = urlsplit(item.url)
            yield item.url
            # A repository that is named by ssh or git is fetched over https as well, where keys are missing.
            if parts.hostname and parts.scheme not in {"http", "https"}:
                yield f"https://{parts.hostname}/"


def _proxies(environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        if name.lower() in _PROXIES and value:
            yield value if "://" in value else f"http://{value}"


def _running(proxies: Iterable[Destination]) -> tuple[Destination, ...]:
    """Leave out proxies of this machine that do not run yet: one that the command starts is watched itself."""
    every = tuple(proxies)
    if not any(place.is_loopback for place in every):
        return every
    ports = listening_ports()
    return tuple(place for place in every if not place.is_loopback or ports is None or place.port in ports)


def _artifacts(project: Path, files: Sequence[str]) -> Iterator[str]:
    """Yield one address a host that lock files take artifacts from. What is unreadable is the inventory's gap."""
    hosts: set[str] = set()
    for file in files:
        try:
            with (project / file).open(encoding="utf-8", errors="replace") as stream:
                text = stream.read(_LARGEST)
        except OSError:
            continue
        for match in _ARTIFACT.finditer(text):
            host = match[0].split("/", 3)[2]
            if host not in hosts:
                hosts.add(host)
                yield match[0]


def _of_command(command: Sequence[str], depth: int = 0) -> Iterator[str]:
    """Yield the indexes that the command's own words name, in a line of shell too."""
    for place, word in enumerate(command):
        option, equals, value = word.partition("=")
        if option in _INDEX_OPTIONS:
            yield value if equals else "".join(command[place + 1 : place + 2])
        elif depth < _DEEPEST and any(char.isspace() for char in word):
            yield from _of_command(_words(word), depth + 1)


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def file_hosts(context: Context, inventory: Inventory) -> tuple[Destination, ...]:
    """Return where the configured indexes say that they keep their files: many keep them on another host.

    One package of each ecosystem is asked for, one that a lock names where there is any. Nothing is asked offline.
    """
    wanted = []
    for type_, common in _COMMON.items():
        named = (item.name for item in inventory.packages if item.type == type_ and item.source == "registry")
        wanted.append((type_, next(named, common)))
    found = [package.value for package in fetch_packages(context, wanted).values() if isinstance(package, Known)]
    return _destinations(file.url for package in found for version in package.record.versions for file in version.files)
