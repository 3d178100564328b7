"""One trapped call on its way through the supervisor, and the answers to it."""

from __future__ import annotations

from typing import NamedTuple

from doorward.guard.kernel import CONTINUE, Notification
from doorward.guard.tree import Caller
from doorward.records import dataclass


class Answer(NamedTuple):
    """What the caller gets: a value, a (positive) error, or CONTINUE, the kernel's own handling."""

    value: int = 0
    error: int = 0
    flags: int = 0


PROCEED = Answer(flags=CONTINUE)


def failure(error: int) -> Answer:
    """Answer with an error."""
    return Answer(error=error)


class Gone(Exception):
    """The caller does not wait any more: what was read may belong to another."""


@dataclass(slots=True)
class Call:
    """A trapped call of a known caller."""

    note: Notification
    name: str
    #: Bits of the pointers in its memory.
    bits: int
    caller: Caller
    arguments: tuple[int, ...]
    #: The calling thread.
    tid: int
    #: The calling process.
    pid: int

    @property
    def descriptor(self) -> int:
        """The first argument, where it is a descriptor."""
        return self.arguments[0] & 0xFFFFFFFF
