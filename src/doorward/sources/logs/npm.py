"""npm's debug logs, and its output at ``--loglevel`` http, info or more within the log of a CI job.

They give what was fetched from where, and which scripts of which packages ran. A debug log tells when npm started but
gives no times for its lines, so its scripts are found again by their command and folder; the log of a CI job has times.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from doorward.model.run import Phase
from doorward.sources.logs._events import (
    Contact,
    Ended,
    Event,
    Fetched,
    Limit,
    Owner,
    Refused,
    Script,
    Used,
    Who,
    Window,
)
from doorward.sources.logs._lines import each, plain, unstamped
from doorward.sources.logs._steps import Steps
from doorward.sources.logs._values import LONGEST_TEXT, bare_url, moment, npm_artifact, place, web_endpoint

NAME = "npm"
REACH = "it names the scripts that ran, and no process"
#: Its windows and scripts are needed to read the others.
FIRST = True

_LEVELS = r"(silly|verbose|info|timing|http|notice|warn|WARN|error|ERR!)"
_LINE = re.compile(rf"(?:\d{{1,9}}|npm) {_LEVELS} ?(.*)", re.DOTALL)
_HEAD = re.compile(
    rb"^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.,]?\d{0,9}Z )?(?:\d{1,9}|npm) "
    rb"(?:verbose cli |info it worked if |info using npm@|http fetch |info run |verbose title npm"
    rb"|(?:error|ERR!) code )",
    re.MULTILINE,
)
_NAME = r"((?:@[^/@\s]{1,200}/)?[^/@\s]{1,200})@([^\s~]{1,200})"
_RUN = re.compile(rf"run {_NAME} (\w{{1,40}}) (?:\{{ code: (?:-?\d+|null), .{{1,100}}\}}|(\S*) ?(.*))\Z", re.DOTALL)
_LIFECYCLE = re.compile(rf"lifecycle {_NAME}~(\w{{1,40}}): (.*)\Z", re.DOTALL)
_FETCH = re.compile(r"fetch ([A-Z]{1,10}) (\d{3}) (\S{1,4096}) ")
#: What stands between a package that is placed and the one that wants it.
_PLACED = frozenset({"OK", "REPLACE", "KEEP"})
_CORRUPT = re.compile(
    r"tarball tarball data for (\S{1,4096}) \((sha\d{1,3}-[A-Za-z0-9+/=]{1,128})\) seems to be corrupted"
)
_WANTED = re.compile(r"wanted (sha\d{1,3}-[A-Za-z0-9+/=]{1,128}) but got (sha\d{1,3}-[A-Za-z0-9+/=]{1,128})")
_STARTED = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d)_(\d\d)_(\d\d)_(\d{3})Z-")
_TOOK = re.compile(r"command:\S{1,40} Completed in (\d{1,9})ms")
_EXIT = re.compile(r"exit (\d{1,3})\Z")
#: The names of scripts that an installation runs; "test" and its neighbours are a test.
_INSTALL = frozenset(
    {
        *("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"),
        *("preuninstall", "uninstall", "postuninstall", "dependencies", "prepack", "postpack"),
    }
)
_TEST = frozenset({"pretest", "test", "posttest"})
_TEST_COMMANDS = frozenset({"test", "t", "tst", "install-test", "it"})
_OK = 200
#: Words of such a line that are looked at: the folder's name may have spaces.
_PLACE = 16
#: Scripts that run at the same time.
_RUNNING = 10_000
_MANAGER = Who(phase=Phase.RESOLVE, by=NAME)


def sniff(head: bytes, name: str) -> bool:  # noqa: ARG001 - the folder's contract
    """Whether lines are numbered as in a debug log, or begin with "npm" and a level."""
    return _HEAD.search(head) is not None


def parse(lines: Iterator[bytes], name: str) -> Iterator[Event | Refused]:
    """Yield what was fetched, and the scripts that ran."""
    reader = _Reader(_start(name))
    yield from each(lines, reader.line)
    yield from reader.end()


def _start(text: str) -> datetime | None:
    """Return the time that the name of a debug log gives."""
    match = _STARTED.search(text)
    if match is None:
        return None
    day, hour, minute, second, milli = match.groups()
    try:
        return moment(f"{day}T{hour}:{minute}:{second}.{milli}Z")
    except ValueError:
        return None


def _phase(event: str) -> Phase:
    return Phase.INSTALL if event in _INSTALL else Phase.TEST if event in _TEST else Phase.RUN


class _Reader:
    """What npm has said so far."""

    def __init__(self, start: datetime | None) -> None:
        self._start = start
        self._stamp = ""
        self._timed = False
        self._running: dict[tuple[Owner, str], datetime | None] = {}
        self._own = Steps()
        self._command: tuple[str, ...] = ()
        self._corrupt: dict[str, tuple[Owner, str]] = {}
        self._words: Mapping[str, Callable[[str], Iterable[Event]]] = {
            "run": self._run,
            "lifecycle": self._lifecycle,
            "fetch": self._fetch,
            "placeDep": self._placed,
            "title": self._title,
            "logfile": self._logfile,
            "exit": self._exit,
            "ok": self._ok,
            "tarball": self._corrupted,
        }

    def line(self, line: bytes) -> Iterable[Event]:
        """Return what one line tells. Lines of other programs are passed over."""
        self._stamp, text = unstamped(plain(line))
        match = _LINE.match(text)
        if match is None:
            return ()
        level, rest = match.groups()
        if level == "timing":
            return self._took(rest)
        if "but got sha" in rest:
            return self._mismatch(rest)
        tell = self._words.get(rest.partition(" ")[0])
        return tell(rest) if tell is not None else ()

    def end(self) -> Iterable[Event]:
        """Return what the end of the log tells."""
        limit = () if self._timed else (Limit("npm's lines have no times"),)
        return (*self._own.end(), *limit)

    def _time(self) -> datetime | None:
        """Return the time of the line, else that of the start."""
        if not self._stamp:
            return self._start
        self._timed = True
        time = moment(self._stamp)
        self._own.seen(time)
        return time

    def _title(self, text: str) -> Iterable[Event]:
        self._command = tuple(text.split()[1:])
        self._time()
        return ()

    def _logfile(self, text: str) -> Iterable[Event]:
        self._start = self._start or _start(text)
        return ()

    def _took(self, text: str) -> Iterable[Event]:
        """Return the stretch of a whole command: older versions write how long it took."""
        match = _TOOK.match(text)
        if match is None or self._start is None:
            return ()
        test = self._command[1:2] and self._command[1] in _TEST_COMMANDS
        self._timed = True
        end = self._start + timedelta(milliseconds=int(match[1]))
        return (Window(self._start, end, Phase.TEST if test else Phase.RESOLVE),)

    def _ok(self, _: str) -> Iterable[Event]:
        return self._own.end(self._time() if self._stamp else None)

    def _exit(self, text: str) -> Iterable[Event]:
        match = _EXIT.match(text)
        return (Ended(self._command or ("npm",), int(match[1]), self._time()),) if match is not None else ()

    def _run(self, text: str) -> Iterable[Event]:
        """Return the start of a script, or the stretch that it took."""
        match = _RUN.match(text)
        if match is None:
            return ()
        package, version, event, folder, command = match.groups()
        owner, time = Owner("npm", package, version), self._time()
        if folder is None:
            return self._ended(owner, event, time)
        return self._begun(owner, event, time, (folder, command))

    def _lifecycle(self, text: str) -> Iterable[Event]:
        """Read what npm before version 7 says of a script."""
        match = _LIFECYCLE.match(text)
        if match is None:
            return ()
        package, version, event, rest = match.groups()
        owner, time = Owner("npm", package, version), self._time()
        if rest.startswith("Returned: "):
            return self._ended(owner, event, time)
        if rest == f"{package}@{version}":
            self._remember(owner, event, time)
        elif rest.startswith("Args: [ '-c', '") and rest.endswith("' ]"):
            return self._script(owner, event, time, ("", rest[len("Args: [ '-c', '") : -3]))
        return ()

    def _begun(self, owner: Owner, event: str, time: datetime | None, script: tuple[str, str]) -> Iterable[Event]:
        self._remember(owner, event, time)
        return self._script(owner, event, time, script)

    def _remember(self, owner: Owner, event: str, time: datetime | None) -> None:
        if len(self._running) < _RUNNING:
            self._running.setdefault((owner, event), time if self._stamp else None)

    def _script(self, owner: Owner, event: str, time: datetime | None, script: tuple[str, str]) -> Iterable[Event]:
        folder, command = script
        return (Script(time, owner, _phase(event), command[:LONGEST_TEXT], folder[:LONGEST_TEXT]),)

    def _ended(self, owner: Owner, event: str, time: datetime | None) -> Iterable[Event]:
        start = self._running.pop((owner, event), None)
        if start is None or time is None or not self._stamp or time < start:
            return ()
        return (Window(start, time, _phase(event), owner),)

    def _placed(self, text: str) -> Iterable[Event]:
        """Return a package that is part of the tree: ``placeDep FOLDER NAME@VERSION OK for: ...``."""
        words = text.split(maxsplit=_PLACE)
        where = next((index for index, word in enumerate(words) if word in _PLACED), 0)
        package, at, version = words[where - 1].rpartition("@") if where else ("", "", "")
        return (Used(Owner("npm", package, version), Phase.RESOLVE),) if at and package else ()

    def _fetch(self, text: str) -> Iterable[Event]:
        """Return the connection to a registry, and the artifact where it was one."""
        match = _FETCH.match(text + " ")
        endpoint = web_endpoint(match[3]) if match is not None else None
        if match is None or endpoint is None:
            return ()
        method, status, url = match.groups()
        time, (where, host) = self._time(), place(endpoint[0])
        contact = Contact(time=time, who=_MANAGER, address=where, host=host, port=endpoint[1])
        found = npm_artifact(urlsplit(url).path) if method == "GET" and int(status) == _OK else None
        if found is None:
            return (contact,)
        return (contact, Fetched(time=time, owner=Owner("npm", *found), url=bare_url(url)))

    def _corrupted(self, text: str) -> Iterable[Event]:
        """Take note of which artifact has another digest than was demanded."""
        match = _CORRUPT.match(text)
        if match is not None and len(self._corrupt) < _RUNNING:
            _, _, url = match[1].rpartition("@http")
            found = npm_artifact(urlsplit(f"http{url}").path)
            if found is not None:
                self._corrupt[match[2]] = (Owner("npm", *found), bare_url(f"http{url}"))
        return ()

    def _mismatch(self, text: str) -> Iterable[Event]:
        """Return the artifact whose digest differs. Newer versions do not name it: the lock may tell whose it is."""
        match = _WANTED.search(text)
        if match is None:
            return ()
        wanted, got = (_hexadecimal(part) for part in match.groups())
        owner, url = self._corrupt.get(match[1], (None, ""))
        return (Fetched(time=self._time(), owner=owner, url=url, digests=(got,), demanded=(wanted,), ecosystem="npm"),)


def _hexadecimal(integrity: str) -> str:
    """Return "sha512:HEX" of "sha512-BASE64"; ValueError where it is none."""
    algorithm, _, value = integrity.partition("-")
    try:
        return f"{algorithm}:{base64.b64decode(value.rstrip('=') + '=' * (-len(value.rstrip('=')) % 4)).hex()}"
    except binascii.Error:
        raise ValueError("its digest is no base64") from None
