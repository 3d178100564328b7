"""The steps of a package manager as stretches of time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from doorward.model.run import Phase
from doorward.records import dataclass
from doorward.sources.logs._events import Owner, Window

#: Steps within steps: a build that needs another package built.
_DEEPEST = 16


@dataclass(slots=True)
class _Step:
    label: str
    start: datetime | None
    phase: Phase
    owner: Owner | None
    end: datetime | None = None


class Steps:
    """Steps that begin and end one within the other, and around them the stretch in which the manager works at all."""

    def __init__(self) -> None:
        self._open: list[_Step] = []
        #: The step that ended last: what a build prints may look like its end, so the last such line counts.
        self._last: _Step | None = None
        self._began: datetime | None = None
        self._seen: datetime | None = None

    @property
    def inside(self) -> bool:
        """Whether a step is under way."""
        return bool(self._open)

    @property
    def building(self) -> bool:
        """Whether code of a package runs, so that what is printed may be its output."""
        return bool(self._open) and self._open[-1].phase is not Phase.RESOLVE

    def seen(self, time: datetime) -> None:
        """Take note that the manager said something."""
        if self._began is None:
            self._began = time
        self._seen = time

    def start(self, label: str, time: datetime | None, phase: Phase, owner: Owner | None) -> Iterable[Window]:
        """Begin a step. While a package's code runs there is no other: such a line is output of that code."""
        if self.building or len(self._open) >= _DEEPEST:
            return ()
        ended = self._flush()
        self._open.append(_Step(label, time, phase, owner))
        return ended

    def finish(self, label: str, time: datetime | None) -> Iterable[Window]:
        """End a step, and those within it that never said that they ended."""
        if not self.building and self._last is not None and self._last.label == label and not self._is_open(label):
            self._last.end = time
            return ()
        if not self._is_open(label) or (self.building and self._open[-1].label != label):
            return ()
        ended = list(self._flush())
        while True:
            step = self._open.pop()
            step.end = time
            if step.label == label:
                self._last = step
                return ended
            ended += _window(step)

    def end(self, time: datetime | None = None) -> Iterable[Window]:
        """End all that is under way, and the manager's own work."""
        if time is not None:
            self._seen = time
        ended = list(self._flush())
        for step in self._open:
            step.end = self._seen
            ended += _window(step)
        if self._began is not None and self._seen is not None:
            ended.append(Window(self._began, max(self._began, self._seen), Phase.RESOLVE))
        self._open.clear()
        self._began = self._seen = None
        return ended

    def _is_open(self, label: str) -> bool:
        return any(step.label == label for step in self._open)

    def _flush(self) -> Iterable[Window]:
        last, self._last = self._last, None
        return _window(last) if last is not None else ()


def _window(step: _Step) -> Iterable[Window]:
    if step.start is None or step.end is None or step.end < step.start:
        return ()
    return (Window(step.start, step.end, step.phase, step.owner),)
