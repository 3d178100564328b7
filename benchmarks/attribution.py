"""How many connections guard can name: package or own line, process chain, and file and line, by language.

Two sources. Without arguments: small programs, one for every way to connect, each once as the user's own code and once
as the code of an installed package, to a closed port of loopback; what they must be named as is known. With reports
(``doorward guard --format json``, or what ``builds.py --keep FOLDER`` kept): what real builds and test suites were
named as, without a look at whether that is right.

    python benchmarks/attribution.py [--list] [REPORT.json ...]

The goals: 99 % name the package or the user's own code, 100 % the process chain; file and line for 95 % of Python's and
90 % of Node's. Ways that need a library or a tool that is not there are passed over, and listed as such.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from doorward.guard import GuardOptions, run
from doorward.model.run import Connection, Decision
from ways import NATIVE, NODE, NODE_LIBRARIES, PREFIX, PYTHON

#: Nothing listens there, and it is none that fetch refuses. Every way ends with an error, which is swallowed.
PORT = 9009


@dataclass(frozen=True)
class Told:
    """What guard told of the connections of one program."""

    language: str
    way: str
    found: tuple[Connection, ...]
    #: "callhome", or "" for the user's own code.
    package: str
    file: str
    line: int

    def right(self) -> tuple[int, int, int]:
        """Count those with the right package, with a process chain, and with the right file and line."""
        told = [item.actor.attribution for item in self.found]
        return (
            sum(item.package == self.package and bool(item.package or item.where) for item in told),
            sum(bool(item.actor.processes) for item in self.found),
            sum(item.where == f"{self.file}:{self.line}" for item in told),
        )


@dataclass
class Shares:
    """Counts of one language."""

    events: int = 0
    named: int = 0
    chained: int = 0
    placed: int = 0

    def add(self, events: int, named: int, chained: int, placed: int) -> None:
        """Count more of them."""
        self.events, self.named = self.events + events, self.named + named
        self.chained, self.placed = self.chained + chained, self.placed + placed


@dataclass
class Bench:
    """A folder with an environment for each language."""

    folder: Path
    passed_over: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.site = self.folder / "lib" / "python" / "site-packages"
        self.modules = self.folder / "node_modules"
        own = self.folder / "own"
        for folder in (self.site, self.modules, own):
            folder.mkdir(parents=True)
        # The extension belongs to a package in one case, and to the user's own code in the other.
        include = sysconfig.get_paths()["include"]
        (self.folder / "native.c").write_text(NATIVE)
        build = ["cc", "-O1", "-shared", "-fPIC", f"-I{include}", "-o", str(self.folder / "native.so")]
        self.has_native = not subprocess.run([*build, str(self.folder / "native.c")], check=False).returncode
        install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *NODE_LIBRARIES]
        if shutil.which("npm") is not None:
            subprocess.run(install, cwd=self.folder, check=False, stdout=subprocess.DEVNULL)

    def python(self, way: str, *, packaged: bool) -> Told | None:
        """Run one way of Python."""
        needs, body = PYTHON[way]
        modules = needs.split()
        missing = [
            name for name in modules if name != "native" and importlib.util.find_spec(name.partition(".")[0]) is None
        ]
        if missing or ("native" in modules and not self.has_native):
            self.passed_over.append(f"Python: {way}")
            return None
        lines = ["def call(port):", *(f"    {line}" for line in body.splitlines())]
        head = PREFIX + "".join(f"import {name}\n" for name in modules)
        folder = self.site / "callhome" if packaged else self.folder / "own"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if "native" in modules:
            shutil.copy(self.folder / "native.so", folder / "native.so")
            head = head.replace("import native\n", "from callhome import native\n" if packaged else "import native\n")
        text = head + "\n".join(lines) + "\n"
        file = folder / ("__init__.py" if packaged else "program.py")
        main = f"import callhome\ntry:\n    callhome.call({PORT})\nexcept Exception:\n    pass\n"
        own = f"try:\n    call({PORT})\nexcept Exception:\n    pass\n"
        file.write_text(text if packaged else text + own)
        script = self.folder / "own" / "main.py" if packaged else file
        if packaged:
            script.write_text(main)
            info = self.site / "callhome-1.0.dist-info"
            info.mkdir(exist_ok=True)
            (info / "RECORD").write_text("callhome/__init__.py,,\ncallhome/native.so,,\n")
        found = watched([sys.executable, str(script)], {"PYTHONPATH": str(self.site)})
        return Told("Python", way, found, "callhome" if packaged else "", str(file), line_of(text, "#!"))

    def node(self, way: str, *, packaged: bool) -> Told | None:
        """Run one way of Node."""
        needs, body = NODE[way]
        if shutil.which("node") is None or not all(
            (self.modules / name).exists() for name in needs.split() if name in NODE_LIBRARIES
        ):
            self.passed_over.append(f"Node: {way}")
            return None
        head = "".join(f"const {name} = require('{name}');\n" for name in needs.split())
        text = f"{head}function call(port) {{\n{body}\n}}\n"
        folder = self.modules / "callhome" if packaged else self.folder / "own"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        file = folder / ("index.js" if packaged else "program.js")
        again = f"if (require('worker_threads').isMainThread === false || process.send) call({PORT});\n"
        file.write_text(text + (again + "module.exports = call;\n" if packaged else f"call({PORT});\n"))
        script = self.folder / "own" / "main.js" if packaged else file
        if packaged:
            (folder / "package.json").write_text('{"name": "callhome", "version": "1.0.0"}')
            script.write_text(f"require('callhome')({PORT});\n")
        found = watched(["node", str(script)], {})
        return Told("Node", way, found, "callhome" if packaged else "", str(file), line_of(text, "//!"))


def line_of(text: str, mark: str) -> int:
    """Return the number of the marked line."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.endswith(mark))


def watched(command: Sequence[str], variables: dict[str, str]) -> tuple[Connection, ...]:
    """Run a program under guard and return its connections to the port."""
    options = GuardOptions(environment={**os.environ, **variables}, forward_signals=False)
    done = run(
        ["sh", "-c", 'exec "$@" >/dev/null 2>&1', "sh", *command], options, lambda _: Decision.ALLOW, lambda _: None
    )
    return tuple(item for item in done.connections if item.endpoint.port == PORT)


def every_way(bench: Bench) -> Iterator[Told]:
    """Run all of them."""
    for packaged in (False, True):
        for way in PYTHON:
            told = bench.python(way, packaged=packaged)
            if told is not None:
                yield told
        for way in NODE:
            told = bench.node(way, packaged=packaged)
            if told is not None:
                yield told


def measure_ways(*, listing: bool) -> dict[str, Shares]:
    """Run the small programs and count what is right."""
    shares: dict[str, Shares] = {}
    with tempfile.TemporaryDirectory(prefix="attribution-") as folder:
        bench = Bench(Path(folder).resolve())
        for told in every_way(bench):
            named, chained, placed = told.right()
            total = len(told.found)
            shares.setdefault(told.language, Shares()).add(max(total, 1), named, chained, placed)
            if listing and not named == chained == placed == max(total, 1):
                whose = "package" if told.package else "own code"
                print(f"{told.language} {told.way}, {whose}: {named}, {chained}, {placed} of {total}; line {told.line}")
                for item in told.found:
                    at = item.actor.attribution
                    print(f"    {at.by}: {at.package or '-'} {at.where or '-'} {' > '.join(at.chain)}")
        if bench.passed_over:
            print("passed over:", ", ".join(dict.fromkeys(bench.passed_over)))
    return shares


def language(connection: dict[str, object]) -> str:
    """Return the language of a connection of a report, by what named it, else by its innermost process."""
    by = str(connection["attributed_by"])
    process: list[str] = connection["process"]  # type: ignore[assignment]
    program = PurePosixPath((process or [""])[-1].split(" ")[0]).name
    if by in {"python-hook", "unwinder"} or program.startswith("python"):
        return "Python"
    return "Node" if by == "node-hook" or program in {"node", "npm", "npx", "yarn", "pnpm"} else "other"


def measure_reports(paths: Sequence[Path], *, listing: bool) -> dict[str, Shares]:
    """Count what real runs were named as."""
    shares: dict[str, Shares] = {}
    unnamed: Counter[str] = Counter()
    for path in paths:
        text = path.read_text()
        if not text:
            print(f"{path.name}: empty, its run was ended before it could report")
        for item in json.loads(text)["connections"] if text else ():
            _file, colon, line = str(item["where"]).rpartition(":")
            named = bool(item["package"] or item["where"])
            placed = bool(colon) and line.isdecimal()
            shares.setdefault(language(item), Shares()).add(1, named, bool(item["process"]), placed)
            if not named or not placed:
                process = item["process"][-1] if item["process"] else "?"
                unnamed[
                    f"{path.stem}: {item['phase']} {item['attributed_by']} {item['package'] or '-'}: {process}"
                ] += 1
    for text, count in unnamed.most_common() if listing else ():
        print(f"{count:6} {text}")
    return shares


def show(shares: dict[str, Shares]) -> None:
    """Print the shares of each language and of all."""
    whole = Shares()
    print(f"\n{'':8} {'events':>7} {'named':>8} {'chain':>8} {'file:line':>10}")
    for name, item in sorted(shares.items()):
        whole.add(item.events, item.named, item.chained, item.placed)
        print(percent(name, item))
    print(percent("all", whole))


def percent(name: str, item: Shares) -> str:
    """Return one line of the table."""
    parts = [f"{100 * part / (item.events or 1):.1f} %" for part in (item.named, item.chained, item.placed)]
    return f"{name:8} {item.events:7,} {parts[0]:>8} {parts[1]:>8} {parts[2]:>10}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "reports", nargs="*", type=Path, metavar="REPORT.json", help="of real runs, instead of the ways"
    )
    parser.add_argument("--list", action="store_true", help="print what is not named, or wrongly")
    options = parser.parse_args()
    reports = options.reports
    show(measure_reports(reports, listing=options.list) if reports else measure_ways(listing=options.list))


if __name__ == "__main__":
    main()
