"""What was going on at a time: the windows of package managers, laid beside each other."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from datetime import UTC, datetime

import msgspec

from doorward.model.run import Phase
from doorward.sources.logs._events import Owner, Window

#: Windows that are kept.
CAPACITY = 50_000


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """What went on between two moments."""

    phase: Phase
    #: The one package whose code ran; None where it was none, or several at once.
    owner: Owner | None = None


class Timeline:
    """Windows, asked by time. Where several packages were at it at once, none is named."""

    def __init__(self) -> None:
        self._windows: list[Window] = []
        self._starts: list[datetime] = []
        self._stretches: list[Stretch | None] = []
        #: Windows that were too many.
        self.dropped = 0

    def add(self, window: Window) -> None:
        """Take a window in."""
        if len(self._windows) >= CAPACITY:
            self.dropped += 1
            return
        self._windows.append(window)
        self._starts = []

    def at(self, time: datetime) -> Stretch | None:
        """Return what went on at a time; None where no window covers it."""
        if not self._starts:
            self._lay_out()
        place = bisect_right(self._starts, time) - 1
        return self._stretches[place] if place >= 0 else None

    def _lay_out(self) -> None:
        """Cut time at every edge, and say once for each piece what went on."""
        edges: dict[datetime, list[tuple[Window, int]]] = {}
        for window in self._windows:
            edges.setdefault(window.start, []).append((window, 1))
            edges.setdefault(window.end, []).append((window, -1))
        active: Counter[tuple[Phase, Owner | None]] = Counter()
        self._starts, self._stretches = [datetime.min.replace(tzinfo=UTC)], [None]
        for moment in sorted(edges):
            for window, step in edges[moment]:
                key = (window.phase, window.owner)
                active[key] += step
                if not active[key]:
                    del active[key]
            self._starts.append(moment)
            self._stretches.append(_stretch(active))


def _stretch(active: Counter[tuple[Phase, Owner | None]]) -> Stretch | None:
    """Say what goes on: what a package does is inside of what its manager does."""
    if not active:
        return None
    inner = [key for key in active if key[1] is not None] or [key for key in active if key[0] is not Phase.RESOLVE]
    chosen = inner or list(active)
    owners = {owner for _, owner in chosen}
    return Stretch(chosen[0][0], owners.pop() if len(owners) == 1 else None)
