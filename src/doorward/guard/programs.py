"""Which program a process runs, whatever starts it: an interpreter, a launcher in Java, a title that was rewritten."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from doorward.model.run import Process

_PYTHON = re.compile(r"(python|pypy)[0-9.]*\Z")
_PIP = re.compile(r"(pip[0-9.]*|get-pip\.py)\Z")
_HOOK = re.compile(r"(_in_process|pyproject_api/_backend)\.py\Z")
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})
_NODE = frozenset({"node", "nodejs"})
#: Options of interpreters that take a value of their own.
_PYTHON_VALUES = frozenset({"-X", "-W", "--check-hash-based-pycs"})
_NODE_VALUES = frozenset({"-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions"})
#: Options of package managers that take a value, in front of what they are to do.
_MANAGER_VALUES = frozenset(
    {
        *("-C", "--manifest-path", "--config", "-Z", "--directory", "--project", "--prefix", "--cwd", "--dir"),
        *("--workspace", "--filter", "-F", "--color", "--target-dir", "--python"),
    }
)
#: Main classes of the launchers of build tools -> the tool.
_JAVA = (
    ("org.codehaus.plexus.classworlds.launcher.Launcher", "mvn"),
    ("org.apache.maven.wrapper.MavenWrapperMain", "mvn"),
    ("org.gradle.wrapper.GradleWrapperMain", "gradle"),
    ("org.gradle.launcher", "gradle"),
    ("xsbt.boot.Boot", "sbt"),
    ("sbt-launch", "sbt"),
    ("org.apache.tools.ant", "ant"),
    ("surefirebooter", "surefire"),
    ("org.apache.maven.surefire", "surefire"),
    ("Gradle Test Executor", "surefire"),
)
_YARN = re.compile(r"yarn(-[0-9][^/]*)?(\.[cm]?js)?\Z")
_NODE_MANAGERS = {
    **{name: name for name in ("npm", "npx", "pnpm", "pnpx", "yarn", "bun", "bunx")},
    "npm-cli.js": "npm",
    "npx-cli.js": "npx",
    "pnpm.cjs": "pnpm",
    "pnpm.mjs": "pnpm",
    "pnpx.cjs": "pnpx",
}
_MANAGERS = frozenset(
    {
        *("pip", "cargo", "go", "uv", "uvx", "poetry", "pdm", "pipx", "pipenv", "hatch", "bundle", "gem", "composer"),
        *("conda", "mamba", "micromamba", "easy_install", "mvn", "gradle", "sbt"),
        *_NODE_MANAGERS.values(),
    }
)


@lru_cache(maxsize=4096)
def program(process: Process) -> str:
    """Return the name of what runs: the script of an interpreter, the module after ``-m``, else the program.

    Package managers go by one name each, whichever of their files runs.
    """
    argv = words(process)
    if not argv:
        return PurePosixPath(process.exe).name
    name = PurePosixPath(argv[0]).name
    if _PYTHON.match(name):
        name = _python_program(argv) or name
    elif name in _NODE:
        name = "node-test" if "--test" in argv else _script_name(argv, _NODE_VALUES) or name
    elif name in _SHELLS and len(argv) > 1 and not argv[1].startswith("-"):
        name = PurePosixPath(argv[1]).name
    elif name == "java":
        name = next((tool for mark, tool in _JAVA if any(mark in part for part in argv)), name)
    return _one_name(name)


def _one_name(name: str) -> str:
    if _PIP.match(name):
        return "pip"
    if _YARN.match(name):
        return "yarn"
    name = {"mvnw": "mvn", "mvnd": "mvn", "gradlew": "gradle"}.get(name, name)
    return _NODE_MANAGERS.get(name, name)


def _script_name(argv: Sequence[str], values: frozenset[str]) -> str:
    rest = iter(argv[1:])
    for part in rest:
        if part in values:
            next(rest, "")
        elif not part.startswith("-"):
            return PurePosixPath(part).name
    return ""


def _python_program(argv: Sequence[str]) -> str:
    rest = iter(argv[1:])
    for part in rest:
        if part in _PYTHON_VALUES:
            next(rest, "")
        elif part == "-m":
            return next(rest, "").removesuffix(".__main__")
        elif part == "-c" or (part.startswith("-") and not part.startswith("--") and part.endswith("c")):
            return _inline_program(next(rest, ""))
        elif not part.startswith("-"):
            path = PurePosixPath(part)
            return path.parent.name if path.name in {"__main__.py", "__pip-runner__.py"} else path.name
    return ""


def _inline_program(code: str) -> str:
    """Name ``python -c``: pip and setuptools start setup.py that way."""
    return "setup.py" if "setup.py" in code or "setuptools" in code else "-c"


def words(process: Process) -> tuple[str, ...]:
    """Return argv, split where a process has rewritten its title into one string."""
    return tuple(process.argv[0].split(" ")) if len(process.argv) == 1 else process.argv


def subcommand(process: Process) -> str:
    """Return what a manager is told to do: its first argument that is no option, "" where there is none."""
    name, parts = program(process), words(process)
    start = next((i for i, part in enumerate(parts) if _one_name(PurePosixPath(part).name) == name), 0)
    rest = iter(parts[start + 1 :])
    for part in rest:
        if part in _MANAGER_VALUES:
            next(rest, "")
        elif not part.startswith(("-", "+")):
            return part
    return ""


def is_manager(process: Process) -> bool:
    """Whether a process is a package manager."""
    return program(process) in _MANAGERS


def is_node_manager(process: Process) -> bool:
    """Whether a process is npm or one of its kind."""
    return program(process) in _NODE_MANAGERS.values()


def is_interpreter(process: Process) -> bool:
    """Whether a process is a Python interpreter."""
    return bool(_PYTHON.match(PurePosixPath(process.exe).name))


def is_python_hook(process: Process) -> bool:
    """Whether a process is a build backend that a frontend started (PEP 517)."""
    return any(_HOOK.search(part) for part in process.argv[:4])


def managed_by(chain: Sequence[Process]) -> bool:
    """Whether a package manager of JavaScript stands above the last process: only then do its variables count."""
    return any(is_node_manager(process) for process in chain[:-1])
