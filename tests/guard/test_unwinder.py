from __future__ import annotations

import subprocess
import sys
from typing import NamedTuple

import pytest

from doorward.guard.attribution.unwinder import Unwinder, remote_thread


class Frame(NamedTuple):
    filename: str
    lineno: int


class Place(NamedTuple):
    lineno: int
    end_lineno: int


class Later(NamedTuple):
    filename: str
    location: Place | None


class Thread(NamedTuple):
    thread_id: int
    frame_info: list[Frame] | list[Later]


class Interpreter(NamedTuple):
    interpreter_id: int
    threads: list[Thread]


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        ([Thread(7, [Frame("/a.py", 3), Frame("/b.py", 9)]), Thread(8, [])], [("/a.py", 3), ("/b.py", 9)]),
        (
            [Interpreter(0, [Thread(8, []), Thread(7, [Later("~", None), Later("/a.py", Place(3, 4))])])],
            [("~", 0), ("/a.py", 3)],
        ),
        ([Thread(8, [Frame("/a.py", 3)])], []),
        ([], []),
    ],
)
def test_both_shapes_of_cpythons_stacks_are_read(trace: list[object], expected: list[tuple[str, int]]):
    assert list(remote_thread(trace, 7)) == expected


def test_without_one_there_are_no_frames():
    assert not Unwinder(None).available
    assert Unwinder(None).frames(1, 1) == ()


@pytest.mark.skipif(sys.version_info < (3, 14), reason="CPython reads other interpreters from 3.14 on")
def test_cpython_reads_another_interpreter():
    code = "def wait():\n    print(flush=True)\n    input()\nwait()\n"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert ("<string>", 3) in Unwinder("").frames(process.pid, process.pid)
        process.communicate(b"\n")
