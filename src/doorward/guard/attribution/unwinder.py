"""File and line of a stopped interpreter, without its help and without a hook.

CPython 3.11 to 3.13 is read from here (0.5 ms a stack). For all else py-spy is asked where it is installed (34-50 ms),
or CPython itself: from 3.14 on an interpreter reads the stacks of others of its own version (``_remote_debugging``,
which the standard library's profiler and ``python -m asyncio ps`` use).
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doorward.discovery import Late

if TYPE_CHECKING:
    import json
    import shutil

    from doorward.guard.attribution import cpython
else:
    cpython, json, shutil = Late("doorward.guard.attribution.cpython"), Late("json"), Late("shutil")

_SECONDS = 5.0
_MAX_FRAMES = 128
#: Frames among which the one that a hook tells of first has to be: it leaves out those of no file.
_INNER = 8
_REMOTE_DEBUGGING = (3, 14)


class Unwinder:
    """Reads the stack, or asks py-spy or CPython for it: results are kept by the caller's caches."""

    def __init__(self, path: str | None) -> None:
        """``path`` is py-spy's, "" to look for it and else to ask CPython, None to leave stacks alone."""
        self.available = path is not None
        self._told = path
        self.running: set[int] = set()

    @cached_property
    def _path(self) -> str | None:
        return _installed() if self._told == "" else self._told

    def frames(self, pid: int, tid: int) -> tuple[tuple[str, int], ...]:
        """Return (file, line) of a thread, innermost first; nothing where it cannot be told."""
        found = cpython.frames(pid, tid) if self.available else ()
        if found:
            return found
        if self._path is not None:
            return self._ask(self._path, pid, tid)
        remote = self._told == "" and sys.version_info >= _REMOTE_DEBUGGING
        return _remote_frames(pid, tid) if remote else ()

    def contradicts(self, pid: int, tid: int, innermost: tuple[str, int] | None) -> bool:
        """Whether a thread's stack can be read here and is not that of a call from this (file, line)."""
        found = cpython.frames(pid, tid, _INNER) if self.available and innermost else ()
        return bool(found) and innermost not in found

    def _ask(self, program: str, pid: int, tid: int) -> tuple[tuple[str, int], ...]:
        command = [program, "dump", "--json", "--nonblocking", "--pid", str(pid)]
        try:
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603
                self.running.add(process.pid)
                try:
                    output, _ = process.communicate(timeout=_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    return ()
                finally:
                    self.running.discard(process.pid)
            return tuple(_thread(json.loads(output), tid))[:_MAX_FRAMES]
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return ()


def _installed() -> str | None:
    """Return py-spy: the one that is installed beside this interpreter, else the one of the path."""
    beside = str(Path(sys.executable).parent)
    return shutil.which("py-spy", path=beside) or shutil.which("py-spy")


def _thread(dump: list[dict[str, object]], tid: int) -> Iterator[tuple[str, int]]:
    for thread in dump:
        frames = thread.get("frames")
        if thread.get("os_thread_id") == tid and isinstance(frames, list):
            for frame in frames:
                yield str(frame.get("filename", "")), int(frame.get("line") or 0)


def _remote_frames(pid: int, tid: int) -> tuple[tuple[str, int], ...]:
    """Ask CPython for a thread's frames; nothing where the other interpreter is of another version, or is gone."""
    try:
        unwinder = importlib.import_module("_remote_debugging").RemoteUnwinder(pid, all_threads=True)
        return tuple(remote_thread(unwinder.get_stack_trace(), tid))[:_MAX_FRAMES]
    except (ImportError, OSError, RuntimeError, ValueError, TypeError, AttributeError):
        return ()


def remote_thread(trace: Iterable[Any], tid: int) -> Iterator[tuple[str, int]]:
    """Yield (file, line) of a thread, innermost first, from the stacks that CPython tells of.

    3.14 lists threads whose frames have a ``lineno``; 3.15 lists interpreters with their threads, and frames have a
    ``location``, which is None for native ones.
    """
    for item in trace:
        for thread in getattr(item, "threads", (item,)):
            if thread.thread_id == tid:
                for frame in thread.frame_info:
                    place = frame if hasattr(frame, "lineno") else frame.location
                    yield frame.filename, place.lineno if place is not None else 0
