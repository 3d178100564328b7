"""git, asked so that no setting of the inspected repository runs a program or reaches the network."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from doorward.errors import RepositoryError, UsageError
from doorward.sources.manifests._values import is_commit

#: Seconds for one question; listing a very large repository takes a few.
_PATIENCE = 120

#: Settings through which a repository could run a program or ask a server while it is only read.
_SAFE = (
    "--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never",
)  # fmt: skip
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


def _command(root: Path, *arguments: str) -> list[str]:
    program = shutil.which("git")
    if program is None:
        raise RepositoryError("git is not installed")
    return [program, *_SAFE, "-C", os.fspath(root), *arguments]


def _environment() -> dict[str, str]:
    """Return the environment without git's own variables, which could point it elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | _ENVIRONMENT


def _ask(root: Path, *arguments: str) -> bytes | None:
    """Return what git prints; None where it refuses."""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program, and arguments that are no shell's
            _command(root, *arguments),
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RepositoryError(f"git {arguments[0]} took longer than {_PATIENCE} s") from error
    return done.stdout if done.returncode == 0 else None


def tracked(root: Path) -> list[str] | None:
    """Return the files below ``root`` that git tracks, relative to it; None where there is no repository, or no git."""
    if shutil.which("git") is None:
        return None
    listed = _ask(root, "ls-files", "-z", "--cached")
    if listed is None:
        return None
    return list(dict.fromkeys(os.fsdecode(path) for path in listed.split(b"\0") if path))


def commit_of(root: Path, revision: str) -> str:
    """Return the full hash of a revision's commit; raise UsageError where the repository has no such revision."""
    if "\0" not in revision:
        found = _ask(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        commit = (found or b"").decode("ascii", "replace").strip()
        if is_commit(commit):
            return commit
    if _ask(root, "rev-parse", "--git-dir") is None:
        raise UsageError(f"{root} is not in a git repository, which --since needs")
    raise UsageError(f"{revision!r} is no revision of the repository")


def files_of(root: Path, commit: str) -> dict[str, tuple[str, str, int]]:
    """Return the files of a commit below ``root``: path -> mode, object id and size in bytes."""
    listed = _ask(root, "ls-tree", "-r", "-l", "-z", commit)
    if listed is None:
        raise RepositoryError(f"git cannot list the files of {commit}")
    found = {}
    for item in listed.split(b"\0"):
        about, _, path = item.partition(b"\t")
        fields = about.decode("ascii", "replace").split()
        if path and fields[1] == "blob" and fields[3].isdigit():
            found[os.fsdecode(path)] = fields[0], fields[2], int(fields[3])
    return found


class Objects:
    """Reads objects of a repository by id, with one process for all of them."""

    def __init__(self, root: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - as above
            _command(root, "cat-file", "--batch"),
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def content(self, identifier: str) -> bytes:
        """Return an object's bytes; raise RepositoryError where git does not have it (a partial clone)."""
        ask, answer = self._pipes()
        try:
            ask.write(identifier.encode() + b"\n")
            ask.flush()
        except BrokenPipeError as error:
            raise RepositoryError("git ended while it was asked for an object") from error
        fields = answer.readline().split()
        if len(fields) != 3 or not fields[2].isdigit():  # noqa: PLR2004 - id, type, size
            raise RepositoryError(f"git does not have the object {identifier}")
        content = answer.read(int(fields[2]))
        answer.read(1)
        return content

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout
