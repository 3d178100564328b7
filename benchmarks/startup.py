"""How long a user waits for the smallest answers: ``doorward --version``, and one known release.

Each is a process of its own. The known release comes from a made index on loopback and is in the store already. Printed
beside each figure is its limit (150 ms, 300 ms) and a bare interpreter, which is the floor.

    python benchmarks/startup.py [--runs 15]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.world import World

LIMITS = {"bare interpreter": None, "--version": 0.150, "one known release": 0.300}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    world = World()
    for minor in range(20):
        world.publish_wheel("examplelib", f"1.{minor}.0")
    doorward = [sys.executable, "-m", "doorward"]
    commands = {
        "bare interpreter": [sys.executable, "-c", "pass"],
        "--version": [*doorward, "--version"],
        "one known release": [*doorward, "scan", "pkg:pypi/examplelib@1.19.0", "-q"],
    }
    figures: dict[str, list[float]] = {name: [] for name in commands}
    with world.serve(), tempfile.TemporaryDirectory() as folder:
        environ = {**world.environ(Path(folder)), "PATH": os.environ["PATH"]}
        subprocess.run(commands["one known release"], env=environ, check=True, capture_output=True, cwd=folder)
        for _ in range(runs):
            for name, command in commands.items():
                started = time.perf_counter()
                subprocess.run(command, env=environ, check=True, capture_output=True, cwd=folder)
                figures[name].append(time.perf_counter() - started)
    print(f"{'':20} {'median':>8} {'min':>8} {'max':>8} {'limit':>8}   milliseconds, {runs} runs, interleaved")
    for name, values in figures.items():
        limit = LIMITS[name]
        row = [statistics.median(values), min(values), max(values), *([limit] if limit else [])]
        print(f"{name:20} " + " ".join(f"{1000 * value:8.0f}" for value in row))


if __name__ == "__main__":
    main()
