"""Benchmarks start: what they take from the project, and from each other, is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"
PROGRAMS = sorted(path.name for path in FOLDER.glob("*.py") if "ArgumentParser(" in path.read_text())


def run(name: str, *arguments: str) -> str:
    command = [sys.executable, str(FOLDER / name), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_benchmark_says_how_it_is_used(name: str) -> None:
    assert run(name, "--help").startswith(f"usage: {name}")


def test_an_import_of_few_records_is_measured_to_its_end() -> None:
    printed = run("osv_import.py", "--records", "200")
    assert printed.count("200 records, 100 indicators, 0 refused") == 2
    assert printed.count("records a second on one core") == 2
