"""How long a whole history takes with every rule, against bare ``git log --raw``; and how often it alarms.

For each repository (paths on this machine; without one, a repository of 80,000 commits is made), in turn and by the
median:

- *git*: ``git log --raw`` in the order of the walk, its output thrown away;
- *walk*: doorward reads and judges everything after the learning time, commits, tags and refs;
- *again*: a second look with nothing new.

Beside them stand the seconds of processor time: of git's log, of doorward itself, and of the git processes that run
beside it. On a busy machine the ratio is that of these times; two free cores give that of the longer side.

Goals: the walk at least 0.7 times as fast as git on the largest, at most 500 MB of memory, a second look within 0.5 s,
at most 5 alerts in 1,000 commits pooled and 6 a year in any repository. An alert is a commit that holds, warns or
blocks by the default policy, one person's hits within 90 days taken together, without ``--critical``.

    python benchmarks/history.py [--runs N] [REPOSITORY ...]
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from doorward.engine.context import Context
from doorward.engine.repository import RepositoryLook, RepositoryWish, look
from doorward.model.findings import Judgement, Verdict
from doorward.policy import Policy, decide
from doorward.sources.http import Http
from doorward.store import Store, open_store

RATIO, MEGABYTES, AGAIN, PER_1000, PER_YEAR = 0.7, 500, 0.5, 5.0, 6.0
COMMITS = 80_000
LOG = ("log", "--raw", "--no-renames", "--no-abbrev", "-z", "--reverse", "--topo-order", "--format=%H")
YEAR = 365.25 * 86_400


class Silent:
    """No progress."""

    def phase(self, label: str, total: int) -> None:
        """Say nothing."""

    def advance(self, n: int = 1) -> None:
        """Say nothing."""


def made(path: Path) -> Path:
    """Make a repository of many commits by a few hundred people, every fourth of them a merge."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(path)], check=True)
    importer = subprocess.Popen(["git", "-C", str(path), "fast-import", "--quiet"], stdin=subprocess.PIPE)
    assert importer.stdin
    for number in range(COMMITS):
        name, when = f"Person {number % 397} <person{number % 397}@example.org>", 1_300_000_000 + number * 5_000
        who = f"{name} {when} +0{number % 10}00"
        ref = "side" if number % 4 == 2 else "main"
        lines = [f"commit refs/heads/{ref}", f"mark :{number + 1}", f"author {who}", f"committer {who}"]
        text = f"Change {number}\n\nSigned-off-by: Person\n"
        lines += [f"data {len(text)}\n{text}"]
        lines += [f"from :{number - 1}"] if ref == "side" else []
        lines += [f"merge :{number}"] if number % 4 == 3 else []
        blob = f"{number}\n" * 5
        lines += [f"M 100644 inline src/part{number % 40}/file{number % 300}.c\ndata {len(blob)}\n{blob}"]
        importer.stdin.write(("\n".join(lines) + "\n").encode())
    importer.stdin.close()
    assert importer.wait() == 0
    return path


@dataclass(frozen=True, slots=True)
class Measured:
    """One repository."""

    name: str
    found: RepositoryLook
    git: float
    walk: float
    again: float
    alerts: int
    tag_alerts: int
    years: float
    #: Processor seconds: of git's log, of doorward's own process, and of its git processes.
    git_cpu: float
    own_cpu: float
    beside_cpu: float

    @property
    def free(self) -> float:
        """The ratio that two free cores would give: git's log on one, all else on the other."""
        return self.git_cpu / max(self.git_cpu, self.own_cpu + self.beside_cpu - self.git_cpu)

    @property
    def judged(self) -> int:
        """Number of commits that rules were asked about."""
        return self.found.commits.subjects


def context(store: Store) -> Context:
    now = datetime.now(UTC)
    return Context(Policy(), store, Http(offline=True), now, None, os.environ, Path(), Silent())


def seconds(action: object) -> tuple[float, float, float]:
    """Return the seconds that an action takes: by the clock, of this process, and of its children."""
    start, own, beside = time.perf_counter(), time.process_time(), children()
    action()  # type: ignore[operator]
    return time.perf_counter() - start, time.process_time() - own, children() - beside


def children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def alerts_of(found: RepositoryLook) -> tuple[int, int, float]:
    """Return the number of alerts among the commits and among the tags, and the years that were judged."""
    times = found.history.chain.times
    span = (max(times) - (found.history.began or 0)) / YEAR if times else 0.0
    return alarming(found.commits.folded), alarming(found.tags.judgements), max(span, 0.1)


def alarming(judgements: Sequence[Judgement]) -> int:
    """Return how many hold, warn or block; what explains another one is none of its own."""
    decided = decide(Policy(), judgements, now=datetime.now(UTC))
    bad = {Verdict.HOLD, Verdict.WARN, Verdict.BLOCK}
    return sum(one.verdict in bad and not one.linked_only for one in decided.subjects)


def measure(path: Path, runs: int, folder: Path) -> Measured:
    times: dict[str, list[tuple[float, float, float]]] = {"git": [], "walk": [], "again": []}
    command = ["git", f"--git-dir={path}" if (path / "HEAD").exists() else f"--git-dir={path}/.git", *LOG]
    store = open_store(folder / "store.sqlite3", environ={})
    found: list[RepositoryLook] = []
    whole, nothing_new = RepositoryWish(str(path), everything=True), RepositoryWish(str(path))
    for _ in range(runs):
        times["git"].append(seconds(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True)))
        times["walk"].append(seconds(lambda: found.append(look(context(store), whole))))
        times["again"].append(seconds(lambda: look(context(store), nothing_new)))
        del found[:-1]
    store.close()
    alerts, tag_alerts, years = alerts_of(found[-1])
    name = "/".join(path.parts[-2:]) if path.name == "repo" else path.name
    wall, own, beside = ({kind: median(one[at] for one in times[kind]) for kind in times} for at in range(3))
    speeds = wall["git"], wall["walk"], wall["again"]
    return Measured(name, found[-1], *speeds, alerts, tag_alerts, years, beside["git"], own["walk"], beside["walk"])


def show(results: Sequence[Measured]) -> bool:
    print(
        f"{'repository':<28}{'commits':>9}{'judged':>8}{'git s':>8}{'walk s':>8}{'ratio':>7}{'again s':>9}"
        f"{'alerts':>8}{'per 1000':>10}{'a year':>8}{'tags':>7}{'alerts':>8}"
    )
    for one in results:
        print(
            f"{one.name[-27:]:<28}{one.found.history.commits:>9,}{one.judged:>8,}{one.git:>8.2f}{one.walk:>8.2f}"
            f"{one.git / one.walk:>7.2f}{one.again:>9.2f}{one.alerts:>8}"
            f"{1000 * one.alerts / max(one.judged, 1):>10.2f}{one.alerts / one.years:>8.2f}"
            f"{one.found.tags.subjects:>7,}{one.tag_alerts:>8}"
        )
    print(f"\n{'processor seconds':<28}{'git':>8}{'doorward':>10}{'its git':>9}{'two free cores':>16}")
    for one in results:
        print(f"{one.name[-27:]:<28}{one.git_cpu:>8.2f}{one.own_cpu:>10.2f}{one.beside_cpu:>9.2f}{one.free:>16.2f}")
    print(f"load while measured: {os.getloadavg()[1]:.0f} on {os.cpu_count()} cores\n")
    largest = max(results, key=lambda one: one.judged)
    pooled = 1000 * sum(one.alerts for one in results) / max(sum(one.judged for one in results), 1)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    goals = {
        f"ratio on the largest {largest.git / largest.walk:.2f}, at least {RATIO}": largest.git / largest.walk >= RATIO,
        f"memory {memory:.0f} MB, at most {MEGABYTES}": memory <= MEGABYTES,
        f"second look {max(one.again for one in results):.2f} s, at most {AGAIN}": all(
            one.again <= AGAIN for one in results
        ),
        f"pooled {pooled:.2f} alerts in 1,000 commits, at most {PER_1000}": pooled <= PER_1000,
        f"at most {PER_YEAR:.0f} alerts a year anywhere": all(one.alerts / one.years <= PER_YEAR for one in results),
    }
    for goal, is_met in goals.items():
        print(f"{'met   ' if is_met else 'MISSED'}  {goal}")
    return all(goals.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="*", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = arguments.repositories or [made(Path(folder) / "made.git")]
        results = [measure(path.resolve(), arguments.runs, Path(folder)) for path in paths]
    return 0 if show(results) else 1


if __name__ == "__main__":
    sys.exit(main())
