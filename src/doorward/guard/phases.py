"""The phase of a process, from argv and environment along its chain; never from the clock.

A process is one of: a package manager itself (resolve), a step that a package manager starts (build, install), a test
runner, or something else. The innermost process of the chain that says anything decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath

from doorward.guard.programs import (
    is_manager,
    is_node_manager,
    is_python_hook,
    managed_by,
    program,
    subcommand,
    words,
)
from doorward.model.run import Phase, Process

#: npm's own names for the scripts that an installation runs.
_INSTALL_EVENTS = frozenset(
    {
        *("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"),
        *("dependencies", "prepack", "postpack", "preuninstall", "uninstall", "postuninstall"),
    }
)
_TEST_EVENTS = frozenset({"pretest", "test", "posttest"})
_BUILD_EVENTS = frozenset({"prebuild", "build", "postbuild"})
_TEST_RUNNERS = frozenset(
    {
        *("pytest", "py.test", "pytest-3", "tox", "nox", "nose2", "green", "trial", "stestr", "unittest", "ward"),
        *("jest", "mocha", "_mocha", "vitest", "ava", "tap", "jasmine", "karma", "cypress", "playwright", "node-test"),
        *("nextest", "cargo-nextest", "gotestsum", "surefire", "ctest", "rspec", "phpunit", "runtests", "run_tests"),
    }
)
_SUFFIXES = re.compile(r"\.([cm]?js|py|sh)\Z")
_COMPILERS = re.compile(
    r"(([a-z0-9_]+-)*(gcc|g\+\+|cc|c\+\+|clang|clang\+\+|ld|gfortran|ar|as)(-[0-9.]+)?"
    r"|cc1|cc1plus|collect2|cmake|meson|rustc|node-gyp|swig|cython|automake|autoconf|configure|bazel"
    r"|javac|ant|protoc)\Z"
)
#: What runs targets: a target of a test's name is a test.
_MAKERS = frozenset({"make", "gmake", "bmake", "ninja", "ninja-build", "samu", "rake", "just", "task", "invoke"})
_TEST_TARGETS = re.compile(r"(unit|integration)?[-_]?(tests?|check|spec)([-_:].*)?\Z")
_BACKENDS = frozenset({"build", "flit", "maturin", "scikit-build", "setuptools-rust"})
#: Tools that a package manager fetches with.
_FETCHERS = frozenset({"git", "git-remote-https", "git-remote-http", "hg", "svn", "bzr", "ssh"})
#: What a package manager's own process does, and what it starts, by what it is told to do; else it resolves and builds.
_TESTS, _RUNS = Phase.TEST, Phase.RUN
_BELOW: Mapping[str, Mapping[str, Phase]] = {
    "cargo": {"test": _TESTS, "t": _TESTS, "nextest": _TESTS, "bench": _TESTS, "run": _RUNS, "r": _RUNS},
    "go": {"test": _TESTS, "run": _RUNS},
    "uv": {"run": _RUNS},
    "poetry": {"run": _RUNS, "shell": _RUNS},
    "pdm": {"run": _RUNS},
    "pipx": {"run": _RUNS},
    "pipenv": {"run": _RUNS, "shell": _RUNS},
    "hatch": {"test": _TESTS, "run": _RUNS, "shell": _RUNS, "fmt": _RUNS},
    "conda": {"run": _RUNS},
    "mamba": {"run": _RUNS},
    "bundle": {"exec": _RUNS},
}
_NODE_INSTALLS = frozenset(
    {
        *(
            "",
            "install",
            "i",
            "in",
            "ins",
            "inst",
            "insta",
            "instal",
            "isnt",
            "isnta",
            "isntal",
            "isntall",
            "add",
            "ci",
        ),
        *("clean-install", "install-clean", "ic", "isntall-clean", "install-test", "it", "cit", "install-ci-test"),
        *("update", "up", "upgrade", "udpate", "rebuild", "rb", "dedupe", "ddp", "link", "ln", "unlink", "uninstall"),
        *("remove", "rm", "un", "r", "prune", "pack", "publish", "fetch", "import", "install-scripts"),
    }
)
_NODE_TESTS = frozenset({"test", "t", "tst"})

Environment = Mapping[str, str]


def phase_of(chain: Sequence[Process], environments: Sequence[Environment]) -> Phase:
    """Return the phase of the last process of ``chain`` (outermost first)."""
    if not chain:
        return Phase.RUN
    own = _own_phase(chain[-1], environments[-1], managed=managed_by(chain))
    if own is not None:
        return own
    for index in range(len(chain) - 2, -1, -1):
        below = _phase_below(chain[index], environments[index], managed=managed_by(chain[: index + 1]))
        if below is not None:
            fetching = all(program(process) in _FETCHERS for process in chain[index + 1 :])
            return Phase.RESOLVE if fetching and is_manager(chain[index]) else below
    return Phase.RUN


def is_test_runner(process: Process) -> bool:
    """Whether a process runs tests: what it does not explain itself is the tests' own."""
    return _runs_tests(process, program(process))


def _own_phase(process: Process, environment: Environment, *, managed: bool) -> Phase | None:
    """Return the phase of a process that speaks for itself."""
    if program(process) in {"bun", "deno"}:
        command = subcommand(process)
        return Phase.TEST if command == "test" else Phase.RESOLVE if command in _NODE_INSTALLS else Phase.RUN
    if is_manager(process):
        return Phase.RESOLVE
    return _step(process, environment, managed=managed)


def _phase_below(process: Process, environment: Environment, *, managed: bool) -> Phase | None:
    """Return the phase of what a process starts, where that says nothing itself."""
    name = program(process)
    if is_node_manager(process):
        command = subcommand(process)
        if name in {"npx", "pnpx", "bunx"}:
            return Phase.RUN
        return Phase.TEST if command in _NODE_TESTS else Phase.INSTALL if command in _NODE_INSTALLS else Phase.RUN
    if name == "uvx" or (name == "uv" and words(process)[1:3] in {("tool", "run"), ("tool", "uvx")}):
        return Phase.RUN
    if is_manager(process):
        return _BELOW.get(name, {}).get(subcommand(process), Phase.BUILD)
    return _step(process, environment, managed=managed)


def _runs_tests(process: Process, name: str) -> bool:
    """Whether a program runs tests: by its name, or since it runs one that does (``coverage run -m pytest``)."""
    if _SUFFIXES.sub("", name) in _TEST_RUNNERS:
        return True
    argv = words(process)
    if name in {"manage.py", "django", "django-admin", "setup.py"}:
        return "test" in argv
    inner = argv[argv.index("run") + 1 :] if name == "coverage" and "run" in argv else ()
    return any(PurePosixPath(part).name in _TEST_RUNNERS for part in inner[:8])


_Test = Callable[[Process, str], bool]

#: In this order: the first that holds names the phase of a step.
_STEPS: tuple[tuple[_Test, Phase], ...] = (
    (lambda process, _: is_python_hook(process), Phase.BUILD),
    (lambda process, _: PurePosixPath(process.exe).name.startswith("build-script-"), Phase.BUILD),
    (_runs_tests, Phase.TEST),
    (lambda _, name: name == "setup.py" or name in _BACKENDS, Phase.BUILD),
    (lambda process, name: name in _MAKERS and any(map(_TEST_TARGETS.match, words(process)[1:])), Phase.TEST),
    (lambda _, name: name in _MAKERS or bool(_COMPILERS.match(_SUFFIXES.sub("", name))), Phase.BUILD),
    (lambda process, _: "/pkg/tool/" in process.exe, Phase.BUILD),
)
_EVENTS = ((_INSTALL_EVENTS, Phase.INSTALL), (_TEST_EVENTS, Phase.TEST), (_BUILD_EVENTS, Phase.BUILD))


def _step(process: Process, environment: Environment, *, managed: bool) -> Phase | None:
    name = program(process)
    for holds, phase in _STEPS:
        if holds(process, name):
            return phase
    if managed:
        event = environment.get("npm_lifecycle_event", "")
        for events, phase in _EVENTS:
            if event in events:
                return phase
    return Phase.TEST if "PYTEST_CURRENT_TEST" in environment else None


def phase_of_command(command: Sequence[str]) -> Phase:
    """Return the phase of what a command will do, before it runs: what its own children are in."""
    process = Process(0, tuple(command))
    return _phase_below(process, {}, managed=False) or Phase.RUN
