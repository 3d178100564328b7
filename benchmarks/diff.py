"""How long doorward needs to read both sides of an upgrade, against the floor: inflate and SHA-256 of every member.

The floor is measured in the same run on the same bytes, with ISA-L (or zlib without it) and hashlib, on offsets that
are found beforehand: no reader that tells what a release contains can be faster. Reported are

- *cold*: both sides, each as if this process had never seen any of its files;
- *pair*: both sides one after the other, as an upgrade is read: files that both have are looked at once.

The goals: for pure packages of up to 5 MB a side, unpacked as the floor counts, a median of at most 10 ms and a 95th
percentile of at most 100 ms for a pair; those of up to 5 MB packed stand beside them;
cold at least 25 % of the floor's throughput.

    python benchmarks/diff.py [--repeat N] [--only TEXT] [--cpu]
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import io
import struct
import tarfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from corpus import Pair, pairs
from doorward.cli import COLLECTION
from doorward.model.limits import ArchiveLimits
from doorward.sources.archives.inflate import fast
from doorward.sources.content import analyse, forget

LIMITS = ArchiveLimits()
#: Bytes of a side up to which the goals for pure packages count: unpacked, and beside it packed.
SMALL = 5_000_000
MEDIAN_GOAL, P95_GOAL, RATIO_GOAL = 10.0, 100.0, 0.25


@dataclass(frozen=True, slots=True)
class Measured:
    """One pair: seconds, and uncompressed bytes of both sides."""

    pair: Pair
    size: int
    cold: float
    both: float
    floor: float


def best(action: Callable[[], object], repeat: int, clock: Callable[[], float], *, afresh: bool = False) -> float:
    """Return the shortest of ``repeat`` runs, in seconds; ``afresh`` forgets all files before each."""
    shortest = float("inf")
    for _ in range(repeat):
        if afresh:
            forget()
        start = clock()
        action()
        shortest = min(shortest, clock() - start)
    return shortest


def floor_of(data: bytes) -> tuple[Callable[[], None], int]:
    """Return what inflates and hashes every member of an artifact, and the members' size together."""
    return _zip_floor(data) if data[:4] == b"PK\3\4" else _tar_floor(data)


def _zip_floor(data: bytes) -> tuple[Callable[[], None], int]:
    spans = []
    for info in zipfile.ZipFile(io.BytesIO(data)).infolist():
        name, extra = struct.unpack_from("<HH", data, info.header_offset + 26)
        start = info.header_offset + 30 + name + extra
        spans.append((start, start + info.compress_size, info.file_size, info.compress_type))

    def run() -> None:
        for start, end, size, method in spans:
            content = data[start:end]
            hashlib.sha256(fast.decompress(content, -15, max(size, 1)) if method else content).digest()

    return run, sum(span[2] for span in spans)


def _tar_floor(data: bytes) -> tuple[Callable[[], None], int]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        spans = [(member.offset_data, member.offset_data + member.size) for member in archive if member.isfile()]

    def run() -> None:
        content = fast.decompress(data, 31)
        for start, end in spans:
            hashlib.sha256(content[start:end]).digest()

    return run, sum(end - start for start, end in spans)


def measure(pair: Pair, repeat: int, clock: Callable[[], float]) -> Measured:
    """Measure one pair."""
    sides: list[tuple[Path, bytes]] = [(path, path.read_bytes()) for path in (pair.old, pair.new)]
    floors = [floor_of(data) for _, data in sides]
    actions = [partial(analyse, data, path.name, LIMITS) for path, data in sides]
    cold = sum(best(action, repeat, clock, afresh=True) for action in actions)
    both = best(lambda: [action() for action in actions], repeat, clock, afresh=True)
    floor = sum(best(run, repeat, clock) for run, _ in floors)
    return Measured(pair, sum(size for _, size in floors), cold, both, floor)


def summary(title: str, measured: list[Measured]) -> None:
    """Print one line over many pairs."""
    if not measured:
        return
    both = [one.both * 1e3 for one in measured]
    p95 = quantiles(both, n=20)[-1] if len(both) > 1 else both[0]
    size = sum(one.size for one in measured) / 1e6
    cold, warm, floor = (sum(getattr(one, name) for one in measured) for name in ("cold", "both", "floor"))
    print(
        f"{title:28} {len(measured):3} pairs {size:7.1f} MB   pair: median {median(both):6.1f} ms, p95 {p95:6.1f} ms\n"
        f"{'':28} cold {size / cold:6.1f} MB/s, pair {size / warm:6.1f} MB/s, floor {size / floor:6.1f} MB/s;"
        f" ratio cold {floor / cold:.2f}, pair {floor / warm:.2f}"
    )


def verdict(what: str, figure: float, limit: float) -> None:
    """Say whether a goal is met."""
    print(f"{'met' if figure <= limit else 'MISSED':7} {what}: {figure:.1f}, at most {limit:g}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", default="")
    parser.add_argument("--cpu", action="store_true", help="processor time of all threads, for busy machines")
    options = parser.parse_args()
    gc.set_threshold(*COLLECTION)  # as the program runs
    clock = time.process_time if options.cpu else time.perf_counter
    found = []
    print(f"{'pair':48} {'MB':>6} {'pair ms':>8} {'cold ms':>8} {'floor ms':>8} {'ratio':>6}")
    for pair in pairs():
        if options.only in pair.label:
            one = measure(pair, options.repeat, clock)
            found.append(one)
            print(
                f"{pair.label:48} {one.size / 1e6:6.2f} {one.both * 1e3:8.1f} {one.cold * 1e3:8.1f}"
                f" {one.floor * 1e3:8.1f} {one.floor / one.cold:6.2f}"
            )
    pure = [one for one in found if one.pair.pure]
    packed = [one for one in pure if max(one.pair.old.stat().st_size, one.pair.new.stat().st_size) <= SMALL]
    print()
    small = [one for one in pure if one.size <= 2 * SMALL]
    summary("pure, up to 5 MB packed", packed)
    summary("pure, up to 5 MB unpacked", small)
    summary("all", found)
    if len(small) > 1:
        both = [one.both * 1e3 for one in small]
        verdict("median of a pair, ms", median(both), MEDIAN_GOAL)
        verdict("95th percentile, ms", quantiles(both, n=20)[-1], P95_GOAL)
    if found:
        verdict(
            "cold, times the floor", sum(one.cold for one in found) / sum(one.floor for one in found), 1 / RATIO_GOAL
        )


if __name__ == "__main__":
    main()
