"""How fast OSV records are imported, indexes included, beside ``json.loads`` of the same records.

Records are made up: of four, two are malicious packages as the malicious-packages list has them (one with the digests
of its files), one is a vulnerability with ranges and versions, one a vulnerability with symbols. They come twice: as
one archive with a member a record, as the OSV bucket has them, and as text with one record a line. What unpacking a
million members takes by itself is measured too, and the goal for one core is held against what an import takes with
it and without it. Each import runs in a process of its own: once held to one processor,
and once free, where the process that reads goes beside the one that writes. The goals are 75,000 records a second on
one core, and a million within 15 s by the clock, which fewer records are measured against in proportion. Memory is
that of the largest process.

    python benchmarks/osv_import.py [--records 1000000] [--quick] [--feed FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from doorward.engine.intel import Import, import_feeds
from doorward.sources.feeds._zip import Archive

LIMIT = 75_000
#: Records a second that a million within 15 s are.
BY_CLOCK = 1_000_000 / 15
#: This process and those that it started.
ALL = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
WORDS = ("lib", "core", "http", "json", "data", "cloud", "tool", "kit", "web", "node")


def package(source: random.Random, number: int) -> str:
    return f"{source.choice(WORDS)}-{source.choice(WORDS)}-{number % 300_000}"


def malicious(source: random.Random, number: int, *, digests: bool) -> dict[str, Any]:
    affected: dict[str, Any] = {
        "package": {"ecosystem": "npm", "name": package(source, number)},
        "versions": [f"1.0.{patch}" for patch in range(source.randrange(1, 4))],
        "database_specific": {"cwes": [{"cweId": "CWE-506", "name": "Embedded Malicious Code"}]},
    }
    if digests:
        hashes = {"sha256": source.randbytes(32).hex(), "md5": source.randbytes(16).hex()}
        affected["database_specific"]["indicators"] = {
            "package_integrity": [{"filename": f"package-{number}.tgz", "hashes": hashes}]
        }
    return {
        "schema_version": "1.7.4",
        "id": f"MAL-2026-{number}",
        "modified": "2026-05-01T10:00:00Z",
        "published": "2026-05-01T10:00:00Z",
        "summary": "Malicious code in a package (npm)",
        "details": "The package sends what it finds to somebody. " * 8,
        "affected": [affected],
        "references": [{"type": "WEB", "url": f"https://reports.invalid/{number}"}],
        "database_specific": {
            "malicious-packages-origins": [{"source": "somebody", "sha256": source.randbytes(32).hex()}]
        },
    }


def vulnerability(source: random.Random, number: int, *, symbols: bool) -> dict[str, Any]:
    major = source.randrange(1, 9)
    affected: dict[str, Any] = {
        "package": {"ecosystem": "Go" if symbols else "PyPI", "name": package(source, number)},
        "ranges": [
            {
                "type": "SEMVER" if symbols else "ECOSYSTEM",
                "events": [{"introduced": "0"}, {"fixed": f"{major}.4.2"}, {"introduced": f"{major}.5.0"}],
            }
        ],
    }
    if symbols:
        affected["ecosystem_specific"] = {
            "imports": [{"path": "example.invalid/mod/sub", "symbols": ["Parse", "Load"]}]
        }
    else:
        affected["versions"] = [f"{major}.{minor}.0" for minor in range(20)]
    return {
        "schema_version": "1.7.4",
        "id": f"GHSA-{number}",
        "modified": "2026-05-01T10:00:00Z",
        "published": "2026-04-01T10:00:00Z",
        "aliases": [f"CVE-2026-{number}"],
        "summary": "Something reads more than it should",
        "details": "Under some condition, a function of the package reads more than it should. " * 8,
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected": [affected],
        "references": [{"type": "FIX", "url": f"https://git.invalid/commit/{number}"}],
        "database_specific": {"severity": "HIGH", "cwe_ids": ["CWE-125"]},
    }


def records(count: int) -> Iterator[dict[str, Any]]:
    source = random.Random(20260601)
    for number in range(count):
        kind = number % 4
        if kind < 2:
            yield malicious(source, number, digests=kind == 1)
        else:
            yield vulnerability(source, number, symbols=kind == 2)


def made(path: Path, count: int) -> Path:
    """Write records to ``path``, an archive, or one a line, by the name's ending; return it."""
    if path.suffix == ".jsonl":
        with path.open("w") as file:
            file.writelines(f"{json.dumps(record)}\n" for record in records(count))
        return path
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for record in records(count):
            archive.writestr(f"{record['id']}.json", json.dumps(record))
    return path


def contents(path: Path) -> Iterator[bytes]:
    """Yield the records of what :func:`made` wrote."""
    if path.suffix == ".jsonl":
        with path.open("rb") as file:
            yield from file
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield archive.read(name)


def plain(path: Path) -> float:
    """Return the CPU seconds that json.loads takes for a record."""
    seconds, count = 0.0, 0
    for data in contents(path):
        started = time.process_time()
        json.loads(data)
        seconds += time.process_time() - started
        count += 1
    return seconds / count


def unpacking(path: Path) -> float:
    """Return the CPU seconds that the reader of archives takes to read every member."""
    started = time.process_time()
    with closing(Archive(path)) as archive:
        for _ in archive.batches():
            pass
    return time.process_time() - started


def processor_seconds() -> float:
    """Return the CPU seconds of this process and of those that it started and that ended."""
    usages = map(resource.getrusage, ALL)
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def measure(path: Path, *, pinned: bool) -> dict[str, float]:
    """Import one feed into an empty index, and return what it took."""
    if pinned:
        # The first one often has the machine's interrupts.
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        started, on_core = time.perf_counter(), processor_seconds()
        (done,) = import_feeds(Path(folder) / "intel", [Import(path)], datetime.now(UTC))
        wall, cpu = time.perf_counter() - started, processor_seconds() - on_core
        size = sum(file.stat().st_size for file in (Path(folder) / "intel").rglob("*") if file.is_file())
    memory = max(resource.getrusage(who).ru_maxrss for who in ALL) / 1000
    state = done.state
    return {
        "wall": wall,
        "cpu": cpu,
        "records": state.records,
        "indicators": state.indicators,
        "refused": state.refused,
        "size": size / 1e6,
        "memory": memory,
    }


def elsewhere(*arguments: str) -> str:
    """Run this program in a process of its own: memory and caches are its own, as far as this one stays small.

    A process begins with the peak memory of the one that started it.
    """
    return subprocess.run([sys.executable, __file__, *arguments], check=True, capture_output=True, text=True).stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="100,000 records")
    parser.add_argument("--feed", type=Path, help="an archive of OSV records, or one a line, in place of the made ones")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--plain", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--unpack", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--pinned", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    count = 100_000 if options.quick else options.records
    if options.make:
        made(options.make, count)
    elif options.measure:
        print(json.dumps(measure(options.measure, pinned=options.pinned)))
    elif options.plain:
        print(plain(options.plain))
    elif options.unpack:
        print(unpacking(options.unpack))
    elif options.feed:
        report("feed", options.feed)
    else:
        with tempfile.TemporaryDirectory() as folder:
            for label, ending in (("archive", "zip"), ("lines", "jsonl")):
                path = Path(folder) / f"all.{ending}"
                elsewhere("--make", str(path), "--records", str(count))
                report(label, path)
                path.unlink()


def report(label: str, path: Path) -> None:
    """Measure one feed, and print the figures and whether the goals are met."""
    one = json.loads(elsewhere("--measure", str(path), "--pinned"))
    free = json.loads(elsewhere("--measure", str(path)))
    loads, count = float(elsewhere("--plain", str(path))), one["records"]
    packed = float(elsewhere("--unpack", str(path))) if path.suffix == ".zip" else 0.0
    print(
        f"{label}: {count:,} records, {one['indicators']:,} indicators, {one['refused']} refused; "
        f"{one['size']:.0f} MB, memory {free['memory']:.0f} MB"
    )
    print(f"{'':28} {'seconds':>8} {'records/s':>12} {'json.loads':>11}")
    for row, seconds in (
        ("held to one core, its time", one["cpu"]),
        ("held to one core, clock", one["wall"]),
        ("free, clock", free["wall"]),
        ("json.loads alone", loads * count),
        *([("unpacking alone", packed)] if packed else []),
    ):
        print(f"{row:28} {seconds:8.2f} {count / seconds:12,.0f} {seconds / count / loads:9.1f} x")
    goal(f"{LIMIT:,} records a second on one core", count / one["cpu"], LIMIT)
    if packed:
        goal("the same, without unpacking", count / (one["cpu"] - packed), LIMIT)
    goal("1,000,000 records within 15 s by the clock", count / free["wall"], BY_CLOCK)
    print()


def goal(name: str, rate: float, wanted: float) -> None:
    """Say whether a goal is met; rates are records a second."""
    print(f"{'met   ' if rate >= wanted else 'MISSED'}  {name}: {rate:,.0f} of {wanted:,.0f} a second")


if __name__ == "__main__":
    main()
