"""Opens with write intent, renames, links and removals: told where the path is sensitive, never refused.

But one: ``/proc/PID/mem`` of a process that is not below the caller takes that process over.
"""

from __future__ import annotations

import os

from doorward.guard import kernel, reading
from doorward.guard.calls import PROCEED, Answer, Call, Gone
from doorward.guard.handlers.refusals import Refusals
from doorward.guard.handlers.where import resolve
from doorward.guard.ledger import now
from doorward.guard.paths import Sensitive
from doorward.guard.watch import Watch
from doorward.model.run import FileAccess
from doorward.records import dataclass, field

#: Call -> operation, and for each path that changes (argument of its folder, or -1; argument of the path).
_PATHS: dict[str, tuple[str, tuple[tuple[int, int], ...]]] = {
    "open": ("write", ((-1, 0),)),
    "openat": ("write", ((0, 1),)),
    "creat": ("write", ((-1, 0),)),
    "rename": ("rename", ((-1, 1), (-1, 0))),
    "renameat": ("rename", ((2, 3), (0, 1))),
    "renameat2": ("rename", ((2, 3), (0, 1))),
    "link": ("link", ((-1, 1),)),
    "linkat": ("link", ((2, 3),)),
    "symlink": ("link", ((-1, 1),)),
    "symlinkat": ("link", ((1, 2),)),
    "unlink": ("unlink", ((-1, 0),)),
    "unlinkat": ("unlink", ((0, 1),)),
}
FILE_CALLS = tuple(_PATHS)
#: Operations after which a folder may be another one.
_MOVING = frozenset({"rename", "link"})
_FOLDERS = 4096


@dataclass(slots=True)
class Files:
    """The handler."""

    watch: Watch
    listener: int
    refusals: Refusals
    sensitive: Sensitive
    #: Folder -> where it really lies.
    real: dict[str, str] = field(default_factory=dict)

    def change(self, call: Call) -> Answer:
        """Handle a call that may change files."""
        operation, places = _PATHS[call.name]
        if operation in _MOVING or len(self.real) > _FOLDERS:
            self.real.clear()
        for folder_at, path_at in places:
            try:
                path = reading.read_text(call.tid, call.arguments[path_at])
            except OSError:
                return PROCEED  # the kernel says EFAULT itself
            place = self._real(resolve(call.pid, None if folder_at < 0 else call.arguments[folder_at], path))
            answer = self.refusals.memory_file(call, place) if operation == "write" else None
            if answer is not None:
                return answer
            kind = self.sensitive.written(place)
            if kind:
                self._tell(call, place, kind, operation)
        return PROCEED

    def _real(self, place: str) -> str:
        """Resolve the links of the folder of a path. What is written through a link is written where it leads."""
        folder, slash, name = place.rpartition("/")
        if folder.startswith("/proc/"):
            return place
        if folder not in self.real:
            self.real[folder] = os.path.realpath(folder or "/")
        return f"{self.real[folder].rstrip('/')}{slash}{name}"

    def _tell(self, call: Call, place: str, kind: str, operation: str) -> None:
        if not kernel.still_waits(self.listener, call.note.id):
            raise Gone
        with self.watch.lock:
            actor = self.watch.attributor.actor(call, None)
            event = FileAccess(now(), actor, place, kind, operation)
            self.watch.ledger.files.add((id(actor), place, operation), event)
