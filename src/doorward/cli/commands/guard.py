"""Run a build or a test under watch, and attribute every connection to a library.

Standard output belongs to the command: notices and the human report go to standard error. A report in another format
goes to --output, else to standard output once the command has ended. The exit code is the command's own; 120 where
block mode refused a call, 121 where a required grade cannot be had, 125 where guard itself broke, 126 and 127 as shells
use them.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from doorward.cli.options import FORMAT_HELP, load_policy, opened, render_options, write
from doorward.discovery import Late
from doorward.engine.gather.expected import Asked
from doorward.engine.guard import GuardWish, Watched, watch
from doorward.errors import DoorwardError, UsageError
from doorward.model.findings import Report
from doorward.model.run import Connection, Grade, Mode, Outcome
from doorward.outputs import FormatNames, notice, render
from doorward.policy import BASELINE_FILE, Destination, parse_destination
from doorward.policy.baseline import difference, dump_baseline

if TYPE_CHECKING:
    from doorward.engine import guarded
    from doorward.guard import selftest
else:
    guarded, selftest = Late("doorward.engine.guarded"), Late("doorward.guard.selftest")

HELP = "run a build or a test, and attribute every connection to a library"
EXAMPLES = """\
examples:
  doorward guard -- pip install .                     observe: tell of every connection, stop none
  doorward guard --mode block -- npm ci               stop what is not expected
  doorward guard --mode block --allow db.example:5432 -- pytest
  doorward guard --learn -- pytest                    add what it reaches to the baseline of endpoints
  doorward guard --format json --output run.json -- make test
  doorward guard --selftest                           try the known ways past a watch on this machine
"""
#: Notices of one line of code in one phase; the report has them all.
_LINES = 50
#: Exit code where guard itself broke.
BROKEN = 125


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    group = parser.add_argument_group("input")
    group.add_argument("argv", metavar="COMMAND", nargs="*", help="the command and its arguments, behind --")
    group.add_argument("--mode", choices=[mode.value for mode in Mode], default="observe", help="default: observe")
    group.add_argument("--hard", action="store_true", help="run in a network of its own, where namespaces are allowed")
    group.add_argument("--selftest", action="store_true", help="try the known ways past a watch, and print the score")
    policy = parser.add_argument_group("policy")
    policy.add_argument("--policy", metavar="FILE", type=Path, help="policy to use (default: doorward.toml here)")
    policy.add_argument("--rules", metavar="GLOB", help="only these rules, such as 'runtime/raw-*' (several by comma)")
    policy.add_argument(
        "--allow",
        metavar="HOST[:PORT]",
        action="append",
        default=[],
        type=_destination,
        help="expect it in every phase (repeatable)",
    )
    policy.add_argument("--deny-loopback", action="store_true", help="count loopback as off this machine, for testing")
    policy.add_argument(
        "--require-grade",
        choices=[grade.value for grade in Grade],
        help="the worst grade of enforcement that will do, else exit 121 without running the command",
    )
    policy.add_argument("--learn", action="store_true", help=f"write what the run adds to {BASELINE_FILE}, and say it")
    policy.add_argument(
        "--write", action="store_true", help="with --learn: write new endpoints of upgraded packages too"
    )
    output = parser.add_argument_group("output")
    output.add_argument("--format", choices=FormatNames(), default="human", metavar="FORMAT", help=FORMAT_HELP)
    output.add_argument("--output", metavar="FILE", type=Path, help="write the report there")
    output.add_argument(
        "--report",
        metavar="FORMAT=FILE",
        action="append",
        default=[],
        type=_report,
        help="write the report in one more format (repeatable)",
    )
    output.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    output.add_argument("-v", "--verbose", action="count", default=0, help="tell of expected connections too")
    output.add_argument("-q", "--quiet", action="store_true", help="no notices, and only the last line of the report")
    network = parser.add_argument_group("network")
    network.add_argument("--offline", action="store_true", help="ask no index where it keeps its files")
    parser.set_defaults(artifacts=None, as_of=None, no_progress=True)


def _destination(text: str) -> Destination:
    try:
        return parse_destination(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _report(text: str) -> tuple[str, Path]:
    name, _, file = text.partition("=")
    if name not in FormatNames() or not file:
        raise argparse.ArgumentTypeError(f"{text!r} is no FORMAT=FILE; formats are {', '.join(FormatNames())}")
    return name, Path(file)


def run(options: argparse.Namespace) -> int:
    """Run the command and return its exit code, or guard's own."""
    if options.selftest:
        return _selftest()
    if not options.argv:
        raise UsageError("guard needs a command: doorward guard -- COMMAND")
    if options.write and not options.learn:
        raise UsageError("--write goes with --learn")
    for path in (options.output, *(path for _, path in options.report)):
        _check_output(path)
    here = _here()
    policy = load_policy(options, here)
    try:
        with opened(options, policy, here) as context:
            watched = watch(context, _wish(options), _notices(options))
            code = watched.run.exit_code
            return _told(options, watched, lambda: guarded.judge_run(context, watched), code)
    except UsageError:
        raise
    except DoorwardError as error:
        return _broken(str(error))
    except Exception as error:  # noqa: BLE001 - the boundary: what breaks here is guard's, and never the command's code
        return _broken(_explained(error))


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise UsageError(f"the working directory cannot be had: {error.strerror}") from error


def _wish(options: argparse.Namespace) -> GuardWish:
    asked = Asked(tuple(options.argv), Path.cwd(), tuple(options.allow), deny_loopback=options.deny_loopback)
    required = Grade(options.require_grade) if options.require_grade else None
    return GuardWish(asked, Mode(options.mode), required, hard=options.hard)


def _check_output(path: Path | None) -> None:
    """Find out before the command runs whether its report can be written."""
    if path is None:
        return
    try:
        path.open("a", encoding="utf-8").close()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or 'cannot be written'}") from error


def _notices(options: argparse.Namespace) -> Callable[[Connection], None]:
    told: Counter[tuple[str, str, str]] = Counter()

    def tell(connection: Connection) -> None:
        if options.quiet or (connection.outcome is Outcome.ALLOWED and not options.verbose):
            return
        by = connection.actor.attribution
        line = (connection.actor.phase.value, by.purl, by.where)
        told[line] += 1
        if told[line] <= _LINES and sys.stderr is not None:
            # Whoever watches ends the notices where this fails.
            more = "; what follows from there is in the report" if told[line] == _LINES else ""
            sys.stderr.write(f"{notice(connection)}{more}\n")
            sys.stderr.flush()

    return tell


def _say(text: str) -> None:
    """Write to standard error. Where it was closed or its reader went away, nobody wants to know."""
    with suppress(OSError, ValueError):
        if sys.stderr is not None:
            sys.stderr.write(text)
            sys.stderr.flush()


def _told(options: argparse.Namespace, watched: Watched, judge: Callable[[], Report], code: int) -> int:
    """Give the report. A fault of it never hides the code of a command that failed."""
    try:
        report = judge()
        for name, path in options.report:
            drawn = argparse.Namespace(**{**vars(options), "format": name, "output": path})
            write(path, render(name, report, render_options(drawn)))
        _deliver(options, report)
        if options.learn:
            _learn(options, watched)
    except DoorwardError as error:
        return _broken(f"{error} (the command ended with {code})", code)
    except BrokenPipeError:
        # The reader of the report went away; keep the interpreter from failing again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _broken(f"nobody reads the report (the command ended with {code})", code)
    except Exception as error:  # noqa: BLE001 - the boundary, as in run()
        return _broken(f"{_explained(error)} (the command ended with {code})", code)
    return code


def _deliver(options: argparse.Namespace, report: Report) -> None:
    stream = sys.stderr if options.format == "human" else sys.stdout
    if options.output is None and stream is None:
        return  # it was closed before: nobody is there to read
    text = render(options.format, report, render_options(options, stream))
    if options.format == "human" and options.output is None:
        _say(text)
    else:
        write(options.output, text)


def _learn(options: argparse.Namespace, watched: Watched) -> None:
    """Write what the run adds to the baseline, and say it; what came with another version only where that is asked."""
    found = guarded.learned(watched)
    wanted = found.after if options.write else found.safe
    lines = list(difference(found.before, wanted))
    said = [f"{BASELINE_FILE}: {f'{len(lines)} new' if lines else 'nothing new'}", *lines]
    if lines:
        try:
            (Path.cwd() / BASELINE_FILE).write_text(dump_baseline(wanted), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{BASELINE_FILE} cannot be written: {error.strerror}") from error
        said.append(f"{BASELINE_FILE} is written; review and commit it")
    if left := list(difference(wanted, found.after)):
        said += [f"{purl} reached a new endpoint, {old} did not: not written; --write does" for purl, old in found.held]
        said += left
    _say("".join(f"doorward: {_printable(line)}\n" for line in said))


def _printable(line: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)


def _selftest() -> int:
    """Try the ways past a watch; exit 1 where one was missed."""
    results = selftest.bypasses()
    done, tried = selftest.score(results)
    lines = [_line(result) for result in results]
    lines.append(f"{done} of {tried} ways past a watch were seen or refused on this machine")
    write(None, "".join(f"{line}\n" for line in lines))
    return int(any(result.status is selftest.Status.MISSED for result in results))


def _line(result: selftest.Result) -> str:
    detail = f"  ({result.detail})" if result.detail else ""
    return f"{result.number:>3}  {result.status.value:<9}  {result.name}{detail}"


def _explained(error: Exception) -> str:
    if os.environ.get("DOORWARD_TRACEBACK"):
        traceback.print_exc()
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno}; set DOORWARD_TRACEBACK=1)"


def _broken(message: str, code: int = 0) -> int:
    """Say that guard broke; a command's own failure is never hidden by that."""
    _say(f"doorward: guard failed: {_printable(' '.join(message.split()))}\n")
    return code or BROKEN
