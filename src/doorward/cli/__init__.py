"""The command line: parse arguments, call the engine, draw the answer.

Each file in ``commands/`` is one command. Only the chosen one is imported, so that ``doorward --version`` stays quick.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import pkgutil
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from types import ModuleType

from doorward import __version__
from doorward.cli import commands
from doorward.errors import DoorwardError

#: Exit code for doorward's own failure: a bare traceback would exit 1 and read as BLOCK.
FAILED = 4
INTERRUPTED = 130
#: When the collector of circles runs: records hold none, and looking for some is a tenth of reading a release.
COLLECTION = (50_000, 20, 20)

EPILOG = """\
examples:
  doorward scan                                     every dependency of the project in this folder
  doorward scan --since main                        only what this branch changes in the lock files
  doorward diff pkg:pypi/click@8.1.7 pkg:pypi/click@8.1.8
  doorward diff old.tgz new.tgz                     two files
  doorward explain registry/new-binary              what a rule means, and what to do

exit codes: 0 clean or only warnings, 1 block or hold, 2 usage, 3 not evaluated, 4 doorward itself failed
"""


def command_names() -> list[str]:
    """Return the names of the commands: the files of ``commands/``."""
    return sorted(info.name for info in pkgutil.iter_modules(commands.__path__) if not info.name.startswith("_"))


def _command(name: str) -> ModuleType:
    return importlib.import_module(f"doorward.cli.commands.{name}")


def parser(chosen: str | None) -> argparse.ArgumentParser:
    """Return the parser. Where ``chosen`` names a command only that one is described, else all are."""
    top = argparse.ArgumentParser(
        prog="doorward",
        description="Finds backdoored releases of open-source libraries before they are installed, and says why.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"doorward {__version__}")
    children = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in [chosen] if chosen else command_names():
        module = _command(name)
        child = children.add_parser(
            name,
            help=module.HELP,
            description=module.__doc__,
            epilog=getattr(module, "EXAMPLES", None),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.configure(child)
        child.set_defaults(run=module.run)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code. Nothing but this code and one line leaves on an error."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if (sys.stdout is None or sys.stderr is None) and arguments[:1] != ["guard"]:
        return FAILED  # closed by whoever started us: there is nowhere to answer
    try:
        if arguments == ["--version"]:
            print(f"doorward {__version__}")  # noqa: T201 - the answer itself, without the cost of a parser
            return 0
        chosen = arguments[0] if arguments and arguments[0] in command_names() else None
        options = parser(chosen).parse_args(arguments)
        return int(options.run(options))
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the boundary: no traceback reaches the user unasked
        return _failed(error)


def run() -> None:
    """Run as a program. After Ctrl-C it ends at once: a request that still waits for its server is not waited for."""
    gc.set_threshold(*COLLECTION)
    code = main()
    if code == INTERRUPTED:
        with suppress(AttributeError, OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def _failed(error: BaseException) -> int:
    """Say in one line what went wrong, and return the exit code."""
    match error:
        case DoorwardError():
            return _fail(str(error), error.exit_code)
        case KeyboardInterrupt():
            return _fail("interrupted", INTERRUPTED)
        case BrokenPipeError():
            # The reader of our output went away; keep the interpreter from failing again when it flushes.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FAILED
        case OSError():
            place = f" ({error.filename})" if error.filename else ""
            return _fail(f"cannot go on: {error.strerror or error}{place}", FAILED)
    if os.environ.get("DOORWARD_TRACEBACK"):
        traceback.print_exception(error)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{os.path.basename(frame.filename)}:{frame.lineno}"  # noqa: PTH119 - a name for people
    return _fail(f"doorward failed: {type(error).__name__}: {error} ({where}; set DOORWARD_TRACEBACK=1)", FAILED)


def _fail(message: str, code: int) -> int:
    line = " ".join(message.split())
    printable = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)
    print(f"doorward: {printable}", file=sys.stderr)  # noqa: T201 - the one line of an error
    return code
