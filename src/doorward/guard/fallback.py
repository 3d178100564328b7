"""Run a command without a filter, when there can be none: under strace where that works, else with the hooks alone."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence

from doorward.guard import launch
from doorward.guard.attribution.join import Layers
from doorward.guard.fallback_hooks import HookWatcher
from doorward.guard.fallback_strace import StraceWatcher, command_under
from doorward.guard.tree import Tree
from doorward.guard.watch import Watch
from doorward.records import dataclass, field, replace

#: strace's own failure to start.
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Fallback:
    """What a run without a filter needs."""

    plan: launch.Plan
    watch: Watch
    layers: Layers
    tree: Tree
    #: Told of the command's process.
    started: Callable[[subprocess.Popen[bytes]], None]
    #: What could not be watched, once the command has ended.
    gaps: list[str] = field(default_factory=list)

    def run(self, *, strace: str | None) -> int:
        """Run the command and return its code, negative for a signal."""
        with self._watching(strace) as command:
            launched = launch.Launched()
            launch.start(replace(self.plan, command=command), launched)
            if launched.process is None:
                return launched.code
            self.started(launched.process)
            return launched.process.wait()

    @contextlib.contextmanager
    def _watching(self, strace: str | None) -> Iterator[Sequence[str]]:
        if strace is None:
            watcher = HookWatcher(self.watch, self.layers, self.tree)
            watcher.start()
            try:
                yield self.plan.command
            finally:
                watcher.close()
            return
        tracer = StraceWatcher(self.watch, self.layers, self.tree, self.layers.folder / "strace")
        tracer.start()
        try:
            yield command_under(strace, tracer.pipe, self.plan.command)
        finally:
            tracer.close()
            if tracer.unread:
                self.gaps.append(f"{tracer.unread} lines of strace could not be read whole")


def working_strace() -> str | None:
    """Return strace's path, None where it is not installed or may not trace."""
    path = shutil.which("strace")
    if path is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - the path was looked up
            [path, "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=connect", path, "-V"],
            capture_output=True,
            check=False,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return path if done.returncode == 0 else None
