"""``doorward.endpoints.toml``: the endpoints that a project's builds and tests are known to reach.

It is learned by ``guard --learn``, sorted so that a pull request shows what is new, and edited by hand where a host is
wider than one run could show (``*.example``). A package is listed with the versions that it was learned with even where
it reached nothing: a new endpoint that came with an upgrade can only be told by that.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import msgspec

from doorward.errors import InvalidPurl, InvalidVersion, PolicyError
from doorward.model.activity import Learned
from doorward.model.purl import parse_purl
from doorward.model.run import Phase
from doorward.model.versions import compare
from doorward.policy.destinations import Destination, normal_host
from doorward.records import dataclass, field, replace

BASELINE_FILE = "doorward.endpoints.toml"
_HEAD = """\
# What this project's builds and tests are known to reach. `doorward guard --learn` shows what is new; see its guide.
schema = 1
"""
_PHASES = {phase.value: place for place, phase in enumerate(Phase)}

#: Lowest and highest.
Versions = tuple[str, str]


@dataclass(frozen=True, slots=True)
class KnownEndpoint:
    """One endpoint that a package is known to reach in a phase."""

    phase: str
    #: A purl without version; "" for the project's own code.
    package: str
    #: A name, ``*.name`` or an address.
    host: str
    port: int
    #: "tcp" or "udp".
    protocol: str
    #: The distribution that called the package, "" where its caller is the project.
    caller: str = ""
    #: Versions of the package that were seen to reach it; "" where none is known.
    versions: Versions = ("", "")

    @property
    def key(self) -> tuple[int, str, str, int, str, str]:
        """What makes it another endpoint, in the order of the file."""
        return _PHASES[self.phase], self.package, self.host, self.port, self.protocol, self.caller

    @property
    def destination(self) -> Destination:
        """Where it is."""
        return Destination(self.host, self.port)


def _no_packages() -> Mapping[str, Versions]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Baseline:
    """All that was learned. Empty where there is no file."""

    endpoints: tuple[KnownEndpoint, ...] = ()
    #: Purl without version -> the versions that were seen to run.
    packages: Mapping[str, Versions] = field(default_factory=_no_packages)

    def of(self, purl: str) -> Learned | None:
        """Return what is known of the package of a release; None where it is not known."""
        package, version = split_version(purl)
        known = self.packages.get(package)
        if known is None or not version:
            return None
        inside = _widen(package, known, version) == known
        reached = dict.fromkeys(str(item.destination) for item in self.endpoints if item.package == package)
        return Learned(*known, upgraded=not inside, endpoints=tuple(reached))


def split_version(purl: str) -> tuple[str, str]:
    """Return a purl without its version, and the version."""
    if not purl:
        return "", ""
    parsed = parse_purl(purl)
    return str(parsed.at("")), parsed.version


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    phase: Literal["resolve", "build", "install", "test", "run"]
    host: str
    port: int
    package: str = ""
    protocol: Literal["tcp", "udp", "unknown"] = "tcp"
    caller: str = ""
    versions: tuple[str, str] = ("", "")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: Literal[1]
    endpoint: tuple[_Row, ...] = ()
    packages: dict[str, tuple[str, str]] = {}


def parse_baseline(text: str, *, origin: str = BASELINE_FILE) -> Baseline:
    """Parse the text of a baseline. Raise :class:`PolicyError`."""
    try:
        declared = msgspec.convert(tomllib.loads(text), _File)
        for package in (*declared.packages, *(row.package for row in declared.endpoint if row.package)):
            parse_purl(package)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, InvalidPurl, RecursionError) as error:
        raise PolicyError(f"{origin}: {error}") from error
    rows = (
        KnownEndpoint(r.phase, r.package, normal_host(r.host), r.port, r.protocol, r.caller, r.versions)
        for r in declared.endpoint
    )
    return Baseline(_sorted(rows), MappingProxyType(dict(sorted(declared.packages.items()))))


def merge(baseline: Baseline, endpoints: Iterable[KnownEndpoint], packages: Iterable[str]) -> Baseline:
    """Return the baseline with what one more run showed: its endpoints, and the purls of the releases that ran."""
    rows = {item.key: item for item in baseline.endpoints}
    for item in endpoints:
        wide = next((known for known in baseline.endpoints if _covers(known, item)), None)
        known = rows.get(item.key if wide is None else wide.key)
        rows[(known or item).key] = item if known is None else _seen_again(known, item)
    seen = dict(baseline.packages)
    for purl in packages:
        package, version = split_version(purl)
        if version:
            seen[package] = _widen(package, seen.get(package, ("", "")), version)
    return Baseline(_sorted(rows.values()), MappingProxyType(dict(sorted(seen.items()))))


def _sorted(rows: Iterable[KnownEndpoint]) -> tuple[KnownEndpoint, ...]:
    return tuple(sorted(rows, key=lambda item: item.key))


def _covers(known: KnownEndpoint, item: KnownEndpoint) -> bool:
    """Whether a row that was widened by hand speaks of an endpoint."""
    same = (known.phase, known.package, known.port, known.protocol) == (
        item.phase,
        item.package,
        item.port,
        item.protocol,
    )
    return same and known.host.startswith("*.") and known.destination.names(item.host)


def _seen_again(known: KnownEndpoint, item: KnownEndpoint) -> KnownEndpoint:
    low, high = known.versions
    for version in filter(None, item.versions):
        low, high = _widen(known.package, (low, high), version)
    return replace(known, versions=(low, high))


def _widen(package: str, versions: Versions, version: str) -> Versions:
    """Return the range with one more version in it."""
    low, high = versions
    if not low:
        return version, version
    return (version if _below(package, version, low) else low), (version if _below(package, high, version) else high)


def _below(package: str, one: str, other: str) -> bool:
    try:
        return compare(parse_purl(package).ecosystem, one, other) < 0
    except InvalidVersion:
        return one < other


def dump_baseline(baseline: Baseline) -> str:
    """Return the text of the file: sorted, one block an endpoint."""
    blocks = [_HEAD, *map(_block, baseline.endpoints)]
    if baseline.packages:
        lines = [f"{_text(package)} = {_list(versions)}\n" for package, versions in baseline.packages.items()]
        blocks.append("[packages]\n" + "".join(lines))
    return "\n".join(blocks)


def _block(item: KnownEndpoint) -> str:
    pairs = [
        ("phase", _text(item.phase)),
        ("package", _text(item.package)),
        ("host", _text(item.host)),
        ("port", str(item.port)),
        ("protocol", _text(item.protocol)),
    ]
    if item.caller:
        pairs.append(("caller", _text(item.caller)))
    if item.versions[0]:
        pairs.append(("versions", _list(item.versions)))
    return "[[endpoint]]\n" + "".join(f"{key} = {value}\n" for key, value in pairs)


def _text(value: str) -> str:
    """Return a TOML basic string: JSON's escapes are TOML's, but for the delete character and lone surrogates."""
    shown = value.encode("utf-8", "backslashreplace").decode()
    return json.dumps(shown, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(values: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def difference(old: Baseline, new: Baseline) -> Iterator[str]:
    """Yield one line for everything that ``new`` adds to ``old``."""
    before = {item.key: item for item in old.endpoints}
    for item in new.endpoints:
        known = before.get(item.key)
        if known != item:
            seen = f"  {_range(item.versions)}" if item.versions[0] else ""
            yield f"{'~' if known else '+'} {item.phase}  {_who(item)}  {item.destination}  {item.protocol}{seen}"
    for package, versions in new.packages.items():
        if old.packages.get(package) != versions:
            yield f"{'~' if package in old.packages else '+'} {package}  {_range(versions)}"


def _who(item: KnownEndpoint) -> str:
    return (item.package or "the project's own code") + (f" (called by {item.caller})" if item.caller else "")


def _range(versions: Versions) -> str:
    return versions[0] if versions[0] == versions[1] else " ... ".join(versions)
