"""Exposure in logs of builds and of CI jobs.

A log of a known format is read as that, and every log is searched as text as well: what one tool wrote says nothing of
the others whose lines stand beside it, and a line that a format refuses may be the one that tells.
"""

from __future__ import annotations

import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from doorward.engine.exposed_found import Found
from doorward.errors import SourceError, UsageError
from doorward.model.exposure import Looked, Suspect, Trace
from doorward.model.purl import make_purl
from doorward.sources.logs import Log, open_log
from doorward.sources.logs._events import Fetched, Refused, Script, Used, Window
from doorward.sources.logs._plain import BROKEN, plain_logs

#: Events that tell of a release.
_Event = Fetched | Used | Script | Window
#: Bytes of a line of plain text that are looked at at once, and how far one piece reaches into the next.
_LONGEST, _OVERLAP = 1 << 16, 512
#: Packages that are searched for in plain text.
_MENTIONED = 5_000
#: Characters of such a line that a trace keeps.
_SHOWN = 160

_COLOURS = re.compile(rb"\x1b\[[0-9;:?]{0,32}[A-Za-z]")
#: What makes the last part of a name another package: the scope that stands before it.
_SCOPED = re.compile(r"@[\w.~-]{1,214}/(?:[\w.~-]{1,214}/-/)?$")
_BETWEEN = (
    r"(?:@npm:|:(?:jar|war|aar|pom|bundle):|[-_@/]| {1,8}"
    r"""|["']? {0,4}[:=]{1,3} {0,4}["']?|(?::[a-z0-9]{2,12})? {0,4}\(| (?:amd64|arm64|i386|all) )"""
)
#: A version of which no list tells how it is written.
_ANY = r"\d{1,20}(?:\.\d{1,20}){1,8}(?:[-.]?(?:a|b|rc|alpha|beta|dev|post|pre)[-.]?\d{0,20})?"


def look_at_logs(found: Found, paths: Sequence[Path]) -> None:
    """Look at logs, compressed or not, and at archives of them. Raise UsageError where one is not there."""
    for path in paths:
        if not path.is_file():
            raise UsageError(f"{path}: {'not a file' if path.exists() else 'no such file'}")
        with tempfile.TemporaryDirectory(prefix="doorward-log-") as place:
            for shown, plain in plain_logs(path, Path(place)):
                if isinstance(plain, str):
                    found.gap(shown, plain, required=True)
                else:
                    _look(found, plain, shown)


def _look(found: Found, path: Path, shown: str) -> None:
    try:
        _, logs = open_log(path)
    except SourceError:
        logs = []
    before = len(found.traces)
    for log in logs:
        _log(found, log, shown)
    _text(found, path, shown, {trace.purl for trace in found.traces[before:]}, known=bool(logs))


def _log(found: Found, log: Log, shown: str) -> None:
    count, refused = 0, []
    met: dict[tuple[str, str], Trace] = {}
    try:
        for event in log.events:
            count += 1
            if isinstance(event, Refused):
                refused.append(event.reason)
            elif isinstance(event, _Event) and event.owner is not None:
                _event(found, shown, event, met)
    except BROKEN as error:
        found.gap(shown, f"not read to its end: {error}", required=True)
    found.same_gaps(shown, (reason[:120] for reason in refused), required=bool(refused) and len(refused) == count)
    found.traces += met.values()
    found.looked.append(Looked("log", count, f"{shown} ({log.format.NAME}, {count:,} events)"))


def _event(found: Found, shown: str, event: _Event, met: dict[tuple[str, str], Trace]) -> None:
    owner = event.owner
    if owner is None or not owner.version:
        return
    digests = event.digests if isinstance(event, Fetched) else ()
    records = found.suspects.records(owner.ecosystem, owner.package, owner.version, digests)
    if records is None:
        return
    did, details = "installed", []
    if isinstance(event, Fetched):
        did, details = "fetched", [("from", event.url)] if event.url else []
    elif isinstance(event, Script):
        did, details = "ran", [("command", event.command)]
    elif isinstance(event, Window):
        did = "built or installed"
    time = event.start if isinstance(event, Window) else getattr(event, "time", None)
    purl = str(make_purl(owner.ecosystem, owner.package, owner.version))
    met.setdefault((purl, did), Trace("log", purl, shown, records, first=time, details=(("did", did), *details)))


def _text(found: Found, path: Path, shown: str, met: set[str], *, known: bool) -> None:
    """Search a log for the releases that are named outright; those that were ``met`` in it are not told twice."""
    search = _Search(found)
    if not search.patterns:
        if not known:
            reason = "no log of a format that doorward knows, and no list of releases to search for"
            found.gap(shown, reason, required=True)
        return
    number = 0
    for number, line in _lines(path):
        for purl, records in search.named(line):
            if purl not in met:
                met.add(purl)
                text = line.decode("utf-8", "replace").strip()[:_SHOWN]
                found.traces.append(Trace("log", purl, shown, records, details=(("line", f"{number}: {text}"),)))
    if not known:
        found.looked.append(Looked("log", number, f"{shown} (as text, {number:,} lines)"))


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield each line with its number, without colours; a long one in pieces that overlap."""
    number, rest = 1, b""
    with path.open("rb") as stream:
        while piece := stream.readline(_LONGEST):
            whole = _COLOURS.sub(b"", rest + piece) if b"\x1b" in piece else rest + piece
            yield number, whole
            ended = piece.endswith(b"\n")
            number, rest = (number + 1, b"") if ended else (number, whole[-_OVERLAP:])


class _Search:
    """Finds ``name==1.0``, ``name@1.0``, ``name-1.0.tgz`` and the like."""

    def __init__(self, found: Found) -> None:
        self._suspects = found.suspects
        #: Spelling in lower case -> type and name of the packages that it may be.
        self._packages: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
        listed: list[Suspect] = []
        others: list[Suspect] = []
        for suspect in found.suspects.all:
            (listed if suspect.affected.versions and not suspect.affected.ranges else others).append(suspect)
        few = 0 < len(found.suspects.all) <= _MENTIONED
        versions = sorted({v.lower() for suspect in listed for v in suspect.affected.versions}, reverse=True)
        exact = "|".join(re.escape(version) for version in versions)
        wanted = ((listed, exact), (others, _ANY))
        self.patterns = [self._pattern(suspects, version) for suspects, version in wanted if suspects and few]
        self._records = cache(found.suspects.records)

    def _pattern(self, suspects: Sequence[Suspect], version: str) -> re.Pattern[str]:
        spellings = set()
        for suspect in suspects:
            for spelling in _spellings(suspect.type, suspect.affected.name):
                self._packages[_plain(spelling)][suspect.type, suspect.affected.name] = None
                spellings.add(re.sub(r"\\-|_|\\\.", "[-_.]", re.escape(spelling)))
        names = "|".join(sorted(spellings, reverse=True))
        return re.compile(rf"(?<![\w@.-])(?P<name>{names}){_BETWEEN}v?(?P<version>{version})(?![\w+]|[.-]\d)")

    def named(self, line: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each release that a line names, and the records that name it."""
        text = line.decode("utf-8", "replace").lower()
        for pattern in self.patterns:
            for match in pattern.finditer(text):
                start = match.start()
                if text[max(start - 1, 0) : start] == "/" and _SCOPED.search(text[max(start - 450, 0) : start]):
                    continue
                for type_, name in self._packages.get(_plain(match["name"]), ()):
                    # A name that only PyPI takes for the same is another one elsewhere.
                    if type_ != "pypi" and match["name"] not in _spellings(type_, name):
                        continue
                    records = self._records(type_, name, match["version"])
                    if records is not None:
                        yield str(make_purl(type_, name, match["version"])), records


def _plain(spelling: str) -> str:
    return re.sub(r"[-_.]", "-", spelling)


@cache
def _spellings(type_: str, name: str) -> tuple[str, ...]:
    """Return how a log writes a package before its version, in lower case."""
    name = name.lower()
    last = name.rpartition("/")[2]
    if type_ in ("deb", "apk", "rpm"):
        return (last,)
    if type_ == "npm" and last != name:
        return name, f"{name}/-/{last}"
    group, colon, artifact = name.partition(":")
    return (name, f"{group.replace('.', '/')}/{artifact}") if colon else (name,)
