"""Progress: only on a terminal, only where it is wanted, and never in the way."""

import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TextIO

import pytest

from doorward.outputs.terminal import progress

pty = pytest.importorskip("pty", reason="terminals are of POSIX")


def work(*, enabled: bool, stream: TextIO) -> None:
    with progress(enabled=enabled, stream=stream) as shown:
        shown.phase("package documents", 0)
        shown.advance()
        shown.phase("artifacts", 400)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: shown.advance(), range(398)))
        shown.advance(2)


def seen_on_a_terminal(*, enabled: bool) -> str:
    """Return everything that a terminal gets."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as stream:
        work(enabled=enabled, stream=stream)
        stream.write("end")
    read = b""
    while not read.endswith(b"end"):
        read += os.read(ours, 65_536)
    os.close(ours)
    return read.decode()


def test_bars_on_a_terminal() -> None:
    drawn = seen_on_a_terminal(enabled=True)
    assert "artifacts" in drawn
    assert "400/400" in drawn


def test_what_is_printed_meanwhile_goes_where_it_was_printed(capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as stream:
        with progress(enabled=True, stream=stream) as shown:
            shown.phase("artifacts", 2)
            sys.stdout.write("the result\n")
        stream.write("end")
        stream.flush()
        assert "the result" not in os.read(ours, 65_536).decode()
    os.close(ours)
    assert capsys.readouterr().out == "the result\n"


def test_nothing_where_it_is_not_wanted() -> None:
    assert seen_on_a_terminal(enabled=False) == "end"


def test_nothing_off_a_terminal() -> None:
    stream = io.StringIO()
    work(enabled=True, stream=stream)
    assert stream.getvalue() == ""


def python(code: str) -> str:
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return ran.stdout


CODE = """
import io, sys
{before}
from doorward.outputs.terminal import progress

class Terminal(io.StringIO):
    def isatty(self):
        return {tty}

stream = Terminal()
with progress(enabled=True, stream=stream) as shown:
    shown.phase("artifacts", 1200)
    shown.advance()
print(repr(stream.getvalue()), any(name.startswith("rich") for name in sys.modules if sys.modules[name]))
"""


def test_plain_lines_without_the_terminal_library() -> None:
    said = python(CODE.format(before="sys.modules['rich'] = None", tty=True))
    assert said == "'doorward: artifacts, 1,200\\n' False\n"


def test_the_terminal_library_is_not_imported_in_vain() -> None:
    assert python(CODE.format(before="", tty=False)) == "'' False\n"
