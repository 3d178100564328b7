"""What git says of a repository, as it says it: commits, tags and refs before any habit is drawn from them.

Times are whole seconds since 1970, UTC, unless they are ``datetime``; offsets from UTC are minutes; None stands for one
that the object does not hold, or that no clock can show.

What a history holds by the hundred thousand is a named tuple: it is made three times as fast as a frozen dataclass, and
making values is most of what a walk does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from doorward.model.signature import SignatureClaim, SignedObject
from doorward.records import dataclass


class Ident(NamedTuple):
    """Who and when, as a commit or tag header claims it."""

    name: str = ""
    email: str = ""
    time: int | None = None
    offset: int | None = None


class Change(NamedTuple):
    """One path that a commit changes, against its parent."""

    #: "A" added, "M" modified, "D" deleted, "T" changed its type.
    status: str
    path: str
    #: The kinds of :mod:`doorward.model.paths`.
    kinds: frozenset[str]


class RawCommit(NamedTuple):
    """A commit as the object says it, oldest first in every walk."""

    id: str
    parents: tuple[str, ...]
    author: Ident
    committer: Ident
    #: Whether it stands on the first-parent chain of the default branch.
    on_chain: bool
    #: The latest commit time of its parents.
    parents_time: int | None = None
    #: The changes whose path is of a kind that a rule asks for. Of a merge, what differs from every parent, where the
    #: walk was asked for that.
    changes: tuple[Change, ...] = ()
    #: Number of all changed paths.
    files: int = 0
    #: Keys of its trailers ("Signed-off-by").
    trailers: tuple[str, ...] = ()
    claims: tuple[SignatureClaim, ...] = ()
    signed: SignedObject | None = None
    #: Whether the default branch, and whether any branch that was asked about, contains it.
    main: bool = True
    on_branch: bool = True
    #: Why it is not known which paths it changes; "" where it is.
    unread: str = ""
    #: Time of the commit by which it came to the default branch, by the clock of the chain; None on the chain itself,
    #: and where the default branch does not contain it.
    arrived: int | None = None


@dataclass(frozen=True, slots=True)
class RawTag:
    """A tag as its ref and its object say it."""

    #: Name without ``refs/tags/``.
    name: str
    #: The tag object, or the commit itself where the tag is lightweight.
    id: str
    #: The commit that it leads to; "" where it leads to something else.
    target: str
    #: None for a lightweight tag.
    tagger: Ident | None = None
    #: Commit time of the target.
    target_time: int | None = None
    claims: tuple[SignatureClaim, ...] = ()
    signed: SignedObject | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """One ref of a listing, with the object it leads to and the commit under a tag object ("" where there is none)."""

    name: str
    object: str
    peeled: str = ""
    #: Type of the object, "missing" where it cannot be read; "" where the listing does not tell.
    kind: str = ""

    @property
    def commit(self) -> str:
        """The commit it leads to, as far as the listing tells; "" where that is none."""
        return self.peeled or (self.object if self.kind in {"", "commit"} else "")


class Lost(NamedTuple):
    """Something of a repository that is there by name and cannot be read."""

    #: The name of a ref, or the id of a commit.
    what: str
    reason: str
    #: Commit time of what builds on it, which it is not younger than by rights; None where that is not known.
    time: int | None = None


#: Told of each thing that could not be read.
OnLost = Callable[[Lost], None]


@dataclass(frozen=True, slots=True)
class RefListing:
    """All refs of a repository at one moment."""

    refs: tuple[Ref, ...]
    #: The default branch ("refs/heads/main"); "" where HEAD is detached.
    default_branch: str
    #: The commit of HEAD; "" in an empty repository.
    head: str
    #: Whether HEAD tells only what somebody has checked out.
    checked_out: bool = False
    #: Refs that cannot be read themselves.
    broken: tuple[Lost, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One object that a ref was seen to lead to. Its times are the only clock that an attacker does not write."""

    #: ``git+REPO``.
    repository: str
    ref: str
    object: str
    peeled: str
    first_seen: datetime
    last_seen: datetime
    #: Who saw it: "" for a look of ours, "events" for a public record of events.
    source: str = ""
