"""What happened to a repository on its forge, as a public record of events tells it."""

from __future__ import annotations

from datetime import datetime

from doorward.model.facts import Fact, Missing
from doorward.model.logs import UnreadLine
from doorward.records import dataclass

_NOT_LEARNED: Fact[bool] = Missing("the history was not read")


@dataclass(frozen=True, slots=True)
class Happening:
    """One event."""

    #: "push", "created", "deleted", "member".
    kind: str
    time: datetime
    #: The account that did it.
    actor: str
    #: Whole name of the ref; "" where it concerns none.
    ref: str = ""
    #: What the ref led to before and after a push; "" where it was not there.
    before: str = ""
    head: str = ""
    #: The account that was let in.
    member: str = ""


@dataclass(frozen=True, slots=True)
class EventReading:
    """One file of events, as far as it could be read."""

    name: str
    happenings: tuple[Happening, ...] = ()
    #: Lines that were read, those that could not be, and the first of them.
    lines: int = 0
    refused: int = 0
    unread: tuple[UnreadLine, ...] = ()
    #: Why it was not read to its end, or not at all; "" where it was.
    broken: str = ""


@dataclass(frozen=True, slots=True)
class MemberAdded:
    """Somebody was let in to a repository: from then on the account may write to it."""

    #: ``git+REPO``.
    repository: str
    account: str
    #: The account that let them in.
    by: str
    time: datetime
    observed_at: datetime
    #: Whether the account is known from the history, by the hidden address that the forge gives it.
    known: Fact[bool] = _NOT_LEARNED

    @property
    def subject(self) -> str:
        """The subject's id in reports."""
        return f"{self.repository}@members/{self.account}"
