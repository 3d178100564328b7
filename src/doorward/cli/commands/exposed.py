"""Answer "were we exposed to this release, where, and when".

Looked at are the lock files of a project and their whole git history (every branch and tag), what is installed, the
caches of package managers, the inventories of earlier scans, logs of CI jobs, and every layer of saved images. Nothing
is run, and of an inspected repository no setting is believed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from doorward.cli.options import load_policy, render_options, write
from doorward.engine.exposed import ExposedWish, exposed
from doorward.engine.session import Wanted, session
from doorward.outputs._exposure import FORMATS
from doorward.outputs.terminal import progress

HELP = "were we exposed, where and when: lock history, installed trees, caches, CI logs"
EXAMPLES = """\
examples:
  doorward exposed pkg:npm/chalk@5.6.1                    one release
  doorward exposed MAL-2026-1234                          what an imported advisory names
  doorward exposed incident.csv --log ci.log              a list of releases, and the log of a CI job
  doorward exposed pkg:pypi/examplelib@4.1.1 --path /srv/app --path /opt/venv
  doorward exposed MAL-2026-1234 --image app.tar          every layer of a saved image, also what a later one deletes
  doorward exposed MAL-2026-1234 --format markdown > exposure.md

exit codes: 1 exposed, 0 not found in the places that were looked at, 3 nothing to look at, or a place that may have it
could not be read
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    group = parser.add_argument_group("input")
    group.add_argument(
        "asked", metavar="PURL|ADVISORY|FEED", nargs="+", help="a release, a record's id, an imported feed, or a file"
    )
    group.add_argument(
        "--path",
        metavar="DIR",
        action="append",
        default=[],
        type=Path,
        help="project, environment or any folder to look in (repeatable; default: .)",
    )
    group.add_argument(
        "--log",
        metavar="FILE",
        action="append",
        default=[],
        type=Path,
        help="log of a build or a CI job (repeatable)",
    )
    group.add_argument(
        "--image",
        metavar="FILE|DIR",
        action="append",
        default=[],
        type=Path,
        help="saved container image, every layer of it: 'docker save', or an OCI layout (repeatable)",
    )
    group.add_argument(
        "--no-user",
        action="store_true",
        help="leave out what the user has outside of --path: caches and global folders of package managers, tools, and"
        " the active environment",
    )
    group.add_argument("--policy", metavar="FILE", type=Path, help="policy to use (default: doorward.toml here)")
    output = parser.add_argument_group("output")
    output.add_argument("--format", choices=sorted(FORMATS), default="human", help="default: human")
    output.add_argument("--output", metavar="FILE", type=Path, help="write the result there instead of stdout")
    output.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    output.add_argument("--no-progress", action="store_true", help="no progress on stderr")
    output.add_argument("--exit-zero", action="store_true", help="exit 0 whatever the answer")
    output.add_argument("-v", "--verbose", action="count", default=0, help="show every place, commit and gap")
    output.add_argument("-q", "--quiet", action="store_true", help="only the last line")
    network = parser.add_argument_group("network")
    network.add_argument("--offline", action="store_true", help="do not ask the index when a release could be had")


def run(options: argparse.Namespace) -> int:
    """Look, and return the exit code."""
    paths = tuple(options.path) or (Path(),)
    project = paths[0] if paths[0].is_dir() else Path.cwd()
    wish = ExposedWish(tuple(options.asked), paths, tuple(options.log), tuple(options.image), not options.no_user)
    shows = not options.no_progress and not options.quiet and sys.stderr.isatty()
    with progress(enabled=shows, stream=sys.stderr) as shown:
        wanted = Wanted(load_policy(options, project), project, options.offline, progress=shown)
        with session(wanted) as context:
            exposure = exposed(context, wish)
    write(options.output, FORMATS[options.format](exposure, render_options(options)))
    return 0 if options.exit_zero else exposure.outcome.exit_code
