"""What logs tell, in the words of doorward: the events that a format yields and that :mod:`_join` makes a run of.

They are structs of msgspec, not dataclasses: a log of 1 GB has millions, and these are made twenty times as fast.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from doorward.model.run import Phase, Process


class Refused(msgspec.Struct, frozen=True, gc=False):
    """A line that could not be read. The rest of its log is."""

    #: The first line of a log is 1.
    line: int
    #: A short phrase for people.
    reason: str


class Owner(msgspec.Struct, frozen=True, gc=False):
    """A release that something is attributed to."""

    #: purl type.
    ecosystem: str
    package: str
    #: "" where the log does not tell.
    version: str = ""


class Who(msgspec.Struct, frozen=True, gc=False):
    """All that a log itself says of who did something."""

    #: Outermost first.
    processes: tuple[Process, ...] = ()
    phase: Phase | None = None
    owner: Owner | None = None
    #: What names the owner: "npm", "package-analysis".
    by: str = ""
    #: Address of the machine, where a log of a network tells of several.
    client: str = ""
    #: Whether the log names programs without their arguments, so that no phase can be told from them.
    vague: bool = False
    #: Whether a package manager may have done it as well as the package.
    shared: bool = False


#: Nothing is said.
NOBODY = Who()


class Contact(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A connection, or a datagram's destination."""

    time: datetime | None
    who: Who = NOBODY
    #: An IP address as :func:`~doorward.sources.logs._values.address` writes it, or "" where only a name is known.
    address: str = ""
    port: int = 0
    #: "tcp", "udp" or "unknown".
    protocol: str = "tcp"
    host: str = ""
    call: str = "connect"
    #: Whether it was stopped.
    refused: bool = False
    #: Whether another record of the same log tells of it too, so that it does not count.
    repeats: bool = False
    #: Path of a unix socket; then there is no address.
    socket: str = ""


class Lookup(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A question for a name."""

    time: datetime | None
    name: str
    who: Who = NOBODY
    type: str = "A"
    #: IP addresses.
    answers: tuple[str, ...] = ()
    refused: bool = False


class Started(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A program that was started. ``who`` is its parent where the log tells, else itself."""

    time: datetime | None
    path: str
    argv: tuple[str, ...]
    who: Who = NOBODY


class Touched(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A file that was opened or changed."""

    time: datetime | None
    path: str
    #: "read", "write", "rename", "link" or "unlink".
    operation: str
    who: Who = NOBODY
    #: What told: "kernel", "strace".
    seen_by: str = "kernel"


class Window(msgspec.Struct, frozen=True, gc=False):
    """A stretch of time in which a package manager did one thing."""

    start: datetime
    end: datetime
    phase: Phase
    #: The package that was built or installed; None where the manager itself works.
    owner: Owner | None = None


class Script(msgspec.Struct, frozen=True, gc=False):
    """A script of a package that its package manager started through a shell."""

    time: datetime | None
    owner: Owner
    phase: Phase
    command: str
    #: The package's folder, relative to the project.
    folder: str = ""


class Fetched(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An artifact that a package manager fetched. Without a package it only says that digests differed."""

    time: datetime | None
    owner: Owner | None
    #: Without user information, query and fragment. "": that of Python's public index.
    url: str = ""
    #: The index page that named it, where that is told.
    index: str = ""
    #: "sha256:HEX" of the bytes that came.
    digests: tuple[str, ...] = ()
    #: Digests that were demanded and did not fit.
    demanded: tuple[str, ...] = ()
    #: Whether it was fetched for an isolated build, which lock files do not speak of.
    build: bool = False
    #: purl type, where there is no owner.
    ecosystem: str = ""


class Used(msgspec.Struct, frozen=True, gc=False):
    """A distribution that was installed or used."""

    owner: Owner
    phase: Phase


class Ended(msgspec.Struct, frozen=True, gc=False):
    """The command of the log, and the code that it ended with where the log tells."""

    command: tuple[str, ...]
    exit: int | None = None
    time: datetime | None = None


class Limit(msgspec.Struct, frozen=True, gc=False):
    """Something that this log cannot tell: a short phrase for people."""

    phrase: str


Event = Contact | Lookup | Started | Touched | Window | Script | Fetched | Used | Ended | Limit
