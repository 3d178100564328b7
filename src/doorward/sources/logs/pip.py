"""What pip says: the file of ``--log``, the output of ``pip -v``, or either within the log of a CI job.

It gives what was fetched from where, and the stretches of time in which packages were built, where its lines have
times: those of ``--log`` do (without a zone: UTC is taken), and so do lines of a CI job. Output of a build stands
between pip's own lines; nothing in it is believed until pip says that this step has ended.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from doorward.model.purl import normalise_name
from doorward.model.run import Phase
from doorward.sources.logs._events import Contact, Event, Fetched, Limit, Owner, Refused, Used, Who
from doorward.sources.logs._lines import each, plain, unstamped
from doorward.sources.logs._steps import Steps
from doorward.sources.logs._values import LONGEST_TEXT, bare_url, moment, place, port, pypi_artifact

NAME = "pip"
REACH = "it gives the times at which packages were built, and names no process"
#: Its windows are needed to read the others.
FIRST = True

_STAMP = rb"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.,]?\d{0,9}Z? )?[ ]{0,40}"
_HEAD = re.compile(
    rb"^" + _STAMP + rb"(?:Using pip \d|Looking in (?:indexes|links): |Collecting [A-Za-z0-9]|Processing [./])",
    re.MULTILINE,
)
_PROJECT = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]{0,200}[A-Za-z0-9])?)(?:\[[^\]]*\])?(?:==([^\s,;]{1,100}))?")
_STEP = re.compile(r"(.{1,300}): (?:started|finished with status '[a-z]{1,20}')\Z")
_OF_PACKAGE = re.compile(r"(?:Building (?:wheel|editable)|Running setup\.py \w+) for ([A-Za-z0-9._-]{1,200})")
_RESOLVES = re.compile(r"Installing (?:build|backend) dependencies|pip subprocess to install ")
_COMMAND = "Running command "
_BUILDS = ("Building ", "Preparing ", "Getting requirements ")
#: What pip says next where it does not say that a command has ended, as on a terminal.
_AFTER_RESOLVING = (_COMMAND, "Source in ", "Added ", "Removed ")
_AFTER_BUILDING = (
    *_AFTER_RESOLVING,
    "Created wheel ",
    "Stored in ",
    "Collecting ",
    "Successfully ",
    "Installing collected ",
)
_LINK = re.compile(r"Found link (\S+) \(from (\S+)\)")
_ADDED = re.compile(r"Added ([A-Za-z0-9._-]{1,200})==(\S{1,100}) from ")
_HAS = re.compile(r"Source in .{1,4096} has version (\S{1,100}), which satisfies requirement ([A-Za-z0-9._-]{1,200})")
_NEW = re.compile(r"Starting new (HTTPS?) connection \(\d+\): ([^\s:]{1,260}|\[[^\]\s]{1,60}\])(?::(\d{1,5}))?")
_MISMATCH = re.compile(r"(\S{1,300}) from (\S{1,4096})")
_EXPECTED = re.compile(r"Expected\s+(\w{1,20})\s+([0-9a-f]{1,200})\Z")
_GOT = re.compile(r"Got\s+([0-9a-f]{1,200})\Z")
_FRAGMENT = re.compile(r"#(?:[^#\s]*&)?(md5|sha1|sha224|sha256|sha384|sha512)=([0-9a-fA-F]{1,128})")
#: Links whose page is remembered, and digests that one message may demand.
_LINKS = 50_000
_DEMANDS = 64
_MANAGER = Who(phase=Phase.RESOLVE, by=NAME)


def sniff(head: bytes, name: str) -> bool:  # noqa: ARG001 - the folder's contract
    """Whether pip's words stand at the beginning of a line."""
    return _HEAD.search(head) is not None


def parse(lines: Iterator[bytes], name: str) -> Iterator[Event | Refused]:  # noqa: ARG001 - the folder's contract
    """Yield what was fetched and installed, and when packages were built."""
    reader = _Reader()
    yield from each(lines, reader.line)
    yield from reader.end()


class _Reader:
    """What pip has said so far."""

    def __init__(self) -> None:
        self._steps = Steps()
        self._stamp = ""
        self._timed = False
        self._current: Owner | None = None
        #: What was current when pip began to fetch for an isolated build.
        self._outer: list[Owner | None] = []
        self._collected: dict[str, Owner] = {}
        #: The command that is under way without a step that pip names.
        self._unspoken = ""
        self._indexes: tuple[str, ...] = ()
        self._pages: dict[str, str] = {}
        self._mismatch: tuple[Owner, str] | None = None
        self._expected: list[str] = []
        self._words: Mapping[str, Callable[[str], Iterable[Event]]] = {
            "Collecting": self._collecting,
            "Processing": self._processing,
            "Obtaining": self._processing,
            "Downloading": self._downloading,
            "Looking": self._looking,
            "Found": self._found,
            "Added": self._added,
            "Source": self._source,
            "Starting": self._connecting,
            "Successfully": self._successfully,
            "Expected": self._expecting,
            "Got": self._got,
            "Using": self._using,
            "Running": self._running,
        }

    def line(self, line: bytes) -> Iterable[Event]:
        """Return what one line tells."""
        self._stamp, text = unstamped(plain(line))
        stripped = text.strip()
        if stripped.endswith((": started", "'")) and (step := _STEP.match(stripped)) is not None:
            return self._step(step[1], started=stripped.endswith(": started"))
        ended: Iterable[Event] = ()
        if self._unspoken and stripped.startswith(_AFTER_BUILDING if self._steps.building else _AFTER_RESOLVING):
            label, self._unspoken = self._unspoken, ""
            ended = self._step(label, started=False)
        return (*ended, *self._told(stripped)) if not self._steps.building else ()

    def _told(self, stripped: str) -> Iterable[Event]:
        """Return what pip itself says in a line."""
        tell = self._words.get(stripped.partition(" ")[0])
        if tell is not None:
            return tell(stripped)
        return self._mismatching(stripped)

    def end(self) -> Iterable[Event]:
        """Return what the end of the log tells."""
        limit = () if self._timed else (Limit("pip's lines have no times"),)
        return (*self._steps.end(), *limit)

    def _time(self) -> datetime | None:
        if not self._stamp:
            return None
        self._timed = True
        time = moment(self._stamp)
        self._steps.seen(time)
        return time

    def _step(self, label: str, *, started: bool) -> Iterable[Event]:
        """Begin or end one of the steps that pip names."""
        time = self._time()
        resolves = _RESOLVES.match(label) is not None and not self._steps.building
        if not started:
            if resolves and self._outer:
                self._current = self._outer.pop()
            return self._steps.finish(label, time)
        if resolves:
            self._outer.append(self._current)
            return self._steps.start(label, time, Phase.RESOLVE, None)
        match = _OF_PACKAGE.match(label)
        # What pip did not collect is the user's own project: it has no owner.
        owner = self._collected.get(normalise_name("pypi", match[1])) if match is not None else self._current
        return self._steps.start(label, time, Phase.BUILD, owner)

    def _running(self, text: str) -> Iterable[Event]:
        """Begin a step that pip only names as the command that it runs."""
        label = text.removeprefix(_COMMAND)
        builds = label.startswith(_BUILDS) or "_in_process.py" in label or "setup.py" in label
        if label == text or self._steps.inside or not (builds or _RESOLVES.match(label)):
            return ()
        self._unspoken = label
        return self._step(label, started=True)

    def _collecting(self, text: str) -> Iterable[Event]:
        self._time()
        match = _PROJECT.match(text[len("Collecting ") :])
        self._current = Owner("pypi", match[1], match[2] or "") if match else None
        self._collect()
        return ()

    def _collect(self) -> None:
        """Remember the current package by its name, with its version once that is known."""
        if self._current is not None and len(self._collected) < _LINKS:
            self._collected[normalise_name("pypi", self._current.package)] = self._current

    def _processing(self, text: str) -> Iterable[Event]:
        """Take note of something local: a wheel has a name, a folder is the user's own project."""
        self._time()
        words = text.split()
        found = pypi_artifact(words[1].rpartition("/")[2]) if len(words) > 1 else None
        self._current = Owner("pypi", *found) if found else None
        self._collect()
        return ()

    def _using(self, text: str) -> Iterable[Event]:
        if not text.startswith("Using pip "):
            return ()
        ended = () if self._steps.inside else self._steps.end()
        self._time()
        return ended

    def _looking(self, text: str) -> Iterable[Event]:
        if text.startswith("Looking in indexes: "):
            self._indexes = tuple(bare_url(url.strip()) for url in text[len("Looking in indexes: ") :].split(","))
        return ()

    def _found(self, text: str) -> Iterable[Event]:
        match = _LINK.match(text)
        if match is not None:
            if len(self._pages) >= _LINKS:
                self._pages.clear()
            if len(match[0]) <= LONGEST_TEXT:
                self._pages[bare_url(match[1])] = bare_url(match[2])
        return ()

    def _added(self, text: str) -> Iterable[Event]:
        match = _ADDED.match(text)
        if match is not None:
            self._version(match[1], match[2])
        return ()

    def _version(self, project: str, version: str) -> None:
        """Take the version of what is collected. A local project has one too, and stays the user's own."""
        if self._current is not None and normalise_name("pypi", self._current.package) == normalise_name(
            "pypi", project
        ):
            self._current = Owner("pypi", project, version)
            self._collect()

    def _source(self, text: str) -> Iterable[Event]:
        match = _HAS.match(text)
        if match is not None:
            self._version(match[2], match[1])
        return ()

    def _connecting(self, text: str) -> Iterable[Event]:
        match = _NEW.match(text)
        if match is None:
            return ()
        number = port(match[3] or (443 if match[1] == "HTTPS" else 80))
        where, host = place(match[2])
        return (Contact(time=self._time(), who=_MANAGER, address=where, host=host, port=number),)

    def _downloading(self, text: str) -> Iterable[Event]:
        """Return an artifact. pip shows the bare file name only where it came from the public index's own storage."""
        written = text.split()[1] if " " in text else ""
        url = bare_url(written) if "://" in written else ""
        filename = (url or written).rpartition("/")[2]
        found = pypi_artifact(filename)
        if found is None:
            return ()
        owner = Owner("pypi", *found)
        self._version(owner.package, owner.version)
        return (
            Fetched(
                time=self._time(),
                owner=owner,
                url=url,
                index=self._pages.get(url, "") or (self._indexes[0] if len(self._indexes) == 1 else ""),
                digests=tuple(f"{kind}:{value.lower()}" for kind, value in _FRAGMENT.findall(written)[:1]),
                build=self._steps.inside,
            ),
        )

    def _successfully(self, text: str) -> Iterable[Event]:
        """Return what is installed; without being inside a step this ends pip's run."""
        time = self._time()
        phase = Phase.BUILD if self._steps.inside else Phase.RESOLVE
        used: list[Event] = []
        if text.startswith("Successfully installed "):
            for word in text.split()[2:]:
                project, dash, version = word.rpartition("-")
                if dash:
                    used.append(Used(Owner("pypi", project, version), phase))
        last = text.startswith(("Successfully installed ", "Successfully downloaded ")) and not self._steps.inside
        return (*used, *self._steps.end(time)) if last else used

    def _mismatching(self, text: str) -> Iterable[Event]:
        """Take note of the artifact whose digest does not fit: the digests follow."""
        if text.endswith(":") and " from " in text and (match := _MISMATCH.match(text)) is not None:
            url = bare_url(match[2].rstrip(":"))
            found = pypi_artifact(url.rpartition("/")[2])
            self._mismatch = (Owner("pypi", *found), url) if found else None
            self._expected = []
        return ()

    def _expecting(self, text: str) -> Iterable[Event]:
        match = _EXPECTED.match(text)
        if match is not None and len(self._expected) < _DEMANDS:
            kind = match[1] if match[1] != "or" or not self._expected else self._expected[-1].partition(":")[0]
            self._expected.append(f"{kind}:{match[2]}")
        return ()

    def _got(self, text: str) -> Iterable[Event]:
        match = _GOT.match(text)
        if match is None or self._mismatch is None or not self._expected:
            return ()
        owner, url = self._mismatch
        kind = self._expected[-1].partition(":")[0]
        demanded = tuple(item for item in self._expected if item.startswith(f"{kind}:"))
        self._expected = []
        return (Fetched(time=self._time(), owner=owner, url=url, digests=(f"{kind}:{match[1]}",), demanded=demanded),)
