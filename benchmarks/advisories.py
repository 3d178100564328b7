"""A lock of 10,000 packages against a whole index, in a cold process; and a hunt through 1,000 stored inventories.

The index holds made-up records (or the archives that --feed names); a tenth of the lock's packages have advisories.
Limits: 0.5 s and 64 MB for the lock; 2 s for 1,000 inventories of 2,000 packages against 5,000 new records.

    python benchmarks/advisories.py [--records 200000] [--feed FILE.zip ...] [--quick]
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import osv_import
from doorward.engine.advisories import evaluate
from doorward.engine.intel import Import, import_feeds
from doorward.engine.intel_hunt import hunt
from doorward.model.advisories import Package
from doorward.model.dependency import Dependency, Inventory
from doorward.sources.manifests import read_file
from doorward.store import Store
from doorward.store.intel import open_bundle

PACKAGES = 10_000
SECONDS, MEGABYTES, HUNT = 0.5, 64.0, 2.0
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
INVENTORIES, EACH, NEW = 1_000, 2_000, 5_000


def lock(path: Path, records: int) -> None:
    """Write a package-lock of which a tenth of the packages have advisories."""
    packages = (record["affected"][0] for record in islice(osv_import.records(records), 0, None, 4))
    known = {found["package"]["name"]: found["versions"][0] for found in packages}
    wanted = dict(islice(known.items(), PACKAGES // 10)) | {f"honest-{n}": f"1.0.{n % 9}" for n in range(PACKAGES)}
    entries = {
        f"node_modules/{name}": {
            "version": version,
            "resolved": f"https://registry.example/{name}.tgz",
            "integrity": "sha512-" + "A" * 86 + "==",
        }
        for name, version in islice(wanted.items(), PACKAGES)
    }
    document = {"name": "app", "lockfileVersion": 3, "packages": {"": {"name": "app", "version": "1.0.0"}} | entries}
    path.write_text(json.dumps(document, indent=2))


def memory() -> float:
    """Return the most megabytes that this process had: ru_maxrss would count those of the one that started it."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1000  # type: ignore[index]


def children() -> float:
    """Return the seconds that ended child processes had on a core."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ask(folder: Path) -> None:
    """Read the lock and evaluate it; runs in a process of its own."""
    started = time.perf_counter()
    inventory = read_file(folder, "package-lock.json")
    read = time.perf_counter() - started
    bundle = open_bundle(folder / "intel")
    assert bundle is not None
    with bundle:
        asked = [Package(d.purl.ecosystem, d.name, d.version) for d in inventory.packages]
        answers = evaluate(bundle, asked)
    matched = sum(bool(answer.matches) for answer in answers)
    print(f"{len(asked)} {matched} {read} {time.perf_counter() - started} {memory()}")


def lock_line(folder: Path) -> None:
    started, before = time.perf_counter(), children()
    ran = subprocess.run([sys.executable, __file__, "--ask", str(folder)], capture_output=True, text=True, check=False)
    whole, core = time.perf_counter() - started, children() - before
    if ran.returncode:
        sys.exit(ran.stderr)
    packages, matched, read, asked, most = ran.stdout.split()
    print(f"{packages} packages, {matched} with an advisory")
    print(f"{'reading the lock':24} {float(read):8.2f} s")
    print(f"{'asking':24} {float(asked) - float(read):8.2f} s")
    print(f"{'cold process':24} {whole:8.2f} s   {SECONDS:6.1f} s  {whole / SECONDS:6.0%} of limit")
    print(f"{'the same, on the core':24} {core:8.2f} s   {SECONDS:6.1f} s  {core / SECONDS:6.0%} of limit")
    print(f"{'memory':24} {float(most):8.0f} MB  {MEGABYTES:6.0f} MB {float(most) / MEGABYTES:6.0%} of limit")


def record(number: int) -> dict[str, object]:
    """Return one new record; a hundredth of them are of packages that inventories have."""
    name = f"package-{number * 4}" if number % 100 == 0 else f"elsewhere-{number}"
    affected = {"package": {"ecosystem": "npm", "name": name}, "versions": [f"1.0.{number * 4 % 5}"]}
    return {"id": f"MAL-{number}", "modified": "2026-05-01T10:00:00Z", "affected": [affected]}


def hunt_line(folder: Path, inventories: int) -> None:
    """Store inventories, import new records, and hunt."""
    source = random.Random(7)
    with Store(folder / "doorward.sqlite3") as store:
        for number in range(inventories):
            picked = source.sample(range(20_000), EACH)
            packages = tuple(
                Dependency("npm", f"package-{n}", f"1.0.{n % 5}", path="package-lock.json") for n in picked
            )
            store.save_inventory(f"/project-{number}", NOW - timedelta(days=1), Inventory(packages), ())
        records = [record(n) for n in range(NEW)]
        (folder / "new.json").write_text(json.dumps(records))
        import_feeds(folder / "hunt", [Import(folder / "new.json")], NOW)
        started, before = time.perf_counter(), time.process_time()
        found = hunt(store, folder / "hunt")
        seconds, core = time.perf_counter() - started, time.process_time() - before
    limit = HUNT * inventories / INVENTORIES
    print(f"{inventories} inventories of {EACH} packages, {NEW} new records, {len(found)} found")
    print(f"{'hunt':24} {seconds:8.2f} s   {limit:6.1f} s  {seconds / limit:6.0%} of limit")
    print(f"{'hunt, on the core':24} {core:8.2f} s   {limit:6.1f} s  {core / limit:6.0%} of limit")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--feed", type=Path, action="append", default=[], help="archives in place of made-up records")
    parser.add_argument("--quick", action="store_true", help="20,000 records, 100 inventories")
    parser.add_argument("--ask", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        ask(options.ask)
        return
    records = 20_000 if options.quick else options.records
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        feeds = options.feed or [osv_import.made(folder / "all.zip", records)]
        import_feeds(folder / "intel", [Import(path) for path in feeds], NOW)
        lock(folder / "package-lock.json", records)
        lock_line(folder)
        hunt_line(folder, 100 if options.quick else INVENTORIES)


if __name__ == "__main__":
    main()
