"""Judge one upgrade: two releases of one package, or two artifact files."""

from __future__ import annotations

import argparse
from pathlib import Path

from doorward.cli.options import add_common, add_source, deliver, load_policy, opened, with_source
from doorward.engine.diff import diff

HELP = "one upgrade: two package URLs, or two files"
EXAMPLES = """\
examples:
  doorward diff pkg:pypi/click@8.1.7 pkg:pypi/click@8.1.8
  doorward diff pkg:npm/debug@4.4.0 pkg:npm/debug@4.4.1 --format markdown
  doorward diff pkg:pypi/click@8.1.7 pkg:pypi/click@8.1.8 --repository pypi/click=../click
  doorward diff click-8.1.7-py3-none-any.whl click-8.1.8-py3-none-any.whl
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    group = parser.add_argument_group("input")
    group.add_argument("old", metavar="OLD", help="package URL with version, or a wheel, sdist or npm tarball")
    group.add_argument("new", metavar="NEW", help="the same of the newer release")
    add_source(parser)
    add_common(parser)


def run(options: argparse.Namespace) -> int:
    """Compare and return the exit code."""
    with opened(options, with_source(load_policy(options, Path.cwd()), options)) as context:
        report = diff(context, options.old, options.new)
    return deliver(options, report)
