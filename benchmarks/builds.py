"""What guard says of honest builds: sdists of PyPI that are built, and npm packages that run install scripts.

The rule, stated before anything is measured: every package here is presumed honest, so each verdict above CLEAN is a
false alarm; a known download of a prebuilt binary is a weak finding that names what was fetched, and no alarm. A build
that fails counts as well, for a failed build acts like any other until it ends.

    python benchmarks/builds.py [--pypi NAME ...] [--npm NAME ...] [--count N] [--mode block] [--seconds 600] [--list]
                                [--keep FOLDER [--resume]]

Each package is built under ``doorward guard`` in a scratch folder that is removed afterwards, with a home and an
environment of its own; only downloads are kept between runs. It runs the build scripts of the packages that it is
given: give it well-known ones. With ``--keep`` every report, log and exit code is written as soon as its build is
over, and ``--resume`` takes what lies there instead of building it again. The package managers are those that this
machine has, with the indexes that they are configured for; builds of C need a compiler, those of Rust need cargo.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus import cache_folder

#: Chosen before anything was measured, by what builds them: setuptools, hatchling, flit, poetry-core, pdm; C with
#: setuptools, Cython, meson, scikit-build and cffi; Rust with maturin and setuptools-rust.
PYPI = (
    "requests", "six", "python-dateutil", "docutils", "attrs", "jsonschema", "click", "packaging", "rich", "tomlkit",
    "pluggy", "arrow", "markupsafe", "pyyaml", "wrapt", "coverage", "psutil", "simplejson", "greenlet", "multidict",
    "msgpack", "ujson", "zstandard", "contourpy", "rapidfuzz", "pyzmq", "cffi", "argon2-cffi-bindings", "rpds-py",
    "bcrypt",
)  # fmt: skip
#: Chosen before anything was measured: packages with install scripts that compile, fetch a binary, or only print.
NPM = (
    "esbuild", "sharp", "bcrypt", "better-sqlite3", "node-sass", "core-js@3", "husky@4", "protobufjs@7", "puppeteer",
    "sqlite3", "canvas", "electron", "cypress", "playwright-chromium@1.30", "fsevents", "bufferutil", "utf-8-validate",
    "argon2", "leveldown", "node-pty", "cpu-features", "ssh2", "es5-ext", "nodemon@2", "@swc/core", "@parcel/watcher",
    "@sentry/cli", "chromedriver", "styled-components@5", "deasync",
)  # fmt: skip
VERDICTS = {"clean": "", "not-evaluated": "NOT EVALUATED"}


@dataclass(frozen=True)
class Built:
    """What guard told of one build."""

    name: str
    exit: int | None
    report: Mapping[str, object]

    @property
    def connections(self) -> list[dict[str, object]]:
        """Connections that left the machine, or went to a socket of it."""
        return list(self.report.get("connections", ()))  # type: ignore[call-overload]

    @property
    def verdict(self) -> str:
        """The alarm: "" where there is none."""
        verdict = str(self.report.get("verdict", "no report"))
        return VERDICTS.get(verdict, verdict.upper())

    def findings(self, *strengths: str) -> list[dict[str, object]]:
        """Return the findings of these strengths."""
        every: Iterable[dict[str, object]] = self.report.get("findings", ())  # type: ignore[assignment]
        return [item for item in every if item["strength"] in strengths]

    def downloads(self) -> list[str]:
        """Return what was named as a known download."""
        return [str(item["message"]) for item in self.findings("weak") if "as it is known to" in str(item["message"])]


class Workshop:
    """A scratch folder with a home of its own, in which packages are built one after the other."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        """Make the folder's environment."""
        self.folder, self.options = folder, options
        self.cache = cache_folder() / "builds"
        self.environ = dict(os.environ)
        for name in ("home", "data", "temporary"):
            (folder / name).mkdir()
        kept = {"PIP_CACHE_DIR": "pip", "npm_config_cache": "npm", "CARGO_HOME": "cargo"}
        self.environ |= {variable: str(self.cache / name) for variable, name in kept.items()}
        self.environ |= {
            "HOME": str(folder / "home"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CACHE_HOME": str(folder / "data"),
            "TMPDIR": str(folder / "temporary"),
            # Newer versions of npm run no install script that is not approved.
            "npm_config_dangerously_allow_all_scripts": "true",
            "RUSTUP_HOME": os.environ.get("RUSTUP_HOME") or str(Path.home() / ".rustup"),
        }
        self.python = folder / "environment" / "bin" / "python"
        venv.create(self.python.parent.parent, with_pip=True)

    def pypi(self, name: str) -> Built:
        """Build a wheel from the sdist. The wheels of earlier runs would be taken instead, so they go."""
        if (kept := self._kept(name)) is not None:
            return kept
        shutil.rmtree(self.cache / "pip" / "wheels", ignore_errors=True)
        plain = name.partition("=")[0]
        wheel = [str(self.python), "-m", "pip", "wheel", "--no-deps", "--no-binary", plain, "-w", "wheels", name]
        return self._guarded(name, wheel)

    def npm(self, name: str) -> Built:
        """Install a package with its dependencies and their install scripts."""
        if (kept := self._kept(name)) is not None:
            return kept
        return self._guarded(name, ["npm", "install", "--no-audit", "--no-fund", name])

    def _guarded(self, name: str, command: Sequence[str]) -> Built:
        project = self.folder / "project"
        shutil.rmtree(project, ignore_errors=True)
        project.mkdir()
        if command[0] == "npm":
            (project / "package.json").write_text("{}")
        report, log = self.folder / "report.json", self.folder / "log"
        report.unlink(missing_ok=True)
        guard = [sys.executable, "-m", "doorward", "guard", "-q", "--mode", self.options.mode]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*guard, "--format", "json", "--output", str(report), "--", *command],
                cwd=project, env=self.environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
            code = self._wait(process)
        keep = self.options.keep
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            shutil.copy(log, keep / f"{plain(name)}.log")
            if report.exists():
                shutil.copy(report, keep / f"{plain(name)}.json")
            (keep / f"{plain(name)}.exit").write_text("" if code is None else str(code))
        return read(name, code, report)

    def _kept(self, name: str) -> Built | None:
        """Return what an earlier run kept of a build; its exit code is written last."""
        if self.options.keep is None or not self.options.resume:
            return None
        code = self.options.keep / f"{plain(name)}.exit"
        if not code.exists():
            return None
        text = code.read_text()
        return read(name, int(text) if text else None, self.options.keep / f"{plain(name)}.json")

    def _wait(self, process: subprocess.Popen[bytes]) -> int | None:
        """Return the exit code; None where the time was over: guard still reports what it saw until then.

        It ends once the last process has ended, and the signal goes to those that are left.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(self.options.seconds)
        for _ in range(40):
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(3)
                return None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None


def plain(name: str) -> str:
    """Return a package's name as the name of a file."""
    return name.replace("/", "+")


def read(name: str, code: int | None, report: Path) -> Built:
    """Return what a report says, if guard came to write it."""
    text = report.read_text() if report.exists() else ""
    return Built(name, code, json.loads(text) if text else {})


def named(connections: Iterable[Mapping[str, object]]) -> int:
    """Count the connections that name a package, or a line of the user's own code."""
    return sum(bool(item["package"] or item["where"]) for item in connections)


def row(built: Built) -> Iterator[str]:
    """Yield the cells of one package."""
    met = built.connections
    phases = Counter(str(item["phase"]) for item in met)
    yield built.name
    yield "time over" if built.exit is None else str(built.exit)
    yield " ".join(f"{count} {phase}" for phase, count in phases.items())
    yield f"{named(met)}/{len(met)}"
    rules = [str(item["rule"]) for item in built.findings("strong", "conclusive")]
    yield f"{built.verdict} {', '.join(sorted(set(rules)))}".strip()
    yield "; ".join(dict.fromkeys(built.downloads()))


def show(every: Sequence[Built], *, listing: bool) -> None:
    """Print the table, and what it comes to."""
    rows = [("package", "exit", "connections", "named", "alarm", "known download"), *(tuple(row(b)) for b in every)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for cells in rows:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip())
    for built in every if listing else ():
        for item in built.findings("weak", "strong", "conclusive"):
            told = "; ".join(f"{e['label']} {e['value']} {e['where'] or ''}" for e in item["evidence"])  # type: ignore[attr-defined]
            print(f"{built.name}: {item['strength']} {item['rule']} {item['subject']}: {item['message']} {told}")
    met = [item for built in every for item in built.connections]
    alarms = sum(bool(built.verdict) for built in every)
    downloads = sum(bool(built.downloads()) for built in every)
    print(
        f"\n{len(every)} builds, {sum(built.exit == 0 for built in every)} with exit 0; {alarms} alarms;"
        f" {downloads} known downloads; {named(met)} of {len(met)} connections named,"
        f" {sum(bool(item['process']) for item in met)} with their processes"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pypi", nargs="*", default=None, metavar="NAME", help="instead of the list in this file")
    parser.add_argument("--npm", nargs="*", default=None, metavar="NAME", help="instead of the list in this file")
    parser.add_argument("--count", type=int, default=30, help="of each list, the first so many")
    parser.add_argument("--mode", choices=("observe", "block"), default="observe")
    parser.add_argument("--seconds", type=float, default=600, help="for one package; what was seen until then counts")
    parser.add_argument("--list", action="store_true", help="print every finding above context")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep each report, output and exit code there")
    parser.add_argument("--resume", action="store_true", help="with --keep: take what lies there, and build the rest")
    options = parser.parse_args()
    given = options.pypi is not None or options.npm is not None
    pypi = options.pypi or () if given else PYPI
    npm = options.npm or () if given else NPM
    with tempfile.TemporaryDirectory(prefix="builds-", ignore_cleanup_errors=True) as folder:
        shop = Workshop(Path(folder), options)
        built = []
        for work, names in ((shop.pypi, pypi), (shop.npm, npm)):
            for name in names[: options.count]:
                built.append(work(name))
                print("  ".join(row(built[-1])), file=sys.stderr, flush=True)
    show(built, listing=options.list)


if __name__ == "__main__":
    main()
