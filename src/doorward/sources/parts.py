"""What came of a download that broke off, for the next run to go on with.

One file for an address, which one process at a time writes: another that fetches the same meanwhile has a file of its
own, and leaves nothing.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO

from doorward.records import dataclass

#: Folder, beside those of updates, of what was broken off; and how those begin.
FOLDER, UPDATES = "partial", "fetch-"
#: Seconds after which nobody goes on with a part, and after which no update still runs.
_PART_SECONDS, _UPDATE_SECONDS = 30 * 86_400, 86_400


@dataclass(frozen=True, slots=True)
class Part:
    """A file that this process alone writes."""

    path: Path
    sink: IO[bytes]

    @property
    def note(self) -> Path:
        """The file beside it for what tells the version of the document."""
        return self.path.with_suffix(".tag")

    def drop(self) -> None:
        """Remove it."""
        self.note.unlink(missing_ok=True)
        self.path.unlink()

    def take(self, place: Path) -> Path:
        """Move what is whole now."""
        self.note.unlink(missing_ok=True)
        self.sink.flush()
        return self.path.replace(place)


@contextmanager
def part_of(url: str, folder: Path) -> Iterator[Part]:
    """Open what an earlier run left of a download, for the update whose own folder is ``folder``."""
    path = folder.parent / FOLDER / sha256(url.encode()).hexdigest()
    path.parent.mkdir(mode=0o700, exist_ok=True)
    sink = _alone(path)
    if sink is None:
        path = folder / "part"
        sink = path.open("w+b")
    with closing(sink):
        yield Part(path, sink)


def _alone(path: Path) -> IO[bytes] | None:
    """Open a file that no other process has open here; None where one has."""
    sink = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    with suppress(BlockingIOError, FileNotFoundError):
        fcntl.flock(sink, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The one that had it may have moved it away as it was opened here.
        if os.path.samestat(os.fstat(sink.fileno()), path.stat()):
            return sink
    sink.close()
    return None


def sweep_parts(folder: Path) -> None:
    """Remove what updates left that were ended from outside, and parts with which nobody went on."""
    now = time.time()
    for place, seconds in ((folder.glob(f"{UPDATES}*"), _UPDATE_SECONDS), (folder.glob(f"{FOLDER}/*"), _PART_SECONDS)):
        for path in place:
            with suppress(OSError):
                if path.stat().st_mtime < now - seconds:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
