"""doorward's look at a lock's advisories beside pip-audit's, each in an environment of its own.

pip-audit is installed with pip into a temporary virtual environment and asked about the same pinned requirements (the
ones that doorward is developed with, without their digests), over the network, as it works by default. doorward is a
cold process that asks its index (made-up records, or the archives that --feed names), and a second one that has nothing
to read but the lock. Where pip or the service cannot be reached, the reason is printed and nothing is compared.

    python benchmarks/pip_audit.py [--requirements FILE] [--feed FILE.zip ...] [--runs 3]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import osv_import
from doorward.engine.advisories import evaluate
from doorward.engine.intel import Import, import_feeds
from doorward.model.advisories import Package
from doorward.sources.manifests import read_file
from doorward.store.intel import open_bundle

ROOT = Path(__file__).parent.parent
RECORDS = 200_000
PATIENCE = 600
#: What pip-audit answers with nothing found, and with something.
AUDITED = (0, 1)
_PIN = re.compile(r"^([A-Za-z0-9][\w.\-]*==[\w.+!]+)", re.MULTILINE)


def pins(source: Path, target: Path) -> int:
    """Write the pinned requirements of a file without markers and digests, and return how many there are."""
    found = sorted(set(_PIN.findall(source.read_text())))
    target.write_text("\n".join(found) + "\n")
    return len(found)


def timed(command: Sequence[str], **environ: str) -> tuple[float, subprocess.CompletedProcess[str]]:
    started = time.perf_counter()
    ran = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE, env=os.environ | environ
    )
    return time.perf_counter() - started, ran


def auditor(folder: Path) -> Path:
    """Return the pip-audit of a new environment; leave with the reason where it cannot be installed."""
    venv.create(folder, with_pip=True)
    _, ran = timed([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "pip-audit"])
    if ran.returncode:
        sys.exit(f"skipped: pip-audit cannot be installed ({ran.stderr.strip().splitlines()[-1][:200]})")
    return folder / "bin" / "pip-audit"


def ask(folder: Path) -> None:
    """Read the lock and evaluate it; runs in a process of its own."""
    inventory = read_file(folder, "requirements.txt")
    bundle = open_bundle(folder / "intel")
    assert bundle is not None
    with bundle:
        packages = [Package(item.purl.ecosystem, item.name, item.version) for item in inventory.packages]
        answers = evaluate(bundle, packages)
    print(len(packages), sum(bool(answer.matches) for answer in answers))


def audited(command: Sequence[str], runs: int) -> tuple[list[float], int]:
    """Return the seconds of pip-audit, and of how many packages it answered."""
    seconds, answered = [], 0
    for _ in range(runs):
        took, ran = timed(command)
        if ran.returncode not in AUDITED or not ran.stdout.strip():
            sys.exit(f"skipped: pip-audit got no answer ({(ran.stderr.strip().splitlines() or ['silence'])[-1][:200]})")
        seconds.append(took)
        answered = sum("skip_reason" not in found for found in json.loads(ran.stdout)["dependencies"])
    return seconds, answered


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requirements", type=Path, default=ROOT / "requirements" / "dev.txt")
    parser.add_argument("--feed", type=Path, action="append", default=[], help="archives in place of made-up records")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--ask", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        ask(options.ask)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = pins(options.requirements, folder / "requirements.txt")
        feeds = options.feed or [osv_import.made(folder / "all.zip", RECORDS)]
        import_feeds(folder / "intel", [Import(path) for path in feeds], datetime.now(UTC))
        ours = []
        for _ in range(options.runs):
            took, ran = timed([sys.executable, __file__, "--ask", str(folder)])
            if ran.returncode:
                sys.exit(ran.stderr)
            ours.append(took)
        asked, matched = ran.stdout.split()
        print(f"{count} pinned packages; doorward asked about {asked} of them, {matched} with an advisory")
        print(f"{'doorward, cold':24} {statistics.median(ours):8.2f} s")
        command = [str(auditor(folder / "venv")), "--no-deps", "--disable-pip", "--progress-spinner", "off"]
        command += ["--format", "json", "-r", str(folder / "requirements.txt")]
        theirs, answered = audited(command, options.runs)
        ratio = statistics.median(theirs) / statistics.median(ours)
        print(f"{'pip-audit':24} {statistics.median(theirs):8.2f} s   {ratio:6.1f} x, answered {answered} of {count}")


if __name__ == "__main__":
    main()
