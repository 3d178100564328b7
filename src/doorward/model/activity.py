"""The subject Activity: what one release did in one guarded run. The runtime rules look at nothing else.

A run is split by the release that each event is attributed to. What is attributed to none (the user's own code, or a
program that nothing explains) is one activity of the run itself.
"""

from __future__ import annotations

from datetime import datetime

from doorward.model.facts import Fact, Known, Missing
from doorward.model.intelligence import IndicatorMatch
from doorward.model.release import LockedDigest
from doorward.model.resolution import Download
from doorward.model.run import (
    Connection,
    Evasion,
    Execution,
    FileAccess,
    Listener,
    NeighbourAccess,
    Outcome,
    Phase,
    Query,
)
from doorward.records import dataclass


@dataclass(frozen=True, slots=True)
class Contact:
    """One destination that was met, and what is known of it."""

    connection: Connection
    #: Whether it leads off this machine; loopback does where the run was asked to count it.
    outbound: bool = True
    #: Whether it is a configured index, or a host that a lock file names.
    index: bool = False
    #: Whether it is a name server that this machine is configured for.
    name_server: bool = False
    #: Whether it is a proxy on this machine: what lies behind it is not seen.
    proxy: bool = False

    @property
    def phase(self) -> Phase:
        """The phase of whoever made it."""
        return self.connection.actor.phase

    @property
    def expected(self) -> bool:
        """Whether the policy, the command line or the baseline expects it in this phase."""
        return self.connection.outcome is Outcome.ALLOWED

    @property
    def surprising(self) -> bool:
        """Whether it leads off this machine, unexpected, and is no look-up of a name."""
        return self.outbound and not self.expected and not self.name_server


@dataclass(frozen=True, slots=True)
class Learned:
    """What the baseline of endpoints knows of a package."""

    #: The lowest and the highest version that it was learned with.
    low: str
    high: str
    #: Whether the version that ran now is another one than those.
    upgraded: bool
    #: The endpoints that it is known to reach, as people write them.
    endpoints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetch:
    """One download, and whether its host is a configured index, or one that a lock file names."""

    download: Download
    index: bool


@dataclass(frozen=True, slots=True)
class Locked:
    """One version of a package that a lock file names."""

    version: str
    digests: tuple[LockedDigest, ...] = ()
    #: "path:line" of the lock file.
    where: str = ""


_NOTHING_LEARNED: Fact[Learned | None] = Known(None)
_NO_FEED: Fact[tuple[IndicatorMatch, ...]] = Missing("no feed is imported")
_NO_LOCK: Fact[tuple[Locked, ...]] = Missing("no lock file was read")
_SEEN: Fact[bool] = Known(value=True)


@dataclass(frozen=True, slots=True)
class Activity:
    """What one release did in one run."""

    #: "run:<id>".
    run: str
    #: The release; "" for what is attributed to none.
    purl: str
    started: datetime
    #: The folder in which the command was started.
    cwd: str = ""
    #: Names of the programs that are known to have run in the run, as far as their events tell.
    programs: frozenset[str] = frozenset()
    contacts: tuple[Contact, ...] = ()
    #: Unix sockets that were connected to.
    local: tuple[Connection, ...] = ()
    queries: tuple[Query, ...] = ()
    listeners: tuple[Listener, ...] = ()
    executions: tuple[Execution, ...] = ()
    files: tuple[FileAccess, ...] = ()
    evasions: tuple[Evasion, ...] = ()
    neighbours: tuple[NeighbourAccess, ...] = ()
    #: Fetches of this very release.
    fetches: tuple[Fetch, ...] = ()
    #: ``Missing`` where no filter of the kernel told of the run's calls.
    kernel: Fact[bool] = _SEEN
    #: ``Missing`` where changes of files were not watched.
    changes: Fact[bool] = _SEEN
    #: ``Missing`` where the look-ups of names could not be seen, so that no address has one.
    names: Fact[bool] = _SEEN
    #: Known(None) where there is no baseline, or it does not know the package.
    learned: Fact[Learned | None] = _NOTHING_LEARNED
    #: Live indicators among the endpoints.
    indicators: Fact[tuple[IndicatorMatch, ...]] = _NO_FEED
    #: The versions of the package that the lock files name; ``Missing`` where none names its ecosystem.
    locked: Fact[tuple[Locked, ...]] = _NO_LOCK
    #: Hosts of the configured indexes and of the lock files.
    indexes: frozenset[str] = frozenset()

    @property
    def subject(self) -> str:
        """The release, or the run where no release is named."""
        return self.purl or self.run

    @property
    def by_library(self) -> bool:
        """Whether a release is named."""
        return bool(self.purl)
