"""``doorward guard``: run the user's own command under watch, by what the project and its settings expect."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

from doorward.engine.context import Context
from doorward.engine.gather.expected import Asked, baseline_of, egress_of, file_hosts
from doorward.engine.gather.resolved import traces
from doorward.engine.gather.run import inherited
from doorward.errors import ManifestError, StoreError
from doorward.guard import GuardOptions
from doorward.guard import run as run_watched
from doorward.model.dependency import Inventory, InventoryGap
from doorward.model.run import (
    Connection,
    ConnectionAttempt,
    Decision,
    FileAccess,
    Grade,
    Mode,
    Phase,
    Run,
)
from doorward.policy import Destination, Egress
from doorward.records import dataclass, replace
from doorward.sources.manifests import format_of, read_file, read_project

#: Time in which an opened file is told of.
_SLACK = timedelta(seconds=1)
#: Seconds that a package manager waits in all for what its index says.
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class GuardWish:
    """How a command is to be guarded."""

    asked: Asked
    mode: Mode = Mode.OBSERVE
    #: The worst grade that will do, beside what the policy says; None: any.
    required: Grade | None = None
    #: Run it in a network of its own, where that can be had.
    hard: bool = False


@dataclass(frozen=True, slots=True)
class Watched:
    """A run, and what has to be known to judge it."""

    run: Run
    egress: Egress
    #: What the lock files named before the run.
    inventory: Inventory
    #: Why something of the run cannot be told.
    notices: tuple[str, ...] = ()


class Decider:
    """Decides about connections as the run goes on.

    Where the indexes keep their files is asked once, when a package manager first wants to reach a name that nothing
    else explains. Whoever wants to connect waits for that, but not for long.
    """

    def __init__(self, egress: Egress, hosts: Callable[[], Iterable[Destination]]) -> None:
        """``hosts`` says where the configured indexes keep their files."""
        self.egress = egress
        self._hosts = hosts
        self._asking: Thread | None = None
        #: Who waits waits once, not once for every attempt.
        self._until = 0.0
        #: When that was asked: credentials that were opened meanwhile were opened by this process.
        self._times: tuple[datetime, datetime] | None = None

    def __call__(self, attempt: ConnectionAttempt) -> Decision:
        """Decide about one attempt."""
        decision = self.egress.decide(attempt)
        if decision is Decision.ALLOW or attempt.actor.phase is not Phase.RESOLVE or not attempt.host:
            return decision
        if self._asking is None:
            self._asking = Thread(target=self._ask, name="guard-hosts", daemon=True)
            self._asking.start()
            self._until = time.monotonic() + _PATIENCE
        self._asking.join(max(0.0, self._until - time.monotonic()))
        return self.egress.decide(attempt)

    def _ask(self) -> None:
        began = datetime.now(UTC)
        with suppress(StoreError):  # what was expected stays so, and whoever uses the store next says what is wrong
            indexes = dict.fromkeys((*self.egress.indexes, *self._hosts()))
            self.egress = replace(self.egress, indexes=tuple(indexes))
        self._times = (began, datetime.now(UTC) + _SLACK)

    def is_own(self, event: FileAccess) -> bool:
        """Whether a read of credentials that no process is known of was this process's own."""
        if self._times is None or event.kind != "credential" or event.actor.processes:
            return False
        return self._times[0] <= event.time <= self._times[1]


def watch(context: Context, wish: GuardWish, notice: Callable[[Connection], None]) -> Watched:
    """Run the command under watch. ``notice`` is told of each distinct connection as it is made.

    Raise PolicyError for a baseline that cannot be read, InternalError where guard itself cannot work.
    """
    asked, policy = wish.asked, context.policy.guard
    inventory = locked(asked.project, context.policy.exclude)
    egress = egress_of(context, inventory, baseline_of(asked.project), asked)
    decider = Decider(egress, lambda: file_hosts(context, inventory))
    grades = [grade for grade in (wish.required, policy.require_grade) if grade is not None]
    with traces(asked.project, context.environ, context.home, inventory) as left:
        options = GuardOptions(
            mode=wish.mode,
            environment=left.environment(context.environ),
            required=min(grades, key=lambda grade: grade.rank, default=None),
            honey_files=tuple(Path(path).expanduser().absolute() for path in policy.honey_files),
            index_hosts=tuple(dict.fromkeys(index.host for index in egress.indexes)),
            floor_ports=egress.ports(),
            hard=wish.hard,
        )
        run = run_watched(asked.command, options, decider, notice)
        fetched = left.downloads(run.started) if run.exit is not None else ()
    run = replace(
        inherited(run),
        deny_loopback=asked.deny_loopback,
        downloads=fetched,
        files=tuple(event for event in run.files if not decider.is_own(event)),
    )
    return Watched(run, decider.egress, inventory, tuple(left.unread))


def locked(project: Path, exclude: Sequence[str]) -> Inventory:
    """Return what the lock files of a project name: those that git tracks, else those in the folder itself."""
    if any((folder / ".git").exists() for folder in (project, *project.parents)):
        return read_project(project, exclude)
    parts, gaps = [], []
    for name in sorted(os.listdir(project)):  # noqa: PTH208 - names are wanted
        module = format_of(name)
        if module is not None and not getattr(module, "ON_REQUEST", False):
            try:
                parts.append(read_file(project, name))
            except ManifestError as error:
                gaps.append(InventoryGap(name, str(error).removeprefix(f"{name}: ")))
    return Inventory(
        tuple(package for part in parts for package in part.packages),
        (*gaps, *(gap for part in parts for gap in part.gaps)),
        tuple(file for part in parts for file in part.files),
        tuple(index for part in parts for index in part.indexes),
    )
