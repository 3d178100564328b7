"""Claims of package managers: the package whose build or script runs, from argv, folders and variables of the chain.

A variable can be altered by whoever sets it for its children, so npm's are believed of the topmost process that npm
started, and checked against the package.json of its folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from doorward.discovery import Late
from doorward.guard.attribution.distributions import read_package_json, read_pkg_info
from doorward.guard.programs import is_node_manager, is_python_hook, program
from doorward.guard.tree import Caller
from doorward.model.purl import normalise_name
from doorward.model.run import Claim, Process

if TYPE_CHECKING:
    from doorward.guard.attribution import toolchains
else:
    toolchains = Late("doorward.guard.attribution.toolchains")

_SDIST_FOLDER = re.compile(r"pip-(?:install|wheel|download)-[^/]+/([^/]+)_[0-9a-f]{16,}(?:/|\Z)")
_LOCAL_FOLDER = re.compile(r"pip-req-build-[^/]+")
#: Programs below which, or as which, a toolchain's own claims are looked for.
_TOOLCHAINS = frozenset({"go", "mvn", "surefire"})
_CARGO_SCRIPT = re.compile(r"/build/([^/]+)-[0-9a-f]{16}/build-script-[^/]*\Z")


def claims(caller: Caller) -> Iterator[Claim]:
    """Yield what package managers say of a process."""
    yield from _pip(caller.chain)
    yield from _npm(caller)
    yield from _cargo(caller)
    if any(program(process) in _TOOLCHAINS for process in caller.chain):
        yield from toolchains.claims(caller)


def _pip(chain: tuple[Process, ...]) -> Iterator[Claim]:
    """Find the build hook or setup.py of the chain; its folder is the unpacked release."""
    for process in reversed(chain):
        if is_python_hook(process) or "setup.py" in " ".join(process.argv):
            folder = process.cwd
            match = _SDIST_FOLDER.search(folder)
            name, version = read_pkg_info(Path(folder)) if folder else ("", "")
            name = name or (match[1] if match else "")
            if name:
                # A folder that pip did not unpack is the user's own project, built in place.
                unpacked = match or _LOCAL_FOLDER.search(folder) or "sdists-v" in folder
                yield Claim("pip" if unpacked else "project", "pypi", normalise_name("pypi", name), version, folder)
            return


def _npm(caller: Caller) -> Iterator[Claim]:
    chain = caller.chain
    top = next((index for index, process in enumerate(chain[:-1]) if is_node_manager(process)), None)
    if top is None:
        return
    process, variables = chain[top + 1], caller.environments[top + 1]
    name, version = variables.get("npm_package_name", ""), variables.get("npm_package_version", "")
    if not name or "npm_lifecycle_event" not in variables:
        return
    told = read_package_json(Path(process.cwd)) if process.cwd else ("", "")
    if told[0] and told != (name, version):
        yield Claim("npm-package-json", "npm", told[0], told[1], process.cwd)
    yield Claim("npm", "npm", name, version, process.cwd)


def _cargo(caller: Caller) -> Iterator[Claim]:
    for process, variables in zip(reversed(caller.chain), reversed(caller.environments), strict=True):
        match = _CARGO_SCRIPT.search(process.exe)
        if match:
            name = variables.get("CARGO_PKG_NAME") or match[1]
            folder = variables.get("CARGO_MANIFEST_DIR", "")
            yield Claim("cargo", "cargo", name, variables.get("CARGO_PKG_VERSION", ""), folder)
            return


def test_of(caller: Caller) -> str:
    """Return the test that a process was started by, "" where none was."""
    for variables in reversed(caller.environments):
        test = variables.get("PYTEST_CURRENT_TEST", "")
        if test:
            return PurePosixPath(test.rpartition(" (")[0] or test).as_posix()
    return ""
