"""What pictures draw: the sizes of a package's releases, and its repository's people and keys, each over time."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from doorward.records import dataclass


@dataclass(frozen=True, slots=True)
class SizePoint:
    """One release."""

    version: str
    #: First upload; None where the index does not tell.
    published: datetime | None
    #: Bytes of its artifact of the kind that is measured.
    size: int


@dataclass(frozen=True, slots=True)
class ReleaseSizes:
    """The sizes of a package's last releases, all by one comparable kind of artifact."""

    #: The judged release, as the report names it.
    subject: str
    #: Oldest first, the judged release last.
    points: tuple[SizePoint, ...]
    #: What is measured: "sdist", "npm", or the platform of a wheel.
    kind: str = ""


class MarkKind(Enum):
    """What someone did. The value is the word in pictures and tables."""

    COMMIT = "commit"
    TAG = "tag"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a person or a key did on a day, or in a longer while where there is much."""

    #: Of the first, where there are several.
    time: datetime
    kind: MarkKind
    #: What the first is: an abbreviated hash, or a tag's name.
    label: str
    #: Whether whoever did it was trusted at that time: a known person, a key of the user's keyring.
    trusted: bool
    #: How many of the kind there are.
    count: int = 1


class LaneKind(Enum):
    """Whose lane it is. The value is the word in pictures and tables."""

    PERSON = "person"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Lane:
    """One person's or one key's marks over time."""

    kind: LaneKind
    name: str
    #: Oldest first, at least one.
    marks: tuple[Mark, ...]

    @property
    def trusted(self) -> bool:
        """Whether it is trusted by now."""
        return self.marks[-1].trusted
