"""The Python stack of a stopped thread, read from outside out of the interpreter's memory.

CPython exports ``_PyRuntime``, from which a list of threads leads to frames and their code objects. Where the fields
lie is fixed within a minor version up to 3.12 (taken from its headers); 3.13 tells it itself, in the table of offsets
that debuggers use (``_Py_DebugOffsets``). Nothing runs in the other process, so ``-I`` and another environment change
nothing, and it takes a millisecond. Everything read is hostile: counts are bounded, and what does not fit is no stack.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from doorward.guard.elf import Image, mapped_files, read_image
from doorward.guard.kernel import read_memory
from doorward.records import dataclass

_RUNTIME, _VERSION = "_PyRuntime", "Py_Version"
_FILES = re.compile(r"/(lib)?python[^/]*\Z")
_COOKIE = b"xdebugpy"
_MAX_THREADS, _MAX_INTERPRETERS, _MAX_FRAMES = 1000, 16, 128
_MAX_NAME, _MAX_TABLE = 4096, 1 << 20
#: Of a frame's owner: an entry that C made, without code of its own.
_BY_C = 3
_WIDTHS = {1: "latin-1", 2: "utf-16-le", 4: "utf-32-le"}


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where fields lie, in bytes."""

    interpreters: int
    next_interpreter: int
    threads: int
    next_thread: int
    interpreter: int
    native_id: int
    frame: int
    #: Where what ``frame`` points to holds the frame; None: it is the frame.
    inner: int | None
    code: int
    previous: int
    instruction: int
    owner: int
    filename: int
    line_table: int
    first_line: int
    instructions: int
    #: Sizes of the heads of strings, in front of ASCII and of other characters.
    ascii: int
    compact: int


_LAYOUTS = {
    0x030B: _Layout(40, 0, 16, 8, 16, 160, 56, 8, 32, 48, 56, 69, 112, 136, 72, 184, 48, 72),
    0x030C: _Layout(40, 0, 72, 8, 16, 144, 56, 0, 0, 8, 56, 70, 112, 136, 68, 192, 40, 56),
}
#: Which words of the table of 3.13 hold these offsets, in the order of the fields up to ``ascii``; -1: no such step.
_TOLD = {0x030D: (5, 8, 9, 21, 22, 25, 23, -1, 30, 29, 31, 33, 35, 38, 39, 43, 70)}
_TOLD_WORDS = 73
_MAX_OFFSET = 1 << 20
#: Kinds of entries in a table of lines: without a line, with a signed difference, with one of 0 to 2.
_NOWHERE, _SIGNED, _COUNTED, _ENTRY = 15, (13, 14), (10, 11, 12), 0x80
_STATE_KIND, _STATE_COMPACT, _STATE_ASCII = 2, 5, 6
_LENGTH, _STATE, _BYTES = 16, 32, 32


@dataclass(frozen=True, slots=True)
class _Process:
    """Another process's memory."""

    pid: int

    def pointer(self, address: int) -> int:
        """Read a pointer."""
        return int.from_bytes(self.read(address, 8), "little")

    def read(self, address: int, size: int) -> bytes:
        """Read exactly so many bytes. Raises ValueError where there are less, OSError where there are none."""
        if not 0 < address < 1 << 47:
            raise ValueError("no pointer")
        data = read_memory(self.pid, address, size)
        if len(data) < size:
            raise ValueError("the memory ends")
        return data


def frames(pid: int, tid: int, most: int = _MAX_FRAMES) -> tuple[tuple[str, int], ...]:
    """Return (file, line) of a stopped thread, innermost first; nothing where it cannot be told."""
    process = _Process(pid)
    try:
        for runtime, version in _runtimes(process):
            layout = _layout(process, runtime, version)
            if layout is not None:
                thread = _thread(process, layout, runtime, tid)
                return tuple(islice(_walk(process, layout, thread), most)) if thread else ()
    except (OSError, ValueError, struct.error):
        pass
    return ()


def _runtimes(process: _Process) -> Iterator[tuple[int, int]]:
    """Yield the address of the runtime, and the interpreter's version (0x030B for 3.11)."""
    for path, start in mapped_files(process.pid):
        if _FILES.search(path):
            image = _image(f"/proc/{process.pid}/root{path}", path)
            if image is not None and {_RUNTIME, _VERSION} <= image.symbols.keys():
                shift = start - image.base
                version = process.pointer(image.symbols[_VERSION] + shift)
                yield image.symbols[_RUNTIME] + shift, version >> 16


def _image(path: str, name: str) -> Image | None:
    status = os.stat(path)  # noqa: PTH116 - the caller waits
    return _read_once(name, (status.st_dev, status.st_ino, status.st_mtime_ns), path)


@lru_cache(maxsize=64)
def _read_once(_name: str, _identity: tuple[int, int, int], path: str) -> Image | None:
    try:
        return read_image(path, (_RUNTIME, _VERSION))
    except ValueError:
        return None


def _layout(process: _Process, runtime: int, version: int) -> _Layout | None:
    known = _LAYOUTS.get(version)
    if known is not None or version not in _TOLD:
        return known
    data = process.read(runtime, _TOLD_WORDS * 8)
    words = struct.unpack(f"<{_TOLD_WORDS}Q", data)
    # In a build without the lock, the heads of objects are others.
    if data[:8] != _COOKIE or words[1] >> 16 != version or words[2] or max(words[3:]) >= _MAX_OFFSET:
        return None
    offsets: list[Any] = [words[place] if place >= 0 else None for place in _TOLD[version]]
    # The head of other strings has a length and a pointer more (UTF-8).
    return _Layout(*[*offsets, offsets[-1] + 16])


def _thread(process: _Process, layout: _Layout, runtime: int, tid: int) -> int:
    """Return the address of a thread's innermost frame, 0 where there is none."""
    interpreter = process.pointer(runtime + layout.interpreters)
    seen: list[int] = []
    for _ in range(_MAX_INTERPRETERS):
        thread = process.pointer(interpreter + layout.threads)
        while thread and len(seen) < _MAX_THREADS:
            if process.pointer(thread + layout.interpreter) != interpreter:
                return 0
            if process.pointer(thread + layout.native_id) == tid:
                return _frame(process, layout, thread)
            seen.append(thread)
            thread = process.pointer(thread + layout.next_thread)
        interpreter = process.pointer(interpreter + layout.next_interpreter)
        if not interpreter:
            break
    # A fork may keep the thread under the number that it had in the parent.
    return _frame(process, layout, seen[0]) if len(seen) == 1 and tid == process.pid else 0


def _frame(process: _Process, layout: _Layout, thread: int) -> int:
    held = process.pointer(thread + layout.frame)
    return held if layout.inner is None else process.pointer(held + layout.inner)


def _walk(process: _Process, layout: _Layout, frame: int) -> Iterator[tuple[str, int]]:
    count = 0
    size = max(layout.code, layout.previous, layout.instruction, layout.owner) + 8
    while frame and count < _MAX_FRAMES:
        data = process.read(frame, size)
        if data[layout.owner] != _BY_C:
            yield _place(process, layout, _word(data, layout.code), _word(data, layout.instruction))
        count += 1
        frame = _word(data, layout.previous)


def _word(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 8], "little")


def _place(process: _Process, layout: _Layout, code: int, instruction: int) -> tuple[str, int]:
    data = process.read(code, max(layout.filename, layout.line_table, layout.first_line) + 8)
    table = _word(data, layout.line_table)
    length = process.pointer(table + _LENGTH)
    if length > _MAX_TABLE:
        raise ValueError("a table of lines without measure")
    first = int.from_bytes(data[layout.first_line : layout.first_line + 4], "little")
    unit = (instruction - code - layout.instructions) // 2
    lines = process.read(table + _BYTES, length) if length else b""
    return _text(process, layout, _word(data, layout.filename)), line_of(lines, first, unit)


def _text(process: _Process, layout: _Layout, address: int) -> str:
    head = process.read(address, _STATE + 4)
    length, state = _word(head, _LENGTH), int.from_bytes(head[_STATE:], "little")
    kind = state >> _STATE_KIND & 7
    if length > _MAX_NAME or not state >> _STATE_COMPACT & 1 or kind not in _WIDTHS:
        raise ValueError("no name of a file")
    start = layout.ascii if state >> _STATE_ASCII & 1 else layout.compact
    return process.read(address + start, length * kind).decode(_WIDTHS[kind], "backslashreplace") if length else ""


def line_of(table: bytes, first: int, unit: int) -> int:
    """Return the line of a code unit (two bytes) by ``co_linetable``, 0 where it has none.

    Its form is CPython's (Objects/locations.md, 3.11 and later): an entry starts with a byte whose top bit is set.
    """
    line, at, position = first, 0, 0
    while position < len(table):
        head = table[position]
        kind, length = head >> 3 & 15, (head & 7) + 1
        position += 1
        if kind in _SIGNED:
            line += _signed(table, position)
        elif kind in _COUNTED:
            line += kind - _COUNTED[0]
        if unit < at + length:
            return max(line, 0) if kind != _NOWHERE else 0
        at += length
        while position < len(table) and table[position] < _ENTRY:
            position += 1
    return first


def _signed(table: bytes, position: int) -> int:
    value, shift = 0, 0
    while position < len(table) and shift < 36:  # noqa: PLR2004 - six bits a byte; a line has 31
        value |= (table[position] & 63) << shift
        shift += 6
        if not table[position] & 64:
            break
        position += 1
    return -(value >> 1) if value & 1 else value >> 1
