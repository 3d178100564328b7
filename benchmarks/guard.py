"""What guard costs: the same work without a watch, under guard in both modes, and under strace where it is installed.

The runs are interleaved and rotated, and each is compared with the plain one of its own turn, since a machine's mood
outlasts a single run; what is printed is the median of those differences. Beside the wall time stands the processor
time of the whole tree of processes, the supervisor's included: other people's work on the machine hardly reaches it.
The goals, for the wall time of a quiet machine: at most 3 % on the build of a C extension, 5 % on a test suite, 35 us a
connect, and 100 ms to start.

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


@dataclass(frozen=True)
class Cost:
    """Seconds of one run, or of a difference."""

    wall: float
    processor: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.wall - other.wall, self.processor - other.processor)


def middle(costs: list[Cost]) -> Cost:
    """Return the median of each kind of time by itself."""
    return Cost(median(cost.wall for cost in costs), median(cost.processor for cost in costs))


def timed(command: list[str]) -> Cost:
    """Run a command, and count what it and all its descendants took."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[:4]} ended with {process.returncode}")
    return Cost(wall, used.ru_utime + used.ru_stime)


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


def measure(work: Work, ways: dict[str, Callable[[list[str]], list[str]]], repeat: int) -> dict[str, list[Cost]]:
    """Return the costs of each way, by turn."""
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    names = list(ways)
    for turn in range(repeat):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            costs[name].append(timed(ways[name](work.command)))
    return costs


def extra(costs: dict[str, list[Cost]], name: str) -> Cost:
    """Return what a way costs more than the plain one, turn by turn."""
    return middle([watched - plain for watched, plain in zip(costs[name], costs["plain"], strict=True)])


def report(work: Work, costs: dict[str, list[Cost]], start: dict[str, Cost]) -> None:
    """Print one work: medians, what each way adds without its start, and the goal."""
    plain = middle(costs["plain"])
    print(f"{work.name:16}  plain {plain.wall:.3f} s, processor {plain.processor:.3f} s; goal {goal(work)}")
    for name in costs:
        if name != "plain":
            # Starting the interpreter is counted once, in the start-up.
            cost = extra(costs, name) - (start[name] if name in start else Cost(0, 0))
            print(f"{'':16}  {name:12} {told(work, cost.wall, plain.wall)}", end="")
            print(f", processor {told(work, cost.processor, plain.processor)}")


def goal(work: Work) -> str:
    """Return the limit of a work, as its costs are told."""
    return f"{work.ratio:.2f}x" if work.ratio else told(work, work.seconds * work.parts, 1)


def told(work: Work, cost: float, plain: float) -> str:
    """Return a cost as a ratio, or as time a part."""
    if work.ratio:
        return f"{1 + cost / plain:.3f}x"
    unit, scale = ("us", 1e6) if work.parts > 1 else ("ms", 1e3)
    return f"{cost / work.parts * scale:.1f} {unit}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--only", default="")
    parser.add_argument("--no-strace", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        start: dict[str, Cost] = {}
        for work in works(Path(name)):
            if work.name != "start-up" and options.only not in work.name:
                continue
            costs = measure(work, columns(strace=not options.no_strace), options.repeat)
            report(work, costs, start)
            start = start or {name: extra(costs, name) for name in costs if name != "plain"}


if __name__ == "__main__":
    main()
