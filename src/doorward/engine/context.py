"""What a command works with: policy, store, network, clock and progress, in one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

from doorward.model.vex import Statement
from doorward.policy import Policy
from doorward.records import dataclass
from doorward.sources.http import Http
from doorward.store import Store


class Progress(Protocol):
    """Where a long piece of work says how far it is."""

    def phase(self, label: str, total: int) -> None:
        """Begin a piece of work of ``total`` steps."""

    def advance(self, n: int = 1) -> None:
        """Count ``n`` finished steps."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that gathering needs from outside."""

    policy: Policy
    store: Store
    http: Http
    #: The clock: now, or the day of ``--as-of``.
    now: datetime
    #: Facts after this moment are hidden; None: none are.
    as_of: datetime | None
    environ: Mapping[str, str]
    home: Path
    progress: Progress
    #: The project whose package managers' settings apply, beside the user's; None: only the user's.
    project: Path | None = None
    offline: bool = False
    #: Comma-separated globs of rule ids; None: all rules.
    rules: str | None = None
    #: Called with each line for a person who waits (the header of a report).
    announce: Callable[[tuple[tuple[str, str], ...]], None] | None = None
    #: What VEX documents state.
    vex: tuple[Statement, ...] = ()
