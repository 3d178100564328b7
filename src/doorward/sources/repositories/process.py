"""Run git so that an inspected repository cannot make it run anything, go anywhere, or read its settings."""

from __future__ import annotations

import io
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from doorward.errors import RepositoryError
from doorward.records import dataclass, field

#: Settings that hold over every file of configuration.
_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.attributesFile": os.devnull,
    "core.excludesFile": os.devnull,
    "core.fsmonitor": "false",
    # A commit graph and a multi-pack index are caches that a repository brings along: they could tell other parents.
    "core.commitGraph": "false",
    "core.multiPackIndex": "false",
    # Where commits are damaged, a file of our own cuts the history off at them.
    "advice.graftFileDeprecated": "false",
    "core.askPass": "",
    "credential.helper": "",
    "fetch.recurseSubmodules": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "safe.directory": "*",
    "transfer.bundleURI": "false",
}
#: Of the user's environment only what finding programs, temporary folders and the way through a proxy needs.
_INHERITED = (
    "PATH", "TMPDIR", "TMP", "TEMP", "SYSTEMROOT", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH", "http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY",
)  # fmt: skip
#: Seconds for a command that only looks something up, and bytes of an error message that are read.
_QUICK, _MESSAGE = 120.0, 4_000
#: Seconds between two looks at a command that is watched.
_GLANCE = 0.2
#: Bytes of a pipe, so that git runs ahead while doorward thinks.
PIPE = 1 << 20


def environment(
    inherited: Mapping[str, str], *, protocols: str = "none", settings: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the environment for git: no user, system or hostile setting, no prompt, no pager, no other object.

    ``protocols`` is a colon-separated list of the transports that may be used at all.
    """
    env = {name: inherited[name] for name in _INHERITED if name in inherited}
    env |= {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_ALLOW_PROTOCOL": protocols,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_PAGER": "cat",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
        "LC_ALL": "C",
    }
    pairs = _SETTINGS | dict(settings or {})
    env["GIT_CONFIG_COUNT"] = str(len(pairs))
    for number, (key, value) in enumerate(pairs.items()):
        env[f"GIT_CONFIG_KEY_{number}"], env[f"GIT_CONFIG_VALUE_{number}"] = key, value
    return env


def user_path(setting: str, inherited: Mapping[str, str]) -> Path | None:
    """Return the path that the user's own git settings name, None where they name none. No repository is asked."""
    env = {name: inherited[name] for name in ("PATH", "HOME", "XDG_CONFIG_HOME", "SYSTEMROOT") if name in inherited}
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program with arguments of ours
            ["git", "config", "--global", "--type=path", "--get", setting],  # noqa: S607 - whichever git the user has
            capture_output=True,
            env=env,
            cwd=Path(os.sep),
            timeout=_QUICK,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    named = os.fsdecode(done.stdout.strip(b"\n"))
    return Path(named) if named and not done.returncode else None


@dataclass(frozen=True, slots=True)
class Git:
    """The git program, bound to one repository folder that doorward wrote."""

    git_dir: Path
    env: Mapping[str, str] = field(repr=False)

    def run(
        self, *args: str, stdin: bytes = b"", timeout: float = _QUICK, fine: frozenset[int] = frozenset({0})
    ) -> bytes:
        """Return what a command prints; raise :class:`RepositoryError` with its complaint where it fails.

        ``fine`` are the exit codes that are no failure.
        """
        return self.told(*args, stdin=stdin, timeout=timeout, fine=fine)[0]

    def told(
        self, *args: str, stdin: bytes = b"", timeout: float = _QUICK, fine: frozenset[int] = frozenset({0})
    ) -> tuple[bytes, bytes]:
        """Return what :meth:`run` does, and what the command complained of although it did not fail."""
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program; arguments are ours or follow --end-of-options
                self._command(args),
                input=stdin,
                capture_output=True,
                env=dict(self.env),
                cwd=self.git_dir,
                timeout=timeout,
                check=False,
            )
        except FileNotFoundError as error:
            raise RepositoryError("the git program is not installed") from error
        except subprocess.TimeoutExpired as error:
            raise RepositoryError(f"git {args[0]} took longer than {timeout:.0f} s") from error
        if done.returncode not in fine:
            raise RepositoryError(complaint(args[0], done.stderr))
        return done.stdout, done.stderr

    def start(self, *args: str, stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None) -> Running:
        """Start a command that reads a file, or nothing, and whose output is read while it runs, or goes to a file."""
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by Running.close
        try:
            process = subprocess.Popen(  # noqa: S603 - as above
                self._command(args),
                stdin=stdin or subprocess.DEVNULL,
                stdout=stdout or subprocess.PIPE,
                stderr=errors,
                env=dict(self.env),
                cwd=self.git_dir,
                bufsize=PIPE,
                pipesize=PIPE,
            )
        except FileNotFoundError as error:
            errors.close()
            raise RepositoryError("the git program is not installed") from error
        output = process.stdout or io.BytesIO()
        assert isinstance(output, io.BufferedReader | io.BytesIO)
        return Running(args[0], process, output, errors)

    def _command(self, args: Sequence[str]) -> list[str]:
        return ["git", f"--git-dir={self.git_dir}", "--no-pager", *args]


@dataclass(frozen=True, slots=True)
class Running:
    """A git command under way."""

    name: str
    process: subprocess.Popen[bytes]
    output: io.BufferedReader | io.BytesIO
    _errors: IO[bytes]

    def finish(self) -> None:
        """Wait for the end; raise :class:`RepositoryError` where the command failed."""
        if self.process.wait():
            raise self.failure()

    def failure(self) -> RepositoryError:
        """Return what went wrong, by git's own words, once its output ended too early."""
        self.process.wait()
        self._errors.seek(0)
        return RepositoryError(complaint(self.name, self._errors.read(_MESSAGE)))

    def wait(self, seconds: float, fits: Callable[[], bool]) -> None:
        """Wait for the end, a while at most and only as long as ``fits``; raise RepositoryError where it fails."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and fits():
            if time.monotonic() > deadline:
                raise RepositoryError(f"git {self.name} took longer than {seconds:.0f} s")
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_GLANCE)
        if not fits():
            raise RepositoryError(f"git {self.name} brought more than is allowed")
        self.finish()

    def close(self) -> None:
        """End the command, whether it is done or not."""
        if self.process.poll() is None:
            self.process.kill()
        self.output.close()
        self.process.wait()
        self._errors.close()


def complaint(command: str, stderr: bytes) -> str:
    """Return one line of git's complaint, without control characters: the first that names an error, else the last."""
    lines = [line.strip() for line in stderr[:_MESSAGE].decode("utf-8", "backslashreplace").splitlines()]
    lines = [line for line in lines if line]
    named = [line for line in lines if line.startswith(("fatal:", "error:"))]
    text = (named or lines[-1:] or ["without a word"])[0]
    return f"git {command} failed: " + "".join(c if c.isprintable() else "?" for c in text)[:300]
