"""The phase of a process, from argv and environment along its chain; never from the clock.

A process is one of: a package manager itself (resolve), a step that a package manager starts (build, install), a test
runner, or something else. The innermost process of the chain that says anything decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath

from doorward.model.run import Phase, Process

_HOOK = re.compile(r"_in_process\.py\Z")
_PYTHON = re.compile(r"(python|pypy)[0-9.]*\Z")
_PIP = re.compile(r"pip[0-9.]*\Z")
#: npm's own names for the scripts that an installation runs.
_INSTALL_EVENTS = frozenset(
    {
        *("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"),
        *("dependencies", "prepack", "postpack", "preuninstall", "uninstall", "postuninstall"),
    }
)
_TEST_EVENTS = frozenset({"pretest", "test", "posttest"})
_TEST_RUNNERS = frozenset(
    {
        *("pytest", "py.test", "tox", "nox", "nose2", "green", "trial", "stestr", "unittest", "ward", "hatch-test"),
        *("jest", "mocha", "vitest", "ava", "tap", "jasmine", "karma", "cypress", "playwright", "nextest", "gotestsum"),
    }
)
_COMPILERS = re.compile(
    r"(([a-z0-9_]+-)*(gcc|g\+\+|cc|c\+\+|clang|clang\+\+|ld|gfortran|ar|as)(-[0-9.]+)?"
    r"|cc1|cc1plus|collect2|make|gmake|cmake|ninja|meson|rustc|node-gyp|swig|cython|automake|autoconf|configure|bazel)\Z"
)
#: Tools that a package manager fetches with.
_FETCHERS = frozenset({"git", "git-remote-https", "git-remote-http", "hg", "svn", "bzr", "ssh"})
_SUBCOMMANDS: Mapping[str, Mapping[str, Phase]] = {
    "cargo": {
        "test": Phase.TEST,
        "t": Phase.TEST,
        "nextest": Phase.TEST,
        "bench": Phase.TEST,
        "run": Phase.RUN,
        "r": Phase.RUN,
    },
    "go": {"test": Phase.TEST, "run": Phase.RUN, "generate": Phase.BUILD, "tool": Phase.BUILD},
    "uv": {"run": Phase.RUN, "tool": Phase.RUN},
    "poetry": {"run": Phase.RUN, "shell": Phase.RUN},
    "pdm": {"run": Phase.RUN},
}
_NODE_MANAGERS = frozenset({"npm", "npx", "pnpm", "yarn", "bun", "npm-cli.js", "npx-cli.js", "pnpm.cjs", "yarn.js"})

Environment = Mapping[str, str]


def phase_of(chain: Sequence[Process], environments: Sequence[Environment]) -> Phase:
    """Return the phase of the last process of ``chain`` (outermost first)."""
    if not chain:
        return Phase.RUN
    managed = managed_by(chain)
    own = _own_phase(chain[-1], environments[-1], managed=managed)
    if own is not None:
        return own
    for index in range(len(chain) - 2, -1, -1):
        below = _phase_below(chain[index], environments[index], managed=managed_by(chain[: index + 1]))
        if below is not None:
            fetching = below in {Phase.BUILD, Phase.INSTALL} and program(chain[-1]) in _FETCHERS
            return Phase.RESOLVE if fetching and is_manager(chain[index]) else below
    return Phase.RUN


def program(process: Process) -> str:
    """Return the name of what runs: the script of an interpreter, the module after ``-m``, else the program."""
    argv = process.argv
    if not argv:
        return PurePosixPath(process.exe).name
    name = PurePosixPath(argv[0].split(" ")[0]).name
    if _PYTHON.match(name):
        return _python_program(argv) or name
    if name in {"node", "nodejs"}:
        script = next((part for part in argv[1:] if not part.startswith("-")), "")
        return "node-test" if "--test" in argv else PurePosixPath(script).name or name
    if name in {"sh", "bash", "dash"} and len(argv) > 1 and not argv[1].startswith("-"):
        return PurePosixPath(argv[1]).name
    return name


def _python_program(argv: Sequence[str]) -> str:
    rest = iter(argv[1:])
    for part in rest:
        if part == "-m":
            return next(rest, "")
        if part == "-c" or (part.startswith("-") and not part.startswith("--") and part.endswith("c")):
            return _inline_program(next(rest, ""))
        if not part.startswith("-"):
            path = PurePosixPath(part)
            return path.parent.name if path.name in {"__main__.py", "__pip-runner__.py"} else path.name
    return ""


def _inline_program(code: str) -> str:
    """Name ``python -c``: pip and setuptools start setup.py that way."""
    return "setup.py" if "setup.py" in code or "setuptools" in code else "-c"


def managed_by(chain: Sequence[Process]) -> bool:
    """Whether a package manager of JavaScript stands above the last process: only then do its variables count."""
    return any(is_node_manager(process) for process in chain[:-1])


def is_node_manager(process: Process) -> bool:
    """Whether a process is npm or one of its kind."""
    return program(process) in _NODE_MANAGERS


def is_test_runner(process: Process) -> bool:
    """Whether a process runs tests: what it does not explain itself is the tests' own."""
    return _runs_tests(program(process))


def is_interpreter(process: Process) -> bool:
    """Whether a process is a Python interpreter."""
    return bool(_PYTHON.match(PurePosixPath(process.exe).name))


def is_python_hook(process: Process) -> bool:
    """Whether a process is a build backend that a frontend started (PEP 517)."""
    return any(_HOOK.search(part) for part in process.argv[:4])


def words(process: Process) -> tuple[str, ...]:
    """Return argv, split where a process has rewritten its title into one string."""
    return tuple(process.argv[0].split(" ")) if len(process.argv) == 1 else process.argv


def _subcommand(process: Process, name: str) -> str:
    """Return the first argument after the program that is no option."""
    parts = words(process)
    start = next((i for i, part in enumerate(parts) if PurePosixPath(part).name.removesuffix(".py") == name), 0)
    return next((part for part in parts[start + 1 :] if not part.startswith(("-", "+"))), "")


def is_manager(process: Process) -> bool:
    """Whether a process is a package manager."""
    name = program(process)
    return bool(_PIP.match(name)) or name in {"cargo", "go", "uv", "poetry", "pdm", "bundle", "gem"} | _NODE_MANAGERS


def _own_phase(process: Process, environment: Environment, *, managed: bool) -> Phase | None:
    """Return the phase of a process that speaks for itself."""
    name = program(process)
    if _PIP.match(name) or name in {
        "uv",
        "poetry",
        "pdm",
        "conda",
        "mamba",
        "easy_install",
        "bundle",
        "gem",
        "composer",
    }:
        return Phase.RESOLVE
    if name in {"cargo", "go"} | _NODE_MANAGERS:
        return Phase.RESOLVE
    return _step(process, name, environment, managed=managed)


def _phase_below(process: Process, environment: Environment, *, managed: bool) -> Phase | None:
    """Return the phase of what a process starts, where that says nothing itself."""
    name = program(process)
    if _PIP.match(name):
        return Phase.BUILD
    if name in _SUBCOMMANDS:
        return _SUBCOMMANDS[name].get(_subcommand(process, name), Phase.BUILD)
    if name in _NODE_MANAGERS:
        command = _subcommand(process, name)
        return (
            Phase.TEST if command in {"test", "t", "tst"} else Phase.RUN if command.startswith("run") else Phase.INSTALL
        )
    return _step(process, name, environment, managed=managed)


def _runs_tests(name: str) -> bool:
    return name.removesuffix(".js") in _TEST_RUNNERS or name == "node-test"


_Test = Callable[[Process, str], bool]

#: In this order: the first that holds names the phase of a step.
_STEPS: tuple[tuple[_Test, Phase], ...] = (
    (lambda process, _: is_python_hook(process), Phase.BUILD),
    (lambda process, _: PurePosixPath(process.exe).name.startswith("build-script-"), Phase.BUILD),
    (lambda _, name: name in {"setup.py", "build", "flit", "maturin", "scikit-build"}, Phase.BUILD),
    (lambda _, name: _runs_tests(name), Phase.TEST),
    (lambda process, _: any("surefirebooter" in part for part in process.argv), Phase.TEST),
    (lambda process, name: name == "manage.py" and "test" in process.argv, Phase.TEST),
    (lambda _, name: bool(_COMPILERS.match(name.removesuffix(".js"))), Phase.BUILD),
    (lambda _, name: name in {"mvn", "gradle", "javac", "ant", "sbt"}, Phase.BUILD),
)


def _step(process: Process, name: str, environment: Environment, *, managed: bool) -> Phase | None:
    for holds, phase in _STEPS:
        if holds(process, name):
            return phase
    if managed:
        event = environment.get("npm_lifecycle_event", "")
        if event in _INSTALL_EVENTS:
            return Phase.INSTALL
        if event in _TEST_EVENTS:
            return Phase.TEST
    return Phase.TEST if "PYTEST_CURRENT_TEST" in environment else None


def phase_of_command(command: Sequence[str]) -> Phase:
    """Return the phase of what a command will do, before it runs: what its own children are in."""
    process = Process(0, tuple(command))
    return _phase_below(process, {}, managed=False) or Phase.RUN
