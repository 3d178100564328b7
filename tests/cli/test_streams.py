"""Where the answer cannot be written, the exit code still tells, and one line says why."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "doorward", "explain"]


def test_stdout_that_is_closed() -> None:
    ran = subprocess.run(["sh", "-c", f"exec {' '.join(COMMAND)} >&-"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (4, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk() -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(COMMAND, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == 4
    assert ran.stderr == "doorward: cannot go on: No space left on device\n"


def test_a_reader_that_goes_away() -> None:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode in {0, 4}
