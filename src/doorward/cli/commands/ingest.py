"""Read logs of a build or a test that doorward did not watch, and judge what they tell.

The format of each log is told by its first bytes: pip -v and --log, npm debug logs, harden-runner, Falco, auditd, Zeek
(conn, dns, ssl), Squid, go-witness network traces, package-analysis results, and the log of a CI job with pip or npm in
it. Several logs are joined into one run. Logs may be compressed with gzip.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from doorward.cli.options import add_common, deliver, load_policy, opened
from doorward.engine.ingest import IngestWish, ingest
from doorward.policy import Destination, parse_destination

HELP = "the same as guard from logs of runs that doorward did not watch"
EXAMPLES = """\
examples:
  doorward ingest pip.log                                  what pip fetched from where
  doorward ingest pip.log conn.log dns.log --lock uv.lock  joined by time, and held against the lock
  doorward ingest audit.log --format json
  doorward ingest access.log pip.log --client 10.0.0.5     one machine of a proxy's many
  doorward ingest result.json --rules 'runtime/*'
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    group = parser.add_argument_group("input")
    group.add_argument("logs", metavar="LOG", nargs="+", type=Path, help="a log, in any of the formats")
    group.add_argument(
        "--lock",
        metavar="FILE",
        action="append",
        default=[],
        type=Path,
        help="lock file of what was built (repeatable): compared with what was fetched",
    )
    group.add_argument(
        "--client",
        metavar="ADDRESS",
        action="append",
        default=[],
        help="the machine that built, where a network's log tells of several (repeatable)",
    )
    add_common(parser)
    parser.add_argument_group("policy").add_argument(
        "--allow",
        metavar="HOST[:PORT]",
        action="append",
        default=[],
        type=_destination,
        help="expect it in every phase (repeatable)",
    )


def _destination(text: str) -> Destination:
    try:
        return parse_destination(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def run(options: argparse.Namespace) -> int:
    """Read the logs and return the exit code."""
    wish = IngestWish(tuple(options.logs), tuple(options.lock), tuple(options.allow), frozenset(options.client))
    with opened(options, load_policy(options, Path.cwd()), Path.cwd()) as context:
        report = ingest(context, wish)
    return deliver(options, report)
