"""What a caller of ``run`` may choose."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from doorward.model.run import Grade, Mode
from doorward.records import dataclass


@dataclass(frozen=True, slots=True)
class GuardOptions:
    """How to run and watch a command."""

    mode: Mode = Mode.OBSERVE
    #: The environment of the command; None: this process's own.
    environment: Mapping[str, str] | None = None
    cwd: Path | None = None
    #: The worst grade that will do. The command is not started where the machine does not reach it.
    required: Grade | None = None
    #: Load the audit hook into the command's interpreters, by environment variables.
    hooks: bool = True
    #: Path of py-spy, "" to look for it, None to leave it out.
    unwinder: str | None = ""
    #: Files whose opening is told, whoever opens them: credentials and planted files.
    honey_files: tuple[Path, ...] = ()
    #: Hosts of the configured indexes and of the lock files, for the report.
    index_hosts: tuple[str, ...] = ()
    #: UDP ports whose connections are led to the own resolver, so that names are seen.
    name_ports: frozenset[int] = frozenset({53})
    #: Whether opens with write intent are trapped; None: in every phase but test.
    watch_writes: bool | None = None
    #: TCP ports that the policy allows: the floor where connections cannot be made for the command.
    floor_ports: tuple[int, ...] | None = None
    #: Run the command in a network of its own, with loopback only, where namespaces are allowed.
    hard: bool = False
    #: A home directory other than the user's, for what counts as a credential.
    home: Path | None = None
    #: Forward signals that reach this process to the command (needs the main thread).
    forward_signals: bool = True
