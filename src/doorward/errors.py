"""The error tree.

Every error that doorward raises on purpose stands here, and each can say in one line what happened::

    DoorwardError
    ├── UsageError                 exit 2: the command line or the configuration is wrong
    │   ├── PolicyError            a key, a value or a file of the policy
    │   ├── InvalidPurl            not a package URL
    │   └── InvalidVersion         not a version of that ecosystem
    ├── NothingToScan              exit 3: there was nothing to look at
    ├── SourceError                exit 3: a fact could not be had; becomes a gap wherever there is a report
    │   ├── FetchError             over the network
    │   │   ├── Offline            the offline switch, or no route
    │   │   ├── NotFound           404, 410
    │   │   ├── AccessRefused      401, 403, 451
    │   │   ├── RateLimited        429, or 403 with a limit used up, also after the retries
    │   │   ├── ServerFault        5xx, also after the retries
    │   │   ├── TimedOut           connect, read or total time
    │   │   ├── BadRedirect        a loop, too many, or to where it may not lead
    │   │   ├── TooLarge           larger than the cap of this kind of document
    │   │   ├── OverBudget         the byte budget of the scan is used up
    │   │   └── BadResponse        truncated, not the promised type, or not parseable
    │   ├── ArchiveError           an artifact that cannot be read
    │   │   ├── NotAnArchive       no known format
    │   │   ├── DamagedArchive     truncated or corrupt
    │   │   └── ArchiveTooLarge    a cap on ratio, total, count, nesting or time was hit
    │   ├── ManifestError          a lock file or manifest that cannot be read as a whole
    │   ├── FeedError              a feed, or a document of one, that cannot be read as a whole
    │   └── RepositoryError        a git repository that cannot be read
    │       └── UnreadableObject   one object of it, where those after it can be read
    ├── StoreError                 exit 4: the store cannot be opened or written
    │   └── NoStorePlace           no file can be where it should be; judging can go on with a temporary one
    └── InternalError              exit 4: a promise that doorward makes to itself was broken

Nothing here imports anything of doorward, so every floor may raise any of them.
"""

from __future__ import annotations


class DoorwardError(Exception):
    """Base of all errors that doorward raises on purpose. ``str(error)`` is one line for a person."""

    exit_code = 4


class UsageError(DoorwardError):
    """The command line or the configuration is wrong."""

    exit_code = 2


class PolicyError(UsageError):
    """The policy file has an unknown key, a wrong value, or cannot be read."""


class InvalidPurl(UsageError):
    """The text is not a package URL."""


class InvalidVersion(UsageError, ValueError):
    """The text is not a version in the order of that ecosystem."""


class NothingToScan(DoorwardError):
    """There was nothing to look at: no lock file, or only empty ones."""

    exit_code = 3


class SourceError(DoorwardError):
    """A fact could not be had. Gathering turns it into ``Missing(str(error))``."""

    exit_code = 3


class FetchError(SourceError):
    """Something could not be fetched over the network."""


class Offline(FetchError):
    """The offline switch is on, or there is no route to the host."""


class NotFound(FetchError):
    """The server says that there is no such thing (404, 410)."""


class AccessRefused(FetchError):
    """The server refuses (401, 403, 451), or doorward may not ask this address."""


class RateLimited(FetchError):
    """The server asks to wait for longer than doorward waits (429, or 403 with a limit that is used up)."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        """Keep the seconds that the server asks to wait; None where it does not tell."""
        super().__init__(message)
        self.wait = wait


class ServerFault(FetchError):
    """The server failed (5xx) on every try."""


class TimedOut(FetchError):
    """The server did not answer in time."""


class BadRedirect(FetchError):
    """A redirect that loops, never ends, or leads where it may not."""


class TooLarge(FetchError):
    """The document is larger than doorward reads of its kind."""


class OverBudget(FetchError):
    """The byte budget of this scan is used up."""


class BadResponse(FetchError):
    """The answer is truncated, of another type than promised, or cannot be parsed."""


class ArchiveError(SourceError):
    """An artifact that cannot be read."""


class NotAnArchive(ArchiveError):
    """The bytes are in no archive format that doorward knows."""


class DamagedArchive(ArchiveError):
    """The archive is truncated or corrupt."""


class ArchiveTooLarge(ArchiveError):
    """Reading was stopped by a cap: ratio, total size, number of entries, nesting or time."""


class ManifestError(SourceError):
    """A lock file or manifest that cannot be read as a whole."""


class FeedError(SourceError):
    """A feed of threat intelligence, or a document of one, that cannot be read as a whole."""


class RepositoryError(SourceError):
    """A git repository that cannot be read."""


class UnreadableObject(RepositoryError):
    """One object of a repository that cannot be read, where those after it can."""


class StoreError(DoorwardError):
    """The store cannot be opened, read or written."""


class NoStorePlace(StoreError):
    """The store's file can be neither opened nor made where it should be: no home folder, no permission."""


class InternalError(DoorwardError):
    """A promise that doorward makes to itself was broken."""
