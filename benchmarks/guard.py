"""What guard costs: the same work without a watch, under guard in both modes, and under strace where it is installed.

The runs are interleaved and rotated, and medians are compared, since a machine's mood outlasts a single run. The goals:
at most 3 % on the build of a C extension, 5 % on a test suite, 35 us a connect, and 100 ms to start.

    python benchmarks/guard.py [--repeat N] [--only TEXT] [--no-strace]

All connections go to a closed port of loopback.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
CONNECTS = 10_000
C_FILES = 6
#: Runs a command under guard: nothing is loaded but the interpreter and the guard itself.
WATCH = """
import sys
from doorward.guard import GuardOptions, run
from doorward.model.run import Decision, Mode
options = GuardOptions(mode=Mode(sys.argv[1]), unwinder=None)
sys.exit(run(sys.argv[2:], options, lambda attempt: Decision.ALLOW, lambda connection: None).exit_code)
"""
CONNECT = f"""
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void) {{
  struct sockaddr_in a = {{.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0x7f000001)}};
  for (int i = 0; i < {CONNECTS}; i++) {{
    int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    connect(s, (void *)&a, sizeof a);
    close(s);
  }}
}}
"""


@dataclass(frozen=True)
class Work:
    """One kind of work, and what guard may cost on it."""

    name: str
    command: list[str]
    #: The goal, as (unit, limit): a ratio, or seconds that a run may cost more, shared among ``parts``.
    ratio: float = 0.0
    seconds: float = 0.0
    parts: int = 1


def works(folder: Path) -> list[Work]:
    """Lay out the work."""
    (folder / "connect.c").write_text(CONNECT)
    connect = folder / "connect"
    subprocess.run(["cc", "-O2", "-o", connect, folder / "connect.c"], check=True)
    include = sysconfig.get_paths()["include"]
    for number in range(C_FILES):
        body = "".join(f"int f{number}_{line}(int x) {{ return x * {line} + {number}; }}\n" for line in range(300))
        (folder / f"part{number}.c").write_text(f"#include <Python.h>\n{body}")
    compile_all = f'for f in "$0"/part*.c; do cc -O1 -fPIC -I"{include}" -c "$f" -o "$f.o" || exit 1; done'
    link = 'cc -shared -o "$0/extension.so" "$0"/part*.o'
    suite = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(ROOT / "tests" / "model")]
    return [
        Work("start-up", ["true"], seconds=0.1),
        Work(f"{CONNECTS} connects", [str(connect)], seconds=35e-6, parts=CONNECTS),
        Work("C extension", ["sh", "-c", f"{compile_all}; {link}", str(folder)], ratio=1.03),
        Work("test suite", suite, ratio=1.05),
    ]


def timed(command: list[str]) -> float:
    started = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(f"{command[:4]} ended with {done.returncode}")
    return time.perf_counter() - started


def columns(*, strace: bool) -> dict[str, Callable[[list[str]], list[str]]]:
    this = [sys.executable, "-c", WATCH]
    found: dict[str, Callable[[list[str]], list[str]]] = {
        "plain": lambda command: command,
        "guard": lambda command: [*this, "observe", *command],
        "block": lambda command: [*this, "block", *command],
    }
    path = shutil.which("strace") if strace else None
    if path:
        found["strace"] = lambda command: [path, "-f", "-qq", "-e", "trace=network", "-o", os.devnull, *command]
        found["seccomp-bpf"] = lambda command: [path, "--seccomp-bpf", *found["strace"](command)[1:]]
    return found


def measure(work: Work, ways: dict[str, Callable[[list[str]], list[str]]], repeat: int) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for turn in range(repeat):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            times[name].append(timed(ways[name](work.command)))
    return {name: median(values) for name, values in times.items()}


def report(work: Work, times: dict[str, float], start: float) -> None:
    plain = times["plain"]
    print(f"{work.name:16}  plain {plain:.3f} s", end="")
    for name, value in times.items():
        if name != "plain":
            print(f"   {name} {value:.3f} s {value / plain:.2f}x", end="")
    # Starting the interpreter is counted once, in the start-up.
    cost = times["guard"] - plain - (start if work.ratio or work.parts > 1 else 0.0)
    if work.ratio:
        print(f"\n{'':16}  without start-up {1 + cost / plain:.3f}x, goal {work.ratio:.2f}x")
    else:
        unit, scale = ("us", 1e6) if work.parts > 1 else ("ms", 1e3)
        print(f"\n{'':16}  {cost / work.parts * scale:.1f} {unit}, goal {work.seconds * scale:.0f} {unit}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--only", default="")
    parser.add_argument("--no-strace", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        start = 0.0
        for work in works(Path(name)):
            if work.name != "start-up" and options.only not in work.name:
                continue
            times = measure(work, columns(strace=not options.no_strace), options.repeat)
            start = start or times["guard"] - times["plain"]
            report(work, times, start)


if __name__ == "__main__":
    main()
