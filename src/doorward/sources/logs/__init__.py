"""Logs of builds and tests that doorward did not watch.

One file of this folder is one format: it is found by walking the folder, and gives ``NAME``, ``REACH`` (what its
connections can be joined by, a short phrase), ``sniff(head, name)`` (whether the first bytes of a log, or its name, are
of this format) and ``parse(lines, name)``, an iterator of events and of ``Refused`` for the lines that cannot be read.
``lines`` ends each line with its newline, and cuts what is longer than 1 MiB into pieces. A format may have ``FIRST``
(true where it tells what went on when, so that the others need it).

Everything is read once and in bounded memory. :func:`join` makes a run of all logs together.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from doorward.sources.logs._events import Owner
    from doorward.sources.logs._gathered import Means
    from doorward.sources.logs._join import Log, join
    from doorward.sources.logs._open import HEAD, formats, open_log
    from doorward.sources.logs._values import machine

__all__ = ["HEAD", "Log", "Means", "Owner", "formats", "join", "machine", "open_log"]

_HOMES = {
    "_events": ("Owner",),
    "_gathered": ("Means",),
    "_join": ("Log", "join"),
    "_open": ("HEAD", "formats", "open_log"),
    "_values": ("machine",),
}


def __getattr__(name: str) -> Any:
    """Load a public name from its home: guard reads the log of pip alone."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
