"""The options that commands share, and the context and the output that follow from them."""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TextIO

from doorward.engine.context import Context
from doorward.engine.session import Wanted, session
from doorward.errors import InvalidPurl, PolicyError, UsageError
from doorward.model.findings import Report
from doorward.model.purl import Purl
from doorward.outputs import FormatNames, RenderOptions, render, render_header
from doorward.outputs.safe import terminal
from doorward.outputs.terminal import progress
from doorward.policy import Policy, find_policy, parse_package, parse_policy, read_below
from doorward.records import replace
from doorward.rules import all_rules, rule_ids
from doorward.sources.manifests import text_at

#: Of ``--format``: argparse fills in the names, and asks for them only where help is printed.
FORMAT_HELP = "%(choices)s (default: %(default)s)"
#: Columns where no terminal tells.
WIDTH = 100

Header = tuple[tuple[str, str], ...]


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add the options that every judging command takes."""
    policy = parser.add_argument_group("policy")
    policy.add_argument("--policy", metavar="FILE", type=Path, help="policy to use (default: doorward.toml here)")
    policy.add_argument("--rules", metavar="GLOB", help="only these rules, such as 'registry/*' (several by comma)")
    policy.add_argument("--as-of", metavar="DATE", type=moment, help="judge with what was published on that day")
    policy.add_argument("--artifacts", choices=("installable", "all"), help="which files of a release are read")
    output = parser.add_argument_group("output")
    output.add_argument("--format", choices=FormatNames(), default="human", metavar="FORMAT", help=FORMAT_HELP)
    output.add_argument("--output", metavar="FILE", type=Path, help="write the result there instead of stdout")
    output.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    output.add_argument("--no-progress", action="store_true", help="no progress on stderr")
    output.add_argument("--exit-zero", action="store_true", help="exit 0 whatever the verdict")
    output.add_argument("-v", "--verbose", action="count", default=0, help="show context and every gap")
    output.add_argument("-q", "--quiet", action="store_true", help="only the last line")
    network = parser.add_argument_group("network")
    network.add_argument("--offline", action="store_true", help="use only what the store already knows")


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add the options of commands that can look at the repositories of releases."""
    group = parser.add_argument_group("source")
    group.add_argument(
        "--source",
        action="store_true",
        help="look at the repositories that packages name: the tag of each release and the commits since the last",
    )
    group.add_argument(
        "--repository",
        metavar="PACKAGE=PATH|URL",
        action="append",
        type=_repository,
        default=[],
        help="where a package's repository is, such as pypi/click=../click (repeatable; turns --source on)",
    )


def _repository(text: str) -> tuple[Purl, str]:
    package, equals, place = text.partition("=")
    if not equals or not place:
        raise argparse.ArgumentTypeError(f"{text!r} does not say PACKAGE=PATH or PACKAGE=URL")
    try:
        return parse_package(package), str(Path(place).absolute()) if Path(place).exists() else place
    except InvalidPurl as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def with_source(policy: Policy, options: argparse.Namespace) -> Policy:
    """Return the policy with what the command line says of repositories."""
    source = policy.source
    if options.source or options.repository:
        source = replace(source, on=True, repositories={**source.repositories, **dict(options.repository)})
    return replace(policy, source=source)


def moment(text: str) -> datetime:
    """Parse a day (its end) or an ISO 8601 moment, UTC where no zone is given."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: write 2026-03-31 or 2026-03-31T12:00:00Z") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.replace(hour=23, minute=59, second=59) if len(text) == len("2026-03-31") else moment


def beginning(text: str) -> datetime:
    """Parse a day (its beginning) or an ISO 8601 moment, as :func:`moment` does."""
    parsed = moment(text)
    return parsed.replace(hour=0, minute=0, second=0) if len(text) == len("2026-03-31") else parsed


def load_policy(options: argparse.Namespace, root: Path) -> Policy:
    """Return the policy that the command line names, else the one of the project at ``root``."""
    if options.policy is not None:
        return _named_policy(options.policy)
    return find_policy(partial(read_below, root), rule_ids=rule_ids())


def policy_since(options: argparse.Namespace, root: Path, revision: str | None) -> tuple[Policy, tuple[str, ...]]:
    """Return the policy as it stood in a revision (None: as it stands), and a notice where it has changed since.

    A change may not allow itself: what it does to the policy counts once it is merged.
    """
    if revision is None or options.policy is not None:
        return load_policy(options, root), ()
    then = find_policy(lambda name: text_at(root, revision, name), rule_ids=rule_ids())
    try:
        changed = find_policy(partial(read_below, root), rule_ids=rule_ids()) != then
    except PolicyError:
        changed = True
    notice = f"the policy has changed since {revision}; the one of {revision} is used"
    return then, (notice,) if changed else ()


def _named_policy(path: Path) -> Policy:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: the policy cannot be read") from error
    return parse_policy(text, origin=str(path), rule_ids=rule_ids())


@contextmanager
def opened(options: argparse.Namespace, policy: Policy, project: Path | None = None) -> Iterator[Context]:
    """Open what one command needs, as its options say."""
    if options.artifacts is not None:
        policy = replace(policy, all_artifacts=options.artifacts == "all")
    shows = not options.no_progress and not options.quiet and sys.stderr.isatty()
    with progress(enabled=shows, stream=sys.stderr) as shown:
        wanted = Wanted(
            policy, project, options.offline, options.as_of, options.rules, shown, _announcer(options), warn
        )
        with session(wanted) as context:
            yield context


def warn(line: str) -> None:
    """Say one line on standard error, beside the report."""
    if sys.stderr is not None:
        sys.stderr.write(f"doorward: {terminal(line)}\n")


def _streams(options: argparse.Namespace) -> bool:
    """Whether the header is shown before the work begins: a person waits for it."""
    return options.format == "human" and options.output is None and not options.quiet


def _announcer(options: argparse.Namespace) -> Callable[[Header], None] | None:
    def announce(header: Header) -> None:
        sys.stdout.write(render_header(header, render_options(options)))
        sys.stdout.flush()

    return announce if _streams(options) else None


def render_options(options: argparse.Namespace, stream: TextIO | None = None) -> RenderOptions:
    """Return how the output is drawn on ``stream``, which is stdout where none is named."""
    on_terminal = options.output is None and (stream or sys.stdout).isatty()
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    color = options.color == "always" or (options.color == "auto" and on_terminal and not plain)
    return RenderOptions(
        color=color,
        verbosity=-1 if options.quiet else options.verbose,
        width=shutil.get_terminal_size().columns if on_terminal else WIDTH,
        pages={loaded.id: loaded.page for loaded in all_rules().values()} if options.format == "sarif" else {},
    )


def deliver(options: argparse.Namespace, report: Report) -> int:
    """Write the report where it is wanted and return the exit code."""
    shown = replace(report, header=()) if _streams(options) else report
    write(options.output, render(options.format, shown, render_options(options)))
    return 0 if options.exit_zero else report.verdict.exit_code


def write(path: Path | None, text: str) -> None:
    """Write a result to a file, or to stdout."""
    if path is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            # A terminal that cannot show a character shows its escape; the report is not lost over it.
            sys.stdout.reconfigure(errors="backslashreplace")
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or 'cannot be written'}") from error
