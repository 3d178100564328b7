"""Run a build or a test under watch, and attribute every connection to a library.

``run(command, options, decide, notice)`` starts the command under a seccomp user-notification filter. The calling
thread is stopped inside the trapped call until the supervisor answers, so nothing is lost and no clock is needed to
attribute it.
"""

from __future__ import annotations

from doorward.guard.options import GuardOptions
from doorward.guard.session import run

__all__ = ["GuardOptions", "run"]
