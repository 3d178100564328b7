"""What a forge tells of merged requests, before any habit is drawn from it."""

from __future__ import annotations

from datetime import datetime

from doorward.model.facts import Fact
from doorward.records import dataclass


@dataclass(frozen=True, slots=True)
class ForgeSignature:
    """What the forge says of a commit's signature: its word, not a proof."""

    verified: bool
    #: The forge's own word: "valid", "unsigned", "unknown_key" ...
    reason: str


@dataclass(frozen=True, slots=True)
class ListedMerge:
    """A merged request as a list of them names it."""

    number: int
    #: Account of the author; "" where it was deleted.
    author: str
    #: How the author stands to the repository by the forge's word: "member", "first_time_contributor" ...
    association: str
    merged: datetime
    #: The commit that the merge made; "" where the forge does not tell.
    commit: str


@dataclass(frozen=True, slots=True)
class MergeDetails:
    """What has to be asked for one request at a time."""

    merger: Fact[str]
    #: Accounts whose last word before the merge was an approval.
    approvals: Fact[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class MergeList:
    """The merged requests of a repository, the latest first."""

    merges: tuple[ListedMerge, ...]
    #: Whether the list goes back to the first one.
    complete: bool
