"""The hash index: how long a build takes, how long a look-up, and what stays in memory.

Digests come from a pseudo-random generator, in no order. Looked up are rows that are there and rows that are not, one
by one in a process of its own (so that its memory is the reader's alone) and as a batch. Any wrong answer ends the run.
Limits, for 100 million rows: build 120 s, look-up 10 us, 25 MB for the open file, a batch 1 million a second.

    python benchmarks/hashes.py [--rows 100000000] [--folder DIR] [--quick]

--quick builds one million rows. With numpy (the extra "intel") a batch is several times as fast.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from doorward.store.intel.hashbuild import HashBuilder
from doorward.store.intel.hashes import HashFile

WIDTH = 32
BLOCK = 100_000
LOOKUPS = 20_000
BATCH = 1_000_000
SEED = 20260601
#: Build seconds (for 100 million rows), look-up microseconds, megabytes, batch look-ups a second.
BUILD, LOOKUP, MEMORY, BATCHED = 120.0, 10.0, 25.0, 1_000_000
FULL = 100_000_000


def block(number: int, rows: int) -> bytes:
    """Return the digests of one block; the same ones for the same number."""
    return random.Random(SEED + number).randbytes(rows * WIDTH)


def build(folder: Path, rows: int) -> tuple[Path, float, float]:
    """Build and return the file and the seconds by the clock and on the core, without those of making up digests."""
    making = on_core = 0.0
    started, core = time.perf_counter(), time.process_time()
    with HashBuilder(folder, WIDTH) as builder:
        for number, first in enumerate(range(0, rows, BLOCK)):
            at, before = time.perf_counter(), time.process_time()
            data = block(number, min(BLOCK, rows - first))
            making += time.perf_counter() - at
            on_core += time.process_time() - before
            builder.add(data)
        path, _ = builder.finish("sha256")
    return path, time.perf_counter() - started - making, time.process_time() - core - on_core


def split(data: bytes) -> list[bytes]:
    return [data[at : at + WIDTH] for at in range(0, len(data), WIDTH)]


def questions(rows: int, count: int) -> tuple[list[bytes], list[bytes]]:
    """Return digests that are there and digests that are not, of many blocks, in no order."""
    source = random.Random(SEED - 1)
    blocks = max(rows // BLOCK, 1)
    chosen = sorted({source.randrange(blocks) for _ in range(50)})
    known = [row for number in chosen for row in split(block(number, min(BLOCK, rows)))]
    return source.sample(known, min(count, len(known))), split(source.randbytes(count * WIDTH))


def resident() -> int:
    """Return the kilobytes that this process has now."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[1])  # type: ignore[index]


def read(path: Path) -> None:
    """Print the figures of look-ups; runs in a process of its own, which did not make up the questions."""
    there, elsewhere = (split(path.with_suffix(ending).read_bytes()) for ending in (".there", ".elsewhere"))
    asked = [*there, *elsewhere]
    random.Random(SEED).shuffle(asked)
    before = resident()
    with HashFile(path) as file:
        times = []
        right = 0
        for digest in asked:
            at = time.perf_counter_ns()
            found = digest in file
            times.append(time.perf_counter_ns() - at)
            right += found
        if right != len(there):
            sys.exit(f"{right} of {len(there)} digests were found")
        memory = (resident() - before) / 1000
        batch = [*there, *split(random.Random(SEED - 2).randbytes((BATCH - len(there)) * WIDTH))]
        at, core = time.perf_counter(), time.process_time()
        found_there = file.find(batch)
        batched, batched_core = (
            len(batch) / seconds for seconds in (time.perf_counter() - at, time.process_time() - core)
        )
        if found_there != set(there):
            sys.exit("the batch has a wrong answer")
    quantiles = statistics.quantiles(times, n=100)
    print(f"{statistics.median(times) / 1000} {quantiles[98] / 1000} {memory} {batched} {batched_core}")


def line(label: str, value: float, limit: float, unit: str, *, least: bool = False) -> None:
    print(f"{label:22} {value:14,.1f} {limit:14,.1f} {unit:4} {limit / value if least else value / limit:8.0%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=FULL)
    parser.add_argument("--folder", type=Path, help="where to build (default: a temporary folder)")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    rows = 1_000_000 if options.quick else options.rows
    if options.read:
        read(options.read)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path, seconds, on_core = build(Path(folder), rows)
        for ending, digests in zip((".there", ".elsewhere"), questions(rows, LOOKUPS // 2), strict=True):
            path.with_suffix(ending).write_bytes(b"".join(digests))
        command = [sys.executable, __file__, "--read", str(path)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            sys.exit(ran.stderr)
        median, slow, memory, batched, batched_core = map(float, ran.stdout.split())
        print(
            f"{rows:,} digests of {WIDTH} bytes, {path.stat().st_size / 1e9:.2f} GB, numpy: {bool(find_spec('numpy'))}"
        )
    print(f"{'':22} {'measured':>14} {'limit':>14} {'':4} {'of limit':>8}")
    line("build", seconds, BUILD * rows / FULL, "s")
    line("build, on the core", on_core, BUILD * rows / FULL, "s")
    line("look-up, median", median, LOOKUP, "us")
    line("look-up, 99 of 100", slow, LOOKUP, "us")
    line("memory of look-ups", memory, MEMORY, "MB")
    line("batch of a million", batched, BATCHED, "/s", least=True)
    line("the same, on the core", batched_core, BATCHED, "/s", least=True)


if __name__ == "__main__":
    main()
