"""List what a scan would look at, without looking anything up."""

from __future__ import annotations

import argparse
from pathlib import Path

from doorward.cli.options import load_policy, write
from doorward.engine.scan import inventory_of
from doorward.outputs import inventory_json, inventory_text

HELP = "what would be scanned"
EXAMPLES = """\
examples:
  doorward inventory .
  doorward inventory uv.lock --format json
  doorward inventory --installed .venv        what is installed there
  doorward inventory --installed /mnt/image   every package of an unpacked image
"""
#: Exit code where something that a file names could not be taken over.
INCOMPLETE = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("targets", metavar="PATH", nargs="*", help="folder or lock file (default: .)")
    parser.add_argument(
        "--installed",
        action="store_true",
        help="what is installed below a folder (environments, node_modules, system packages, programs), not its locks",
    )
    parser.add_argument("--policy", metavar="FILE", type=Path, help="policy to use (default: doorward.toml here)")
    parser.add_argument("--format", choices=("human", "json"), default="human")
    parser.add_argument("--output", metavar="FILE", type=Path, help="write the result there instead of stdout")


def run(options: argparse.Namespace) -> int:
    """List and return the exit code."""
    targets = options.targets or ["."]
    root = Path(targets[0])
    policy = load_policy(options, root if root.is_dir() else Path.cwd())
    inventory = inventory_of(policy, targets, installed=options.installed)
    draw = inventory_json if options.format == "json" else inventory_text
    write(options.output, draw(inventory))
    return 0 if inventory.packages and not inventory.gaps else INCOMPLETE
