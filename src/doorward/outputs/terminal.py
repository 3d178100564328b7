"""Progress on a terminal: the one module that knows the terminal library, and only where it draws.

Without the extra ``terminal`` each piece of work is one plain line.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


class Progress(Protocol):
    """Where a long piece of work says how far it is. Any thread may."""

    def phase(self, label: str, total: int) -> None:
        """Begin a piece of work of ``total`` steps."""

    def advance(self, n: int = 1) -> None:
        """Count ``n`` finished steps."""


class _Silent:
    """Says nothing."""

    def phase(self, label: str, total: int) -> None:
        """Say nothing."""

    def advance(self, n: int = 1) -> None:
        """Say nothing."""


class _Plain:
    """Says on one line what begins."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def phase(self, label: str, total: int) -> None:
        """Name the work."""
        if total:
            self._stream.write(f"doorward: {label}, {total:,}\n")
            self._stream.flush()

    def advance(self, n: int = 1) -> None:
        """Say nothing: a line a step would be too many."""


class _Bars:
    """Draws one bar a piece of work, from the first on; it goes when all is done."""

    def __init__(self, drawn: RichProgress) -> None:
        self._drawn = drawn
        self._task: TaskID | None = None

    def phase(self, label: str, total: int) -> None:
        """Begin a bar; the one before is done."""
        if self._task is not None:
            self._drawn.remove_task(self._task)
        self._task = self._drawn.add_task(label, total=total) if total else None
        self._drawn.start()

    def advance(self, n: int = 1) -> None:
        """Move the bar."""
        task = self._task
        if task is not None:
            self._drawn.advance(task, n)


@contextmanager
def progress(*, enabled: bool, stream: TextIO) -> Iterator[Progress]:
    """Yield where to say how far the work is. Nothing is written unless ``enabled`` and ``stream`` is a terminal."""
    if not enabled or not stream.isatty():
        yield _Silent()
        return
    try:
        # Optional, and 70 ms that only a terminal needs.
        from rich import console  # noqa: PLC0415
        from rich import progress as bars  # noqa: PLC0415
    except ModuleNotFoundError:
        yield _Plain(stream)
        return
    columns = (
        bars.TextColumn("doorward: {task.description}"),
        bars.BarColumn(bar_width=30),
        bars.MofNCompleteColumn(),
        bars.TimeElapsedColumn(),
    )
    # Not redirected: what others print belongs where they print it, and stdout may be a file.
    drawn = bars.Progress(
        *columns,
        console=console.Console(file=stream),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    try:
        yield _Bars(drawn)
    finally:
        drawn.stop()
