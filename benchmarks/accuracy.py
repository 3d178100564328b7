"""How often doorward says WARN, HOLD or BLOCK about releases of well-known packages, each presumed honest.

Every named package is judged as `doorward scan` does it, its newest stable releases each against the release before,
from the registries that this machine is configured for. Printed are the verdicts, then each rule's hits per 1,000.

With ``--repository``, only packages whose clone is named are judged, with how their releases were made (``--source``).

    python benchmarks/accuracy.py [--releases 1] [--list] [--repository pypi/click=PATH ...]
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from doorward.engine.baseline import Timeline
from doorward.engine.context import Context
from doorward.engine.gather.packages import fetch_packages
from doorward.engine.gather.release import gather_changes
from doorward.engine.gather.wish import Wish
from doorward.engine.judge import Work, judge_changes
from doorward.engine.session import Wanted, session
from doorward.model.facts import Known
from doorward.model.findings import Report, Strength, Verdict
from doorward.model.limits import NetworkLimits
from doorward.model.purl import Purl, make_purl
from doorward.policy import Policy, parse_package
from doorward.policy.source import SourcePolicy

#: Well-known packages, chosen before anything was measured: libraries, tools, native code, bundles and type stubs.
PYPI = (
    "requests", "urllib3", "click", "flask", "jinja2", "attrs", "pydantic", "rich", "httpx", "pytest", "sqlalchemy",
    "pyyaml", "cryptography", "aiohttp", "typer", "tqdm", "setuptools", "coverage", "beautifulsoup4", "python-dateutil",
)  # fmt: skip
NPM = (
    "express", "debug", "chalk", "axios", "semver", "commander", "lodash", "react", "yargs", "uuid", "ws", "dotenv",
    "eslint", "prettier", "esbuild", "vite", "rxjs", "zod", "@types/node", "@babel/core",
)  # fmt: skip


def newest(context: Context, releases: int) -> Iterator[Purl]:
    """Yield the newest stable releases of every package that have a release before them."""
    names = [("pypi", name) for name in PYPI] + [("npm", name) for name in NPM]
    if context.policy.source.on:
        names = [(package.type, package.full_name) for package in context.policy.source.repositories]
    for (type_, name), package in fetch_packages(context, names).items():
        if not isinstance(package, Known):
            print(f"not had: {name}: {package.reason}")
            continue
        timeline = Timeline(package.value.record, believe_times=package.value.believes_times)
        stable = [p.record for p in timeline.placed if not p.prerelease and timeline.old_side(p.record)]
        for record in stable[-releases:]:
            yield make_purl(type_, name, record.version)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--releases", type=int, default=1, help="newest releases of each package")
    parser.add_argument("--list", action="store_true", help="print every finding above context")
    parser.add_argument("--repository", action="append", default=[], help="PACKAGE=PATH of a clone (repeatable)")
    options = parser.parse_args()
    places = {parse_package(name): path for name, _, path in (text.partition("=") for text in options.repository)}
    source = SourcePolicy(bool(places), places)
    limits = replace(NetworkLimits(), budget_bytes=20_000_000_000)
    with session(Wanted(Policy(network_limits=limits, source=source))) as context:
        reports = []
        for purl in newest(context, options.releases):
            changes = gather_changes(context, [Wish(purl)])
            reports.append(judge_changes(context, changes, Work(packages=1), 0.0))
    show(reports, every=options.list)


def show(reports: list[Report], *, every: bool) -> None:
    """Print verdicts, findings, and rates."""
    verdicts = Counter(report.verdict for report in reports)
    hits: Counter[tuple[str, str]] = Counter()
    for report in reports:
        loud = report.verdict is not Verdict.CLEAN
        if loud or (every and any(f.strength > Strength.CONTEXT for f in report.findings)):
            print(f"{report.verdict.value:14} {report.subjects[0].subject}")
        for finding in report.findings:
            hits[finding.rule, finding.strength.word] += 1
            if (loud or every) and finding.strength > Strength.CONTEXT:
                told = "; ".join(f"{item.label} {item.value}" for item in finding.evidence[:3])
                print(f"    {finding.strength.word:10} {finding.rule}: {finding.message} {told}")
        for gap in report.gaps:
            if gap.required:
                print(f"    gap        {gap.rule}: {gap.reason}")
    print(f"\n{len(reports)} releases: " + ", ".join(f"{count} {v.value}" for v, count in verdicts.items()))
    for (rule, strength), count in sorted(hits.items()):
        print(f"  {rule:34} {strength:10} {count:4}  {1000 * count / len(reports):6.1f} per 1,000")


if __name__ == "__main__":
    main()
