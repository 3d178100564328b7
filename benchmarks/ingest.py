"""How fast logs are read, and in how much memory, format by format, beside a loop that only counts lines.

A log of each format is made of many builds' worth of events, most of them alike, as logs are. Each is read and joined
by a process of its own. Printed are MB per second of CPU, the ratio to the bare loop over the same file, and the peak
of resident memory; limits: 5 MB/s, and 150 MB whatever the size.

    python benchmarks/ingest.py [--size MB] [--only NAME]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.logs import samples

from doorward.guard.handlers.programs import tool_of
from doorward.guard.paths import Sensitive
from doorward.guard.phases import phase_of
from doorward.model.run import Decision
from doorward.sources.logs import Means, join, open_log

SLOWEST = 5.0
LARGEST = 150.0
#: Distinct destinations that a log tells of.
HOSTS = 200


def numbered(sample: bytes) -> Callable[[int], bytes]:
    """Return a maker of one part of a log: the sample, with another host in each of HOSTS parts."""
    return lambda at: sample.replace(b"192.0.2.66", b"198.51.100.%d" % (at % HOSTS + 1))


def audit(at: int) -> bytes:
    """Return the events of one build: their serials go on."""
    return (
        samples.AUDITD.replace(b":10)", b":%d0)" % at)
        .replace(b":20)", b":%d1)" % at)
        .replace(b":21)", b":%d2)" % at)
        .replace(b":30)", b":%d3)" % at)
        .replace(b":31)", b":%d4)" % at)
    )


MAKERS: dict[str, tuple[Callable[[int], bytes], bytes, bytes, str]] = {
    "pip": (numbered(samples.PIP), b"", b"", "pip.log"),
    "npm": (numbered(samples.NPM), b"", b"", "2026-03-02T12_00_00_000Z-debug-0.log"),
    "harden-runner": (numbered(samples.HARDEN_RUNNER), b"", b"", "network.json"),
    "falco": (numbered(samples.FALCO), b"", b"", "falco.json"),
    "auditd": (audit, b"", b"", "audit.log"),
    "zeek": (numbered(samples.ZEEK_CONN), b"", b"", "conn.log"),
    "zeek-tsv": (
        numbered(samples.ZEEK_TSV.splitlines(keepends=True)[7]),
        b"".join(samples.ZEEK_TSV.splitlines(keepends=True)[:7]),
        b"",
        "conn.log",
    ),
    "squid": (numbered(samples.SQUID), b"", b"", "access.log"),
    "squid-json": (numbered(samples.SQUID_JSON), b"", b"", "audit.jsonl"),
    "witness": (
        numbered(json.dumps(samples.TRACE["network_trace"]["connections"][0]).encode() + b","),
        b'{"network_trace":{"connections":[',
        b"{}]}}",
        "trace.json",
    ),
    "package-analysis": (numbered(samples.PACKAGE_ANALYSIS + b"\n"), b"", b"", "result.json"),
}


def write(path: Path, name: str, size: int) -> None:
    """Write a log of at least ``size`` bytes."""
    maker, head, tail, _ = MAKERS[name]
    with path.open("wb") as out:
        out.write(head)
        written = at = 0
        while written < size:
            part = b"".join(maker(number) for number in range(at, at + 500))
            at += 500
            written += out.write(part)
        out.write(tail)


def read(path: Path) -> None:
    """Read a log and print seconds and bytes of peak memory; in a process of its own."""
    sensitive = Sensitive(["/root"])
    means = Means(
        phase_of=phase_of,
        tool_of=tool_of,
        kind_of=lambda place, written: sensitive.written(place) if written else sensitive.read(place),
        decide=lambda _: Decision.REFUSE,
        locked_as=lambda _: None,
        public_index="",
        now=datetime.now(UTC),
    )
    started = time.process_time()
    run = join(open_log(path)[1], means, "0" * 16)
    seconds = time.process_time() - started
    print(json.dumps([seconds, peak_memory(), run.logs[0].events, run.logs[0].refused]))


def peak_memory() -> int:
    """Return the bytes that this process had in memory at most. (Its ru_maxrss is that of its parent, where larger.)"""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def loop(path: Path) -> float:
    """Return the seconds of a loop over the lines."""
    started = time.process_time()
    with path.open("rb") as stream:
        for _ in stream:
            pass
    return time.process_time() - started


def figures(names: list[str], size: int) -> Iterator[tuple[str, float, float, float, int, int]]:
    """Yield name, MB/s, ratio to the bare loop, MB of memory, events, refused lines."""
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            path = Path(folder) / MAKERS[name][3]
            write(path, name, size)
            bare = min(loop(path) for _ in range(3))
            ran = subprocess.run([sys.executable, __file__, "--read", str(path)], capture_output=True, check=True)
            seconds, peak, events, refused = json.loads(ran.stdout)
            yield name, path.stat().st_size / seconds / 1e6, seconds / bare, peak / 1e6, events, refused
            path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100, help="MB of each log (default: 100)")
    parser.add_argument("--only", choices=sorted(MAKERS))
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        read(options.read)
        return
    print(f"{'format':18} {'MB/s':>8} {'x loop':>8} {'MB peak':>8} {'events':>10} {'refused':>8}")
    slow = []
    for name, speed, ratio, peak, events, refused in figures(
        [options.only] if options.only else list(MAKERS), options.size * 1_000_000
    ):
        print(f"{name:18} {speed:8.1f} {ratio:8.1f} {peak:8.0f} {events:10,} {refused:8,}", flush=True)
        slow += [name] if speed < SLOWEST or peak > LARGEST else []
    print(f"limits: {SLOWEST:.0f} MB/s, {LARGEST:.0f} MB; {'missed by ' + ', '.join(slow) if slow else 'all kept'}")


if __name__ == "__main__":
    main()
