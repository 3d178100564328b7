"""Judge every dependency of a project, or the ones that a change of its lock files brings."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from doorward.cli._schedule import Plan, schedule_text, this_program
from doorward.cli.options import add_common, add_source, deliver, opened, policy_since, with_source, write
from doorward.engine.intel import states_to_renew
from doorward.engine.scan import inventory_of, scan
from doorward.errors import NoStorePlace
from doorward.model.purl import OSV_ECOSYSTEM, is_purl
from doorward.policy import Policy
from doorward.records import replace
from doorward.store.intel import FOLDER
from doorward.store.schema import default_path

HELP = "every dependency of a project, or the ones that changed (--since REV)"
EXAMPLES = """\
examples:
  doorward scan                          the lock files of this folder
  doorward scan path/to/uv.lock          one lock file
  doorward scan pkg:npm/left-pad@1.3.0   one release
  doorward scan --since origin/main      only what changed, old locked version against new
  doorward scan --source                 also how each release was made: its tag, its commits, their people and keys
  doorward scan --installed .venv        what is installed there, whatever the lock says
  doorward scan --format sarif --output doorward.sarif
  doorward scan --schedule               what to paste for a daily scan: cron, systemd, GitHub Actions, GitLab
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    group = parser.add_argument_group("input")
    group.add_argument("targets", metavar="PATH|PURL", nargs="*", help="folder, lock file or package URL (default: .)")
    group.add_argument("--since", metavar="REV", help="only what changed in the lock files since a git revision")
    group.add_argument(
        "--installed",
        action="store_true",
        help="what is installed below a folder (environments, node_modules, system packages, programs), not its locks",
    )
    add_source(parser)
    group.add_argument("--schedule", action="store_true", help="print what to paste for a daily scan, and scan nothing")
    add_common(parser)
    more = parser.add_argument_group("intelligence")
    more.add_argument(
        "--online", action="store_true", help="ask OSV's API about releases of which no imported feed answers"
    )
    more.add_argument(
        "--vex",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="a VEX document (OpenVEX, CSAF, CycloneDX) that says what does not concern this project",
    )


def run(options: argparse.Namespace) -> int:
    """Scan and return the exit code."""
    targets = options.targets or ["."]
    folders = [Path(target) for target in targets if not is_purl(target) and Path(target).is_dir()]
    project = folders[0] if folders else Path.cwd()
    policy, notices = policy_since(options, project, options.since)
    if options.schedule:
        return _schedule(options, policy, targets)
    vex = (*policy.intel.vex, *(str(path.absolute()) for path in options.vex))
    policy = replace(policy, intel=replace(policy.intel, online=policy.intel.online or options.online, vex=vex))
    with opened(options, with_source(policy, options), project) as context:
        report = scan(context, targets, since=options.since, installed=options.installed)
    if options.since and not report.packages and not notices and options.format == "human":
        return 0  # nothing changed: clean and silent
    return deliver(options, replace(report, notices=(*notices, *report.notices)))


def _schedule(options: argparse.Namespace, policy: Policy, targets: Sequence[str]) -> int:
    packages = inventory_of(policy, targets, installed=options.installed).packages
    archives = tuple(sorted({OSV_ECOSYSTEM[item.type] for item in packages if item.type in OSV_ECOSYSTEM}))
    others = bool(policy.intel.feeds) or _has_fetched()
    program = this_program(os.environ, sys.argv[0])
    write(options.output, schedule_text(Plan(Path.cwd(), _arguments(options), archives, others, program)))
    return 0


def _has_fetched() -> bool:
    """Whether some imported feed has an address."""
    try:
        states = states_to_renew(default_path(os.environ).parent / FOLDER)
    except NoStorePlace:
        return False
    return any(state.origin.startswith(("https:", "http:")) for state in states)


def _arguments(options: argparse.Namespace) -> tuple[str, ...]:
    """Return what was asked for, as a command line has it."""
    given = [str(target) for target in options.targets]
    given += [f"--{name}" for name in ("installed", "source", "online", "offline") if getattr(options, name)]
    for name in ("policy", "rules", "artifacts"):
        value = getattr(options, name)
        given += [f"--{name}", str(value)] if value else []
    given += [part for path in options.vex for part in ("--vex", str(path))]
    for purl, place in options.repository:
        given += ["--repository", f"{purl.type}/{purl.full_name}={place}"]
    return tuple(given)
