"""The subjects Commit, Tag, RefMove and MergeRequest.

Definitions of person, web-flow, integrator and tenure: reference, repository, section 2. Times are whole seconds since
1970, UTC, unless they are ``datetime``; offsets from UTC are minutes; None stands for one that the object does not
hold, or that no clock can show.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import NamedTuple

from doorward.model.facts import Fact, Known, Missing
from doorward.model.forge import ForgeSignature
from doorward.model.repository import Change, LedgerRow
from doorward.model.signature import SignatureCheck
from doorward.records import dataclass

#: One day, in seconds.
DAY = 86_400


class Actor(NamedTuple):
    """A person as one commit or tag names them, with what the history before it tells of them."""

    #: Stable name of the person: the first address under which they appeared.
    person: str
    name: str
    email: str
    #: Never seen before, in any role.
    new: bool
    #: Seen before, but not under this address.
    new_address: bool = False
    #: Name of a known person with which a new one could be confused; "" where there is none.
    resembles: str = ""
    #: Earlier commits that name them, in any role.
    commits: int = 0
    #: Earlier commits by their own hand.
    by_hand: int = 0
    #: Seconds since the first and since the last commit by their own hand; None where there is none.
    tenure: int | None = None
    idle: int | None = None
    #: Whether they were committing in the first year of the history already.
    founder: bool = False
    #: Offset of this commit, and all offsets of the earlier ones by their own hand.
    offset: int | None = None
    offsets: frozenset[int] = frozenset()
    #: Trailers that their earlier commits carried.
    trailers: frozenset[str] = frozenset()
    #: Their last commits in a row that were signed, all signatures, and the keys that made them, most recent last.
    signed_run: int = 0
    signatures: int = 0
    keys: tuple[str, ...] = ()
    #: Kinds of files (build, ci) that they had changed before.
    touched: frozenset[str] = frozenset()

    def newer_than(self, seconds: int) -> bool:
        """Whether they came to commit here so recently, and later than those who began the project."""
        return not self.founder and (self.tenure is None or self.tenure < seconds)

    def __str__(self) -> str:
        """Return ``Name <address>``."""
        return f"{self.name} <{self.email}>"


_NOBODY: Fact[Actor | None] = Known(None)
_NOWHERE: Fact[str | None] = Known(None)
_YES, _NO = Known(value=True), Known(value=False)
_NOT_TOLD = Missing("the forge was not asked")
_NO_KEYRING = Missing("no trusted keyring is known for this repository")


class Contribution(ABC):
    """What a commit and a tag have in common, for rules that judge both."""

    @property
    @abstractmethod
    def signatures(self) -> tuple[SignatureCheck, ...]:
        """Its signatures, each judged by itself."""

    @property
    @abstractmethod
    def new_keys(self) -> frozenset[str]:
        """Keys of its signatures that never signed one of its kind here."""

    @property
    @abstractmethod
    def keyring(self) -> Fact[int]:
        """Number of keys that the user trusts for this repository."""

    @property
    @abstractmethod
    def base_time(self) -> int | None:
        """Latest commit time of what it builds on: of a commit's parents, or of the commit under a tag."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How many of the last cases did the usual thing."""

    times: int
    of: int


_ALL_TOLD = Habit(0, 0)


@Contribution.register
@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, with the habits of the repository and its people up to it."""

    #: ``git+REPO``.
    repository: str
    id: str
    parents: tuple[str, ...]
    author: Actor
    #: By whose hand it was made, as far as git tells: the committer, or the author where the committer is the forge.
    hand: Actor
    author_time: int | None
    commit_time: int | None
    #: Latest commit time of its parents.
    base_time: int | None
    #: The moment of the commit that rules reckon with: never before the chain's, never after ``observed_at``.
    clock: int
    observed_at: datetime
    #: Made on the forge's pages (reference: web-flow).
    web_flow: bool = False
    #: On the first-parent chain of the default branch.
    on_chain: bool = False
    #: Who put it on the chain. Known(None) off the chain; ``Missing`` where git does not tell.
    integrator: Fact[Actor | None] = _NOBODY
    #: Whether that person never did so before.
    first_integration: bool = False
    #: Number of people who integrated in the two years before, and some of their names.
    circle: int = 0
    circle_names: tuple[str, ...] = ()
    #: Of the last commits on the chain (at most 50), how many came by a merge or through the forge.
    chain_length: int = 0
    chain_by_merge: int = 0
    changes: tuple[Change, ...] = ()
    files: int = 0
    #: Union of the kinds of ``changes``.
    kinds: frozenset[str] = frozenset()
    trailers: tuple[str, ...] = ()
    signatures: tuple[SignatureCheck, ...] = ()
    #: Keys of ``signatures`` that never signed a commit or tag here.
    new_keys: frozenset[str] = frozenset()
    #: Number of keys that the user trusts for this repository.
    keyring: Fact[int] = _NO_KEYRING
    #: Of the commits on the chain in the two years before, of how many git does not tell who put them there.
    untold: Habit = _ALL_TOLD
    #: When it came to the default branch (seconds), as far as can be told: not before ``clock``.
    arrived: int | None = None
    #: Whether the paths that it changes could be read.
    read: Fact[bool] = _YES

    @property
    def subject(self) -> str:
        """The subject's id in reports."""
        return f"{self.repository}@{self.id}"

    @property
    def merge(self) -> bool:
        """Whether it has more than one parent."""
        return len(self.parents) > 1


@Contribution.register
@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, with the habits of the tags before it."""

    #: ``git+REPO``.
    repository: str
    #: Name without ``refs/tags/``.
    name: str
    #: The tag object, or the commit itself where the tag is lightweight.
    id: str
    #: The commit that it leads to; "" where it leads to something else.
    target: str
    #: None for a lightweight tag.
    tagger: Actor | None
    #: Time by the tagger, or of the commit where the tag is lightweight.
    time: int | None
    #: Commit time of the target.
    base_time: int | None
    observed_at: datetime
    #: Whether the name looks like a version.
    release: bool = True
    signatures: tuple[SignatureCheck, ...] = ()
    #: Earlier tags, how many of them are signed, and how many in a row were signed just before this one.
    earlier: int = 0
    earlier_signed: int = 0
    signed_run: int = 0
    #: Keys of ``signatures`` that never signed a tag here, and the keys that did, most recent last.
    new_keys: frozenset[str] = frozenset()
    known_keys: tuple[str, ...] = ()
    #: Whether the tagger's address tagged before.
    tagger_known: bool = True
    #: Where a known integrator had committed the new key's fingerprint before: "path@commit". Known(None): nowhere.
    announced: Fact[str | None] = _NOWHERE
    #: Whether the target is on no branch, and whether an earlier tag was ever so.
    off_branch: Fact[bool] = _NO
    earlier_off_branch: bool = False
    keyring: Fact[int] = _NO_KEYRING
    #: When the ledger saw it arrive (seconds); None where it was there at the first look.
    arrived: int | None = None

    @property
    def subject(self) -> str:
        """The subject's id in reports."""
        return f"{self.repository}@refs/tags/{self.name}"

    @property
    def annotated(self) -> bool:
        """Whether it is an object of its own."""
        return self.tagger is not None


@dataclass(frozen=True, slots=True)
class RefMove:
    """A ref that no longer leads where the ledger saw it lead."""

    #: ``git+REPO``.
    repository: str
    ref: str
    #: What the ledger saw last; ``Missing`` at the first look at a repository.
    old: Fact[LedgerRow]
    #: The object it leads to now, and the commit under it; "" where the ref is gone.
    new: str
    new_commit: str
    observed_at: datetime
    default_branch: bool = False
    #: Whether a tag's name looks like a version.
    release: bool = False
    #: Earlier moves of this ref that the ledger saw.
    earlier_moves: int = 0
    #: Whether the old commit is an ancestor of the new one.
    descends: Fact[bool] = _YES
    #: Whether the new commit is on any branch.
    on_branch: Fact[bool] = _YES

    @property
    def subject(self) -> str:
        """The subject's id in reports."""
        return f"{self.repository}@{self.ref}"


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """A merged pull or merge request, as the forge tells it."""

    #: ``git+REPO``.
    repository: str
    number: int
    author: str
    merger: Fact[str]
    merged: datetime
    #: Accounts that approved it.
    approvals: Fact[tuple[str, ...]]
    #: Of the last ten merged before it: approved by another than the author; merged by another than the author.
    usually_approved: Fact[Habit]
    usually_by_other: Fact[Habit]
    #: Seconds since the merger first merged here, or a year where they wrote here before. Known(None): never before.
    merger_tenure: Fact[int | None]
    observed_at: datetime
    #: How the author stands to the repository by the forge's word ("first_time_contributor"); "" where it is not told.
    association: str = ""
    #: When the accounts were made.
    author_since: Fact[datetime] = _NOT_TOLD
    merger_since: Fact[datetime] = _NOT_TOLD
    #: What the forge says of the signature of the commit that the merge made.
    signature: Fact[ForgeSignature] = _NOT_TOLD

    @property
    def subject(self) -> str:
        """The subject's id in reports."""
        return f"{self.repository}@refs/pull/{self.number}"


def day(time: int | None) -> str:
    """Return the day of a time in seconds ("2024-02-23"), or "no valid date"."""
    if time is None:
        return "no valid date"
    return f"{datetime.fromtimestamp(time, tz=UTC):%Y-%m-%d}"
