"""Which package a chain of processes works for, told by its paths and words alone: the machine may be another one.

The outermost process that names a package decides: a script can choose what it starts, not what started it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from doorward.model.run import Phase, Process
from doorward.records import dataclass, field
from doorward.sources.logs._events import Owner, Script

#: Where pip unpacks an sdist to build it.
_SDIST = re.compile(r"pip-(?:install|wheel|download)-[^/]{1,100}/([A-Za-z0-9][^/]{0,200})_[0-9a-f]{16,64}(?:/|\Z)")
_CARGO = re.compile(r"/build/([^/]{1,200})-[0-9a-f]{16}/build-script-[^/]*\Z")
_NODE = re.compile(r".*node_modules/((?:@[^/@]{1,200}/)?[A-Za-z0-9_][^/@]{0,200})(?:/|\Z)", re.DOTALL)
_MANAGERS = frozenset({"npm", "npx", "pnpm", "yarn", "corepack"})
_SHELLS = frozenset({"sh", "bash", "dash", "cmd", "cmd.exe"})
#: Arguments that are looked at, and scripts that are remembered.
_WORDS = 8
_SCRIPTS = 20_000


class Claim(msgspec.Struct, frozen=True, gc=False):
    """A package, and what names it."""

    owner: Owner
    #: "pip", "npm", "cargo".
    by: str
    #: The phase that this implies; None where it only holds in a build or an installation.
    phase: Phase | None


@dataclass(slots=True)
class Scripts:
    """What a package manager's log says that it ran, by command and by folder."""

    commands: dict[str, dict[tuple[Owner, Phase], None]] = field(default_factory=dict)
    folders: dict[str, Owner] = field(default_factory=dict)

    def add(self, script: Script) -> None:
        """Remember a script."""
        if len(self.commands) < _SCRIPTS:
            self.commands.setdefault(_spaced(script.command), {})[script.owner, script.phase] = None
            self.folders[script.folder] = script.owner

    def claim(self, chain: Sequence[Process]) -> Claim | None:
        """Return the package that a chain (outermost first) works for; None where nothing names one."""
        for process in chain:
            found = self._by_command(process) or _by_folder(process, self.folders)
            if found is not None:
                return found
        return None

    def _by_command(self, process: Process) -> Claim | None:
        """Look for ``sh -c COMMAND`` where only one package has that command."""
        words = process.argv
        if not self.commands or "-c" not in words or words[0].rpartition("/")[2] not in _SHELLS:
            return None
        ran = self.commands.get(_spaced(" ".join(words[words.index("-c") + 1 :])), {})
        if len(ran) != 1:
            return None
        owner, phase = next(iter(ran))
        return Claim(owner, "npm", phase)


def _spaced(command: str) -> str:
    return " ".join(command.split())


def _by_folder(process: Process, folders: dict[str, Owner]) -> Claim | None:
    texts = (process.cwd, process.exe, *process.argv[:_WORDS])
    for text in texts:
        if (match := _SDIST.search(text)) is not None:
            return Claim(Owner("pypi", match[1]), "pip", Phase.BUILD)
        if (match := _CARGO.search(text)) is not None:
            return Claim(Owner("cargo", match[1]), "cargo", Phase.BUILD)
    for text in texts:
        match = _NODE.match(text)
        if match is not None and match[1] not in _MANAGERS:
            return Claim(_of_folder(text[: match.end(1)], folders) or Owner("npm", match[1]), "npm", None)
    return None


def _of_folder(path: str, folders: dict[str, Owner]) -> Owner | None:
    """Return the package of a folder that npm's log names relative to the project: it tells the version too."""
    start = path.find("node_modules/")
    while start >= 0:
        if (owner := folders.get(path[start:])) is not None:
            return owner
        start = path.find("node_modules/", start + 1)
    return None
