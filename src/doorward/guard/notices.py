"""Tell of connections as they are made, on a thread: a slow reader, or a terminal that is held, stops no call."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from doorward.model.run import Connection

Notice = Callable[[Connection], None]


class Notices:
    """What is told is told in order, and all of it before :meth:`close` returns."""

    def __init__(self, notice: Notice) -> None:
        """``notice`` is called for each connection, by one thread."""
        self._notice = notice
        self._told: queue.SimpleQueue[Connection | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        #: Why notices are no longer given, "" while they are.
        self.silenced = ""

    def tell(self, connection: Connection) -> None:
        """Tell of a connection, soon."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, daemon=True, name="guard-notices")
            self._thread.start()
        self._told.put(connection)

    def close(self) -> None:
        """Wait until everything is told."""
        if self._thread is not None:
            self._told.put(None)
            self._thread.join()

    def _serve(self) -> None:
        while (connection := self._told.get()) is not None:
            if not self.silenced:
                try:
                    self._notice(connection)
                except (OSError, ValueError) as error:
                    # A terminal that went away ends the notices, not the run.
                    self.silenced = str(error)
