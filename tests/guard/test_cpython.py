from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.guard.attribution.cpython import frames, line_of
from doorward.guard.attribution.stacks import with_setup
from doorward.guard.elf import mapped_files, read_image

from .conftest import Peer, guard, needs_notification

here = pytest.mark.skipif(
    sys.platform != "linux" or sys.version_info >= (3, 14), reason="CPython 3.11 to 3.13 on Linux is read"
)
#: The number of read and its first argument, on x86-64 and aarch64.
READS = (["0", "0x0"], ["63", "0x0"])
WAIT = """import sys, threading
def wait():
    print(threading.get_native_id(), flush=True)
    sys.stdin.readline(
    )
"""


@contextlib.contextmanager
def waiting(script: Path, body: str) -> Iterator[tuple[int, int]]:
    """Run a program that waits, and yield its process id and its thread's id."""
    script.write_text(WAIT + body, encoding="utf-8")
    with subprocess.Popen([sys.executable, "-I", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        thread = int(process.stdout.readline())
        wait_until_it_reads(thread)
        yield process.pid, thread
        process.communicate(b"\n")


def wait_until_it_reads(thread: int) -> None:
    """Wait until a thread is in its call of read(0): asleep it is for the lock of the interpreter, too."""
    while Path(f"/proc/{thread}/syscall").read_text().split()[:2] not in READS:
        time.sleep(0.001)


@here
@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("wait()\n", [4, 6]),
        ("def a(n):\n    return a(n - 1) if n else wait()\na(2)\n", [4, 7, 7, 7, 8]),
        ("def g():\n    yield wait()\nfor _ in g():\n    pass\n", [4, 7, 8]),
        ("sorted([1], key=lambda _: wait())\n", [4, 6, 6]),
        ("class A:\n    wait()\n", [4, 7, 6]),
        ("threading.Thread(target=wait).start()\n", [4]),
        ("import os\nif os.fork():\n    os.wait()\nelse:\n    wait()\n", [4, 10]),
    ],
)
@pytest.mark.parametrize("name", ["program.py", "prögram.py", "\u4e16\u754c.py"])
def test_the_stack_of_a_thread_is_read_from_outside(tmp_path: Path, name: str, body: str, lines: list[int]):
    script = tmp_path / name
    with waiting(script, body) as (pid, thread):
        owner = thread if "fork" in body else pid
        found = frames(owner, thread)
    assert [line for file, line in found if file == str(script)] == lines


@here
def test_what_runs_from_no_file_is_named_as_python_names_it(tmp_path: Path):
    with waiting(tmp_path / "own.py", "exec('\\n\\nwait()')\n") as (pid, thread):
        assert ("<string>", 3) in frames(pid, thread)


@here
def test_other_programs_and_threads_have_no_frames(tmp_path: Path):
    with subprocess.Popen(["sleep", "30"]) as process:
        assert frames(process.pid, process.pid) == ()
        process.kill()
    assert frames(process.pid, process.pid) == ()
    with waiting(tmp_path / "own.py", "threading.Thread(target=wait).start()\n") as (pid, _):
        assert frames(pid, 1) == ()


@here
@needs_notification
def test_without_a_hook_each_destination_has_its_line(tmp_path: Path):
    script = tmp_path / "own.py"
    calls = "".join(f"try:\n    socket.create_connection(('127.0.0.{n}', 9))\nexcept OSError:\n    0\n" for n in (2, 3))
    script.write_text("import socket\n" + calls)
    run = guard([sys.executable, "-I", str(script)], unwinder="")
    assert [item.actor.attribution.where for item in run.connections] == [f"{script}:3", f"{script}:7"]


@here
@needs_notification
def test_a_question_for_a_name_has_the_line_that_asked(tmp_path: Path):
    script = tmp_path / "own.py"
    script.write_text("import socket\ntry:\n    socket.getaddrinfo('host.invalid', 443)\nexcept OSError:\n    pass\n")
    run = guard([sys.executable, "-I", str(script)], unwinder="")
    assert {item.actor.attribution.where for item in run.queries} == {f"{script}:3"}


FORGED = """import ctypes, os, socket, sys, threading
libc = ctypes.CDLL(None)
s = socket.socket()
line = ["socket.connect", os.getpid(), threading.get_native_id(), s.fileno(), "127.0.0.1", sys.argv[1], "", sys.argv[2]]
with open(os.environ["DOORWARD_GUARD_LOG"], "a") as log:
    log.write("\\t".join(map(str, line)) + "\\n")
address = (2).to_bytes(2, "little") + int(sys.argv[1]).to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
libc.connect(s.fileno(), address, 16)
"""


@here
@needs_notification
def test_a_line_that_blames_another_is_not_believed(tmp_path: Path, peer: Peer):
    script = tmp_path / "own.py"
    script.write_text(FORGED)
    run = guard([sys.executable, str(script), str(peer.port), f"{tmp_path}/victim.py:3"], unwinder="")
    (found,) = (item.actor.attribution for item in run.connections if item.endpoint.port == peer.port)
    assert (found.where, found.unexplained) == (f"{script}:8", True)


@here
@needs_notification
def test_many_destinations_leave_no_fault(tmp_path: Path):
    script = tmp_path / "own.py"
    script.write_text(
        "import socket\ns = socket.socket(type=socket.SOCK_DGRAM)\n"
        "for n in range(4500):\n    s.connect((f'127.1.{n >> 8}.{n & 255}', 9))\n"
    )
    run = guard([sys.executable, "-I", str(script)], unwinder="")
    assert (len(run.connections), run.unwatched) == (4500, ())
    assert {item.actor.attribution.where for item in run.connections} == {f"{script}:4"}


BACKEND = "/tmp/env/lib/python3.12/site-packages/setuptools/build_meta.py"


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        ([("<string>", 8), (BACKEND, 5)], [("/src/setup.py", 8), (BACKEND, 5)]),
        ([("/x.py", 1), ("<string>", 8), (BACKEND, 5)], [("/x.py", 1), ("/src/setup.py", 8), (BACKEND, 5)]),
        ([("<string>", 8), ("/x.py", 5)], [("<string>", 8), ("/x.py", 5)]),
        ([("<string>", 2), ("<string>", 8), (BACKEND, 5)], [("<string>", 2), ("/src/setup.py", 8), (BACKEND, 5)]),
        ([("<string>", 8)], [("<string>", 8)]),
        ([], []),
    ],
)
def test_what_setuptools_runs_as_text_is_setup_py(stack: list[tuple[str, int]], expected: list[tuple[str, int]]):
    assert list(with_setup(stack, "/src")) == expected


def codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


@pytest.mark.parametrize("module", [contextlib, subprocess, pytest])
def test_lines_are_those_that_python_tells(module: object):
    text = Path(str(module.__file__)).read_text(encoding="utf-8")  # type: ignore[attr-defined]
    for code in codes(compile(text, "module", "exec")):
        for start, end, line in code.co_lines():
            for unit in range(start // 2, end // 2):
                assert line_of(code.co_linetable, code.co_firstlineno, unit) == (line or 0)


@given(st.binary(max_size=200), st.integers(0, 1 << 31), st.integers(-5, 1 << 40))
def test_any_bytes_give_some_line(table: bytes, first: int, unit: int):
    assert line_of(table, first, unit) >= 0


def header(**changes: int) -> bytes:
    data = bytearray(b"\x7fELF\x02\x01".ljust(64, b"\0"))
    for offset, (size, value) in {32: (8, 64), 40: (8, 64), 56: (2, 1), 60: (2, 1)}.items():
        data[offset : offset + size] = changes.get(f"at{offset}", value).to_bytes(size, "little")
    return bytes(data) + (1).to_bytes(4, "little") + bytes(60)


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"#!/bin/sh\n", header()[:70], header(at32=1 << 63), header(at56=0)])
def test_what_is_no_program_is_refused(tmp_path: Path, data: bytes):
    file = tmp_path / "python"
    file.write_bytes(data)
    with pytest.raises(ValueError, match=r".+"):
        read_image(str(file), ["_PyRuntime"])


@given(data=st.binary(max_size=300))
def test_any_program_is_read_or_refused(data: bytes, make: Callable[[bytes], str]):
    with contextlib.suppress(ValueError):
        read_image(make(b"\x7fELF\x02\x01" + data), ["_PyRuntime"])


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], str]:
    file = tmp_path_factory.mktemp("elf") / "python"

    def write(data: bytes) -> str:
        file.write_bytes(data)
        return str(file)

    return write


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_a_mapped_library_has_its_first_byte_where_it_is_mapped():
    assert any("python" in path or "libc" in path for path, _ in mapped_files(os.getpid()))
