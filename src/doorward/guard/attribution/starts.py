"""Who is behind a program that has nothing to say for itself: its own file, or else who started it.

curl speaks no language that could name a line, and neither does a helper in C or an interpreter that ignores every
hook. The program's own file may belong to a distribution; if it does not, the line counts that started the program, or
that started what started it. What a package manager starts is told by the package manager, so the search ends there.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import PurePosixPath

from doorward.guard.attribution.distributions import Distributions
from doorward.guard.attribution.stacks import PROGRAM, Found
from doorward.guard.phases import is_test_runner
from doorward.guard.programs import is_interpreter, is_manager
from doorward.model.run import Process
from doorward.records import dataclass, field

_PROGRAMS = 8192
#: Where the system keeps its programs: none of them is the user's own.
_SYSTEM = ("/usr/", "/bin/", "/sbin/", "/lib", "/opt/", "/nix/", "/snap/")
_NODE = frozenset({"node", "nodejs"})


@dataclass(slots=True)
class Starts:
    """The lines that started the programs of a run."""

    distributions: Distributions
    _found: dict[tuple[int, int], Found] = field(default_factory=dict)

    def note(self, process: Process, found: Found) -> None:
        """Take note of the line that starts a program in this process. The oldest are forgotten."""
        if found.where:
            self._found[process.pid, process.started] = found
            while len(self._found) > _PROGRAMS:
                del self._found[next(iter(self._found))]

    def of(self, chain: Sequence[Process]) -> tuple[str, Found] | None:
        """Return the layer and who it names, for the last process of ``chain``; None where nobody can be named."""
        for index in range(len(chain) - 1, -1, -1):
            process = chain[index]
            own = self._owner(process, chain[0].cwd)
            if own is not None:
                return PROGRAM, own
            started = self._found.get((process.pid, process.started))
            if started is not None and not (started.distribution and started.distribution.is_transport):
                return "start of the program", started
            if index and is_manager(chain[index - 1]):
                return None
        return None

    def _owner(self, process: Process, project: str) -> Found | None:
        """Return who a program belongs to: to a distribution, or to the user where it lies in the project."""
        if is_manager(process) or is_test_runner(process):
            return None
        script = _script(process)
        file = os.path.realpath(script) if script else process.exe
        distribution = self.distributions.owner(file)
        if distribution is not None:
            return None if distribution.is_transport else Found(distribution, file, (str(distribution),))
        ours = bool(project) and file.startswith(f"{project}/") and project != "/"
        return Found(None, file) if (script or ours) and file and not file.startswith(_SYSTEM) else None


def _script(process: Process) -> str:
    """Return the absolute path of the file that an interpreter runs, "" where it is told no file."""
    if not (is_interpreter(process) or PurePosixPath(process.exe).name in _NODE):
        return ""
    for part in process.argv[1:]:
        if part in {"-m", "-c", "-e", "-p", "--eval", "--print"}:
            return ""
        if not part.startswith("-"):
            path = part if part.startswith("/") else f"{process.cwd}/{part}"
            return path if process.cwd and os.path.isfile(path) else ""  # noqa: PTH113 - the caller waits
    return ""
