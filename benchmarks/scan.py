"""How long a scan of 80 packages takes, cold and warm, through an index with 50 ms latency.

A made world of 80 packages with 20 releases each is served on loopback; doorward runs as a process of its own, as
for a user. Printed beside each figure is its limit: first line 2 s, cold 20 s, warm 1 s.

    python benchmarks/scan.py [--runs 3]
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.world import World

PACKAGES = 80
RELEASES = 20
LATENCY = 0.05
LIMITS = {"first line": 2.0, "cold": 20.0, "warm": 1.0}
WORDS = ("value", "result", "index", "name", "path", "option", "return", "class", "self", "data", "error", "line")


def module(source: random.Random, lines: int) -> str:
    """Return a module's worth of text that looks like code."""
    made = ["import json\nimport logging\n"]
    for number in range(lines):
        words = " ".join(source.choices(WORDS, k=6))
        made.append(f"def function_{number}(value):\n    # {words}\n    return value + {source.randrange(1000)}\n")
    return "\n".join(made)


def populate(world: World) -> str:
    """Publish the packages and return a lock file that names the newest release of each."""
    source = random.Random(20260601)
    names = []
    for number in range(PACKAGES):
        name = f"package-{number:02d}"
        stem = name.replace("-", "_")
        files = {
            f"{stem}/module_{i}.py": module(source, source.randrange(10, 120)) for i in range(source.randrange(5, 60))
        }
        for release in range(RELEASES):
            files = {**files, f"{stem}/module_0.py": module(source, 40)}
            world.publish_wheel(name, f"1.{release}.0", files)
        names.append(name)
    return "".join(f"{name}==1.{RELEASES - 1}.0\n" for name in names)


def scan(project: Path, environ: dict[str, str]) -> tuple[float, float]:
    """Run one scan; return seconds to the first line and to the end."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "doorward", "scan", str(project)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        first = time.perf_counter() - started
        rest = process.stdout.read()
    if process.returncode != 0:
        sys.exit(f"the scan of honest packages answered {process.returncode}:\n{rest}")
    return first, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    world = World()
    world.latency = LATENCY
    lock = populate(world)
    figures: dict[str, list[float]] = {name: [] for name in LIMITS}
    with world.serve(), tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        project.mkdir()
        (project / "requirements.txt").write_text(lock)
        for run in range(runs):
            home = Path(folder) / f"home{run}"
            home.mkdir()
            environ = {
                **world.environ(home),
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            }
            first, cold = scan(project, environ)
            _, warm = scan(project, environ)
            for name, value in (("first line", first), ("cold", cold), ("warm", warm)):
                figures[name].append(value)
    print(f"{PACKAGES} packages, {RELEASES} releases each, {LATENCY * 1000:.0f} ms latency, {runs} runs")
    print(f"{'':12} {'median':>8} {'min':>8} {'max':>8} {'limit':>8} {'of limit':>9}")
    for name, values in figures.items():
        middle = statistics.median(values)
        share = middle / LIMITS[name]
        print(f"{name:12} {middle:8.2f} {min(values):8.2f} {max(values):8.2f} {LIMITS[name]:8.2f} {share:9.0%}")


if __name__ == "__main__":
    main()
