"""The records of malicious packages that a scan fetches by itself, from OSV's bucket, where no feed lists them.

Of each ecosystem its archive, of which only what is malicious is kept: a scan that nobody prepared shall know malware,
not become a download of all advisories. Where the archive is larger than the policy allows, the newest records are
fetched one by one: what was published last is what is installed now. All of it comes beside everything else, within
bounds of time and bytes, and whatever fails is a reason and no failure.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

import msgspec

from doorward.engine.intel import feed_states
from doorward.engine.intel_update import OSV_BUCKET, osv_address
from doorward.errors import Offline, SourceError, TimedOut, TooLarge
from doorward.model.advisories import Advisory, Kind, Pack
from doorward.model.intelligence import NEWEST, OF_HARM, FeedAddress, FeedState, Indicator
from doorward.model.limits import NetworkLimits
from doorward.policy.intel import IntelPolicy
from doorward.records import dataclass, replace
from doorward.sources.feed_server import feed_server
from doorward.sources.feeds import Item, fingerprint, read_feed
from doorward.sources.http import Http
from doorward.sources.remote_feeds import fetch_newest
from doorward.store.intel import rewrite

#: The bucket in place of OSV's, where the policy names none; empty: none at all.
VARIABLE = "DOORWARD_OSV_BUCKET"
#: Beside a bundle: what was tried for it, and when.
NOTES = "slices.json"
#: How long a failure is believed: a host that cannot be reached is not asked by every scan.
PATIENCE = timedelta(hours=1)
#: A person waits for it: nothing is tried twice.
LIMITS = NetworkLimits(connect_seconds=3.0, read_seconds=10.0, total_seconds=40.0, retries=0)
#: Records that are fetched one by one, how their ids begin, and seconds before the end in which no more is asked for.
MOST, OF_MALWARE, SPARE = 2_000, "MAL-", 8.0
_OF_HARM = frozenset({Kind.MALICIOUS, Kind.SUSPECTED, Kind.UNWANTED})


class Note(msgspec.Struct, frozen=True):
    """What came of one ecosystem."""

    at: datetime
    #: "" where it came.
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Came:
    """What lies there of one ecosystem: its archive, or a folder with its newest records."""

    path: Path
    part: str


def bucket_of(policy: IntelPolicy, environ: Mapping[str, str]) -> str:
    """Return the address of the bucket, "" where none may be asked."""
    return policy.bucket or environ.get(VARIABLE, OSV_BUCKET).rstrip("/")


class Slices:
    """What is being fetched. Entered before other work begins, and taken over after it."""

    def __init__(self, folder: Path, policy: IntelPolicy, bucket: str, environ: Mapping[str, str]) -> None:
        """Prepare for the bundle in ``folder``, without touching network or disk."""
        self._folder = folder
        self._bucket = bucket
        self._environ = environ
        self._now = datetime.now(UTC)
        self._http = Http(replace(LIMITS, artifact_bytes=policy.fetch_bytes), environ=environ)
        self._threads: list[Thread] = []
        self._came: dict[str, _Came | str] = {}
        self._notes: dict[str, Note] = {}
        self._wanted: Sequence[str] = ()
        self._asked: Sequence[str] = ()
        self._deadline = 0.0
        self._place: tempfile.TemporaryDirectory[str] | None = None

    def start(self, ecosystems: Sequence[str]) -> Self:
        """Begin to fetch the records of some ecosystems, but those that could not be had within the last hour."""
        self._notes = _notes(self._folder)
        self._wanted = ecosystems
        self._asked = [ecosystem for ecosystem in ecosystems if self._is_due(ecosystem)]
        if not self._asked:
            return self
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._place = tempfile.TemporaryDirectory(dir=self._folder, prefix="fetch-")
        place = Path(self._place.name)
        # Daemons: a look-up of a name cannot be broken off, and nobody shall wait for it at the end.
        self._threads = [
            Thread(target=self._fetch, args=(ecosystem, place / str(number)), daemon=True)
            for number, ecosystem in enumerate(self._asked)
        ]
        self._deadline = time.monotonic() + LIMITS.total_seconds
        for thread in self._threads:
            thread.start()
        return self

    def take(self) -> dict[str, str]:
        """Wait for what was begun and import it; return why something that is wanted is not there, by ecosystem."""
        for thread in self._threads:
            thread.join(max(0.0, self._deadline - time.monotonic()))
        for ecosystem in self._asked:
            self._notes[ecosystem] = Note(self._now, self._taken(ecosystem))
        if self._asked:
            _write(self._folder, self._notes)
        return {name: note.reason for name in self._wanted if (note := self._notes.get(name)) and note.reason}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        if self._place is not None:
            with suppress(OSError):  # a thread that nobody waits for any more may still write there
                self._place.cleanup()

    def _is_due(self, ecosystem: str) -> bool:
        note = self._notes.get(ecosystem)
        return note is None or not note.reason or self._now - note.at > PATIENCE

    def _address(self, ecosystem: str) -> str:
        return osv_address(ecosystem, self._bucket)

    def _fetch(self, ecosystem: str, path: Path) -> None:
        try:
            self._came[ecosystem] = self._archive(ecosystem, path) or self._newest(ecosystem, path)
        except (Offline, TimedOut) as error:
            self._came[ecosystem] = f"OSV's bucket cannot be reached ({error})"
        except (SourceError, OSError) as error:
            self._came[ecosystem] = f"OSV's {ecosystem} could not be had ({error})"

    def _archive(self, ecosystem: str, path: Path) -> _Came | None:
        """Fetch the whole archive; None where it is larger than the policy allows."""
        whole = path.with_suffix(".zip")
        try:
            with whole.open("wb") as sink:
                self._http.download(self._address(ecosystem), sink, algorithms=())
        except TooLarge:
            return None
        return _Came(whole, OF_HARM)

    def _newest(self, ecosystem: str, path: Path) -> _Came:
        path.mkdir()
        server = feed_server(self._http, FeedAddress(self._address(ecosystem)), self._environ)
        until = self._deadline - SPARE
        fetch_newest(server, self._address(ecosystem), path, OF_MALWARE, MOST, until)
        return _Came(path, NEWEST)

    def _taken(self, ecosystem: str) -> str:
        """Import what came of one ecosystem, and return why not, "" where it is there."""
        came = self._came.get(ecosystem, f"OSV's {ecosystem} did not come in time")
        if isinstance(came, str):
            return came
        try:
            # Not the digest of the archive: an update that brings all of it brings something new.
            digest = hashlib.sha256(f"malicious {fingerprint(came.path)}".encode()).hexdigest()
            state = FeedState(
                self._name(ecosystem), "", self._address(ecosystem), self._now, digest=digest, part=came.part
            )
            with rewrite(self._folder, self._now) as made:
                made.feed(state, of_harm(read_feed(came.path)))
        except SourceError as error:
            return f"OSV's {ecosystem} could not be taken over ({error})"
        return ""

    def _name(self, ecosystem: str) -> str:
        """Return a short name, unless a feed of the user's has it."""
        name, address = f"{ecosystem}/all.zip", self._address(ecosystem)
        taken = any(state.name == name and state.origin != address for state in feed_states(self._folder))
        return address if taken else name


def of_harm(items: Iterable[Item]) -> Iterator[Item]:
    """Yield what a feed says of malicious packages: their records with all that belongs to each."""
    kept: set[str] = set()
    for item in items:
        if isinstance(item, Pack):
            pack = item.only(_OF_HARM)
            kept = set(pack.ids)
            yield pack
        elif isinstance(item, Advisory):
            kept = {item.id} if item.kind in _OF_HARM else set()
            if kept:
                yield item
        elif not isinstance(item, Indicator) or item.record in kept:
            yield item


def _notes(folder: Path) -> dict[str, Note]:
    try:
        return msgspec.json.decode((folder / NOTES).read_bytes(), type=dict[str, Note])
    except (OSError, msgspec.DecodeError):
        return {}


def _write(folder: Path, notes: Mapping[str, Note]) -> None:
    with suppress(OSError):  # then the next scan tries again
        (folder / NOTES).write_bytes(msgspec.json.encode(notes))
